//! The systemd unit, judged by systemd's own tool without a running systemd.

use super::run;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;
use testkit::gateway::{Gateway, binary};
use testkit::tree;

/// The highest exposure that will do, in tenths; README.md says what it is. 0 is best, 100 worst.
const THRESHOLD: u32 = 11;

/// The unit with the binary that there is here, in a folder of its own.
fn unit() -> Result<(tempfile::TempDir, std::path::PathBuf)> {
    let text = fs::read_to_string(tree::root().join("deploy/systemd/idp-gateway.service"))?;
    let (there, here) = ("/usr/local/bin/idp-gateway", binary()?.display().to_string());
    ensure!(text.contains(there), "the unit does not start {there}");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("idp-gateway.service");
    fs::write(&path, text.replace(there, &here))?;
    Ok((folder, path))
}

#[test]
fn systemd_takes_the_unit_without_a_word() -> Result<()> {
    let (_folder, path) = unit()?;
    let told = run(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(path))?;
    assert!(told.is_empty(), "{told}");
    Ok(())
}

#[test]
fn the_unit_is_as_closed_as_its_page_says() -> Result<()> {
    let (_folder, path) = unit()?;
    let threshold = format!("--threshold={THRESHOLD}");
    let arguments = ["security", "--offline=true", "--no-pager", &threshold];
    let told = run(Command::new("systemd-analyze").args(arguments).arg(path))?;
    let level = told.split("Overall exposure level for idp-gateway.service: ").nth(1).with_context(|| told.clone())?;
    let level = level.split_whitespace().next().context("no figure")?;
    let page = fs::read_to_string(tree::root().join("deploy/systemd/README.md"))?;
    assert!(page.contains(&format!("exposure level of {level}")), "the page does not say {level}");
    Ok(())
}

#[test]
fn s20_a_reload_of_a_wrong_file_fails_before_the_gateway_is_told() -> Result<()> {
    let unit = fs::read_to_string(tree::root().join("deploy/systemd/idp-gateway.service"))?;
    let commands: Vec<_> = unit.lines().filter_map(|line| line.strip_prefix("ExecReload=")).collect();
    let [check, tell] = commands[..] else { anyhow::bail!("{commands:?}") };
    ensure!(tell == "/bin/kill -HUP $MAINPID", "{tell}");
    let file = tempfile::NamedTempFile::new()?;
    for (text, is_right) in
        [("[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\n", true), ("no_such = 1\n", false)]
    {
        fs::write(file.path(), text)?;
        let there = ["/usr/local/bin/idp-gateway", "/etc/idp-gateway/gateway.toml"];
        let here = [binary()?.display().to_string(), file.path().display().to_string()];
        let own: Vec<_> = check
            .split(' ')
            .map(|word| there.iter().zip(&here).find(|(there, _)| **there == word).map_or(word, |(_, here)| here))
            .collect();
        let status = Command::new(own[0]).args(&own[1..]).output()?.status;
        ensure!(status.success() == is_right, "{own:?}: {status}");
    }
    Ok(())
}

#[test]
fn s20_the_service_manager_is_told_of_start_reload_and_end() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path)?;
    socket.set_read_timeout(Some(Duration::from_mins(1)))?;
    let told = || -> Result<String> {
        let mut text = [0; 256];
        let length = socket.recv(&mut text)?;
        Ok(String::from_utf8_lossy(&text[..length]).into_owned())
    };
    let variable = ("NOTIFY_SOCKET".to_owned(), path.display().to_string());
    let mount = "[server]\nwatch_config = false\n[[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\n";
    let mut gateway = Gateway::start_in(vec![variable], mount)?;
    ensure!(told()? == "READY=1");
    for config in [mount, "no_such = 1\n"] {
        gateway.write_config(config)?;
        gateway.signal("HUP")?;
        ensure!((told()?, told()?) == ("RELOADING=1".to_owned(), "READY=1".to_owned()));
    }
    gateway.terminate()?;
    ensure!(told()? == "STOPPING=1");
    Ok(())
}
