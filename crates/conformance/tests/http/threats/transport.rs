//! Cases 8 and 12 to 14: what HTTP itself may not be.

use super::{BITS, BIZZASSURE, BODY_MS, HEAD_MS, Target, all, gateway, granted, refused};
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use testkit::http::{Connection, Response};

/// How long an end may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn too_large(target: &Target) -> (u16, &'static str) {
    (413, target.invalid_request.1)
}

#[test]
fn t08_a_large_body_costs_no_memory_and_keeps_the_connection() -> Result<()> {
    let body = vec![b'a'; 10 << 20];
    for target in all()? {
        granted(target, &target.good())?;
    }
    let before = peak_memory_kb()?;
    for target in all()? {
        refused(target, &target.with_body(&body), too_large(target))?;
        // The length need not be known at first.
        let mut chunked = target.post(&[target.media(), ("Transfer-Encoding", "chunked")], b"");
        for _ in 0..160 {
            chunked.extend_from_slice(b"10000\r\n");
            chunked.extend_from_slice(&body[..0x10000]);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        refused(target, &chunked, too_large(target))?;
    }
    // Long enough to tell a body that is kept from what the allocator keeps for a while.
    refused(&BIZZASSURE, &BIZZASSURE.with_body(&vec![b'a'; 60 << 20]), too_large(&BIZZASSURE))?;
    let grown = peak_memory_kb()? - before;
    assert!(grown < 30 << 10, "bodies of 60 MB and less made the gateway grow by {grown} kB");
    Ok(())
}

/// The most memory the gateway has ever held, in kB.
#[cfg(target_os = "linux")]
fn peak_memory_kb() -> Result<i64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway()?.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Systems without /proc only learn whether the refusals hold.
#[cfg(not(target_os = "linux"))]
fn peak_memory_kb() -> Result<i64> {
    Ok(0)
}

/// Sends bytes that are no acceptable HTTP: an empty answer with that status, and the connection closed.
fn cut_off(bytes: &[u8], status: u16) -> Result<()> {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let mut connection = Connection::open(gateway()?.public())?;
    connection.send(bytes)?;
    let response = connection.receive().with_context(|| shown.clone())?;
    ensure!(response.status == status, "{shown}\nexpected {status}, got {} {}", response.status, response.text());
    ensure!(response.body.is_empty(), "{shown}\na body: {}", response.text());
    ensure!(connection.is_closed_within(PATIENCE)?, "{shown}\nthe connection is still open");
    Ok(())
}

#[test]
fn t12_ambiguous_framing_and_hosts() -> Result<()> {
    for target in all()? {
        let start = format!("POST {} HTTP/1.1\r\n", target.path);
        let (name, media) = target.media();
        let head = format!("{start}Host: {}\r\n{name}: {media}\r\n", target.host);
        for bad in [
            format!("{head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n"),
            format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\na=b\r\n0\r\n\r\n"),
            format!("{head}Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b"),
            format!("{head}Content-Length: 3\r\nContent-Length: 5\r\n\r\na=b&c"),
            format!("{head}Content-Length: +3\r\n\r\na=b"),
            format!("{head}Host: {}\r\nContent-Length: 3\r\n\r\na=b", target.host),
            format!("{head}host: other.test\r\nContent-Length: 3\r\n\r\na=b"),
            format!("{start}{name}: {media}\r\nContent-Length: 3\r\n\r\na=b"),
        ] {
            cut_off(bad.as_bytes(), 400)?;
        }
    }
    Ok(())
}

#[test]
fn t13_too_many_headers() -> Result<()> {
    for target in all()? {
        let good = String::from_utf8(target.good())?;
        let (head, body) = good.split_once("\r\n\r\n").context("a head")?;
        let with = |total: usize| {
            let more = total - head.matches("\r\n").count();
            format!("{head}\r\n{}\r\n{body}", "X-More: 1\r\n".repeat(more))
        };
        granted(target, with(60).as_bytes())?;
        cut_off(with(97).as_bytes(), 431)?;
    }
    Ok(())
}

#[test]
fn t14_a_slow_head() -> Result<()> {
    let mut connection = Connection::open(gateway()?.public())?;
    let started = Instant::now();
    connection.send(b"POST /v1/oauth2/token HTTP/1.1\r\nHost: api.bits.bi\r\nX-Slow: ")?;
    let response = connection.receive()?;
    not_before(started, HEAD_MS)?;
    ensure!(response.status == 408 && response.body.is_empty(), "{} {}", response.status, response.text());
    ensure!(connection.is_closed_within(PATIENCE)?, "the connection is still open");
    Ok(())
}

/// A connection that says nothing is owed no answer, but it is not kept.
#[test]
fn t14_no_head_at_all() -> Result<()> {
    let mut connection = Connection::open(gateway()?.public())?;
    let started = Instant::now();
    if let Ok(response) = connection.receive() {
        ensure!(response.status == 408 && response.body.is_empty(), "{} {}", response.status, response.text());
    }
    not_before(started, HEAD_MS)
}

#[test]
fn t14_a_slow_body() -> Result<()> {
    let ask = |target: &'static Target| {
        std::thread::spawn(move || -> Result<(&Target, Response)> {
            let request = target.post(&[target.media(), ("Content-Length", "100")], b"grant");
            let mut connection = Connection::open(gateway()?.public())?;
            let started = Instant::now();
            connection.send(&request)?;
            let response = connection.receive()?;
            not_before(started, BODY_MS)?;
            Ok((target, response))
        })
    };
    for thread in all()?.iter().map(ask).collect::<Vec<_>>() {
        let (target, response) = thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        assert_eq!(response.status, 408, "{}", target.mount);
        assert!(response.text().contains(target.invalid_request.1), "{}: {}", target.mount, response.text());
    }
    granted(&BITS, &BITS.good())?;
    Ok(())
}

