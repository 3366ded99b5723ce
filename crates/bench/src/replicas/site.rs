//! Redis, three replicas over it, and nginx before them.

use crate::config;
use crate::server::is_ready;
use anyhow::{Context as _, ensure};
use parking_lot::Mutex;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use testkit::{Redis, wait_until};
use testkit::{ports::free_port, program::Program};

const REPLICAS: usize = 3;
/// Clients of each mount that has a client file.
const CLIENTS: u32 = config::LIMITED;

/// Everything that runs; it ends with this value.
pub(crate) struct Site {
    /// Where nginx listens.
    pub(crate) address: SocketAddr,
    nginx: Program,
    replicas: Vec<Replica>,
    _redis: Redis,
    _folder: tempfile::TempDir,
}

/// A replica, running or not.
struct Replica {
    gateway: PathBuf,
    config: PathBuf,
    address: SocketAddr,
    admin: SocketAddr,
    program: Option<Program>,
}

/// The replica that was killed, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Killed {
    pub(crate) address: SocketAddr,
    pub(crate) at: Instant,
}

impl Site {
    pub(crate) fn start(gateway: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let redis = Redis::start()?;
        let port = free_port()?;
        let files = Files::write(folder.path())?;
        let mut replicas = Vec::new();
        for number in 0..REPLICAS {
            let (address, admin) = (loopback(free_port()?), loopback(free_port()?));
            let config = folder.path().join(format!("replica-{number}.toml"));
            std::fs::write(&config, files.configuration(address, admin, loopback(port), &redis.url()))?;
            let gateway = gateway.to_owned();
            let mut replica = Replica { gateway, config, address, admin, program: None };
            // One after the other, so that the first makes the keys.
            replica.start()?;
            replicas.push(replica);
        }
        let addresses: Vec<_> = replicas.iter().map(|replica| replica.address).collect();
        let (nginx, address) = start_nginx(&folder.path().join("nginx"), port, &addresses)?;
        Ok(Self { address, nginx, replicas, _redis: redis, _folder: folder })
    }

    /// The URL under which the replicas are reached: what the issuers of their tokens begin with.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The public and the admin listener of the first replica.
    pub(crate) fn first(&self) -> (SocketAddr, SocketAddr) {
        (self.replicas[0].address, self.replicas[0].admin)
    }

    /// The replicas' public listeners.
    pub(crate) fn names(&self) -> Vec<SocketAddr> {
        self.replicas.iter().map(|replica| replica.address).collect()
    }

    /// Kills a replica at once, as a crash would; `killed` has it from the moment before.
    pub(crate) fn kill(&mut self, number: usize, killed: &Mutex<Option<Killed>>) -> anyhow::Result<()> {
        let replica = &mut self.replicas[number];
        *killed.lock() = Some(Killed { address: replica.address, at: Instant::now() });
        replica.signal("KILL")?;
        replica.program = None;
        ensure!(TcpStream::connect(replica.address).is_err(), "the killed replica still listens");
        Ok(())
    }

    /// Starts a killed replica where it was, and waits until it is ready.
    pub(crate) fn restart(&mut self, number: usize) -> anyhow::Result<()> {
        self.replicas[number].start()
    }

    /// Asks a replica to end (SIGTERM) and waits until it listens no more.
    pub(crate) fn terminate(&mut self, number: usize) -> anyhow::Result<()> {
        let replica = &mut self.replicas[number];
        replica.signal("TERM")?;
        let address = replica.address;
        wait_until("the replica to close its listener", || Ok(TcpStream::connect(address).is_err()))?;
        replica.program = None;
        Ok(())
    }

    /// What nginx has printed.
    pub(crate) fn nginx_said(&mut self) -> String {
        self.nginx.output().to_owned()
    }
}

impl Replica {
    fn start(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new(&self.gateway);
        let mut program = Program::start(command.arg("--config").arg(&self.config))?;
        let ready = wait_until("a replica to be ready", || Ok(is_ready(self.address, config::READY)));
        ready.with_context(|| program.output().to_owned())?;
        self.program = Some(program);
        Ok(())
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let program = self.program.as_ref().context("the replica does not run")?;
        let sent = Command::new("kill").args([&format!("-{name}"), &program.pid().to_string()]).status()?;
        ensure!(sent.success(), "SIG{name} could not be sent");
        Ok(())
    }
}

/// The files that the replicas share.
struct Files {
    bits: PathBuf,
    bizzassure: PathBuf,
}

