//! The sandbox as a test starts it: by one command, which says where it listens and ends with whoever has started it.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use testkit::agent::Agent;
use testkit::gateway;
use testkit::http;
use testkit::vendor::{self, BRIGHTHR, form_of};
use testkit::wait_until;

/// Ends with this value.
struct Sandbox(Child);

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(gateway::binary()?);
    let own = ["sandbox", "--port", "0", "--admin-port", "0", "--memory", "--ready-file", "ready.json"];
    command.args(own).args(arguments).current_dir(folder).stdin(Stdio::piped()).stderr(Stdio::null());
    Ok(command)
}

/// What the ready file says, once it is there.
fn ready(folder: &Path) -> Result<Value> {
    let path = folder.join("ready.json");
    wait_until("the ready file", || Ok(path.exists()))?;
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn token(told: &Value) -> Result<u16> {
    let public = told["public"].as_str().context("no address")?.parse()?;
    let fields = [("grant_type", "client_credentials")];
    Ok(http::exchange(public, &form_of("/bits/v1/oauth2/token", ("bits-demo", "bits-demo-secret"), &fields)?)?.status)
}

#[test]
fn the_ready_file_and_the_line_say_the_same_and_the_gateway_ends_with_its_standard_input() -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("ready.json"), "of a run that was killed")?;
    let mut command = command(folder.path(), &["--mount", "bits,screeningeagle", "--with-parent"])?;
    let mut sandbox = Sandbox(command.env("IDP_GATEWAY_ANNOUNCE", "json").stdout(Stdio::piped()).spawn()?);
    let path = folder.path().join("ready.json");
    wait_until("the file of this run", || Ok(fs::read_to_string(&path).is_ok_and(|text| text.starts_with('{'))))?;
    let told = ready(folder.path())?;
    ensure!(fs::metadata(&path)?.permissions().mode() & 0o777 == 0o600, "the file is its owner's alone");
    let names: Vec<_> = told["mounts"].as_object().context("no mounts")?.keys().map(String::as_str).collect();
    assert_eq!((names, told.get("admin_token")), (vec!["bits", "screeningeagle"], None));
    assert_eq!(token(&told)?, 200);
    drop(sandbox.0.stdin.take());
    let mut line = String::new();
    sandbox.0.stdout.take().context("no output")?.read_to_string(&mut line)?;
    assert_eq!(serde_json::from_str::<Value>(&line)?, told);
    ensure!(sandbox.0.wait()?.success() && !path.exists(), "the file is gone with the gateway");
    Ok(())
}

#[test]
fn it_ends_with_its_parent_and_not_with_an_input_that_nobody_holds() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let binary = gateway::binary()?.display().to_string();
    let line = format!(
        "{binary} sandbox --port 0 --admin-port 0 --memory --with-parent --ready-file ready.json \
         </dev/null >/dev/null 2>&1 & while [ ! -e ready.json ]; do sleep 0.01; done; echo $!; read -r _"
    );
    let mut shell = Sandbox(
        Command::new("sh")
            .args(["-c", &line])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?,
    );
    let told = ready(folder.path())?;
    assert_eq!(token(&told)?, 200, "it does not end by itself");
    shell.0.kill()?;
    shell.0.wait()?;
    wait_until("the end after the parent's", || Ok(!folder.path().join("ready.json").exists()))
}

#[test]
fn off_loopback_the_admin_api_needs_the_token_that_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let _sandbox = Sandbox(command(folder.path(), &["--host", "0.0.0.0"])?.stdout(Stdio::null()).spawn()?);
    let told = ready(folder.path())?;
    assert_eq!(token(&told)?, 200, "its secrets are served on any address");
    let admin = told["admin_url"].as_str().and_then(|url| url.strip_prefix("http://")).context("no admin URL")?;
    let ask = |headers: &[(&str, &str)]| -> Result<u16> {
        let headers = [&[("Host", admin)], headers].concat();
        Ok(http::exchange(admin.parse()?, &http::request("GET", "/v1/mounts", &headers, b""))?.status)
    };
    let bearer = format!("Bearer {}", told["admin_token"].as_str().context("no token")?);
    assert_eq!((ask(&[])?, ask(&[("Authorization", &bearer)])?), (401, 200));
    Ok(())
}

/// The claims of a token, whoever signed it.
fn claims(token: &Value) -> Result<Value> {
    let payload = token.as_str().and_then(|token| token.split('.').nth(1)).context("no JWT")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
}

/// Discovery tells browsers of one base and servers of another.
fn check_discovery(browser: &mut Agent, issuer: &str, back: &str) -> Result<()> {
    let document = browser.get(&format!("{issuer}/.well-known/openid-configuration"))?.json()?;
    for (name, base, path) in [
        ("issuer", issuer, ""),
        ("authorization_endpoint", issuer, "/connect/authorize"),
        ("token_endpoint", back, "/connect/token"),
        ("userinfo_endpoint", back, "/connect/userinfo"),
        ("jwks_uri", back, "/.well-known/openid-configuration/jwks"),
    ] {
        assert_eq!(document[name], format!("{base}{path}"), "{name}");
    }
    Ok(())
}

