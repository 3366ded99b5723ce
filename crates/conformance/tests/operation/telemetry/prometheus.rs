//! A real Prometheus.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};
use testkit::{http, tree};
use testkit::{ports::free_port, program::Program};

/// The folder of what a Prometheus needs to know of gateways.
pub(crate) fn folder() -> PathBuf {
    tree::root().join("deploy/prometheus")
}

/// What promtool says to that, in the folder; an error where it finds fault.
pub(crate) fn promtool(arguments: &[&str]) -> Result<String> {
    let output = Command::new("promtool").args(arguments).current_dir(folder()).output();
    let output =
        output.context("this test needs promtool, of Debian's package prometheus; `cargo xtask test` gets it")?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    ensure!(output.status.success(), "promtool {}:\n{said}", arguments.join(" "));
    Ok(said)
}

/// A Prometheus that scrapes gateways each second, and evaluates the alerts.
#[derive(Debug)]
pub(crate) struct Prometheus {
    _program: Program,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// Starts one with the project's own alerts.
    pub(crate) fn start(targets: &[SocketAddr]) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let config = directory.path().join("prometheus.yml");
        fs::write(&config, Self::config(targets, directory.path())?)?;
        let port = free_port()?;
        let mut program = Program::start(
            Command::new("prometheus")
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
                .arg(format!("--web.listen-address=127.0.0.1:{port}")),
        )?;
        let address = program.wait_for_port(port)?;
        Ok(Self { _program: program, address, _folder: directory })
    }

    /// The project's own configuration, faster and with other targets.
    fn config(targets: &[SocketAddr], directory: &Path) -> Result<String> {
        let text = fs::read_to_string(folder().join("prometheus.yml"))?;
        fs::copy(folder().join("alerts.yml"), directory.join("alerts.yml"))?;
        let targets: Vec<_> = targets.iter().map(|address| format!("          - {address}\n")).collect();
        let own = "          - gateway-1:9464\n          - gateway-2:9464\n";
        ensure!(text.contains(own) && text.contains("15s"), "prometheus.yml has other targets or intervals: {text}");
        Ok(text.replace(own, &targets.concat()).replace("15s", "1s"))
    }

    /// What an expression comes to now: its series.
    pub(crate) fn query(&self, expression: &str) -> Result<Vec<Value>> {
        let answer = self.get(&format!("/api/v1/query?{}", serde_urlencoded::to_string([("query", expression)])?))?;
        let result = &answer["data"]["result"];
        // A scalar is one value.
        let series = if answer["data"]["resultType"] == "scalar" { vec![result.clone()] } else { list(result)? };
        Ok(series)
    }

    /// The rules with what became of their last evaluation.
    pub(crate) fn rules(&self) -> Result<Vec<Value>> {
        let answer = self.get("/api/v1/rules")?;
        let groups = list(&answer["data"]["groups"])?;
        Ok(groups.iter().map(|group| list(&group["rules"])).collect::<Result<Vec<_>>>()?.concat())
    }

    fn get(&self, path: &str) -> Result<Value> {
        let host = self.address.to_string();
        let response = http::exchange(self.address, &http::request("GET", path, &[("Host", &host)], b""))?;
        let answer = response.json()?;
        ensure!(answer["status"] == "success", "{path}: {answer}");
        Ok(answer)
    }
}

fn list(value: &Value) -> Result<Vec<Value>> {
    Ok(value.as_array().ok_or_else(|| io::Error::other(format!("no list: {value}")))?.clone())
}
