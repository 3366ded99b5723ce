//! The sandbox as a test starts it: by one command, which says where it listens and ends with whoever has started it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use testkit::gateway;
use testkit::http;
use testkit::vendor::form_of;
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