#[test]
fn issuers_are_of_the_request_that_began_the_exchange() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let flags = ["--issuer-from-request", "--back-channel-url", "http://idp:8080/"];
    let _sandbox = Sandbox(command(folder.path(), &flags)?.stdout(Stdio::null()).spawn()?);
    let told = ready(folder.path())?;
    let gateway = told["public"].as_str().context("no address")?.parse()?;
    let mut browser = Agent::new(gateway);
    let (front, back) = ("http://app.test:9000", "http://idp:8080");
    let issuer = format!("{front}/brighthr-sandbox");

    check_discovery(&mut browser, &issuer, &format!("{back}/brighthr-sandbox"))?;
    // Asked for in the browser, redeemed and refreshed on the back channel: the issuer stays the browser's.
    let settings = r#"{"auto_approve":true}"#;
    let admin = told["admin"].as_str().context("no address")?.parse()?;
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    let patch = http::request("PATCH", "/v1/mounts/brighthr-sandbox/settings", &headers, settings.as_bytes());
    assert_eq!(http::exchange(admin, &patch)?.status, 200);
    let (id, secret) = ("brighthr-sandbox-web", "brighthr-sandbox-web-secret");
    let query = BRIGHTHR.query(&[
        ("client_id", id),
        ("login_hint", "alice"),
        ("scope", "openid company:read offline_access"),
    ])?;
    let asked = browser.get(&format!("{front}{}?{query}", BRIGHTHR.authorize))?;
    let code = vendor::code(&browser.follow(asked)?)?;
    let mut server = Agent::new(gateway);
    let mut call = |fields: &[(&str, &str)]| -> Result<Value> {
        let fields = [&[("client_id", id), ("client_secret", secret)], fields].concat();
        server.post(&format!("{back}{}", BRIGHTHR.token), &fields)?.json()
    };
    let redemption = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", vendor::REDIRECT)];
    let tokens = call(&[&redemption[..], &[("code_verifier", vendor::VERIFIER)]].concat())?;
    assert_eq!(claims(&tokens["id_token"])?["iss"], issuer);
    let handle = tokens["refresh_token"].as_str().context("no refresh token")?;
    let refreshed = call(&[("grant_type", "refresh_token"), ("refresh_token", handle)])?;
    assert_eq!(claims(&refreshed["access_token"])?["iss"], issuer);

    // A token request that begins the exchange itself is its own; what strangers say of proxies counts for nothing.
    let app = [("client_id", "brighthr-sandbox-app"), ("client_secret", "brighthr-sandbox-app-secret")];
    let own = serde_urlencoded::to_string([&app[..], &[("grant_type", "client_credentials")]].concat())?;
    let forwarded = [("X-Forwarded-Host", "evil.test"), ("X-Forwarded-Proto", "https")];
    let own = Agent::new(gateway).post_with(&format!("{back}{}", BRIGHTHR.token), &forwarded, &own)?.json()?;
    assert_eq!(claims(&own["access_token"])?["iss"], format!("{back}/brighthr-sandbox"));

    // By whatever name it is shown, a token is the mount's whose path its issuer has.
    let bearer = format!("Bearer {}", refreshed["access_token"].as_str().context("no token")?);
    for (mount, status) in [("brighthr-sandbox", 200), ("brighthr", 401)] {
        let url = format!("http://third.test/_gateway/verify/{mount}");
        assert_eq!(Agent::new(gateway).get_with(&url, &[("Authorization", &bearer)])?.status, status, "{mount}");
    }
    let mut command = Command::new(gateway::binary()?);
    let token = refreshed["access_token"].as_str().context("no token")?;
    let told = command.args(["token", "inspect", token, "--json"]).arg("--admin").arg(format!("http://{admin}"));
    let inspected: Value = serde_json::from_slice(&told.output()?.stdout)?;
    assert_eq!((&inspected["active"], &inspected["mount"]), (&true.into(), &"brighthr-sandbox".into()));
    Ok(())
}

#[test]
fn commands_in_the_folder_of_the_ready_file_find_its_gateway() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let own = ["sandbox", "--port", "0", "--admin-port", "0", "--memory", "--host", "0.0.0.0", "--ready-file"];
    let mut command = Command::new(gateway::binary()?);
    command.args(own).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut sandbox = Sandbox(command.spawn()?);
    let file = folder.path().join("idp-gateway.json");
    wait_until("the ready file", || Ok(file.exists()))?;
    let clock = || {
        Command::new(gateway::binary()?)
            .args(["clock", "show"])
            .current_dir(folder.path())
            .output()
            .map_err(anyhow::Error::from)
    };
    ensure!(clock()?.status.success(), "with the admin token of the file");
    sandbox.0.kill()?;
    sandbox.0.wait()?;
    let gone = clock()?;
    assert_eq!(gone.status.code(), Some(3), "the file of a gateway that was killed");
    ensure!(String::from_utf8_lossy(&gone.stderr).contains("idp-gateway.json"), "{gone:?}");
    Ok(())
}
