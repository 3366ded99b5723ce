//! The description of the admin API says what is refused, and no more: Schemathesis sends what fits it and what does not.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;
use testkit::gateway::Gateway;

const MOUNT: &str = r#"
[[mount]]
name = "sandbox"
dialect = "brighthr-connect"
settings = { alg = "HS256" }
[[mount.client]]
id = "web"
secret = "a-secret-of-some-length"
grants = ["authorization_code"]
scopes = ["openid"]
redirect_uris = ["https://client.test/cb"]
[[mount.user]]
sub = "1"
username = "alice"
"#;

#[test]
fn n57_the_admin_api_is_as_its_description_says() -> Result<()> {
    let gateway = Gateway::start(MOUNT)?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("no target folder")?;
    let program = target.join("tools/python/bin/schemathesis");
    ensure!(program.is_file(), "this test needs {}; `cargo xtask test` gets it", program.display());
    let mut run = Command::new(program);
    run.args(["run", &format!("http://{}/openapi.json", gateway.admin_address())])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--no-shrink", "--continue-on-failure"])
        .args(["--seed", "1", "--output-truncate", "false"])
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/operation/description"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(gateway.directory());
    let ran = run.output()?;
    ensure!(ran.status.success(), "{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    Ok(())
}
