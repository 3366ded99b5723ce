//! The files a run needs: the gateway's configuration, its client files, and the requests to send.

use crate::http::{get, post};
use anyhow::Context as _;
use base64::Engine as _;
use serde_json::json;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const BITS: &str = "/bits/v1/oauth2/token";
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Bits as a pack, which answers what the dialect in Rust does, byte for byte.
const BITS_PACK: &str = include_str!("../../pack/tests/golden/bits.toml");
const GRANT: &str = "grant_type=client_credentials";

/// What both vendors that know users have: one client that redeems codes, and one user. Codes outlive every run.
const USERS: &str = r#"settings = { code_ttl = 86400 }
[[mount.client]]
id = "client-0"
secret = "secret-0"
grants = ["authorization_code", "refresh_token"]
scopes = ["openid", "profile", "email"]
redirect_uris = ["https://client.test/cb"]
user = "1302"
[[mount.user]]
sub = "1302"
username = "alice"
[mount.user.claims]
given_name = "Alice"
first_name = "Alice"
email = "alice@client.test"
"#;

/// `BizzAssure` clients whose grants are counted: together they may have more tokens than any run can ask for.
pub const LIMITED: u32 = 100;
/// The most that a client may be allowed, within a window longer than any run.
pub(crate) const LIMIT: &str = "10000/1h";
/// All scopes of the one client of both vendors that know users.
pub const SCOPE: &str = "openid profile email";

/// The readiness probe's path.
pub const READY: &str = "/_gateway/health/ready";

/// The gateway's configuration: one worker, one mount of Bits with `bits_clients` in a client file, one of
/// `BizzAssure` with one client, and the two vendors that know users; nothing limits their rate. `BizzAssure` has
/// [`LIMITED`] clients more that have a limit. `store` is `:memory:`, a file or the URL of a Redis. Returns the file
/// written in `folder`.
pub fn gateway(
    folder: &Path,
    name: &str,
    listen: SocketAddr,
    admin: SocketAddr,
    store: &str,
    bits_clients: u32,
) -> anyhow::Result<PathBuf> {
    let clients = folder.join(format!("{name}-clients.jsonl"));
    write(&clients, &client_file(bits_clients, "unlimited"))?;
    let (limited, bits_pack) = (folder.join(format!("{name}-limited.jsonl")), folder.join("bits-pack.toml"));
    write(&limited, &limited_file()).and_then(|()| write(&bits_pack, BITS_PACK))?;
    let (kind, place) = if store.starts_with("redis://") { ("redis", "url") } else { ("embedded", "path") };
    let text = format!(
        r#"[server]
listen = "{listen}"
public_url = "http://{listen}"
workers = 1
[admin]
listen = "{admin}"
[store]
kind = "{kind}"
{place} = {store:?}
[[mount]]
name = "bits"
dialect = "bits-basic-form"
client_files = ["{}"]
[[mount]]
name = "bits-pack"
dialect = "pack"
pack = "{}"
client_files = ["{}"]
[[mount]]
name = "bizzassure"
dialect = "bizzassure-json"
client_files = ["{}"]
[[mount.client]]
id = "client-0"
secret = "secret-0"
scopes = ["employee.get"]
rate_limit = "unlimited"
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
{USERS}
[[mount]]
name = "screeningeagle"
dialect = "screeningeagle-id"
issuer = "Screening Eagle ID"
{USERS}
"#,
        clients.display(),
        bits_pack.display(),
        clients.display(),
        limited.display()
    );
    let file = folder.join(format!("{name}.toml"));
    write(&file, &text)?;
    Ok(file)
}

/// `count` Bits clients with that limit, one JSON object on each line.
pub(crate) fn client_file(count: u32, limit: &str) -> String {
    let mut lines = String::new();
    for n in 0..count {
        let client = json!({
            "id": format!("client-{n}"),
            "secret": format!("secret-{n}"),
            "scopes": ["application"],
            "rate_limit": limit,
            "claims": {"customerId": format!("bits:customer::00000000-0000-4000-8000-{n:012x}")},
        });
        let _ = writeln!(lines, "{client}");
    }
    lines
}

/// The `BizzAssure` clients that have a limit.
pub(crate) fn limited_file() -> String {
    let mut lines = String::new();
    for n in 0..LIMITED {
        let (id, secret) = (format!("limited-{n}"), format!("secret-{n}"));
        let client = json!({"id": id, "secret": secret, "scopes": ["employee.get"], "rate_limit": LIMIT});
        let _ = writeln!(lines, "{client}");
    }
    lines
}

/// A token request of each of the first `clients` Bits clients.
pub fn bits(clients: u32) -> Vec<String> {
    (0..clients).map(|n| post(BITS, &[FORM, ("Authorization", &basic(n, &format!("secret-{n}")))], GRANT)).collect()
}

/// A token request of the first Bits client in the namespace of that name.
pub fn bits_in(name: &str) -> String {
    post(&format!("/~{name}{BITS}"), &[FORM, ("Authorization", &basic(0, "secret-0"))], GRANT)
}

/// A token request of the first client at Bits as a pack: the very same, but for its mount.
pub fn bits_pack() -> Vec<String> {
    let own = BITS.replacen("/bits", "/bits-pack", 1);
    vec![post(&own, &[FORM, ("Authorization", &basic(0, "secret-0"))], GRANT)]
}

