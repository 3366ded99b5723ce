//! Each error: its place, its key and the remedy.

use super::{CLIENT, MOUNT, errors};

#[test]
fn every_error_of_a_mount_names_its_place_its_key_and_the_remedy() {
    check(&[
        ("x = ", "f.toml:4:5: this is not TOML: "),
        ("colour = 1", "f.toml:4:1: mount.colour: unknown key; expected one of `name`, "),
        ("hosts = \"a\"", "f.toml:4:9: mount.hosts: invalid type: string \"a\", expected an array"),
        ("hosts = [\"a.test\", \"A.test\"]", "f.toml:4:1: mount.hosts: `a.test` is claimed already, at f.toml:4:1;"),
        ("hosts = [\"https://a.test\"]", "f.toml:4:1: mount.hosts: `https://a.test` is no host name; write it without"),
        ("hosts = [\"a.test:443\"]", "f.toml:4:1: mount.hosts: `a.test:443` is no host name; write it without"),
        ("issuer = \"\"", "f.toml:4:1: mount.issuer: must be a non-empty text"),
        ("[mount.settings]\ncode_ttl = 0", "f.toml:5:1: mount.settings.code_ttl: must be whole seconds, 1 to"),
        ("[mount.settings]\nx = 0", "f.toml:5:1: mount.settings.x: unknown setting; this dialect has"),
        (
            "[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"",
            "f.toml:5:1: mount.name: mount `bits` is there already, at f.toml:2:1;",
        ),
        (
            "[[mount]]\nname = \"b\"\ndialect = \"bitz\"",
            "f.toml:6:1: mount.dialect: `bitz` is no dialect; there are `bizzassure-json`, `bits-basic-form`, ",
        ),
        ("[[mount]]\nname = \"b\"", "f.toml:4:1: mount: missing field `dialect`"),
        ("client_files = [\"no.jsonl\"]", "f.toml:4:1: mount.client_files: cannot read no.jsonl: "),
        ("[mount.client]\nid = \"a\"", "mount.client: write [[mount.client]], with two brackets on each side"),
    ]);
}

#[test]
fn every_error_of_the_process_does_so_too() {
    check(&[
        ("[servers]\nx = 1", "f.toml:4:2: servers: unknown section; there are server, admin, store, telemetry"),
        ("[server]\nport = 1", "f.toml:5:1: server.port: unknown key; expected one of `listen`, "),
        (
            "[server]\nworkers = \"four\"",
            "f.toml:5:11: server.workers: invalid type: string \"four\", expected a whole number",
        ),
        ("[server]\nworkers = 5000", "f.toml:5:1: server.workers: `5000` must be a whole number of 0 to 1024"),
        ("[server]\nlisten = \"localhost\"", "f.toml:5:1: server.listen: `localhost` must be an IP address and a port"),
        (
            "[server]\npublic_url = \"idp.test\"",
            "f.toml:5:1: server.public_url: `idp.test` must begin with http:// or https://",
        ),
        (
            "[server]\ntrusted_proxies = [\"10.0.0.0/33\"]",
            "f.toml:5:1: server.trusted_proxies: `10.0.0.0/33` is neither",
        ),
        ("[server]\nbody_limit = 1", "f.toml:5:1: server.body_limit: `1` must be a whole number of 1024 to"),
        ("[admin]\nlisten = \"127.0.0.1:8080\"", "f.toml:5:1: admin.listen: 127.0.0.1:8080 is server.listen too"),
        (
            "[admin]\nlisten = \"0.0.0.0:1\"",
            "f.toml:5:1: admin.listen: 0.0.0.0:1 is not loopback and there is no admin token; set",
        ),
        (
            "[admin]\nlisten = \"0.0.0.0:1\"\ntoken = \"short\"",
            "f.toml:6:1: admin.token: the token has fewer than 16 characters",
        ),
        ("[admin]\ntoken = \"a\"\ntoken_file = \"b\"", "f.toml:6:1: admin.token_file: admin.token is given too"),
        ("[admin]\ntoken_file = \"no-file\"", "f.toml:5:1: admin.token_file: cannot read no-file: "),
        (
            "[store]\nkind = \"redis\"\nurl = \"http://:hidden@x\"",
            "f.toml:6:1: store.url: write redis://host:6379, redis+cluster://",
        ),
        ("[store]\nkind = \"redis\"", "f.toml:5:1: store.url: is missing: say where Redis is"),
        ("[store]\nurl = \"redis://x\"", "f.toml:5:1: store.url: is of no use to the embedded store"),
        (
            "[store]\nkind = \"redis\"\nurl = \"redis://x\"\npath = \"y\"",
            "f.toml:7:1: store.path: is of no use to the Redis store",
        ),
        (
            "[store]\nkind = \"redis\"\nurl = \"redis://x\"\nlimiter_fallback = \"allow\"",
            "f.toml:7:1: store.limiter_fallback: `allow` must be \"deny\" or \"local\"",
        ),
        ("[store]\nkind = \"sql\"", "f.toml:5:1: store.kind: `sql` must be \"embedded\" or"),
    ]);
}

