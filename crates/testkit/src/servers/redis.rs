//! One Redis server.

use super::wait_until;
use super::{ports::free_port, program::Program};
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

/// How long a server may take to answer a test's own question.
const ANSWER: Duration = Duration::from_secs(10);

/// A redis-server on a port of its own, which keeps nothing on disk unless asked. It ends with this value.
#[derive(Debug)]
pub struct Redis {
    directory: tempfile::TempDir,
    port: u16,
    arguments: Vec<String>,
    program: Option<Program>,
}

impl Redis {
    /// Starts one with no password.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts one with these arguments too, such as `--maxmemory 2mb`.
    pub fn start_with(arguments: &[&str]) -> Result<Self> {
        let mut redis = Self {
            directory: tempfile::tempdir()?,
            port: free_port()?,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            program: None,
        };
        redis.run()?;
        Ok(redis)
    }

    fn run(&mut self) -> Result<()> {
        let mut command = Command::new("redis-server");
        command.current_dir(self.directory.path());
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--daemonize", "no"]);
        let mut program = Program::start(command.args(&self.arguments))?;
        program.wait_for_port(self.port)?;
        self.program = Some(program);
        let auth = self.password().is_some();
        wait_until("redis-server to answer", || Ok(auth || self.command(&["PING"])? == "PONG"))
    }

    fn password(&self) -> Option<&str> {
        self.argument("--requirepass")
    }

    /// What it was given behind that option.
    fn argument(&self, option: &str) -> Option<&str> {
        let place = self.arguments.iter().position(|argument| argument == option)?;
        self.arguments.get(place + 1).map(String::as_str)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Where it listens for TLS (`--tls-port`), where it does.
    pub fn tls_port(&self) -> Option<u16> {
        self.argument("--tls-port")?.parse().ok()
    }

    /// The URL by which it is reached.
    pub fn url(&self) -> String {
        let user = self.password().map(|password| format!(":{password}@")).unwrap_or_default();
        match self.tls_port() {
            None => format!("redis://{user}127.0.0.1:{}", self.port),
            Some(port) => format!("rediss://{user}localhost:{port}"),
        }
    }

    /// Sends one command; its answer as text, the elements of an array on lines of their own. An error it answers is
    /// an error.
    pub fn command(&self, parts: &[&str]) -> Result<String> {
        let stream = TcpStream::connect(self.address()).context("connecting to redis-server")?;
        stream.set_read_timeout(Some(ANSWER))?;
        let mut reader = BufReader::new(stream);
        if let Some(password) = self.password() {
            send(&mut reader, &["AUTH", password])?;
        }
        send(&mut reader, parts)
    }

    /// A field of INFO.
    pub fn info(&self, field: &str) -> Result<String> {
        let all = self.command(&["INFO", "everything"])?;
        let line = all.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.map(|value| value.trim().to_owned()).with_context(|| format!("INFO has no `{field}`"))
    }

    /// How often a command, named in lower case, was called since the start.
    pub fn calls(&self, command: &str) -> Result<u64> {
        let stats = self.command(&["INFO", "commandstats"])?;
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()).map_or(Ok(0), |count| Ok(count.parse()?))
    }

    /// Stops it in its tracks (SIGSTOP): connections are accepted, and nothing answers.
    pub fn pause(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Ends it at once.
    pub fn kill9(&mut self) -> Result<()> {
        self.signal("KILL")?;
        self.program = None;
        Ok(())
    }

    /// Starts it again on the same port, with nothing but what it kept on disk.
    pub fn restart(&mut self) -> Result<()> {
        self.program = None;
        self.run()
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let Some(program) = &self.program else { bail!("redis-server does not run") };
        let sent = Command::new("kill").args([&format!("-{signal}"), &program.pid().to_string()]).status()?;
        ensure!(sent.success(), "SIG{signal} could not be sent");
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // One that is stopped would not end.
        let _ = self.resume();
    }
}

/// Sends one command to whoever listens at that port of loopback.
pub(crate) fn ask(port: u16, parts: &[&str]) -> Result<String> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER))?;
    send(&mut BufReader::new(stream), parts)
}

fn send(stream: &mut BufReader<TcpStream>, parts: &[&str]) -> Result<String> {
    let mut request = format!("*{}\r\n", parts.len());
    for part in parts {
        let _ = write!(request, "${}\r\n{part}\r\n", part.len());
    }
    stream.get_mut().write_all(request.as_bytes())?;
    read(stream)
}

fn read(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let (Some(kind), rest) = (line.chars().next(), line.get(1..).unwrap_or_default()) else {
        bail!("redis-server closed the connection");
    };
    match kind {
        '+' | ':' => Ok(rest.to_owned()),
        '-' => bail!("{rest}"),
        '$' => {
            let Ok(length) = rest.parse::<usize>() else { return Ok(String::new()) };
            let mut text = vec![0; length + 2];
            stream.read_exact(&mut text)?;
            text.truncate(length);
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
        '*' => {
            let count = rest.parse().unwrap_or(0);
            let elements = (0..count).map(|_| read(stream)).collect::<Result<Vec<_>>>()?;
            Ok(elements.join("\n"))
        }
        other => bail!("an answer of unknown kind `{other}`"),
    }
}