/// The answer, which must say that it is the last, and be it.
fn last(connection: &mut Connection, status: u16) -> Result<Response> {
    let response = connection.receive()?;
    ensure!(response.status == status, "{} {}", response.status, response.text());
    ensure!(response.header("Connection") == Some("close"), "{response:?}");
    ensure!(connection.is_closed_within(PATIENCE)?, "the connection is still open");
    Ok(response)
}

#[test]
fn t14_a_slow_head_after_an_answer() -> Result<()> {
    for slow in ["POST /v1/oauth2/token HTTP/1.1\r\nHost: api.bits.bi\r\nX-Slow: ", "P", "\r\n"] {
        let mut connection = Connection::open(gateway()?.public())?;
        ensure!(connection.exchange(&BITS.good())?.status == 200, "no answer before {slow:?}");
        let started = Instant::now();
        connection.send(slow.as_bytes())?;
        let response = last(&mut connection, 408).with_context(|| format!("{slow:?}"))?;
        ensure!(response.body.is_empty(), "{response:?}");
        not_before(started, HEAD_MS)?;
    }
    Ok(())
}

/// At every listener: what does not end is answered in time, and its connection ends with the answer.
#[test]
fn t14_a_chunked_body_that_does_not_end() -> Result<()> {
    let (public, admin) = (gateway()?.public(), gateway()?.admin_address());
    let metrics = gateway()?.metrics().context("a listener for metrics")?;
    let mut cases = vec![
        (public, "/nowhere".to_owned(), 404),
        (public, "/bits/no".to_owned(), 404),
        (public, "/_gateway/verify/bits".to_owned(), 401),
        (admin, "/v1/clock".to_owned(), 408),
        (admin, "/nowhere".to_owned(), 408),
        (metrics, "/nowhere".to_owned(), 404),
    ];
    cases.extend(all()?.iter().map(|target| (public, format!("/{}{}", target.mount, target.path), 408)));
    let waits = cases.into_iter().map(|(address, path, status)| {
        std::thread::spawn(move || -> Result<()> {
            for begun in ["", "1\r\n", "1;", "1\r\na\r\n0\r\na: b\r\n"] {
                let mut connection = Connection::open(address)?;
                let media = "Content-Type: application/x-www-form-urlencoded";
                let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{media}\r\nTransfer-Encoding: chunked");
                connection.send(format!("{head}\r\n\r\n{begun}").as_bytes())?;
                last(&mut connection, status).with_context(|| format!("{path} with {begun:?}"))?;
            }
            Ok(())
        })
    });
    for wait in waits.collect::<Vec<_>>() {
        wait.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok(())
}

/// A client that waits for leave to send what is too long gets none (RFC 9110 section 10.1.1).
#[test]
fn t14_no_leave_for_a_body_that_is_too_long() -> Result<()> {
    for target in all()? {
        for (length, begins) in [("999999999", "HTTP/1.1 413 "), ("100", "HTTP/1.1 100 ")] {
            let request = target.post(&[target.media(), ("Expect", "100-continue"), ("Content-Length", length)], b"");
            let mut stream = std::net::TcpStream::connect(gateway()?.public())?;
            stream.set_read_timeout(Some(PATIENCE))?;
            std::io::Write::write_all(&mut stream, &request)?;
            let mut answer = [0; 13];
            std::io::Read::read_exact(&mut stream, &mut answer)?;
            ensure!(answer == begins.as_bytes(), "{}: {}", target.mount, String::from_utf8_lossy(&answer));
        }
    }
    Ok(())
}

fn ms(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

/// Not before the deadline: else it was no deadline that answered. That it did at all, the client's own patience says.
fn not_before(started: Instant, deadline_ms: u32) -> Result<()> {
    let (taken, deadline) = (started.elapsed(), ms(deadline_ms));
    ensure!(taken > deadline / 2, "answered after {taken:?}, the deadline is {deadline:?}");
    Ok(())
}