#[test]
fn every_error_of_telemetry_does_so_too() {
    check(&[
        ("[telemetry]\nlog = \"xml\"", "f.toml:5:1: telemetry.log: `xml` must be \"auto\" or \"pretty\" or \"json\""),
        ("[telemetry]\nlevel = \"infoo\"", "f.toml:5:1: telemetry.level: `infoo` must be error, warn, "),
        ("[telemetry]\nlevel = \"a=b=c\"", "f.toml:5:1: telemetry.level: `a=b=c` must be error, warn, "),
        ("[telemetry]\nmetrics = \"x\"", "f.toml:5:1: telemetry.metrics: unknown key"),
        (
            "[telemetry]\nmetrics_listen = \"9090\"",
            "f.toml:5:1: telemetry.metrics_listen: `9090` must be an IP address and a port",
        ),
        (
            "[telemetry]\nmetrics_listen = \"0.0.0.0:8081\"",
            "f.toml:5:1: telemetry.metrics_listen: admin.listen takes that port too",
        ),
        (
            "[telemetry]\notlp_endpoint = \"collector:4318\"",
            "f.toml:5:1: telemetry.otlp_endpoint: `collector:4318` must begin with http://",
        ),
        (
            "[telemetry]\ntrace_sample_ratio = 2.0",
            "f.toml:5:1: telemetry.trace_sample_ratio: `2` must be a number of 0 to 1",
        ),
    ]);
}

#[test]
fn every_error_of_the_listeners_life_does_so_too() {
    check(&[
        (
            "[server.tls]\ncertificates = 1",
            "f.toml:5:1: server.tls.certificates: unknown key; expected one of `certificate`",
        ),
        (
            "[server.tls]\nkey = \"k\"",
            "f.toml:5:1: server.tls.key: server.tls.certificate is missing; a certificate and",
        ),
        (
            "[server.tls]\nkey = \"k\"\ncertificate = \"c\"",
            "f.toml:6:1: server.tls.certificate: cannot read c: No such file",
        ),
        (
            "[server]\ntls.development = true\ntls.key = \"k\"",
            "f.toml:6:5: server.tls.key: the development certificate is asked for too; keep one of them",
        ),
        (
            "[server]\nlisten = \"0.0.0.0:1\"\ntls.development = true",
            "f.toml:6:5: server.tls.development: server.listen (0.0.0.0:1) is not loopback, and a development",
        ),
        ("[server]\ntls = 1", "f.toml:5:7: server.tls: must be a table of settings"),
        ("[server]\ndrain_delay_ms = 3600001", "f.toml:5:1: server.drain_delay_ms: `3600001` must be a whole number"),
        (
            "[server]\nwatch_config = 1",
            "f.toml:5:16: server.watch_config: invalid type: integer `1`, expected true or false",
        ),
    ]);
}

