//! The files that a configuration is read from: what they begin with, who else may read them, what is said where nobody may.

use super::{CLIENT, MOUNT};
use crate::{Config, ConfigErrors, Environment, Flags, Source, digest, load};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn write(folder: &Path, name: &str, text: &str, mode: u32) {
    fs::write(folder.join(name), text).unwrap();
    fs::set_permissions(folder.join(name), Permissions::from_mode(mode)).unwrap();
}

fn read(folder: &Path) -> Result<Config, ConfigErrors> {
    load(Source::File(&folder.join("gateway.toml")), &Environment::default(), Flags::default())
}

#[test]
fn n45_a_byte_order_mark_is_no_part_of_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let files = "[admin]\ntoken_file = \"token\"\n";
    let client =
        format!("client_files = [\"more.jsonl\"]\n{CLIENT}scopes = [\"application\"]\nsecret_file = \"secret\"\n");
    write(folder, "gateway.toml", &format!("\u{feff}{files}{MOUNT}{client}"), 0o600);
    write(folder, "token", "\u{feff}0123456789abcdef\n", 0o600);
    write(folder, "secret", "\u{feff}abc", 0o600);
    write(folder, "more.jsonl", "\u{feff}{\"id\":\"b\",\"claims\":{\"customerId\":\"c\"},\"grants\":[]}\n", 0o600);
    let config = read(folder).unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&config.admin.token.unwrap()), "0123456789abcdef");
    let clients = &config.mounts[0].clients;
    assert_eq!(clients[0].secrets[0].digest.as_bytes(), digest(&"abc".into()).as_bytes());
    assert_eq!(clients[1].id.as_str(), "b");
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn n49_files_that_hold_secrets_and_that_others_can_read_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let more = |secret: &str| format!("{{\"id\":\"b\",\"claims\":{{\"customerId\":\"c\"}},\"grants\":[]{secret}}}\n");
    let client = format!("{CLIENT}scopes = [\"application\"]\nsecret = \"0123456789abcdef\"\n");
    let text = format!("{MOUNT}client_files = [\"more.jsonl\"]\n{client}");
    let warnings = || read(folder).unwrap().warnings;

    write(folder, "gateway.toml", &text, 0o644);
    write(folder, "more.jsonl", &more(",\"secret\":\"0123456789abcdef\""), 0o644);
    let said = warnings();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("gateway.toml:4:1: mount.client_files: ") && said[0].contains("more.jsonl holds secrets"));
    assert!(said[1].contains("gateway.toml: holds secrets") && said[1].contains("chmod 600"), "{said:?}");

    write(folder, "more.jsonl", &more(""), 0o644);
    write(folder, "gateway.toml", &text.replace("secret = ", "name = "), 0o644);
    let said = warnings();
    assert!(said.iter().all(|warning| !warning.contains("chmod")), "no secret is in them: {said:?}");
    write(folder, "gateway.toml", &format!("[admin]\ntoken = \"0123456789abcdef\"\n{MOUNT}"), 0o644);
    assert!(warnings()[0].contains("gateway.toml: holds secrets"), "the admin token is one");
    let named = |token: &str| format!("[[admin.tokens]]\nname = \"a\"\nrights = [\"all\"]\n{token}\n{MOUNT}");
    write(folder, "gateway.toml", &named("token = \"0123456789abcdef\""), 0o644);
    assert!(warnings()[0].contains("gateway.toml: holds secrets"), "a named one is one too");
    write(folder, "gateway.toml", &named(&format!("token_sha256 = \"{}\"", "a".repeat(64))), 0o644);
    assert_eq!(warnings(), Vec::<String>::new());
    let listed = client.replace("secret = \"0123456789abcdef\"", "secrets = [{ secret = \"0123456789abcdef\" }]");
    write(folder, "gateway.toml", &format!("{MOUNT}{listed}"), 0o644);
    assert!(warnings()[0].contains("gateway.toml: holds secrets"), "and so is one of a list");
    write(folder, "gateway.toml", &text, 0o600);
    assert_eq!(warnings(), Vec::<String>::new());
}

#[test]
fn n47_what_cannot_be_read_has_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let errors = || read(folder).unwrap_err().to_string();
    assert!(errors().contains("gateway.toml: cannot read ") && errors().contains("; nothing is at /"), "{}", errors());
    fs::write(folder.join("gateway.toml"), b"\xff\xfe[").unwrap();
    assert!(errors().contains("; save it as UTF-8"), "{}", errors());
    fs::remove_file(folder.join("gateway.toml")).unwrap();
    fs::create_dir(folder.join("gateway.toml")).unwrap();
    assert!(errors().contains("; name a file, not a folder"), "{}", errors());
}
