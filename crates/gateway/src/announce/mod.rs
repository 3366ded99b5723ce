//! Says that the gateway is listening: to people, or as one line of JSON to the program that started it.

mod banner;
mod examples;
mod ready_file;

use crate::output;
use banner::banner;
use configuration::Config;
use configuration::host::{authority_of, reachable};
pub(crate) use ready_file::{READY_FILE, ReadyFile};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

/// The addresses that the listeners were given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// Where metrics are served without a token.
    pub(crate) metrics: Option<SocketAddr>,
}

/// How whoever started the gateway is told that it listens.
#[derive(Debug, Default)]
pub(crate) struct Announce {
    /// By a line of JSON on standard output.
    pub(crate) by_json: bool,
    /// By the sandbox's banner there, where it is not by JSON.
    pub(crate) by_banner: bool,
    /// By this file too.
    pub(crate) by_file: Option<PathBuf>,
    /// The admin token that was made for this run, which nobody knows yet.
    pub(crate) admin_token: Option<String>,
    /// By its addresses, to the thread of this process that waits for them.
    pub(crate) to: Option<Sender<Addresses>>,
}

impl Announce {
    /// As the configuration asks: JSON where it says so, and the banner of the sandbox.
    pub(crate) fn of(config: &Config, is_sandbox: bool) -> Self {
        Self { by_json: config.announce_json, by_banner: is_sandbox, ..Self::default() }
    }

    /// Takes away what an earlier run has said and could not take back.
    pub(crate) fn clear(&self) -> anyhow::Result<()> {
        self.by_file.as_deref().map_or(Ok(()), ReadyFile::clear)
    }

    /// What is to be said of a gateway at these addresses; `kept` says what is in force from before.
    pub(crate) fn prepare(self, config: &Config, at: Addresses, kept: Option<&str>) -> Prepared {
        let event = event(config, at, self.admin_token.as_deref()).to_string();
        let file = self.by_file.map(|path| (path, event.clone()));
        let text = match (self.by_json, self.by_banner) {
            (true, _) => Some(event),
            (false, true) => Some(banner(config, at, self.admin_token.as_deref(), kept)),
            (false, false) => None,
        };
        Prepared { text, file, to: self.to.map(|to| (to, at)) }
    }
}

/// What is to be said once all listeners answer.
#[derive(Debug)]
pub(crate) struct Prepared {
    text: Option<String>,
    file: Option<(PathBuf, String)>,
    to: Option<(Sender<Addresses>, Addresses)>,
}

impl Prepared {
    /// Says it. The file is there for as long as what this gives.
    pub(crate) fn say(self) -> anyhow::Result<Option<ReadyFile>> {
        let file = self.file.map(|(path, text)| ReadyFile::write(path, &text)).transpose()?;
        if let Some(text) = &self.text {
            output::line(text);
        }
        if let Some((to, at)) = &self.to {
            // Whoever does not wait any more needs no answer.
            let _ = to.send(*at);
        }
        Ok(file)
    }
}

/// Everything that a program needs to know of a gateway that it has started on free ports.
fn event(config: &Config, at: Addresses, admin_token: Option<&str>) -> Value {
    let public_url = &config.server.public_url;
    let port = authority_of(public_url).rsplit_once(':').map_or("", |(_, port)| port);
    let port =
        if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() { format!(":{port}") } else { String::new() };
    let mount = |mount: &configuration::MountConfig| {
        let host = mount.hosts.first().map(|host| format!("{host}{port}"));
        (mount.name.clone(), json!({ "url": mount.base_url(public_url), "issuer": mount.issuer, "host": host }))
    };
    let mut event = json!({
        "event": "listening",
        "public": at.public.to_string(),
        "admin": at.admin.to_string(),
        "public_url": public_url,
        "admin_url": format!("http://{}", reachable(at.admin)),
        "mounts": config.mounts.iter().map(mount).collect::<serde_json::Map<_, _>>(),
    });
    if let Some(metrics) = at.metrics {
        event["metrics"] = metrics.to_string().into();
    }
    if let Some(token) = admin_token {
        event["admin_token"] = token.into();
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use configuration::{Environment, Flags, parse};
    use std::path::Path;

    #[test]
    fn n48_the_line_has_the_urls_that_clients_use_and_each_mounts_issuer() {
        let text = "[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"0.0.0.0:0\"\ntoken = \"0123456789abcdef\"\n\
                    [[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\nhosts = [\"bits.localhost\"]\n\
                    [[mount]]\nname = \"se\"\ndialect = \"screeningeagle-id\"\nissuer = \"Screening Eagle ID\"\n";
        let environment = Environment::from([("IDP_GATEWAY_ANNOUNCE", "json")]);
        let mut config = parse("f.toml", text, Path::new(""), &environment, Flags::default()).unwrap();
        let public = "127.0.0.1:5000".parse().unwrap();
        config.bind(public);
        let at = Addresses { public, admin: "0.0.0.0:5001".parse().unwrap(), metrics: None };
        let line = Announce::of(&config, false).prepare(&config, at, None).text.unwrap();
        let expected = json!({
            "event": "listening", "public": "127.0.0.1:5000", "admin": "0.0.0.0:5001",
            "public_url": "http://localhost:5000", "admin_url": "http://127.0.0.1:5001",
            "mounts": {
                "bits": {
                    "url": "http://localhost:5000/bits", "issuer": "http://localhost:5000/bits", "host": "bits.localhost:5000"
                },
                "se": { "url": "http://localhost:5000/se", "issuer": "Screening Eagle ID", "host": null }
            }
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    }
}
