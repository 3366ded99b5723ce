//! Programs that run beside the gateway: a reverse proxy, a browser's driver, a relying party.

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long a program may take until it says or does what a test waits for.
const START: Duration = Duration::from_secs(30);

/// Ends the process group `$0` once standard input closes: politely, for a driver then closes its browser, and after
/// two seconds for good.
const WATCHDOG: &str = "cat >/dev/null; kill -s TERM -- -$0 2>/dev/null || exit 0; \
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do \
    sleep 0.1; kill -s 0 -- -$0 2>/dev/null || exit 0; done; kill -s KILL -- -$0";

/// A running program. It and all that it has started end with this value, or with the test process, however that ends.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    watchdog: Child,
    lines: Mutex<Receiver<String>>,
    input: Option<ChildStdin>,
    /// What it has printed so far, for the errors.
    printed: String,
}

impl Program {
    /// Starts a program; the error says how to get one that is missing.
    pub fn start(command: &mut Command) -> Result<Self> {
        Self::launch(command, Stdio::null())
    }

    /// The same for a program that reads what it is told.
    pub fn start_listening(command: &mut Command) -> Result<Self> {
        Self::launch(command, Stdio::piped())
    }

    fn launch(command: &mut Command, input: Stdio) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child =
            command.process_group(0).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(
                || format!("this test needs {name}, which cannot be started; `cargo xtask test` gets it"),
            )?;
        let watchdog = match watch(child.id()) {
            Ok(watchdog) => watchdog,
            Err(error) => {
                child.kill()?;
                return Err(error);
            }
        };
        let (sender, lines) = channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender);
        let input = child.stdin.take();
        Ok(Self { name, child, watchdog, lines: Mutex::new(lines), input, printed: String::new() })
    }

    /// Tells it a line.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("a program that listens to nothing")?;
        writeln!(input, "{line}").with_context(|| format!("{} does not listen", self.name))
    }

    /// Reads what the program prints until a line has what is looked for.
    pub fn wait_for<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + START;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.get_mut().recv_timeout(left) {
                Ok(line) => {
                    self.printed.extend([&line, "\n"]);
                    if let Some(found) = find(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} is not ready after {START:?}:\n{}", self.name, self.printed)
                }
                Err(RecvTimeoutError::Disconnected) => bail!("{} has ended:\n{}", self.name, self.printed),
            }
        }
    }

    /// Waits until the program accepts connections there.
    pub fn wait_for_port(&mut self, port: u16) -> Result<SocketAddr> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let started = Instant::now();
        while TcpStream::connect_timeout(&address, START).is_err() {
            if self.child.try_wait()?.is_some() || started.elapsed() > START {
                let printed = self.output().to_owned();
                bail!("{} does not listen at {address}:\n{printed}", self.name);
            }
            super::pause(Duration::from_millis(20));
        }
        Ok(address)
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that it has printed until now.
    pub fn output(&mut self) -> &str {
        self.printed.extend(self.lines.get_mut().try_iter().map(|line| line + "\n"));
        &self.printed
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // An error says that the process has ended already.
        let _ = self.child.wait();
        let _ = self.watchdog.wait();
    }
}

/// In a process group of its own, for an interrupt from the terminal must not end the watchdog before its work.
fn watch(group: u32) -> Result<Child> {
    Command::new("sh")
        .args(["-c", WATCHDOG, &group.to_string()])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("the watchdog could not be started")
}

/// Sends on what comes, line by line; the pipe is read to its end so that the program never blocks on it.
fn forward(pipe: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    let Some(pipe) = pipe else { return };
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            // Nobody listens any more once the value is gone.
            let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_lives(group: u32) -> bool {
        let probe = ["-c", "kill -s 0 -- -$0 2>/dev/null", &group.to_string()];
        Command::new("sh").args(probe).status().unwrap().success()
    }

    /// What was killed is gone once its new parent has taken note of it.
    fn group_ends(group: u32) -> bool {
        (0..250).any(|_| {
            crate::pause(Duration::from_millis(20));
            !group_lives(group)
        })
    }

    #[test]
    fn a_program_ends_with_its_children() {
        let script = "sleep 60 & echo ready; wait";
        let mut program = Program::start(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(program.wait_for(|line| (line == "ready").then_some(1)).unwrap(), 1);
        let group = program.child.id();
        assert!(group_lives(group));
        drop(program);
        assert!(group_ends(group));
    }

    #[test]
    fn one_that_will_not_end_is_killed() {
        let script = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
        let mut program = Program::start(Command::new("sh").args(["-c", script])).unwrap();
        program.wait_for(|line| (line == "ready").then_some(())).unwrap();
        let group = program.child.id();
        drop(program);
        assert!(group_ends(group));
    }

    #[test]
    fn what_is_missing_or_ends_early_is_said() {
        let missing = Program::start(&mut Command::new("no-such-program")).unwrap_err();
        assert!(format!("{missing:#}").contains("needs no-such-program"), "{missing:#}");
        let mut program = Program::start(Command::new("sh").args(["-c", "echo broken >&2"])).unwrap();
        let error = program.wait_for(|line| (line == "ready").then_some(())).unwrap_err();
        assert!(error.to_string().contains("has ended:\nbroken"), "{error}");
    }
}
