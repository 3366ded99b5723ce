//! What a configuration is told, line by line.

mod files;
mod messages;
mod mounts;
mod packs;
mod tokens;
mod uses;

use super::*;
use grant::{GrantType, Password, RateLimit, Seconds, Value};

/// The least that can be served.
const MOUNT: &str = "[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\n";
/// A client of it, from line 4 on.
const CLIENT: &str = "[[mount.client]]\nid = \"a\"\nclaims = { customerId = \"c\" }\n";

fn read_with(text: &str, environment: &Environment) -> Result<Config, ConfigErrors> {
    parse("f.toml", text, Path::new(""), environment, Flags::default())
}

fn read(text: &str) -> Result<Config, ConfigErrors> {
    read_with(text, &Environment::default())
}

fn errors(text: &str) -> String {
    read(text).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn defaults_are_those_of_the_manual() {
    let config = read(MOUNT).unwrap();
    let server = &config.server;
    assert_eq!(
        (server.listen.to_string(), config.admin.listen.to_string()),
        ("127.0.0.1:8080".into(), "127.0.0.1:8081".into())
    );
    assert_eq!(server.public_url, "http://localhost:8080");
    let (of, millis) = (&config.settings, |config: &Config, setting| config.settings.millis(setting).as_millis());
    assert_eq!((of.value::<usize>(settings::WORKERS), of.value::<usize>(settings::BODY_LIMIT)), (0, 65_536));
    let timeouts = [settings::BODY_TIMEOUT_MS, settings::HEAD_TIMEOUT_MS, settings::SHUTDOWN_TIMEOUT_MS];
    assert_eq!(timeouts.map(|setting| millis(&config, setting)), [10_000, 5_000, 10_000]);
    assert!(millis(&config, settings::DRAIN_DELAY_MS) == 0 && of.value(settings::WATCH_CONFIG) && server.tls.is_none());
    let public = read(&format!("[server]\nlisten = \"0.0.0.0:80\"\n{MOUNT}")).unwrap();
    assert_eq!(millis(&public, settings::DRAIN_DELAY_MS), 5_000);
    assert!(!public.settings.value::<bool>(settings::WATCH_CONFIG));
    assert!(config.admin.token.is_none() && !server.allow_weak_secrets && !config.announce_json);
    assert_eq!(
        config.telemetry,
        TelemetryConfig {
            log: LogFormat::Auto,
            level: "info".into(),
            metrics_listen: None,
            colors: true,
            otlp_endpoint: None,
            trace_sample_ratio: 1.0
        }
    );
    assert!(matches!(&config.store, StoreConfig::File(path) if path.ends_with("idp-gateway/store.redb")));
    let mount = &config.mounts[0];
    assert_eq!((mount.issuer.as_str(), mount.hosts.len()), ("http://localhost:8080/bits", 0));
}

#[test]
fn a_client_and_a_user_arrive_as_they_were_written() {
    let text = "[[mount]]\nname = \"se\"\ndialect = \"screeningeagle-id\"\nhosts = [\"A.test\"]\nissuer = \"Screening Eagle ID\"\n\
                [[mount.client]]\nid = \"c\"\nsecret = \"abc\"\ngrants = [\"authorization_code\"]\nscopes = [\"email\", \"openid\"]\n\
                redirect_uris = [\"https://client.test/cb\"]\nuser = \"7\"\nrate_limit = \"5/1m\"\ntrusted = true\n\
                [[mount.user]]\nsub = \"7\"\npassword = \"p\"\n[mount.user.claims]\nz = 1\na = true\n";
    let config = read(text).unwrap();
    let mount = &config.mounts[0];
    assert_eq!(
        (mount.hosts.as_slice(), mount.issuer.as_str()),
        (["a.test".to_owned()].as_slice(), "Screening Eagle ID")
    );
    let client = &mount.clients[0];
    // FIPS 180-2 appendix B.1.
    assert_eq!(client.secrets[0].digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(client.grants, [GrantType::AuthorizationCode]);
    assert_eq!((client.scopes.joined().as_str(), client.trusted, client.disabled), ("email openid", true, false));
    assert_eq!(client.rate_limit, Some(RateLimit::Rolling { count: 5, window: Seconds(60) }));
    let user = &mount.users[0];
    assert_eq!((&*user.username, user.password.is_some()), ("7", true), "the username is the sub where none is given");
    assert!(matches!(user.password, Some(Password::Plain(_))));
    let claims: Vec<_> = user.claims.iter().collect();
    assert_eq!(claims, [("z", &Value::Int(1)), ("a", &Value::Bool(true))], "claims keep the order of the file");
    assert!(!format!("{config:?}").contains("abc"), "Debug shows no secret");
}

#[test]
fn what_is_odd_is_a_warning() {
    let text = format!("{MOUNT}{CLIENT}user = \"nobody\"\ngrants = [\"refresh_token\"]\n");
    let warnings = read(&text).unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("f.toml:8:1: mount.client.grants: client `a`: `refresh_token` is not offered"));
    assert!(warnings[1].starts_with("f.toml:5:1: mount.client.user: client `a`: `nobody` is the sub of no user"));
}

/// The keys that serde expects where it meets one that it does not know.
fn known_keys(extra: &str) -> Vec<String> {
    let said = errors(&format!("{MOUNT}{extra}no_such_key = 1\n"));
    let list = said.split_once("expected one of ").unwrap().1;
    list.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

#[test]
fn each_key_of_a_mount_client_and_user_is_in_the_manual() {
    let manual = include_str!("../../../../docs/configuration.md");
    for (table, keys) in [
        ("## `[[mount]]`", known_keys("")),
        ("### `[[mount.client]]`", known_keys("[[mount.client]]\n")),
        ("### `[[mount.user]]`", known_keys("[[mount.user]]\n")),
    ] {
        let section = manual.split_once(&format!("\n{table}")).unwrap().1.split("\n##").next().unwrap();
        let told: Vec<_> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split(" |").next())
            .flat_map(|names| names.split(", ").map(|name| name.trim_matches('`').to_owned()))
            .collect();
        for key in &keys {
            assert!(told.contains(key), "{table} of docs/configuration.md lacks {key}");
        }
        assert_eq!(told.len(), keys.len(), "{table} tells of keys that are not there: {told:?}");
    }
}

#[test]
fn the_sandbox_is_right_and_has_nothing_odd() {
    let config = load(Source::Sandbox, &Environment::default(), Flags::default()).unwrap();
    assert_eq!(config.warnings, Vec::<String>::new());
    let served: Vec<_> = config.mounts.iter().map(|mount| mount.kind.id).collect();
    for kind in crate::registry::DIALECTS {
        assert!(served.contains(&kind.id), "the sandbox lacks {}", kind.id);
    }
    assert!(config.mounts.iter().all(|mount| !mount.clients.is_empty()));
}

#[test]
fn the_environment_goes_over_the_file_and_is_read_as_text() {
    let text = format!("[server]\nworkers = 2\n[store]\npath = \"file.redb\"\n{MOUNT}");
    let environment = Environment::from([
        ("IDP_GATEWAY__STORE__PATH", "0123"),
        ("IDP_GATEWAY__SERVER__LISTEN", "127.0.0.1:9000"),
        ("IDP_GATEWAY__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("IDP_GATEWAY__ADMIN__TOKEN", "007"),
        ("IDP_GATEWAY__SERVER__WORKERS", ""),
        ("idp_gateway__telemetry__log", "json"),
        ("IDP_GATEWAY_ANNOUNCE", "json"),
        ("OTHER", "x"),
    ]);
    let config = read_with(&text, &environment).unwrap();
    assert_eq!(config.store, StoreConfig::File("0123".into()), "no number is made of it");
    assert_eq!(config.server.listen.port(), 9000);
    assert_eq!(config.settings.value::<usize>(settings::WORKERS), 2, "an empty variable is not set");
    let proxies: Vec<_> = config.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
    assert_eq!(config.server.public_url, "http://localhost:9000");
    assert_eq!(config.telemetry.log, LogFormat::Json);
    assert!(config.announce_json);
    let token = config.admin.token.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token), "007");
}

