//! Child processes pinned to a core, asked whether they are ready, and gone when their owner is.

use anyhow::{Context as _, bail, ensure};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The core the measured server has to itself.
pub const SERVER_CPU: u8 = 0;
/// The core of the load generator.
pub const LOAD_CPU: u8 = 1;

/// Longest wait for a server to become ready.
const READY_DEADLINE: Duration = Duration::from_mins(1);
/// Between two looks at whether it is: small beside the 100 ms that a start may take.
const READY_POLL: Duration = Duration::from_micros(500);

/// A command that runs on one core; `taskset` becomes the program, so the process id is the program's.
pub fn pinned(cpu: u8, program: &OsStr) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &cpu.to_string()]).arg(program).stdin(Stdio::null());
    command
}

/// A running server on the server's core; killed when dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
    /// From spawning it to its first 200 on the readiness path.
    pub start: Duration,
}

impl Server {
    /// Starts `program` with its output in `log` and waits until `ready` answers 200.
    pub fn start(program: &Path, args: &[&OsStr], log: PathBuf, addr: SocketAddr, ready: &str) -> anyhow::Result<Self> {
        Self::start_with(program, args, &[], log, addr, ready)
    }

    /// The same with further variables of its environment.
    pub fn start_with(
        program: &Path,
        args: &[&OsStr],
        environment: &[(&str, PathBuf)],
        log: PathBuf,
        addr: SocketAddr,
        ready: &str,
    ) -> anyhow::Result<Self> {
        let out = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = pinned(SERVER_CPU, program.as_os_str());
        command.args(args).envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdout(out.try_clone()?).stderr(out);
        let spawned = Instant::now();
        let child = command.spawn().context("cannot run `taskset`; install util-linux")?;
        let mut server = Self { child, log, start: Duration::ZERO };
        while !is_ready(addr, ready) {
            if let Some(status) = server.child.try_wait()? {
                bail!("{} ended with {status}:\n{}", program.display(), server.output());
            }
            if spawned.elapsed() > READY_DEADLINE {
                bail!("{} is not ready after {READY_DEADLINE:?}:\n{}", program.display(), server.output());
            }
            std::thread::sleep(READY_POLL);
        }
        server.start = spawned.elapsed();
        Ok(server)
    }

    /// Bytes of memory resident now.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        resident_bytes(&status).context("no VmRSS in /proc/…/status")
    }

    /// Ends it with SIGTERM, as an operator does, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(status.success(), "cannot send SIGTERM");
        self.child.wait()?;
        Ok(())
    }

    /// Ends it with SIGKILL: no chance to tidy up.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Whether `path` answers 200 there.
pub(crate) fn is_ready(addr: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        // In one write: a server may answer, and close, once it has read the first.
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_in_bytes() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t   12345 kB\nVmData: 1 kB\n"), Some(12_641_280));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }

    #[test]
    fn a_server_that_ends_is_an_error_with_its_output() {
        let folder = tempfile::tempdir().unwrap();
        let args = ["-c", "echo broken; exit 3"].map(OsStr::new);
        let addr = testkit::ports::free_address().unwrap();
        let result = Server::start(Path::new("/bin/sh"), &args, folder.path().join("log"), addr, "/");
        let error = result.err().expect("it ended").to_string();
        assert!(error.contains("exit status: 3") && error.contains("broken"), "{error}");
    }

    #[test]
    fn only_a_200_is_ready() {
        for (answer, ready) in [("HTTP/1.1 200 OK\r\n\r\n", true), ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false)]
        {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let addr = listener.local_addr().unwrap();
            let serving = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 512];
                assert!(stream.read(&mut request).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            });
            assert_eq!(is_ready(addr, "/"), ready);
            serving.join().unwrap();
        }
    }
}
