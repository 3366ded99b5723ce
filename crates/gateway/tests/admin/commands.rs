//! Commands that work on a running gateway, or on its store.

use crate::gateway::Gateway;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use store::Embedded;

const USERINFO: &str = "/brighthr-sandbox/connect/userinfo";

/// What a command wrote, and whether it went well.
#[derive(Debug)]
struct Ran {
    good: bool,
    out: String,
    err: String,
}

/// Runs `idp-gateway pat` for alice, on the gateway at `admin` or the store below `state`.
fn pat(admin: SocketAddr, state: &Path, variables: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idp-gateway"));
    command.args(["pat", args[0], "--mount", "brighthr-sandbox", "--user", "alice"]).args(&args[1..]);
    command.env_clear().env("XDG_STATE_HOME", state).env("HOME", state).envs(variables.iter().copied());
    // A proxy is for others than this machine.
    command.env("http_proxy", "http://127.0.0.1:1").env("IDP_GATEWAY__ADMIN__LISTEN", admin.to_string());
    ran(&mut command)
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { good: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

/// An address at which nothing listens, and no other test will.
fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}

#[test]
fn a_token_is_made_listed_and_revoked_on_a_running_gateway() {
    let (gateway, state) = (Gateway::start(), tempfile::tempdir().unwrap());
    let run = |args: &[&str]| pat(gateway.admin, state.path(), &[], args);
    let made = run(&["create", "--name", "ci", "--scope", "openid company:read", "--days", "2"]);
    assert!(made.good && made.out.starts_with("bhr_pat_") && made.out.trim_end().len() == 51, "{made:?}");
    assert!(made.err.contains("company:read") && made.err.contains("pat revoke"), "{made:?}");
    let token = made.out.trim_end();
    assert_eq!(gateway.get_with(USERINFO, token).status, 200);

    let listed: Value = serde_json::from_str(&run(&["list", "--json"]).out).unwrap();
    assert!(listed[0]["last_used"].is_i64() && !listed.to_string().contains("bhr_pat_"), "{listed}");
    let lifetime = listed[0]["expires_at"].as_i64().unwrap() - listed[0]["created_at"].as_i64().unwrap();
    assert_eq!(lifetime, 2 * 86_400);
    let table = run(&["list"]).out;
    let id = listed[0]["id"].as_str().unwrap();
    assert!(table.starts_with("ID") && table.contains(&format!("\n{id}  ci")), "{table}");

    let revoked = run(&["revoke", id]);
    assert!(revoked.good && revoked.out.is_empty() && revoked.err.contains(id), "{revoked:?}");
    assert_eq!(gateway.get_with(USERINFO, token).status, 401);
    let again = run(&["revoke", id]);
    assert!(!again.good && again.err.contains("pat list"), "{again:?}");
    assert!(!state.path().join("idp-gateway").exists(), "the store is the running gateway's");
    let wide = run(&["create", "--name", "ci", "--scope", "offline_access", "--json"]);
    assert!(!wide.good && wide.out.is_empty() && wide.err.contains("company:read"), "{wide:?}");
}

#[test]
fn where_nothing_runs_the_store_is_opened_and_the_gateway_knows_the_token_later() {
    let state = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| pat(nowhere(), state.path(), &[], args);
    let made = run(&["create", "--name", "ci", "--json"]);
    let reply: Value = serde_json::from_str(&made.out).unwrap_or_else(|error| panic!("{error}: {made:?}"));
    assert!(made.err.contains("store.redb itself"), "{made:?}");
    // A command that works on the store itself is told of as a call is (s15), and the token is not in it.
    let audit = made.err.lines().find(|line| line.contains("\"audit\"")).unwrap_or_default();
    assert!(audit.contains("command line") && audit.contains("MAKE_PAT") && !audit.contains("bhr_pat_"), "{made:?}");
    let second = run(&["create", "--name", "two"]);
    assert!(run(&["list"]).out.contains("two"));

    let store = Arc::new(Embedded::open(state.path().join("idp-gateway/store.redb")).unwrap());
    let gateway = Gateway::start_with(store, None);
    assert_eq!(gateway.get_with(USERINFO, reply["token"].as_str().unwrap()).status, 200);
    let locked = run(&["revoke", reply["id"].as_str().unwrap()]);
    assert!(!locked.good && locked.err.contains("in use") && locked.err.contains("admin.listen"), "{locked:?}");
    assert_eq!(gateway.get_with(USERINFO, second.out.trim_end()).status, 200);
}

#[test]
fn a_store_in_memory_needs_a_running_gateway() {
    let state = tempfile::tempdir().unwrap();
    let memory = [("IDP_GATEWAY__STORE__PATH", ":memory:")];
    let refused = pat(nowhere(), state.path(), &memory, &["list"]);
    assert!(!refused.good && refused.err.contains("start it first"), "{refused:?}");
}

#[test]
fn what_answers_and_is_not_the_configurations_gateway_is_named_and_the_store_left_alone() {
    let state = tempfile::tempdir().unwrap();
    let store = Arc::new(Embedded::in_memory().unwrap());
    let gateway = Gateway::start_with(store, Some("a-token-of-some-length"));
    let create = &["create", "--name", "ci"];
    let told = |admin, variables: &[(&str, &str)], word: &str| {
        let refused = pat(admin, state.path(), variables, create);
        assert!(!refused.good && refused.out.is_empty() && refused.err.contains(word), "{word}: {refused:?}");
    };
    told(gateway.admin, &[], "IDP_GATEWAY__ADMIN__TOKEN");
    told(gateway.admin, &[("IDP_GATEWAY__ADMIN__TOKEN", "another-token-of-a-length")], "another admin token");
    let token = ("IDP_GATEWAY__ADMIN__TOKEN", "a-token-of-some-length");
    told(gateway.admin, &[token, ("IDP_GATEWAY__SERVER__PUBLIC_URL", "https://other.test")], "another configuration");
    assert!(pat(gateway.admin, state.path(), &[token], create).good);

    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stranger.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut stream = stranger.accept().unwrap().0;
        let _ = stream.read(&mut [0; 1024]);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
    });
    told(address, &[], "is no IdP Gateway");
    assert!(!state.path().join("idp-gateway").exists(), "the store was not opened");
}

