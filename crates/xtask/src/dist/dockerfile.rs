//! What the Dockerfile says of the image, read once for all ways to the image.

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};

/// Its last stage, which begins with nothing and says how the image runs.
const STAGE: &str = "FROM scratch\n";

/// The configuration of the image as OCI has it (`config` of the image's own file): user, ports, command, health check.
pub(crate) fn configuration(dockerfile: &str) -> anyhow::Result<Value> {
    let stage = dockerfile.split(STAGE).nth(1).context("the Dockerfile has no stage FROM scratch")?;
    let mut config = Map::new();
    for line in instructions(stage) {
        let (word, rest) = line.split_once(' ').with_context(|| format!("{line:?} says nothing"))?;
        let rest = rest.trim();
        match word {
            // The files are the root file system's own subject.
            "COPY" => {}
            "USER" => set(&mut config, "User", json!(rest)),
            "STOPSIGNAL" => set(&mut config, "StopSignal", json!(rest)),
            "ENV" => set(&mut config, "Env", json!([rest])),
            "EXPOSE" => set(&mut config, "ExposedPorts", named(rest.split(' ').map(|port| format!("{port}/tcp")))),
            "VOLUME" => set(&mut config, "Volumes", named([rest.to_owned()])),
            "ENTRYPOINT" => set(&mut config, "Entrypoint", list(rest)?),
            "CMD" => set(&mut config, "Cmd", list(rest)?),
            "HEALTHCHECK" => set(&mut config, "Healthcheck", health(rest)?),
            _ => anyhow::bail!("the image cannot be made: nothing here knows the Dockerfile's {word}"),
        }
    }
    ensure!(
        config.contains_key("Entrypoint") && config.contains_key("User"),
        "the Dockerfile names no program or user"
    );
    Ok(Value::Object(config))
}

fn set(config: &mut Map<String, Value>, key: &str, value: Value) {
    config.insert(key.to_owned(), value);
}

/// The instructions, each in one line, without comments.
fn instructions(stage: &str) -> Vec<String> {
    let lines = stage.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", "");
    joined.lines().map(str::to_owned).collect()
}

/// A set as OCI writes it: names without values.
fn named(names: impl IntoIterator<Item = String>) -> Value {
    Value::Object(names.into_iter().map(|name| (name, json!({}))).collect())
}

fn list(text: &str) -> anyhow::Result<Value> {
    let words: Vec<String> =
        serde_json::from_str(text).with_context(|| format!("{text} is no list: there is no shell in the image"))?;
    Ok(json!(words))
}

/// Docker's own part of the configuration, which OCI does not name: times in nanoseconds.
fn health(text: &str) -> anyhow::Result<Value> {
    let (options, command) = text.split_once("CMD ").context("the HEALTHCHECK has no CMD")?;
    let mut check = Map::new();
    for option in options.split_whitespace() {
        let (name, value) = option.split_once('=').with_context(|| format!("{option}: no value"))?;
        let key = match name {
            "--interval" => "Interval",
            "--timeout" => "Timeout",
            "--start-period" => "StartPeriod",
            "--retries" => "Retries",
            _ => anyhow::bail!("the image cannot be made: nothing here knows HEALTHCHECK {name}"),
        };
        let number = |text: &str| text.parse::<u64>().with_context(|| format!("{option} is no number"));
        let value = match value.strip_suffix('s') {
            Some(seconds) => number(seconds)? * 1_000_000_000,
            None => number(value)?,
        };
        set(&mut check, key, json!(value));
    }
    let words = [vec!["CMD".to_owned()], serde_json::from_str(command)?].concat();
    set(&mut check, "Test", json!(words));
    Ok(Value::Object(check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dockerfile_says_is_what_the_image_does() {
        let text = "FROM rust AS build\nRUN x\n\nFROM scratch\n# A word.\nCOPY a b\nUSER 7:7\nENV A=b\nEXPOSE 80 81\n\
            VOLUME /var\nSTOPSIGNAL SIGTERM\nHEALTHCHECK --interval=5s --retries=3 \\\n    CMD [\"/run\", \"health\"]\n\
            ENTRYPOINT [\"/run\"]\nCMD [\"sandbox\"]\n";
        let wanted = json!({
            "User": "7:7", "Env": ["A=b"], "ExposedPorts": {"80/tcp": {}, "81/tcp": {}}, "Volumes": {"/var": {}},
            "StopSignal": "SIGTERM", "Entrypoint": ["/run"], "Cmd": ["sandbox"],
            "Healthcheck": {"Interval": 5_000_000_000_u64, "Retries": 3, "Test": ["CMD", "/run", "health"]},
        });
        assert_eq!(configuration(text).unwrap(), wanted);
        let unknown = configuration(&text.replace("ENV A=b", "ONBUILD x")).unwrap_err().to_string();
        assert!(unknown.ends_with("the Dockerfile's ONBUILD"), "{unknown}");
        assert!(configuration("FROM rust\n").is_err());
    }

    #[test]
    fn the_dockerfile_of_here_is_read() {
        let root = crate::cargo::Workspace::find().unwrap().root;
        let text = std::fs::read_to_string(root.join(super::super::rootfs::DOCKERFILE)).unwrap();
        let config = configuration(&text).unwrap();
        assert_eq!((&config["User"], &config["Entrypoint"]), (&json!("65532:65532"), &json!(["/idp-gateway"])));
    }
}