/// The text after a mount that is right, and what is said of it.
fn check(cases: &[(&str, &str)]) {
    for (extra, expected) in cases {
        is_said(&errors(&format!("{MOUNT}{extra}\n")), extra, expected);
    }
}

/// The text after a client that is right, and what is said of it: no secret.
fn check_of_client(cases: &[(&str, &str)]) {
    for (extra, expected) in cases {
        let said = errors(&format!("{MOUNT}{CLIENT}{extra}\n"));
        is_said(&said, extra, expected);
        assert!(!said.contains("canary") && !said.contains("12345"), "{said}");
    }
}

fn is_said(said: &str, extra: &str, expected: &str) {
    assert!(said.contains(expected), "{extra}\n  said: {said}\n  not: {expected}");
    assert_eq!(said.lines().count(), 1, "one error, said once: {said}");
}

#[test]
fn o41_errors_of_a_clients_keys_and_method_do_so_too() {
    check_of_client(&[
        (
            "jwks = { keys = [] }",
            "f.toml:7:1: mount.client.jwks: client `a`: has 0 keys; give 1 to 16, or leave it out",
        ),
        (
            "jwks = { keys = [{ kty = \"oct\", k = \"canary\" }] }",
            "f.toml:7:1: mount.client.jwks: client `a`: has a key (number 1) that cannot be used: it is a private or a",
        ),
        (
            "token_endpoint_auth_method = \"private_key_jwt\"",
            "f.toml:7:1: mount.client.token_endpoint_auth_method: client `a`: `private_key_jwt` wants `jwks`",
        ),
        (
            "secret = \"short\"\ntoken_endpoint_auth_method = \"client_secret_jwt\"",
            "f.toml:8:1: mount.client.token_endpoint_auth_method: client `a`: `client_secret_jwt` wants a secret of 32 bytes",
        ),
    ]);
}

#[test]
fn every_error_of_a_client_does_so_too() {
    check_of_client(&[
        ("scope = [\"x\"]", "f.toml:7:1: mount.client.scope: unknown key; expected one of `id`, `name`, `secret`, "),
        (
            "scopes = [\"x\"]",
            "f.toml:7:1: mount.client.scopes: client `a`: `x` is not in the mount's catalogue: application, ",
        ),
        (
            "grants = [\"implicit\"]",
            "f.toml:7:1: mount.client.grants: client `a`: `implicit` is no grant; there are `client_credentials`, ",
        ),
        ("redirect_uris = [\"/cb\"]", "f.toml:7:1: mount.client.redirect_uris: client `a`: `/cb` is not absolute; "),
        (
            "post_logout_redirect_uris = [\"https://a.test/#x\"]",
            "f.toml:7:1: mount.client.post_logout_redirect_uris: client `a`: `https://a.test/#x` has a fragment",
        ),
        (
            "rate_limit = \"100\"",
            "f.toml:7:1: mount.client.rate_limit: client `a`: `100` is no rate limit: write `unlimited`",
        ),
        ("secret = \"\"", "f.toml:7:1: mount.client.secret: client `a`: the secret is empty"),
        ("secret = \"a\\nb\"", "f.toml:7:1: mount.client.secret: client `a`: the secret has a control character"),
        (
            "secret = \"canary\"\nsecret_env = \"X\"",
            "f.toml:8:1: mount.client.secret_env: client `a`: `secret` is given too",
        ),
        ("secret = 12345", "f.toml:7:10: mount.client.secret: a secret must be a string, in quotes"),
        ("secret_sha256 = \"12\"", "f.toml:7:1: mount.client.secret_sha256: client `a`: must be 64 hexadecimal digits"),
        (
            "secret_env = \"NO_SUCH\"",
            "f.toml:7:1: mount.client.secret_env: client `a`: the environment variable `NO_SUCH` is not set",
        ),
        ("secret_file = \"no-file\"", "f.toml:7:1: mount.client.secret_file: client `a`: cannot read no-file: "),
        (
            "[[mount.client]]\nid = \"a\"\nclaims = { customerId = \"c\" }",
            "f.toml:8:1: mount.client.id: client `a` is there already, at f.toml:5:1; ",
        ),
        (
            "[[mount.client]]\nclaims = { customerId = \"c\" }",
            "f.toml:7:1: mount.client.id: is missing or empty; give it a text such as `web`",
        ),
        (
            "[[mount.client]]\nid = \"b\\u0007\"\nclaims = { customerId = \"c\" }",
            "f.toml:8:1: mount.client.id: `b\\u{7}` has a control character",
        ),
        (
            "[[mount.client]]\nid = \"b\"",
            "f.toml:7:1: mount.client.claims: client `b`: a Bits client acts for a customer: add",
        ),
    ]);
}