/// The configuration of a gateway with that many mounts, each with a client: of packs, each a file of its own that is like no
/// other, or of Bits in Rust.
pub fn mounts(
    folder: &Path,
    listen: SocketAddr,
    admin: SocketAddr,
    count: u32,
    of_packs: bool,
) -> anyhow::Result<PathBuf> {
    let mut text = format!(
        "[server]\nlisten = \"{listen}\"\npublic_url = \"http://{listen}\"\nworkers = 1\n[admin]\nlisten = \"{admin}\"\n\
         [store]\nkind = \"embedded\"\npath = \":memory:\"\n"
    );
    for n in 0..count {
        let mut dialect = "dialect = \"bits-basic-form\"".to_owned();
        if of_packs {
            let pack = folder.join(format!("vendor-{n}.toml"));
            write(&pack, &BITS_PACK.replacen("/v1/oauth2/token", &format!("/vendor-{n}/oauth2/token"), 1))?;
            dialect = format!("dialect = \"pack\"\npack = \"{}\"", pack.display());
        }
        let _ = writeln!(
            text,
            "[[mount]]\nname = \"mount-{n}\"\n{dialect}\n[[mount.client]]\nid = \"client-0\"\n\
             secret = \"secret-of-client-0\"\nscopes = [\"application\"]\nclaims = {{ customerId = \
             \"bits:customer::00000000-0000-4000-8000-{n:012x}\" }}"
        );
    }
    let file = folder.join(format!("mounts-{of_packs}.toml"));
    write(&file, &text)?;
    Ok(file)
}

/// A Bits token request with a secret that is not the client's.
pub fn bits_wrong_secret() -> Vec<String> {
    vec![post(BITS, &[FORM, ("Authorization", &basic(0, "secret-1"))], GRANT)]
}

/// A Bits token request that says it is JSON.
pub fn bits_wrong_media_type() -> Vec<String> {
    vec![post(BITS, &[JSON, ("Authorization", &basic(0, "secret-0"))], GRANT)]
}

/// A `BizzAssure` token request of a client without a limit.
pub fn bizzassure() -> Vec<String> {
    vec![bizzassure_as("client-0", "secret-0")]
}

/// A `BizzAssure` token request of each client that has a limit.
pub fn bizzassure_limited() -> Vec<String> {
    (0..LIMITED).map(|n| bizzassure_as(&format!("limited-{n}"), &format!("secret-{n}"))).collect()
}

fn bizzassure_as(id: &str, secret: &str) -> String {
    let body = json!({"client_id": id, "client_secret": secret, "scopes": ["employee.get"]});
    post("/bizzassure/v1/auth/token", &[JSON], &body.to_string())
}

/// The redemption of each code at `path`.
pub fn redemptions(path: &str, codes: &[String]) -> Vec<String> {
    let authorization = basic(0, "secret-0");
    let redeem = |code: &String| {
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fclient.test%2Fcb\
             &code_verifier={VERIFIER}"
        );
        post(path, &[FORM, ("Authorization", &authorization)], &form)
    };
    codes.iter().map(redeem).collect()
}

/// The use of each refresh token at `path`.
pub fn refreshes(path: &str, tokens: &[String]) -> Vec<String> {
    let authorization = basic(0, "secret-0");
    let refresh = |token: &String| {
        post(
            path,
            &[FORM, ("Authorization", &authorization)],
            &format!("grant_type=refresh_token&refresh_token={token}"),
        )
    };
    tokens.iter().map(refresh).collect()
}

/// A token request of an app for itself at `path`.
pub fn app(path: &str) -> String {
    post(path, &[FORM, ("Authorization", &basic(0, "secret-0"))], &format!("{GRANT}&scope=company%3Aread"))
}

/// The order of one code, for the admin API.
pub fn code_order(scope: &str) -> String {
    json!({
        "client_id": "client-0",
        "user": "1302",
        "redirect_uri": "https://client.test/cb",
        "scope": scope,
        "code_challenge": CHALLENGE,
    })
    .to_string()
}

/// A userinfo request with that token.
pub fn userinfo(token: &str) -> Vec<String> {
    vec![get("/brighthr/connect/userinfo", &[("Authorization", &format!("Bearer {token}"))])]
}

/// The same form as [`bits`] sends, for the bare handler.
pub fn bare() -> Vec<String> {
    vec![post("/token", &[FORM, ("Authorization", &basic(0, "secret-0"))], GRANT)]
}

/// Writes requests where the load generator reads them.
pub fn requests(folder: &Path, name: &str, requests: &[String]) -> anyhow::Result<PathBuf> {
    let file = folder.join(format!("{name}.json"));
    write(&file, &serde_json::to_string(requests)?)?;
    Ok(file)
}

fn basic(client: u32, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("client-{client}:{secret}")))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_asks_for_its_own_token() {
        let requests = bits(2);
        assert!(requests[1].contains("Authorization: Basic Y2xpZW50LTE6c2VjcmV0LTE=\r\n"), "{}", requests[1]);
        assert_ne!(requests[0], requests[1]);
        let clients = client_file(2, "unlimited");
        let last: serde_json::Value = serde_json::from_str(clients.lines().last().unwrap()).unwrap();
        assert_eq!((&last["id"], &last["secret"]), (&json!("client-1"), &json!("secret-1")));
        assert_eq!(clients.lines().count(), 2);
    }

    #[test]
    fn a_limited_client_is_in_the_file_with_its_limit() {
        let lines = limited_file();
        assert_eq!(lines.lines().count(), bizzassure_limited().len());
        assert!(lines.lines().all(|line| line.contains(&format!("\"rate_limit\":\"{LIMIT}\""))), "{lines}");
        assert!(bizzassure_limited()[7].contains("\"limited-7\""));
    }

    #[test]
    fn the_refused_requests_differ_from_the_granted_one_where_they_say() {
        let granted = &bits(1)[0];
        assert_eq!(granted.replace(&basic(0, "secret-0"), &basic(0, "secret-1")), bits_wrong_secret()[0]);
        assert_eq!(granted.replace(FORM.1, JSON.1), bits_wrong_media_type()[0]);
    }
}
