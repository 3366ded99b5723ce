//! A network that misbehaves on purpose, between a client and a Redis.

use anyhow::Result;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// Forwards connections, and delays, swallows or cuts them as told. It ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

/// What may become of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is swallowed, and with it all that follows on its connection.
    Lost,
    /// Its reply comes after half a second.
    Late,
    /// Its connection is closed.
    Cut,
}

/// How late a late reply is.
const LATE: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
struct State {
    /// After how many more commands one misbehaves, and how.
    fault: Mutex<Option<(u64, Fault)>>,
    /// The command that is swallowed.
    held: Mutex<Option<&'static str>>,
    /// What replies say, and what they are made to say.
    said: Mutex<Option<(&'static str, &'static str)>>,
    delay_millis: AtomicU64,
    is_black_hole: AtomicBool,
    refuses: AtomicBool,
    /// Replies to scripts that are still to be dropped.
    drops: AtomicU64,
    dropped: AtomicU64,
    connections: Mutex<Vec<TcpStream>>,
    /// Connections to the server that are open.
    open: AtomicU64,
    commands: Mutex<HashMap<String, u64>>,
    stall: Mutex<Option<Stall>>,
    /// Whether replies are held back rather than what is sent, and until when.
    stalled: Mutex<Option<(bool, Instant)>>,
    stalls: AtomicU64,
    is_over: AtomicBool,
}

/// A stall of the whole way, which begins with one script.
#[derive(Clone, Debug)]
pub struct Stall {
    /// What the keys of that script contain.
    pub key: String,
    /// How many such scripts go through before it.
    pub after: u64,
    /// Whether replies are held back, so that the script runs; else all that is sent is, and it does not before.
    pub replies: bool,
    /// How long it takes.
    pub length: Duration,
}

impl State {
    /// Begins the stall if it begins with what is sent now.
    fn see(&self, sent: &[u8]) {
        let mut next = self.stall.lock();
        let Some(stall) =
            next.as_mut().filter(|stall| sent.windows(stall.key.len()).any(|part| part == stall.key.as_bytes()))
        else {
            return;
        };
        if stall.after > 0 {
            stall.after -= 1;
            return;
        }
        *self.stalled.lock() = Some((stall.replies, Instant::now() + stall.length));
        self.stalls.fetch_add(1, Ordering::SeqCst);
        *next = None;
    }

    /// Waits out a stall of replies, or of what is sent.
    fn wait(&self, replies: bool) {
        let until = self.stalled.lock().filter(|(of_replies, _)| *of_replies == replies).map(|(_, until)| until);
        if let Some(left) = until.and_then(|until| until.checked_duration_since(Instant::now())) {
            super::pause(left);
        }
    }
}

