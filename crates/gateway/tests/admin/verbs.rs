//! The commands that call the admin API, as they are typed.

use crate::gateway::Gateway;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A gateway, and a folder in which commands are typed.
struct Typed {
    gateway: Gateway,
    folder: TempDir,
}

/// What a command wrote, and its status.
#[derive(Debug)]
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Typed {
    fn start() -> Self {
        Self { gateway: Gateway::start(), folder: tempfile::tempdir().unwrap() }
    }

    /// What a shell makes of a line.
    fn run(&self, line: &str) -> Ran {
        run(line, self.folder.path(), &[("IDP_GATEWAY_ADMIN_URL", &format!("http://{}", self.gateway.admin))])
    }

    /// What a line writes that goes well.
    fn out(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        ran.out
    }

    fn json(&self, line: &str) -> Value {
        let out = self.out(line);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"))
    }

    /// A token request of Bits at a base, and its status.
    fn bits(&self, base: &str) -> u16 {
        let path = format!("{base}/bits/v1/oauth2/token");
        self.gateway.form(&path, "bits-demo:bits-demo-secret", "grant_type=client_credentials").status
    }
}

fn run(line: &str, folder: &Path, variables: &[(&str, &str)]) -> Ran {
    let binary = Path::new(env!("CARGO_BIN_EXE_idp-gateway"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).stdin(Stdio::null()).env_clear();
    command.env("PATH", path).env("HOME", folder).env("XDG_STATE_HOME", folder).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { status: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_client_is_limited_at_its_fifth_request_and_recovers() {
    let typed = Typed::start();
    let made = typed.run("idp-gateway scenario add bits token --client bits-demo --after 4 --fail rate_limited:1");
    assert_eq!((made.status, made.out.trim_end()), (0, "1"), "{made:?}");
    assert_eq!(made.err.trim_end(), "bits token client bits-demo after 4: rate_limited ×1");
    let seen: Vec<_> = (0..6).map(|_| typed.bits("")).collect();
    assert_eq!(seen, [200, 200, 200, 200, 429, 200]);
    let shown = typed.json("idp-gateway scenario show 1 --json");
    assert_eq!((&shown["seen"], &shown["remaining"], &shown["fired"]), (&6.into(), &0.into(), &serde_json::json!([5])));
    assert!(typed.out("idp-gateway scenario list").contains("rate_limited ×1"));
    typed.out("idp-gateway scenario remove 1");
    typed.out("idp-gateway scenario add bits --pass");
    typed.out("idp-gateway scenario clear");
    assert_eq!(typed.json("idp-gateway scenario list --json"), serde_json::json!([]));
}

#[test]
fn a_scenario_has_steps_in_their_order() {
    let typed = Typed::start();
    std::fs::write(typed.folder.path().join("page.html"), "<h1>Bad Gateway</h1>").unwrap();
    let line = "idp-gateway scenario add bits token --json --fail unavailable:2 --retry-after 7 \
                --then --answer 502:page.html --header 'Retry-After: 5' --then --delay 20ms --then --drop after-commit \
                --times 3 --then --flaw expired --token access_token --times all";
    let steps = serde_json::json!([
        {"times": 2, "error": "unavailable", "retry_after": 7},
        {"answer": {"status": 502, "body": "<h1>Bad Gateway</h1>",
                    "headers": {"Content-Type": "text/html; charset=utf-8", "Retry-After": "5"}}},
        {"delay_ms": 20},
        {"times": 3, "drop": "after_commit"},
        {"times": null, "flaw": "expired", "token": "access_token"}
    ]);
    assert_eq!(typed.json(line)["steps"], steps);
    let seen: Vec<_> = (0..4).map(|_| typed.bits("")).collect();
    assert_eq!(seen, [503, 503, 502, 200]);
    let listed = typed.out("idp-gateway scenario list");
    assert!(listed.contains("unavailable retry_after 7 ×2, then answer 502, then wait 20 ms, then "), "{listed}");
    for (line, word) in [
        ("bits token --fail internal --fail unavailable", "--then"),
        ("bits token --fail unavailabel", "did you mean `unavailable`?"),
        ("bits tokn --hang", "'token'"),
        ("bits token --header 'A: b' --hang", "--answer"),
        ("bits token --delay soon", "1h30m"),
    ] {
        let ran = typed.run(&format!("idp-gateway scenario add {line}"));
        assert!(ran.status == 2 && ran.err.contains(word), "{line}: {ran:?}");
    }
    let nothing = typed.run("idp-gateway scenario add bits token");
    assert!(nothing.status == 1 && nothing.err.contains("it does nothing"), "{nothing:?}");
}

#[test]
fn what_is_out_expires_and_tokens_are_ordered_and_inspected() {
    let typed = Typed::start();
    let token = typed
        .out("idp-gateway token issue bits --client bits-demo --scope application --claim tenant=t1 --claim level:=3");
    let line = format!("idp-gateway token inspect --json {}", token.trim_end());
    let inspected = typed.json(&line);
    let claim = |name: &str| {
        let claims = inspected["claims"].as_array().unwrap();
        claims.iter().find(|claim| claim["name"] == name).map(|claim| claim["value"].clone())
    };
    assert_eq!(
        (&inspected["active"], claim("tenant"), claim("level")),
        (&true.into(), Some("t1".into()), Some(3.into()))
    );
    typed.out("idp-gateway token expire bits --client bits-demo");
    assert_eq!(typed.json(&line)["active"], false);
    let bent = "idp-gateway token issue screeningeagle --client screeningeagle-demo --flaw wrong_audience";
    let told = typed.out(&format!("{bent} | idp-gateway token inspect -"));
    assert!(told.contains("\nproblem "), "{told}");
    let id = typed
        .out("idp-gateway token issue brighthr-sandbox --client brighthr-sandbox-web --user alice --print id-token");
    assert!(typed.out(&format!("idp-gateway token inspect {}", id.trim_end())).contains("id_token"));
    let none = typed.run("idp-gateway token issue bits --client bits-readonly --print id-token");
    assert!(none.status == 1 && none.out.is_empty() && none.err.contains("ID token"), "{none:?}");
}

#[test]
fn the_journal_is_listed_asserted_and_exported() {
    let typed = Typed::start();
    typed.bits("");
    typed.gateway.form("/bits/v1/oauth2/token", "bits-demo:wrong", "grant_type=client_credentials");
    typed.gateway.form("/bits/v1/oauth2/token", "stranger%1b%5b2J:x", "grant_type=client_credentials");
    let listed = typed.out("idp-gateway journal list --mount bits");
    let lines: Vec<_> = listed.lines().collect();
    assert!(lines.len() == 3 && lines[0].contains("  200  bits token") && !listed.contains('\u{1b}'), "{listed}");
    assert!(lines[1].contains("refused: the secret of client `bits-demo` is wrong"), "{listed}");
    assert_eq!(typed.json("idp-gateway journal list --json --limit 2").as_array().unwrap().len(), 2);
    assert!(typed.out("idp-gateway journal show 2").contains("client: refused"), "each check is told");
    let verify = "idp-gateway journal verify --endpoint token --client bits-demo";
    let held = typed.run(&format!("{verify} --exactly 2"));
    assert!(held.status == 0 && held.err.contains("It holds: 2"), "{held:?}");
    let not = typed.run(&format!("{verify} --status 500 --at-least 1"));
    assert!(not.status == 1 && not.out.is_empty(), "{not:?}");
    assert!(not.err.contains("It does not hold: there are 0") && not.err.contains("status is "), "{not:?}");
    let json = typed.run(&format!("{verify} --exactly 1 --json"));
    let problem: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.status, &problem["status"]), (1, &422.into()));
    let vague = typed.run(verify);
    assert!(vague.status == 2 && vague.err.contains("--exactly"), "{vague:?}");
    let unknown = typed.run("idp-gateway journal list --endpoint tokn");
    assert!(unknown.status == 1 && unknown.err.contains("did you mean token?"), "{unknown:?}");

    let archive = typed.json("idp-gateway journal export --format har --client bits-demo");
    assert_eq!(archive["log"]["entries"].as_array().unwrap().len(), 2);
    assert!(typed.out("idp-gateway journal export --format curl --mount bits").contains("curl"));
    typed.out("idp-gateway journal misuse --client bits-demo");
    typed.out("idp-gateway journal clear");
    assert_eq!(typed.json("idp-gateway journal list --json"), serde_json::json!([]));
}

#[test]
fn tail_goes_on_with_what_comes_and_ends_with_its_reader() {
    let typed = Typed::start();
    typed.bits("");
    let line = "timeout 20 idp-gateway tail --client bits-demo | head -n 3 & \
                for i in 1 2 3 4; do sleep 0.4; curl -s -o /dev/null -u bits-demo:wrong -d grant_type=client_credentials \
                \"$PUBLIC/bits/v1/oauth2/token\"; done; wait $!";
    let url = format!("http://{}", typed.gateway.admin);
    let public = format!("http://{}", typed.gateway.public);
    let variables = [("IDP_GATEWAY_ADMIN_URL", &*url), ("PUBLIC", &*public)];
    let ran = run(line, typed.folder.path(), &variables);
    let lines: Vec<_> = ran.out.lines().collect();
    assert!(lines.len() == 3 && lines[0].contains("  200  ") && lines[2].contains("  401  "), "{ran:?}");
    let follow = "timeout 1 idp-gateway journal follow --since 0 --json";
    let seen = run(follow, typed.folder.path(), &variables);
    assert!(seen.out.lines().count() >= 4 && seen.out.starts_with("{\"number\":1,"), "{seen:?}");
}

#[test]
fn the_clock_stands_still_is_set_and_advanced() {
    let typed = Typed::start();
    let now = |line: &str| typed.json(&format!("idp-gateway clock {line} --json"));
    assert_eq!(now("freeze 2024-05-16T12:10:18Z")["freeze"], 1_715_861_418);
    assert_eq!(now("advance 1h30m")["now"], 1_715_866_818);
    assert_eq!(now("set -30m")["offset"], -1800);
    assert_eq!(now("set +1h")["offset"], 3600);
    assert!(now("freeze")["freeze"].is_i64());
    assert!(typed.out("idp-gateway clock show").trim_end().ends_with("stands still"));
    typed.out("idp-gateway clock reset");
    assert!(typed.out("idp-gateway clock show").trim_end().ends_with("real time"));
}

#[test]
fn clients_and_users_are_changed_by_name() {
    let typed = Typed::start();
    typed.out("idp-gateway user set brighthr-sandbox alice --claim tenant=t1");
    let alice = typed.json("idp-gateway user get brighthr-sandbox alice --json");
    assert_eq!((&alice["claims"]["tenant"], &alice["claims"]["locale"]), (&"t1".into(), &"en-GB".into()));
    typed.out(r#"idp-gateway user patch brighthr-sandbox alice '{"claims":{"locale":null}}'"#);
    let shown = typed.out("idp-gateway user get brighthr-sandbox alice");
    assert!(shown.contains("claims.tenant") && !shown.contains("claims.locale"), "{shown}");
    let typo = typed.run("idp-gateway user set brighthr-sandbox alcie --claim tenant=t1");
    assert!(typo.status == 1 && typo.err.contains("did you mean `alice`?"), "{typo:?}");
    typed.out("idp-gateway user set brighthr-sandbox carol --new username=carol disabled=true");
    assert!(typed.out("idp-gateway user list brighthr-sandbox").contains("carol"));
    typed.out("idp-gateway user delete brighthr-sandbox carol");

    typed.out("idp-gateway client set bizzassure mine --new secret=my-long-secret 'scopes=employee.get policy.list'");
    let mine = typed.json("idp-gateway client get bizzassure mine --json");
    assert_eq!(mine["scopes"], serde_json::json!(["employee.get", "policy.list"]));
    std::fs::write(typed.folder.path().join("more.csv"), "id,secret,scopes\nc1,my-long-secret,employee.get\n").unwrap();
    typed.out("idp-gateway client load bizzassure more.csv --merge");
    let all = typed.json("idp-gateway client list bizzassure --json");
    assert_eq!(all["total"], 16);
    typed.out("idp-gateway client load bizzassure more.csv");
    assert_eq!(typed.out("idp-gateway client list bizzassure").lines().count(), 2);
    let wrong = typed.run("idp-gateway client set bizzassure c1 disabled=maybe");
    assert!(wrong.status == 2 && wrong.err.contains("true"), "{wrong:?}");
    let mount = typed.run("idp-gateway client list bit");
    assert!(mount.status == 1 && mount.err.contains("did you mean `bits`?"), "{mount:?}");
    typed.out("idp-gateway mount set bits access_ttl=60");
    assert!(typed.out("idp-gateway mount show bits").contains("run_time"));
    assert!(typed.out("idp-gateway mount list").contains("screeningeagle"));
    let none = typed.run("idp-gateway mount pack");
    assert!(none.status == 0 && none.err.contains("idp-gateway sandbox --mount toast"), "{none:?}");
    let code = typed.run("idp-gateway mount pack bits");
    assert!(code.status == 1 && code.err.contains("serves no pack"), "{code:?}");
}

#[test]
fn a_namespace_is_its_own_and_a_state_comes_back() {
    let typed = Typed::start();
    let name = typed.out("idp-gateway namespace create --ttl 600");
    let name = name.trim_end();
    typed.out(&format!("idp-gateway scenario add bits token --fail unavailable --namespace {name}"));
    assert_eq!((typed.bits(&format!("/~{name}")), typed.bits("")), (503, 200));
    let within = typed.json(&format!("IDP_GATEWAY_NAMESPACE={name} idp-gateway scenario list --json"));
    assert_eq!(within.as_array().unwrap().len(), 1);
    assert_eq!(typed.json("idp-gateway scenario list --json"), serde_json::json!([]));
    assert!(typed.out(&format!("IDP_GATEWAY_NAMESPACE=none idp-gateway namespace show {name}")).contains("bits"));
    typed.out(&format!("idp-gateway namespace extend {name} --ttl 1h"));
    typed.out(&format!("idp-gateway namespace delete {name}"));
    let gone = typed.run(&format!("idp-gateway scenario list --namespace {name}"));
    assert!(gone.status == 1 && gone.err.contains(name), "{gone:?}");

    typed.out("idp-gateway scenario add bits token --fail unavailable");
    typed.out("idp-gateway state save base.json");
    typed.out("idp-gateway reset");
    assert_eq!(typed.bits(""), 200);
    typed.out("idp-gateway state load base.json");
    assert_eq!(typed.bits(""), 503);
    typed.out("idp-gateway state save - --with-tokens | idp-gateway state load -");
}

#[test]
fn a_gateway_is_found_by_what_is_named_and_the_status_says_that_none_is() {
    let typed = Typed::start();
    let folder = tempfile::tempdir().unwrap();
    let here = |line: &str, variables: &[(&str, &str)]| run(line, folder.path(), variables);
    let admin = format!("http://{}", typed.gateway.admin);
    let nowhere = ("IDP_GATEWAY_ADMIN_URL", "http://127.0.0.1:1");
    let none = here("idp-gateway clock show", &[nowhere]);
    assert!(none.status == 3 && none.err.contains("nothing listens at http://127.0.0.1:1"), "{none:?}");
    assert_eq!(here("idp-gateway clock show", &[("IDP_GATEWAY__ADMIN__LISTEN", "127.0.0.1:1")]).status, 3);
    assert_eq!(here(&format!("idp-gateway clock show --admin {admin}/"), &[nowhere]).status, 0);
    assert_eq!(here(&format!("idp-gateway keys list --mount bits --admin {admin}"), &[nowhere]).status, 0);
    assert_eq!(here("idp-gateway clock show --admin localhost", &[]).status, 3);
    assert_eq!(here("idp-gateway clock shwo", &[]).status, 2);

    std::fs::write(folder.path().join("idp-gateway.json"), format!(r#"{{"event":"listening","admin_url":"{admin}"}}"#))
        .unwrap();
    assert_eq!(here("idp-gateway clock show", &[]).status, 0, "by the ready file of the folder");
    assert_eq!(here("idp-gateway clock show", &[nowhere]).status, 3, "what is named comes first");
    let file = format!(
        "[admin]\nlisten = \"{}\"\n[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\n",
        typed.gateway.admin
    );
    std::fs::write(folder.path().join("mine.toml"), file).unwrap();
    assert_eq!(here("idp-gateway clock show --config mine.toml", &[nowhere]).status, 0, "by its configuration");
}

#[test]
fn a_token_is_taken_from_the_environment_or_the_ready_file() {
    let store = std::sync::Arc::new(store::Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(store, Some("a-token-of-some-length"));
    let folder = tempfile::tempdir().unwrap();
    let admin = format!("http://{}", gateway.admin);
    let url = ("IDP_GATEWAY_ADMIN_URL", &*admin);
    let show = |variables: &[(&str, &str)]| run("idp-gateway clock show", folder.path(), variables);
    let refused = show(&[url]);
    assert!(refused.status == 3 && refused.err.contains("IDP_GATEWAY_ADMIN_TOKEN"), "{refused:?}");
    assert_eq!(show(&[url, ("IDP_GATEWAY_ADMIN_TOKEN", "a-token-of-some-length")]).status, 0);
    let ready = format!(r#"{{"admin_url":"{admin}","admin_token":"a-token-of-some-length"}}"#);
    std::fs::write(folder.path().join("idp-gateway.json"), ready).unwrap();
    assert_eq!(show(&[]).status, 0);
}

#[test]
fn shells_complete_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&format!("idp-gateway completion {shell}"), Path::new("/tmp"), &[]);
        assert_eq!(script.status, 0, "{shell}");
        assert!(script.out.contains("namespace") && script.out.contains("retry-after"), "{shell}");
    }
    assert!(run("idp-gateway completion bash", Path::new("/tmp"), &[]).out.contains("after-commit"), "values too");
    let checked = run("idp-gateway completion bash | bash -n", Path::new("/tmp"), &[]);
    assert_eq!((checked.status, &*checked.err), (0, ""));
}

/// The commands below one, as its help lists them; none where it has no others below it.
fn below(typed: &Typed, command: &str) -> Vec<String> {
    let help = typed.out(&format!("{command} --help"));
    let listed = help.split_once("\nCommands:\n").map_or("", |(_, rest)| rest.split("\n\n").next().unwrap());
    let lines = listed.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let names = lines.map(|line| line.split(' ').next().unwrap()).filter(|name| *name != "help");
    names.map(|name| format!("{command} {name}")).collect()
}

#[test]
fn the_examples_of_the_help_run() {
    let nouns = ["mount", "client", "user", "scenario", "clock", "token", "journal", "namespace", "state", "reset"];
    let ran: usize = nouns.into_iter().map(run_examples).sum();
    assert!(ran > 60, "{ran}");
}

/// Runs the examples of a noun's commands one after the other; how many there are.
fn run_examples(noun: &str) -> usize {
    let typed = Typed::start();
    for (file, text) in [
        ("page.html", "<h1>Bad Gateway</h1>"),
        ("clients.csv", "id,secret,scopes\nmine,my-long-secret,employee.get policy.list\n"),
        ("users.csv", "sub,username\n1,alice\n"),
    ] {
        std::fs::write(typed.folder.path().join(file), text).unwrap();
    }
    typed.bits("");
    let mut commands = below(&typed, &format!("idp-gateway {noun}"));
    if commands.is_empty() {
        commands.push(format!("idp-gateway {noun}"));
    }
    let mut ran = 0;
    for command in commands.iter().filter(|command| !command.ends_with(" follow")) {
        let help = typed.out(&format!("{command} --help"));
        let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command}: {help}"));
        for line in examples.replace("\\\n      ", "").lines().map_while(|line| line.strip_prefix("  ")) {
            let done = typed.run(line);
            // An assertion may be one that does not hold here, and an id or a mount one that is not there.
            let may_fail =
                ["journal verify", "journal show 5f0c1a52", "mount pack toast"].iter().any(|odd| line.contains(odd));
            assert!(done.status == 0 || may_fail && done.status == 1, "{line}: {done:?}");
            ran += 1;
        }
    }
    ran
}
