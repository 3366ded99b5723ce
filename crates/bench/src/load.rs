//! The load generator: a closed loop over kept connections, on one thread, its requests made beforehand.

use crate::chain::Chain;
use crate::http;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any answer measured; a longer one is an error, not a reason to grow.
const BUFFER: usize = 64 * 1024;
/// How long after the end of a run an answer may still come before the server counts as hung.
const GRACE: Duration = Duration::from_secs(10);

/// What to send, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub addr: SocketAddr,
    /// Whole requests, sent in turn; each connection begins at its own place among them.
    pub requests: Vec<String>,
    /// Which request follows which.
    pub order: Order,
    /// Connections, each with one request in flight.
    pub connections: usize,
    /// Time before counting begins.
    pub warmup: Duration,
    /// Time counted.
    pub measure: Duration,
}

/// Which request follows which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// All in turn, again and again, until the time is over.
    Round,
    /// Each is sent once, by whichever connection is free: the run ends when all are answered.
    Once,
    /// Each connection begins with a request of its own, and sends it again with what the answer has under this name
    /// in the place of what was sent.
    Chain(String),
}

/// What came back. Latencies are in microseconds, from the previous answer's arrival to this one's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Answers that arrived within the time counted.
    pub requests: u64,
    /// The time counted.
    pub seconds: f64,
    /// Answers per second.
    pub rps: f64,
    /// Answers by status code.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections opened, warm-up included: more than planned means that the server closed some.
    pub connections_opened: u64,
    /// The median latency.
    pub p50_us: u32,
    /// The 99th percentile.
    pub p99_us: u32,
    /// The longest.
    pub max_us: u32,
}

/// How long a run may take that ends with its requests.
const ONCE: Duration = Duration::from_mins(5);

#[derive(Default)]
struct Tally {
    statuses: BTreeMap<u16, u64>,
    opened: u64,
    latencies: Vec<u32>,
}

/// Runs `plan`; the error is a connection refused, an answer that cannot be read, or a server that hangs.
pub async fn run(plan: Plan) -> Result<Report> {
    if plan.requests.is_empty() || plan.connections == 0 {
        return Err(Error::new(ErrorKind::InvalidInput, "nothing to send"));
    }
    if matches!(plan.order, Order::Chain(_)) && plan.requests.len() < plan.connections {
        return Err(Error::new(ErrorKind::InvalidInput, "fewer chains than connections"));
    }
    let plan = Arc::new(plan);
    let once = plan.order == Order::Once;
    // Requests that are each sent once may all be answered before a warm-up is over: nothing would be left to count.
    let begin = Instant::now() + if once { Duration::ZERO } else { plan.warmup };
    let end = begin + if once { ONCE } else { plan.measure };
    let shared = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..plan.connections)
        .map(|n| {
            let turns = match &plan.order {
                Order::Once => Turns::Once(Arc::clone(&shared)),
                Order::Round => Turns::Round(n * plan.requests.len() / plan.connections),
                Order::Chain(_) => Turns::Always(n),
            };
            tokio::spawn(drive(Arc::clone(&plan), turns, begin, end))
        })
        .collect();
    let mut total = Tally::default();
    for task in tasks {
        let left = (end + GRACE).saturating_duration_since(Instant::now());
        let tally = tokio::time::timeout(left, task)
            .await
            .map_err(|_| Error::new(ErrorKind::TimedOut, "an answer did not come"))?
            .map_err(Error::other)??;
        total.opened += tally.opened;
        total.latencies.extend(tally.latencies);
        for (status, count) in tally.statuses {
            *total.statuses.entry(status).or_default() += count;
        }
    }
    let measured = if once { begin.elapsed() } else { plan.measure };
    Ok(report(total, measured))
}

/// Which request a connection sends next.
enum Turns {
    /// Every one again and again, from here.
    Round(usize),
    /// The next that no connection has sent.
    Once(Arc<AtomicUsize>),
    /// This one.
    Always(usize),
}

impl Turns {
    fn next(&mut self, count: usize) -> Option<usize> {
        match self {
            Self::Round(at) => {
                let turn = *at % count;
                *at = turn + 1;
                Some(turn)
            }
            Self::Always(turn) => Some(*turn),
            Self::Once(shared) => Some(shared.fetch_add(1, Ordering::Relaxed)).filter(|turn| *turn < count),
        }
    }
}

