//! The gateway as a process of its own.

use crate::admin::Admin;
use crate::http;
use anyhow::{Context, Result, bail, ensure};
use parking_lot::Mutex;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a gateway may take from its start until it is ready: it makes its keys in that time.
const START: Duration = Duration::from_mins(2);
/// How long it may take to end after SIGTERM.
const STOP: Duration = Duration::from_mins(1);

/// A running gateway with a configuration, a store and logs of its own; it ends with this value.
#[derive(Debug)]
pub struct Gateway {
    binary: PathBuf,
    directory: tempfile::TempDir,
    environment: Vec<(String, String)>,
    process: Process,
}

#[derive(Debug)]
struct Process {
    child: Child,
    /// Kills the gateway should the test end without dropping this value, as a value in a static does.
    watchdog: Child,
    public: SocketAddr,
    admin: SocketAddr,
    metrics: Option<SocketAddr>,
    /// What the gateway prints after its announcement.
    stdout: Mutex<Receiver<String>>,
}

impl Gateway {
    /// Starts a gateway with that configuration. Listeners get free ports on loopback; where the configuration names
    /// no store, the store is a file of this gateway's own.
    pub fn start(config_toml: &str) -> Result<Self> {
        Self::start_at(0, config_toml)
    }

    /// The same with the public listener at that port, for a configuration that has to name it.
    pub fn start_at(port: u16, config_toml: &str) -> Result<Self> {
        Self::launch(binary()?, port, config_toml, true, Vec::new())
    }

    /// The same of another version, by its binary.
    pub fn start_version(binary: &Path, port: u16, config_toml: &str) -> Result<Self> {
        Self::launch(binary, port, config_toml, true, Vec::new())
    }

    /// The same with these variables in its environment.
    pub fn start_in(environment: Vec<(String, String)>, config_toml: &str) -> Result<Self> {
        Self::launch(binary()?, 0, config_toml, true, environment)
    }

    /// The same, not waiting until it is ready: its store is not there yet.
    pub fn start_early(config_toml: &str) -> Result<Self> {
        Self::launch(binary()?, 0, config_toml, false, Vec::new())
    }