#[test]
fn a_mount_that_is_not_there_and_one_without_tokens_are_told() {
    let state = tempfile::tempdir().unwrap();
    drop(Embedded::open(state.path().join("idp-gateway/store.redb")).unwrap());
    let run = |mount: &str, user: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idp-gateway"));
        command.args(["pat", "list", "--mount", mount, "--user", user]).env("XDG_STATE_HOME", state.path());
        command.env("IDP_GATEWAY__ADMIN__LISTEN", nowhere().to_string());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(run("nowhere", "alice").contains("there are bizzassure, bits, brighthr-sandbox"), "the names");
    assert!(run("bits", "alice").contains("use a mount whose vendor has them: brighthr-sandbox"), "the other mounts");
    assert!(run("brighthr-sandbox", "carol").contains("--user"), "the flag");
}

#[test]
fn n42_what_is_kept_from_before_is_said_by_check() {
    let state = tempfile::tempdir().unwrap();
    let (file, store) = (state.path().join("gateway.toml"), state.path().join("store.redb"));
    let mount = "[[mount]]\nname = \"bizzassure\"\ndialect = \"bizzassure-json\"\n";
    std::fs::write(&file, format!("[store]\npath = \"store.redb\"\n{mount}")).unwrap();
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idp-gateway"));
        ran(command.env_clear().env("HOME", state.path()).args(["check", "--config"]).arg(&file))
    };
    assert!(check().good && !store.exists(), "a check makes no store");
    let kept = Arc::new(Embedded::open(&store).unwrap());
    let gateway = Gateway::start_with(Arc::clone(&kept), None);
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1715861418}"#);
    gateway.ok("PATCH", "/v1/mounts/bizzassure/settings", r#"{"access_ttl":60}"#);
    gateway.ok("PUT", "/v1/mounts/bizzassure/clients/new", r#"{"secret":"a-long-secret","scopes":["employee.get"]}"#);
    let in_use = check();
    assert!(in_use.good && !in_use.out.contains("Kept"), "what it keeps is told by who has it: {in_use:?}");

    let copy = state.path().join("copy.redb");
    let line =
        |store: &Embedded| actix_web::rt::System::new().block_on(admin::kept::Kept::of(store)).unwrap().line(true);
    let said = line(&kept).unwrap();
    for part in
        ["the clock stands still at 2024-05-16 12:10 UTC", "1 changed client", "settings of 1 mount", "/v1/reset"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    gateway.done("POST", "/v1/reset");
    assert_eq!(line(&kept), None);

    let frozen = Embedded::open(&copy).unwrap();
    let change = issuer::state::Override {
        realm: issuer::state::Realm::of_mount(""),
        kind: issuer::state::OverrideKind::Clock,
        id: String::new(),
        body: Some(r#"{"offset_ms":3600000}"#.to_owned()),
    };
    let put = issuer::state::OverrideStore::put_override(&frozen, change);
    actix_web::rt::System::new().block_on(put).unwrap();
    drop(frozen);
    std::fs::write(&file, format!("[store]\npath = \"copy.redb\"\n{mount}")).unwrap();
    let said = check();
    assert!(said.good && said.out.contains("the clock is 3600 s ahead of real time"), "{said:?}");
    assert!(said.out.contains("gateway.toml is right.\n"), "{said:?}");
    std::fs::write(&file, format!("{mount}issuer = \"x\"\n[[mount.client]]\nid = \"a\"\n")).unwrap();
    let warned = check();
    assert!(warned.good && warned.out.contains("gateway.toml can be served, with 2 warnings:\n  "), "n47: {warned:?}");
    assert!(!warned.out.contains("is right"), "{warned:?}");
}

#[test]
fn keys_are_listed_rotated_and_forgotten_on_a_running_gateway_and_in_its_store() {
    let state = tempfile::tempdir().unwrap();
    let keys = |admin: SocketAddr, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idp-gateway"));
        command.args(["keys", args[0], "--mount", "brighthr-sandbox"]).args(&args[1..]);
        command.env_clear().env("XDG_STATE_HOME", state.path()).env("HOME", state.path());
        ran(command.env("IDP_GATEWAY__ADMIN__LISTEN", admin.to_string()))
    };
    let file = state.path().join("idp-gateway/store.redb");
    let none = keys(nowhere(), &["list"]);
    assert!(!none.good && none.err.contains("there is no store at") && !file.exists(), "n47: {none:?}");
    drop(Embedded::open(&file).unwrap());
    for admin in [Gateway::start().admin, nowhere()] {
        let listed = keys(admin, &["list"]);
        assert!(listed.good && listed.out.starts_with("KID"), "{listed:?}");
        let old = listed.out.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let rotated = keys(admin, &["rotate", "--lead-seconds", "0", "--json"]);
        let views: Value = serde_json::from_str(&rotated.out).unwrap_or_else(|error| panic!("{error}: {rotated:?}"));
        let with = |status: &str| {
            let key = views.as_array().unwrap().iter().find(|key| key["status"] == status);
            key.unwrap_or_else(|| panic!("{views}"))["kid"].as_str().unwrap().to_owned()
        };
        assert_eq!(with("retiring"), old);
        let signing = keys(admin, &["forget", &with("signing")]);
        assert!(!signing.good && signing.err.contains("keys rotate"), "{signing:?}");
        let forgotten = keys(admin, &["forget", &old]);
        assert!(forgotten.good && forgotten.out.is_empty() && forgotten.err.contains(&old), "{forgotten:?}");
        let again = keys(admin, &["forget", &old]);
        assert!(!again.good && again.err.contains("keys list"), "{again:?}");
    }
}