#[test]
fn every_error_of_a_user_does_so_too() {
    check_of_client(&[
        ("[[mount.user]]\nsub = \"u\"\nname = 1", "f.toml:9:1: mount.user.name: unknown key"),
        (
            "[[mount.user]]\nsub = \"u\"\n[[mount.user]]\nsub = \"u\"",
            "f.toml:10:1: mount.user.sub: user `u` is there already, at f.toml:8:1",
        ),
        (
            "[[mount.user]]\nsub = \"u\"\n[[mount.user]]\nsub = \"v\"\nusername = \"u\"",
            "f.toml:10:1: mount.user.username: user `v`: `u` is the username of `u` too",
        ),
        (
            "[[mount.user]]\nsub = \"u\"\nusername = \"n\"\n[[mount.user]]\nsub = \"n\"\nusername = \"m\"",
            "f.toml:8:1: mount.user.username: user `u`: `n` is the sub of another user",
        ),
        (
            "[[mount.user]]\nsub = \"u\"\npassword_argon2 = \"$argon2id$v=19$m=1073741824,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAA\"",
            "f.toml:9:1: mount.user.password_argon2: user `u`: `m=1073741824,t=2` is dearer than a sign-in may be",
        ),
        (
            "[[mount.user]]\nsub = \"u\"\npassword = \"a\"\npassword_argon2 = \"b\"",
            "f.toml:10:1: mount.user.password_argon2: user `u`: `password` is given too",
        ),
        (
            "[[mount.user]]\nsub = \"u\"\npassword_argon2 = \"canary\"",
            "f.toml:9:1: mount.user.password_argon2: user `u`: must be an Argon2id hash",
        ),
        (
            "[[mount.user]]\nsub = \"u\"\npassword = \"\"",
            "f.toml:9:1: mount.user.password: user `u`: the password is empty",
        ),
    ]);
    let dialect = errors("[[mount]]\nname = \"se\"\ndialect = \"screeningeagle-id\"\n[[mount.user]]\nsub = \"u\"\n");
    assert!(dialect.contains("f.toml:5:1: mount.user.sub: sub `u` must be a whole number"), "{dialect}");
}

#[test]
fn names_of_mounts_are_path_segments() {
    for name in ["", "-a", "A", "a b", "a/b", "ä"] {
        let said = errors(&format!("[[mount]]\nname = \"{name}\"\ndialect = \"bits-basic-form\"\n"));
        assert!(said.starts_with("f.toml:2:1: mount.name: "), "{name}: {said}");
    }
    assert!(errors("").contains("f.toml: mount: there is no [[mount]]"));
}

#[test]
fn all_errors_come_at_once() {
    let text = "[server]\nlisten = \"x\"\nport = 1\n[telemetry]\nlog = \"x\"\n[[mount]]\nname = \"v1\"\ndialect = \"bits-basic-form\"\n\
                [[mount.client]]\nid = \"a\"\nscopes = [\"x\", \"y\"]\n[[mount.client]]\nsecret = 1\n";
    let said = errors(text);
    for start in ["f.toml:3:1: ", "f.toml:5:1: ", "f.toml:7:1: ", "f.toml:11:1: ", "f.toml:13:10: "] {
        assert!(said.lines().any(|line| line.starts_with(start)), "{start} is not in\n{said}");
    }
}
