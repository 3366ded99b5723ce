//! Packs against vendors: their pairs replayed, played at the vendor, and drafted from what was really called. A second gateway is the vendor.

mod drift;
mod hostile;
mod odd;
mod provider;
mod record;
mod replay;

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use testkit::gateway::{self, Gateway};

/// A vendor as a pack: every part of an answer that may differ is there.
const PACK: &str = r#"
vendor = "Acme"
[defaults]
scopes = ["orders.read"]
access_ttl = 86400
[token]
path = "/api/login"
body = ["json"]
grant_field = ""
grants = ["client_credentials"]
client_credentials.implied = true
client = { in = ["body"], id = "clientKey", secret = "clientSecret" }
scope.field = ""
parameters.site = { required = true, one_of = ["emea", "us"] }
[token.answer]
headers = { Cache-Control = "no-store" }
body = '''{"ok":true,"data":{"accessToken":"{{access_token}}","expiresIn":{{expires_in}},"seconds":{{expires_in}},"scope":null,"kind":"Bearer"},"trace":"{{uuid.trace}}"}'''
[errors]
status = 400
body = '''{"ok":false,"code":{{code}},"message":"{{message}}","link":null}'''
words = { code = 1000, message = "Bad request" }
[errors.invalid_client]
status = 401
headers = { WWW-Authenticate = "" }
words = { code = 1001, message = "Unknown client or wrong secret" }
[errors.invalid_request.missing]
words = { code = 1002, message = "{{field}} is required" }
"#;

const PAIRS: &str = r#"### AC-1 | a login
# mark: W
POST /api/login HTTP/1.1
Host: acme.example
Content-Type: application/json

{"clientKey":"acme-app","clientSecret":"acme-app-secret","site":"emea"}
<<<
HTTP/1.1 200 OK
Content-Type: application/json
Cache-Control: no-store

{"ok":true,"data":{"accessToken":"{{jwt}}","expiresIn":86400,"seconds":86400,"scope":null,"kind":"Bearer"},"trace":"{{uuid}}"}
### AC-2 | a wrong secret
# mark: D, headers I
POST /api/login HTTP/1.1
Host: acme.example
Content-Type: application/json

{"clientKey":"acme-app","clientSecret":"wrong","site":"emea"}
<<<
HTTP/1.1 401 Unauthorized
Content-Type: application/json

{"ok":false,"code":1001,"message":"Unknown client or wrong secret","link":null}
### AC-3 | no site
# mark: I
POST /api/login HTTP/1.1
Host: acme.example
Content-Type: application/json

{"clientKey":"acme-app","clientSecret":"acme-app-secret"}
<<<
HTTP/1.1 400 Bad Request
Content-Type: application/json

{"ok":false,"code":1002,"message":"site is required","link":null}
### AC-4 | tomorrow
# mark: D
# given: advance clock 86400 s
POST /api/login HTTP/1.1
Host: acme.example
Content-Type: application/json

{"clientKey":"acme-app","clientSecret":"acme-app-secret","site":"us"}
<<<
HTTP/1.1 200 OK
Content-Type: application/json

{"ok":true,"data":{"accessToken":"{{jwt}}","expiresIn":86400,"seconds":86400,"scope":null,"kind":"Bearer"},"trace":"{{uuid}}"}
### END
"#;

const FIXTURES: &str = r#"{
  "clock": { "now": 1795944063 },
  "mounts": [{ "name": "acme", "hosts": ["acme.example"], "issuer": "https://acme.example" }],
  "clients": [{ "id": "acme-app", "secret": "acme-app-secret", "scopes": ["orders.read"] }]
}"#;

/// The folder `acme` with the pack, its pairs and its fixtures.
fn pack(folder: &Path, text: &str) -> Result<()> {
    let folder = folder.join("acme");
    fs::create_dir_all(&folder)?;
    for (name, text) in [("pack.toml", text), ("pairs.http", PAIRS), ("fixtures.json", FIXTURES)] {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// A gateway whose mount `acme` is the pack of that folder, with a client of these credentials.
fn serving(folder: &Path, (id, secret): (&str, &str)) -> Result<Gateway> {
    let pack = folder.join("acme");
    Gateway::start(&format!(
        "[[mount]]\nname = \"acme\"\ndialect = \"pack\"\npack = {:?}\n[[mount.client]]\nid = {id:?}\nsecret = {secret:?}\nscopes = [\"orders.read\"]\n",
        pack.to_str().context("a folder with an odd name")?
    ))
}

/// A command, run in that folder.
fn run(folder: &Path, admin: Option<&Gateway>, arguments: &[&str]) -> Result<Output> {
    run_with(folder, admin, arguments, &[])
}

fn run_with(folder: &Path, admin: Option<&Gateway>, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Output> {
    let mut command = Command::new(gateway::binary()?);
    command.args(arguments).current_dir(folder).envs(variables.iter().copied());
    if let Some(gateway) = admin {
        command.env("IDP_GATEWAY_ADMIN_URL", format!("http://{}", gateway.admin_address()));
    }
    Ok(command.output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