fn report(mut total: Tally, measure: Duration) -> Report {
    total.latencies.sort_unstable();
    let count = total.latencies.len();
    let at = |percent: usize| total.latencies.get((count * percent / 100).min(count.saturating_sub(1))).copied();
    Report {
        requests: count as u64,
        seconds: measure.as_secs_f64(),
        rps: count as f64 / measure.as_secs_f64(),
        statuses: total.statuses,
        connections_opened: total.opened,
        p50_us: at(50).unwrap_or(0),
        p99_us: at(99).unwrap_or(0),
        max_us: at(100).unwrap_or(0),
    }
}

/// One connection after another until `end`: a new one only when the server closed the last.
async fn drive(plan: Arc<Plan>, mut turns: Turns, begin: Instant, end: Instant) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut buffer = vec![0; BUFFER];
    let Some(mut turn) = turns.next(plan.requests.len()) else { return Ok(tally) };
    let mut chain = match &plan.order {
        Order::Chain(name) => Some(Chain::new(&plan.requests[turn], name).map_err(Error::other)?),
        _ => None,
    };
    loop {
        let mut stream = TcpStream::connect(plan.addr).await?;
        stream.set_nodelay(true)?;
        tally.opened += 1;
        let mut answered = false;
        let mut sent = Instant::now();
        loop {
            let request = chain.as_ref().map_or(plan.requests[turn].as_bytes(), Chain::request);
            let answer = match exchange(&mut stream, request, &mut buffer).await {
                Ok(answer) => answer,
                // A server may close a connection it has answered on; one that closes a fresh one serves nobody.
                Err(error) if answered && closed(&error) => break,
                Err(error) => return Err(error),
            };
            if let Some(chain) = chain.as_mut().filter(|_| answer.status == 200) {
                chain.follow(&buffer[..answer.length]).map_err(Error::other)?;
            }
            let now = Instant::now();
            if now >= end && plan.order != Order::Once {
                return Ok(tally);
            }
            if now >= begin {
                *tally.statuses.entry(answer.status).or_default() += 1;
                tally.latencies.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
            }
            (answered, sent) = (true, now);
            turn = match turns.next(plan.requests.len()) {
                Some(next) => next,
                None => return Ok(tally),
            };
            if !answer.keep {
                break;
            }
        }
    }
}

fn closed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut [u8]) -> Result<http::Answer> {
    stream.write_all(request).await?;
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..]).await? {
            0 if filled == buffer.len() => return Err(Error::other("the answer is longer than the buffer")),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
        match http::answer(&buffer[..filled]).map_err(Error::other)? {
            Some(answer) if answer.length == filled => return Ok(answer),
            Some(answer) if answer.length < filled => return Err(Error::other("more bytes than the answer has")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Serves `per_connection` answers on each connection, then closes it without a word.
    async fn server(per_connection: usize, answer: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut request = [0; 1024];
                    for _ in 0..per_connection {
                        if !matches!(stream.read(&mut request).await, Ok(1..))
                            || stream.write_all(answer).await.is_err()
                        {
                            return;
                        }
                    }
                });
            }
        });
        addr
    }

    fn plan(addr: SocketAddr) -> Plan {
        Plan {
            addr,
            requests: vec![http::post("/", &[], "a=1")],
            order: Order::Round,
            connections: 2,
            warmup: Duration::ZERO,
            measure: Duration::from_millis(50),
        }
    }

    #[tokio::test]
    async fn a_request_that_is_sent_once_is_not_sent_again() {
        let addr = server(usize::MAX, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let requests = vec![http::post("/", &[], "a=1"); 25];
        let report = run(Plan { requests, order: Order::Once, ..plan(addr) }).await.unwrap();
        assert_eq!((report.requests, report.connections_opened), (25, 2));
    }

    #[tokio::test]
    async fn counts_answers_and_keeps_its_connections() {
        let addr = server(usize::MAX, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        let report = run(plan(addr)).await.unwrap();
        assert_eq!(report.connections_opened, 2);
        assert!(report.requests > 10, "{report:?}");
        assert_eq!(report.statuses, BTreeMap::from([(200, report.requests)]));
        assert!(report.p50_us <= report.p99_us && report.p99_us <= report.max_us);
    }

    #[tokio::test]
    async fn counts_the_connections_a_server_closes() {
        let addr = server(3, b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        let report = run(plan(addr)).await.unwrap();
        assert!(report.connections_opened > 2, "{report:?}");
        assert_eq!(report.statuses.keys().collect::<Vec<_>>(), [&400]);
        let addr = server(9, b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
        let report = run(plan(addr)).await.unwrap();
        assert!(report.connections_opened > report.requests, "{report:?}");
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_an_error() {
        let addr = server(0, b"").await;
        assert!(closed(&run(plan(addr)).await.unwrap_err()));
        let addr = server(1, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nmore").await;
        assert!(run(plan(addr)).await.unwrap_err().to_string().contains("more bytes"));
    }
}