#[test]
fn errors_of_the_environment_name_the_variable() {
    let cases = [
        ("IDP_GATEWAY__SERVER__WORKERS", "many", "server.workers: `many` must be a whole number of 0 to 1024"),
        ("IDP_GATEWAY__SERVER__ALLOW_WEAK_SECRETS", "yes", "server.allow_weak_secrets: `yes` must be true or false"),
        ("IDP_GATEWAY__SERVER__LISTEN", "9000", "server.listen: `9000` must be an IP address and a port"),
        ("IDP_GATEWAY__STORE__KIND", "sql", "store.kind: `sql` must be \"embedded\" or \"redis\""),
        ("IDP_GATEWAY__STORE__PAHT", "x", "stands for no key; there are IDP_GATEWAY__SERVER__LISTEN, "),
        ("IDP_GATEWAY_ANNOUNCE", "yes", "must be `json`, or not set"),
    ];
    for (name, value, expected) in cases {
        let said = read_with(MOUNT, &Environment::from([(name, value)])).unwrap_err().to_string();
        assert_eq!(said.find(expected), Some(format!("environment variable {name}: ").len()), "{said}");
    }
}

#[test]
fn t68_weak_secrets_are_refused_off_loopback_unless_accepted_by_name() {
    let client =
        |id: &str, secret: &str| format!("[[mount.client]]\nid = \"{id}\"\n{secret}\nclaims.customerId = \"c\"\n");
    let sandbox_sha256 = sha256_hex(&"bits-demo-secret".into());
    let text = format!(
        "[server]\nlisten = \"0.0.0.0:8080\"\n{MOUNT}{}{}{}{}{}{}[[mount.user]]\nsub = \"u\"\npassword = \"alice-demo-password\"\n",
        client("strong", "secret = \"canary-of-good-length\""),
        client("public", ""),
        client("weak-demo", "secret = \"bits-demo-secret\""),
        client("weak-digest", &format!("secret_sha256 = \"{sandbox_sha256}\"")),
        client("weak-because-equal", "secret = \"weak-because-equal\""),
        client("weak-short", "secret = \"canary-11ch\""),
    );
    let said = errors(&text);
    assert!(said.starts_with("f.toml:2:1: server.listen: 0.0.0.0:8080 is not loopback and some secrets"), "{said}");
    for name in ["`weak-demo`", "`weak-digest`", "`weak-because-equal`", "`weak-short`", "user `u`"] {
        assert!(said.contains(name), "{name} is not in {said}");
    }
    assert!(!said.contains("`strong`") && !said.contains("`public`"), "{said}");
    assert!(!said.contains("canary") && !said.contains("demo-secret") && !said.contains("demo-password"), "{said}");

    assert!(read(&text.replace("0.0.0.0", "127.0.0.2")).is_ok(), "all of 127/8 is loopback");
    assert!(read(&text.replace("[server]", "[server]\nallow_weak_secrets = true")).is_ok());
    let flag = Flags { allow_weak_secrets: true, ..Flags::default() };
    assert!(parse("f.toml", &text, Path::new(""), &Environment::default(), flag).is_ok());
    let public = Environment::from([("IDP_GATEWAY__SERVER__LISTEN", "0.0.0.0:8080")]);
    let sandbox = load(Source::Sandbox, &public, Flags::default()).unwrap_err().to_string();
    assert!(sandbox.contains("environment variable IDP_GATEWAY__SERVER__LISTEN: server.listen: "), "{sandbox}");
}

