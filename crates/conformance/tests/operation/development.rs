//! The development certificate: trusted by whoever wants to, and each mount at a host of its own.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use testkit::browser::Browser;
use testkit::gateway::{Gateway, binary};
use testkit::ports::free_port;

const MOUNT: &str = "brighthr-sandbox";

fn config(more: &str) -> String {
    format!(
        r#"
        [server.tls]
        development = true
        [[mount]]
        name = "{MOUNT}"
        dialect = "brighthr-connect"
        hosts = ["sandbox-login.brighthr.com"]
        {more}
        settings = {{ user_picker = true }}
        [[mount.client]]
        id = "app"
        secret = "app-secret"
        scopes = ["company:read"]
        [[mount.user]]
        sub = "1"
        username = "alice"
        "#
    )
}

fn ca(gateway: &Gateway) -> PathBuf {
    gateway.directory().join("idp-gateway/development-ca.pem")
}

/// What curl fetches, trusting that CA and nothing else. It resolves names below `localhost` by itself.
fn curl(gateway: &Gateway, host: &str, path: &str, more: &[&str]) -> Result<String> {
    let port = gateway.public().port();
    let output = Command::new("curl")
        .args(["-sSf", "--resolve", &format!("{host}:{port}:127.0.0.1")])
        .arg("--cacert")
        .arg(ca(gateway))
        .args(more)
        .arg(format!("https://{host}:{port}{path}"))
        .output()
        .context("this test needs curl; `cargo xtask test` gets it")?;
    ensure!(output.status.success(), "{host}{path}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn curl_reaches_every_name_and_the_issuer_is_one() -> Result<()> {
    let mut gateway = Gateway::start(&config(""))?;
    let metadata = "/.well-known/openid-configuration";
    let issuer = format!("https://localhost:{}/{MOUNT}", gateway.public().port());
    let own = format!("{MOUNT}.localhost");
    for (host, base) in [
        ("localhost", format!("/{MOUNT}")),
        ("127.0.0.1", format!("/{MOUNT}")),
        (&own, String::new()),
        ("sandbox-login.brighthr.com", String::new()),
    ] {
        let document: Value = serde_json::from_str(&curl(&gateway, host, &format!("{base}{metadata}"), &[])?)?;
        ensure!(document["issuer"] == issuer, "{host}: {}", document["issuer"]);
    }
    let grant = ["-d", "grant_type=client_credentials", "-d", "client_id=app", "-d", "client_secret=app-secret"];
    ensure!(curl(&gateway, &own, "/connect/token", &grant)?.contains("access_token"));

    let secret = gateway.directory().join("idp-gateway/development-ca-key.pem");
    ensure!(fs::metadata(&secret)?.permissions().mode() & 0o777 == 0o600, "the CA's key is not its owner's alone");
    let (before, key) = (fs::read(ca(&gateway))?, fs::read(&secret)?);
    gateway.restart()?;
    ensure!(fs::read(ca(&gateway))? == before && fs::read(&secret)? == key, "a CA is made once");

    let output =
        Command::new(binary()?).args(["dev-cert", "--path"]).env("XDG_STATE_HOME", gateway.directory()).output()?;
    ensure!(String::from_utf8(output.stdout)?.trim() == ca(&gateway).display().to_string());
    Ok(())
}

#[test]
fn beyond_loopback_it_is_refused_unless_asked_for_by_name() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("gateway.toml");
    let check = |text: &str| -> Result<(bool, String)> {
        fs::write(
            &file,
            format!(
                "[server]\nlisten = \"0.0.0.0:8443\"\nallow_weak_secrets = true\nallow_passwordless = true\n{text}"
            ),
        )?;
        let mut command = Command::new(binary()?);
        let output = command.arg("check").arg("--config").arg(&file).env("XDG_STATE_HOME", folder.path()).output()?;
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok((output.status.success(), said.concat()))
    };
    let (right, said) = check(&config(""))?;
    ensure!(
        !right
            && said.contains("gateway.toml:7:9: server.tls.development: server.listen (0.0.0.0:8443) is not loopback"),
        "{said}"
    );
    let named = config("").replace("development = true", "development = true\ndevelopment_anywhere = true");
    let (right, said) = check(&named)?;
    ensure!(right && said.contains("reached as https://localhost:8443"), "{said}");
    Ok(())
}

/// A browser that trusts the CA as `dev-cert` says.
fn browser(gateway: &Gateway) -> Result<Browser> {
    let home = tempfile::tempdir()?;
    let database = home.path().join(".pki/nssdb");
    fs::create_dir_all(&database)?;
    let database = format!("sql:{}", database.display());
    for arguments in [&["-N", "--empty-password"][..], &["-A", "-t", "C,,", "-n", "idp-gateway-development"]] {
        let mut command = Command::new("certutil");
        command.args(["-d", &database]).args(arguments);
        if arguments.contains(&"-A") {
            command.arg("-i").arg(ca(gateway));
        }
        let output = command.output().context("this test needs certutil; `cargo xtask test` gets it")?;
        ensure!(output.status.success(), "{output:?}");
    }
    Browser::start_at_home(home)
}

#[test]
fn a_browser_signs_in_at_the_mounts_own_host() -> Result<()> {
    // Whoever wants the mount's own host for its issuer says so.
    let port = free_port()?;
    let url = format!("https://{MOUNT}.localhost:{port}");
    let gateway = Gateway::start_at(port, &config(&format!("issuer = \"{url}\"")))?;
    let document: Value = serde_json::from_str(&curl(
        &gateway,
        &format!("{MOUNT}.localhost"),
        "/.well-known/openid-configuration",
        &[],
    )?)?;
    ensure!(document["issuer"] == url && document["token_endpoint"] == format!("{url}/connect/token"), "{document}");

    let browser = browser(&gateway)?;
    browser.visit(&format!("{url}/account"))?;
    ensure!(browser.url()?.starts_with(&format!("{url}/account/login")), "{}", browser.url()?);
    browser.follow("button[name=pick]")?;
    ensure!(browser.url()? == format!("{url}/account"), "{}", browser.url()?);
    ensure!(browser.text("body")?.contains("alice"));
    Ok(())
}