    fn launch(
        binary: &Path,
        port: u16,
        config_toml: &str,
        waits: bool,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join("gateway.toml"), complete(config_toml, port, directory.path())?)?;
        let process = spawn(binary, directory.path(), waits, &environment)?;
        Ok(Self { binary: binary.to_owned(), directory, environment, process })
    }

    /// The address of the vendors' surface.
    pub const fn public(&self) -> SocketAddr {
        self.process.public
    }

    /// The address of the admin listener.
    pub const fn admin_address(&self) -> SocketAddr {
        self.process.admin
    }

    /// The address of the listener for metrics, where the configuration asks for one.
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.process.metrics
    }

    /// A client of the admin API.
    pub const fn admin(&self) -> Admin {
        Admin::new(self.process.admin)
    }

    /// The folder of its configuration and its logs and, where the configuration names no store, of `store.redb`.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// The memory that the process has, in bytes.
    pub fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
    }

    /// Everything the gateway has written to standard error since its first start, and to standard output since its
    /// announcement or since the last call.
    pub fn logs(&self) -> Result<String> {
        let mut logs = log_of(self.directory.path())?;
        let stdout = self.process.stdout.lock();
        logs.extend(stdout.try_iter().map(|line| line + "\n"));
        Ok(logs)
    }

    /// Ends the process at once, as a crash would.
    pub fn kill9(&mut self) -> Result<()> {
        self.process.child.kill()?;
        self.process.child.wait()?;
        Ok(())
    }

    /// Asks the process to end (SIGTERM) and waits until it has; an error where it does not end or ends badly.
    pub fn terminate(&mut self) -> Result<()> {
        self.signal("TERM")?;
        self.wait_for_end()
    }

    /// Sends the process a signal, such as `HUP`.
    pub fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status()?;
        ensure!(sent.success(), "SIG{name} could not be sent");
        Ok(())
    }

    /// Writes another configuration in the place of its own, in one step; nothing is told of it.
    pub fn write_config(&self, config_toml: &str) -> Result<()> {
        let (new, file) = (self.directory().join("gateway.toml.new"), self.directory().join("gateway.toml"));
        fs::write(&new, complete(config_toml, 0, self.directory())?)?;
        Ok(fs::rename(new, file)?)
    }

    /// Waits until the logs since the first start have these words so many times.
    pub fn wait_for_log(&self, words: &str, times: usize) -> Result<()> {
        let started = Instant::now();
        while log_of(self.directory())?.matches(words).count() < times {
            ensure!(started.elapsed() < START, "{words:?} is not {times} times in\n{}", log_of(self.directory())?);
            crate::pause(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Waits until the process has ended, and well.
    pub fn wait_for_end(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.process.child.try_wait()? {
                ensure!(status.success(), "the gateway ended with {status}");
                return Ok(());
            }
            ensure!(started.elapsed() < STOP, "the gateway has not ended after {STOP:?}");
            crate::pause(Duration::from_millis(10));
        }
    }

    /// Starts it again with the same configuration and store; a process that still runs is killed first. The ports
    /// are new ones.
    pub fn restart(&mut self) -> Result<()> {
        self.process.stop();
        self.process = spawn(&self.binary, self.directory.path(), true, &self.environment)?;
        Ok(())
    }
}

impl Process {
    fn stop(&mut self) {
        // An error says that the process has ended already.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

fn log_of(directory: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(directory.join("stderr.log"))?).into_owned())
}

/// The configuration with what every test process needs of its own.
fn complete(config_toml: &str, port: u16, directory: &Path) -> Result<String> {
    let mut config: toml::Table = toml::from_str(config_toml).context("the test's own configuration")?;
    let mut set = |section: &str, key: &str, value: &str, keep: bool| -> Result<()> {
        let section = config.entry(section).or_insert_with(|| toml::Table::new().into());
        let section = section.as_table_mut().context("a section that is no table")?;
        if !(keep && section.contains_key(key)) {
            section.insert(key.to_owned(), value.into());
        }
        Ok(())
    };
    set("server", "listen", &format!("127.0.0.1:{port}"), false)?;
    set("admin", "listen", "127.0.0.1:0", false)?;
    set("store", "kind", "embedded", true)?;
    if config["store"]["kind"].as_str() == Some("embedded") {
        let section = config["store"].as_table_mut().context("a section that is no table")?;
        section.entry("path").or_insert_with(|| directory.join("store.redb").to_string_lossy().into_owned().into());
    }
    Ok(toml::to_string(&config)?)
}

fn spawn(binary: &Path, directory: &Path, waits: bool, environment: &[(String, String)]) -> Result<Process> {
    let log = File::options().create(true).append(true).open(directory.join("stderr.log"))?;
    let mut child = Command::new(binary)
        .arg("--config")
        .arg(directory.join("gateway.toml"))
        .env("IDP_GATEWAY_ANNOUNCE", "json")
        // What it keeps beside its store is its own too.
        .env("XDG_STATE_HOME", directory)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .with_context(|| format!("{} could not be started", binary.display()))?;
    let watchdog = match watch(child.id()) {
        Ok(watchdog) => watchdog,
        Err(error) => {
            child.kill()?;
            return Err(error);
        }
    };
    let stdout = child.stdout.take().context("no standard output")?;
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut process =
        Process { child, watchdog, public: nowhere, admin: nowhere, metrics: None, stdout: Mutex::new(lines) };
    let config: toml::Table = toml::from_str(&fs::read_to_string(directory.join("gateway.toml"))?)?;
    // Over TLS it has bound its listener, and whoever connects trusts a certificate of the test's own.
    let is_tls = config.get("server").is_some_and(|server| server.get("tls").is_some());
    let ready =
        read_addresses(&mut process).and_then(|()| if waits && !is_tls { become_ready(&process) } else { Ok(()) });
    if let Err(error) = ready {
        bail!("{error:#}; its log:\n{}", log_of(directory)?);
    }
    Ok(process)
}

/// A process that kills `pid` when this one ends, however it ends: the end closes the pipe it reads from.
fn watch(pid: u32) -> Result<Child> {
    Command::new("sh")
        .args(["-c", "cat >/dev/null; kill -9 \"$0\"", &pid.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("the watchdog could not be started")
}

fn read_addresses(process: &mut Process) -> Result<()> {
    let stdout = process.stdout.get_mut();
    let line = stdout.recv_timeout(START).ok().context("the gateway ended or announced no address")?;
    let announced: serde_json::Value = serde_json::from_str(&line).with_context(|| format!("announced {line:?}"))?;
    ensure!(announced["event"] == "listening", "announced {line:?}");
    let address = |name: &str| -> Result<SocketAddr> {
        announced[name].as_str().and_then(|text| text.parse().ok()).with_context(|| format!("announced {line:?}"))
    };
    (process.public, process.admin) = (address("public")?, address("admin")?);
    process.metrics = address("metrics").ok();
    Ok(())
}

fn become_ready(process: &Process) -> Result<()> {
    let started = Instant::now();
    let probe = http::request("GET", "/_gateway/health/ready", &[("Host", "localhost")], b"");
    loop {
        let answer = http::exchange(process.public, &probe);
        if answer.as_ref().is_ok_and(|response| matches!(response.status, 200 | 204)) {
            return Ok(());
        }
        if started.elapsed() > START {
            bail!("the gateway is not ready {START:?} after its start: {answer:?}");
        }
        crate::pause(Duration::from_millis(20));
    }
}

/// The gateway's binary: `IDP_GATEWAY_BIN`, else what cargo builds, once.
pub fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BINARY.get_or_init(|| find_binary().map_err(|error| format!("{error:#}"))) {
        Ok(path) => Ok(path),
        Err(error) => bail!("{error}"),
    }
}

/// The binary of an earlier version, where `IDP_GATEWAY_EARLIER_BIN` names one.
pub fn earlier_binary() -> Result<Option<PathBuf>> {
    binary_of("IDP_GATEWAY_EARLIER_BIN")
}

#[expect(clippy::disallowed_methods, reason = "the harness is no part of the gateway, whose environment this is not")]
fn binary_of(variable: &str) -> Result<Option<PathBuf>> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    ensure!(path.as_ref().is_none_or(|path| path.is_file()), "{variable} names no file: {path:?}");
    Ok(path)
}

fn find_binary() -> Result<PathBuf> {
    if let Some(path) = binary_of("IDP_GATEWAY_BIN")? {
        return Ok(path);
    }
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "idp-gateway", "--message-format=json-render-diagnostics"])
        .current_dir(crate::tree::root())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "`cargo build -p idp-gateway` failed: there is no gateway to test");
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "idp-gateway")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("`cargo build -p idp-gateway` named no executable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_gets_free_ports_and_a_store_of_its_own() {
        let done = complete("[server]\nlisten = \"0.0.0.0:80\"\nworkers = 1", 0, Path::new("/somewhere")).unwrap();
        let done: toml::Table = toml::from_str(&done).unwrap();
        assert_eq!(done["server"]["listen"].as_str(), Some("127.0.0.1:0"));
        assert_eq!(done["server"]["workers"].as_integer(), Some(1));
        assert_eq!(done["store"]["path"].as_str(), Some("/somewhere/store.redb"));
        let kept = complete("[store]\npath = \":memory:\"", 0, Path::new("/somewhere")).unwrap();
        assert!(kept.contains("\":memory:\""), "{kept}");
    }

    #[test]
    fn the_watchdog_kills_when_its_pipe_closes() {
        let mut sleeper = Command::new("sleep").arg("60").spawn().unwrap();
        let mut watchdog = watch(sleeper.id()).unwrap();
        assert!(sleeper.try_wait().unwrap().is_none());
        drop(watchdog.stdin.take());
        assert!(!sleeper.wait().unwrap().success());
        watchdog.wait().unwrap();
    }
}