#[test]
fn json_lines_get_the_same_checks_with_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("clients.jsonl"),
        "{\"id\":\"b\",\"secret\":\"s\",\"scopes\":[\"application\"],\"claims\":{\"customerId\":\"c\"}}\r\n\n\
         {\"id\":\"b\",\"claims\":{\"customerId\":\"c\"}}\n\
         {\"id\":\"c\",\"scopes\":[\"x\"],\"claims\":{\"customerId\":\"c\"}}\n\
         {\"id\":\"d\",\"scope\":\"x\"}\n\
         {\"id\":\"a\",\"claims\":{\"customerId\":\"c\"}}\n\
         {\"id\":\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("users.jsonl"), "{\"sub\":\"1\",\"username\":\"alice\"}\n").unwrap();
    let path = folder.path().join("gateway.toml");
    let text = format!("{MOUNT}client_files = [\"clients.jsonl\"]\nuser_files = [\"users.jsonl\"]\n{CLIENT}");
    std::fs::write(&path, &text).unwrap();
    let load = || load(Source::File(&path), &Environment::default(), Flags::default());
    let said = load().unwrap_err().to_string();
    let file = folder.path().join("clients.jsonl").display().to_string();
    for expected in [
        format!("{file}:3: id: client `b` is there already, at {file}:1; "),
        format!("{file}:4: scopes: client `c`: `x` is not in the mount's catalogue"),
        format!("{file}:5:17: scope: unknown key; expected one of `id`, "),
        format!("{file}:6: id: client `a` is there already, at {}:7:1; ", path.display()),
        format!("{file}:7:6: EOF while parsing a value"),
    ] {
        assert!(said.contains(&expected), "{expected} is not in\n{said}");
    }
    assert_eq!(said.lines().count(), 5, "{said}");

    std::fs::write(folder.path().join("clients.jsonl"), "{\"id\":\"b\",\"claims\":{\"customerId\":\"c\"}}\n").unwrap();
    let config = load().unwrap();
    assert_eq!((config.mounts[0].clients.len(), config.mounts[0].users.len()), (2, 1));
}