impl Files {
    fn write(folder: &Path) -> anyhow::Result<Self> {
        let (bits, bizzassure) = (folder.join("bits.jsonl"), folder.join("bizzassure.jsonl"));
        std::fs::write(&bits, config::client_file(CLIENTS, config::LIMIT))?;
        std::fs::write(&bizzassure, config::limited_file())?;
        Ok(Self { bits, bizzassure })
    }

    fn configuration(&self, listen: SocketAddr, admin: SocketAddr, nginx: SocketAddr, redis: &str) -> String {
        include_str!("gateway.toml")
            .replace("@LISTEN@", &listen.to_string())
            .replace("@ADMIN@", &admin.to_string())
            .replace("@URL@", &format!("http://{nginx}"))
            .replace("@REDIS@", redis)
            .replace("@BITS@", &self.bits.to_string_lossy())
            .replace("@BIZZASSURE@", &self.bizzassure.to_string_lossy())
    }
}

/// nginx at that port with these replicas, its files in `folder`.
fn start_nginx(folder: &Path, port: u16, replicas: &[SocketAddr]) -> anyhow::Result<(Program, SocketAddr)> {
    let server = |address: &SocketAddr| format!("server {address} max_fails=1 fail_timeout=2s;\n");
    let servers: String = replicas.iter().map(server).collect();
    let text = include_str!("nginx.conf").replace("@SERVERS@", &servers).replace("@PORT@", &port.to_string());
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("nginx.conf"), text)?;
    // Where an ordinary user's PATH does not lead on Debian.
    let installed = Some("/usr/sbin/nginx").filter(|path| Path::new(path).exists());
    let mut command = Command::new(installed.unwrap_or("nginx"));
    command.arg("-p").arg(folder).args(["-e", "stderr", "-c", "nginx.conf"]);
    let mut nginx = Program::start(&mut command)?;
    let address = nginx.wait_for_port(port)?;
    Ok((nginx, address))
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http;
    use crate::replicas::wire::Connections;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpSocket};

    /// A replica that counts its requests and answers 200, or closes the connection where it should have answered.
    async fn replica(answers: bool) -> (SocketAddr, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
        let seen = Arc::clone(&count);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    while matches!(stream.read(&mut request).await, Ok(1..)) {
                        seen.fetch_add(1, Ordering::Relaxed);
                        if !answers {
                            return;
                        }
                        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
                    }
                });
            }
        });
        (address, count)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nginx_asks_another_only_where_the_request_was_not_sent() {
        // Bound and not listening: it refuses connections, and nobody else is given its port.
        let held = TcpSocket::new_v4().unwrap();
        held.bind(loopback(0)).unwrap();
        let dead = held.local_addr().unwrap();
        let (dying, died) = replica(false).await;
        let (good, served) = replica(true).await;
        let folder = tempfile::tempdir().unwrap();
        let request = http::post("/", &[("Content-Type", "text/plain")], "a");

        let (_nginx, address) = start_nginx(&folder.path().join("a"), free_port().unwrap(), &[dead, good]).unwrap();
        let connections = Connections::to(address);
        let mut passed_over = 0;
        for _ in 0..10 {
            let answer = connections.ask(request.as_bytes()).await.unwrap();
            assert_eq!((answer.status, answer.asked.last()), (200, Some(&good)));
            passed_over += answer.asked.len() - 1;
        }
        assert!(passed_over >= 1 && served.load(Ordering::Relaxed) == 10);

        let (_nginx, address) = start_nginx(&folder.path().join("b"), free_port().unwrap(), &[dying, good]).unwrap();
        let connections = Connections::to(address);
        let mut lost = 0;
        for _ in 0..10 {
            let answer = connections.ask(request.as_bytes()).await.unwrap();
            assert_eq!(answer.asked.len(), 1, "sent again");
            lost += u32::from(answer.status == 502 && answer.asked[0] == dying);
        }
        assert!(lost >= 1);
        assert_eq!((died.load(Ordering::Relaxed), served.load(Ordering::Relaxed)), (lost, 20 - lost));
    }

    #[test]
    fn every_placeholder_is_filled_in() {
        let files = Files { bits: "b".into(), bizzassure: "z".into() };
        let text = files.configuration(loopback(1), loopback(2), loopback(3), "redis://r");
        assert!(!text.contains('@') || text.matches('@').count() == text.matches("alice@").count(), "{text}");
    }
}