impl Proxy {
    /// A proxy before that server.
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, state) = (listener.local_addr()?, Arc::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if shared.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // A server that is gone refuses, and so does the proxy.
                if let (Ok(client), false) = (client, shared.refuses.load(Ordering::SeqCst)) {
                    let _ = forward(client, upstream, &shared);
                }
            }
        });
        Ok(Self { address, state })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of what is behind it.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Holds back each reply for so long.
    pub fn delay(&self, length: Duration) {
        self.state.delay_millis.store(u64::try_from(length.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Stalls once.
    pub fn stall(&self, stall: Stall) {
        *self.state.stall.lock() = Some(stall);
    }

    /// How many stalls have begun.
    pub fn stalls(&self) -> u64 {
        self.state.stalls.load(Ordering::SeqCst)
    }

    /// Whether it swallows all that is sent to it.
    pub fn black_hole(&self, swallows: bool) {
        self.state.is_black_hole.store(swallows, Ordering::SeqCst);
    }

    /// Whether it closes new connections at once.
    pub fn refuse(&self, refuses: bool) {
        self.state.refuses.store(refuses, Ordering::SeqCst);
    }

    /// Closes all connections.
    pub fn cut(&self) {
        for connection in self.state.connections.lock().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Of the next scripts, lets so many run and closes the connection in the place of their reply.
    pub fn drop_replies(&self, count: u64) {
        self.state.drops.store(count, Ordering::SeqCst);
    }

    /// After so many more commands, has one meet that fault.
    pub fn misbehave(&self, after: u64, fault: Fault) {
        *self.state.fault.lock() = Some((after, fault));
    }

    /// Whether the fault has been met.
    pub fn has_misbehaved(&self) -> bool {
        self.state.fault.lock().is_none()
    }

    /// Swallows commands of that name, and all that follows on their connections; `None` swallows nothing.
    pub fn hold(&self, command: Option<&'static str>) {
        *self.state.held.lock() = command;
    }

    /// Has replies say `then` in place of `what`, which is as long.
    ///
    /// # Panics
    /// Where it is not.
    pub fn rewrite(&self, what: &'static str, then: &'static str) {
        assert_eq!(what.len(), then.len(), "lengths are part of the protocol");
        *self.state.said.lock() = Some((what, then));
    }

    /// How many replies were dropped.
    pub fn dropped(&self) -> u64 {
        self.state.dropped.load(Ordering::SeqCst)
    }

    /// How many connections to the server are open: a server that counts more has not yet seen that others are closed,
    /// and may still do what came by them.
    pub fn connections(&self) -> u64 {
        self.state.open.load(Ordering::SeqCst)
    }

    /// The commands that went through since the last call, by upper-case name.
    pub fn take_commands(&self) -> HashMap<String, u64> {
        std::mem::take(&mut self.state.commands.lock())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn forward(client: TcpStream, upstream: SocketAddr, state: &Arc<State>) -> std::io::Result<()> {
    let server = TcpStream::connect(upstream)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    state.connections.lock().extend([client.try_clone()?, server.try_clone()?]);
    state.open.fetch_add(1, Ordering::SeqCst);
    let line = Arc::<Line>::default();
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    let (shared, own) = (Arc::clone(state), Arc::clone(&line));
    std::thread::spawn(move || requests(from, to, &shared, &own));
    let (from, shared) = (server.try_clone()?, Arc::clone(state));
    let (arrived, due) = mpsc::channel();
    std::thread::spawn(move || arrivals(from, &shared, &arrived));
    let shared = Arc::clone(state);
    std::thread::spawn(move || replies(&due, &server, client, &shared, &line));
    Ok(())
}

/// One connection.
#[derive(Debug, Default)]
struct Line {
    /// Whether a script is under way.
    is_script: AtomicBool,
    /// Whether the next reply is late.
    is_late: AtomicBool,
}

impl State {
    /// What becomes of a command.
    fn fate(&self, name: &str) -> Option<Fault> {
        if self.held.lock().is_some_and(|held| held == name) {
            return Some(Fault::Lost);
        }
        let mut fault = self.fault.lock();
        match &mut *fault {
            Some((0, _)) => fault.take().map(|(_, fault)| fault),
            Some((after, _)) => {
                *after -= 1;
                None
            }
            None => None,
        }
    }
}

fn requests(mut from: TcpStream, mut to: TcpStream, state: &State, line: &Line) {
    let mut is_lost = false;
    let (mut chunk, mut pending) = ([0; 16_384], Vec::new());
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        if is_lost || state.is_black_hole.load(Ordering::SeqCst) {
            continue;
        }
        pending.extend_from_slice(&chunk[..count]);
        while let Some((name, length)) = command(&pending) {
            pending.drain(..length);
            line.is_script.fetch_or(name.starts_with("EVAL"), Ordering::SeqCst);
            match state.fate(&name) {
                Some(Fault::Lost) => is_lost = true,
                Some(Fault::Late) => line.is_late.store(true, Ordering::SeqCst),
                Some(Fault::Cut) => {
                    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
                    return;
                }
                None => {}
            }
            *state.commands.lock().entry(name).or_default() += 1;
        }
        if is_lost {
            continue;
        }
        state.see(&chunk[..count]);
        state.wait(false);
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Reads replies, each with the moment at which it is to be there: those that come together are delayed together.
fn arrivals(mut from: TcpStream, state: &State, arrived: &mpsc::Sender<(Instant, Vec<u8>)>) {
    let mut chunk = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let delay = Duration::from_millis(state.delay_millis.load(Ordering::SeqCst));
        if arrived.send((Instant::now() + delay, chunk[..count].to_vec())).is_err() {
            return;
        }
    }
}

fn replies(due: &mpsc::Receiver<(Instant, Vec<u8>)>, from: &TcpStream, mut to: TcpStream, state: &State, line: &Line) {
    for (at, mut chunk) in due {
        if let Some(left) = at.checked_duration_since(Instant::now()) {
            super::pause(left);
        }
        state.wait(true);
        if line.is_late.swap(false, Ordering::SeqCst) {
            super::pause(LATE);
        }
        if let Some((what, then)) = *state.said.lock() {
            let at = chunk.windows(what.len()).position(|part| part == what.as_bytes());
            if let Some(at) = at {
                chunk[at..at + what.len()].copy_from_slice(then.as_bytes());
            }
        }
        // A script that Redis does not know has not run.
        let has_run = line.is_script.swap(false, Ordering::SeqCst) && !chunk.starts_with(b"-NOSCRIPT");
        let left = |drops: u64| drops.checked_sub(1);
        if has_run && state.drops.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
            state.dropped.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if state.is_black_hole.load(Ordering::SeqCst) || to.write_all(&chunk).is_err() {
            break;
        }
    }
    // Before it ends: a count that is too low is waited for, one that is too high is believed.
    state.open.fetch_sub(1, Ordering::SeqCst);
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}

/// The first whole command of what was sent: its name and its length in bytes.
fn command(sent: &[u8]) -> Option<(String, usize)> {
    let (parts, mut at) = number(sent, 0, b'*')?;
    let mut name = None;
    for _ in 0..parts {
        let (length, start) = number(sent, at, b'$')?;
        let part = sent.get(start..start + length)?;
        name.get_or_insert_with(|| String::from_utf8_lossy(part).to_ascii_uppercase());
        at = start + length + 2;
    }
    (at <= sent.len()).then_some((name?, at))
}

/// The number of the line that begins there with that mark, and where the next begins.
fn number(sent: &[u8], at: usize, mark: u8) -> Option<(usize, usize)> {
    let end = at + sent.get(at..)?.windows(2).position(|pair| pair == b"\r\n")?;
    let line = sent.get(at..end)?.strip_prefix(&[mark])?;
    Some((std::str::from_utf8(line).ok()?.parse().ok()?, end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_named_once_they_are_whole() {
        let sent = b"*2\r\n$7\r\nevalsha\r\n$2\r\n\r\n\r\n*1\r\n$4\r\nPING\r\n";
        assert_eq!(command(sent), Some(("EVALSHA".to_owned(), 25)));
        assert_eq!(command(&sent[25..]), Some(("PING".to_owned(), 14)));
        assert!((0..25).all(|length| command(&sent[..length]).is_none()));
    }
}