#[cfg(unix)]
#[test]
fn a_secret_file_loses_its_last_line_break_and_must_be_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "abc\n").unwrap();
    let mode = |mode| std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
    let text = format!(
        "[admin]\ntoken_file = \"secret\"\n{MOUNT}{CLIENT}secret_file = \"secret\"\nscopes = [\"application\"]\n"
    );
    let read = || parse("f.toml", &text, folder.path(), &Environment::default(), Flags::default()).unwrap();
    mode(0o600);
    let config = read();
    assert_eq!(config.warnings, Vec::<String>::new());
    assert_eq!(config.mounts[0].clients[0].secrets[0].digest.as_bytes(), digest(&"abc".into()).as_bytes());
    mode(0o644);
    let warnings = read().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[1].starts_with("f.toml:9:1: mount.client.secret_file: client `a`: ")
            && warnings[1].contains("chmod 600")
    );
}

#[test]
fn a_secret_may_come_from_a_variable_but_not_over_http() {
    let text = format!("{MOUNT}{CLIENT}secret_env = \"BITS_SECRET\"\n");
    let config = read_with(&text, &Environment::from([("BITS_SECRET", "abc")])).unwrap();
    assert_eq!(config.mounts[0].clients[0].secrets[0].digest.as_bytes(), digest(&"abc".into()).as_bytes());

    let rules = Rules { dialect: &*config.mounts[0].dialect, secrets: SecretSources::Http };
    for (key, spec) in [
        ("secret_env", r#"{"id":"b","secret_env":"PATH","claims":{"customerId":"c"}}"#),
        ("secret_file", r#"{"id":"b","secret_file":"/etc/hostname","claims":{"customerId":"c"}}"#),
    ] {
        let faults = rules.client(serde_json::from_str(spec).unwrap()).unwrap_err();
        assert_eq!((faults.len(), faults[0].key), (1, key));
        assert!(faults[0].message.starts_with("is refused over HTTP"));
    }
}

#[test]
fn a_port_that_was_given_takes_the_place_of_port_0() {
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n{MOUNT}[[mount]]\nname = \"own\"\ndialect = \"bits-basic-form\"\nissuer = \"x\"\n"
    );
    let mut config = read(&text).unwrap();
    config.bind("127.0.0.1:5000".parse().unwrap());
    assert_eq!(config.server.public_url, "http://localhost:5000");
    assert_eq!(
        (config.mounts[0].issuer.as_str(), config.mounts[1].issuer.as_str()),
        ("http://localhost:5000/bits", "x")
    );
    let view = config.mounts[0].view(&config.server.public_url);
    assert_eq!(view.endpoints[0].url, "http://localhost:5000/bits/v1/oauth2/token");
}

#[test]
fn a_development_certificate_makes_https_and_a_host_for_each_mount() {
    let text = format!(
        "{MOUNT}hosts = [\"api.bits.bi\"]\n[[mount]]\nname = \"other\"\ndialect = \"bits-basic-form\"\nhosts = [\"bits.localhost\"]\n"
    );
    let environment = Environment::from([("IDP_GATEWAY__SERVER__TLS__DEVELOPMENT", "true")]);
    let config = read_with(&text, &environment).unwrap();
    assert_eq!(config.server.public_url, "https://localhost:8080");
    assert_eq!(config.mounts[0].issuer, "https://localhost:8080/bits");
    assert_eq!(config.mounts[0].hosts, ["api.bits.bi"], "another mount claims its own");
    assert_eq!(config.mounts[1].hosts, ["bits.localhost", "other.localhost"]);
    let flags = Flags { dev_tls: true, ..Flags::default() };
    let by_flag = parse("f.toml", &text, Path::new(""), &Environment::default(), flags).unwrap();
    assert_eq!(by_flag.server.tls, config.server.tls);
    assert!(read(&text).unwrap().mounts[1].hosts.len() == 1, "without it there is none");
}
