//! A request on trial: sent to the public listener over the network, as a client would, so that what is seen is what a client
//! sees.

use super::Call;
use super::problem::Problem;
use actix_web::http::StatusCode;
use admin_api::{Field, Trial, TrialSpec};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use surface::mounts::Mount;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer that is shown, in bytes.
const MOST: usize = 1024 * 1024;
/// The longest path, in bytes.
const PATH: usize = 8000;
/// Header fields that are the connection's own, or added.
const OWN: [&str; 6] = ["host", "connection", "content-length", "transfer-encoding", "upgrade", "expect"];
/// How many may be under way at once.
static PLACES: Semaphore = Semaphore::const_new(8);

pub(super) async fn send(call: &Call, spec: TrialSpec) -> Result<Trial, Problem> {
    let mount = call.mount()?;
    check(&spec)?;
    if call.app().settings.text(configuration::settings::TLS_CERTIFICATE).is_some()
        || call.app().settings.value(configuration::settings::TLS_DEVELOPMENT)
    {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "the public listener speaks TLS, and requests on trial go to it in the clear",
            "send the request with curl; the console writes the command",
        ));
    }
    let _place = PLACES.try_acquire().map_err(|_| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "8 requests are on trial already", "wait until one is answered")
    })?;
    let request = written(mount, &spec);
    let (started, before) = (Instant::now(), call.world.journal.last());
    let mut answer = Vec::new();
    let came = timeout(PATIENCE, exchange(reachable(call.app().listen), &request, &mut answer)).await;
    let took = started.elapsed();
    let ended = match came {
        Ok(Ok(())) if is_whole(&answer, &spec.method) => "answered",
        Ok(Err(error)) if answer.is_empty() && error.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Err(Problem::internal(&format!("the public listener cannot be reached: {error}")));
        }
        Ok(_) => "closed",
        Err(_) => "waiting",
    };
    let path = path_of(mount, &spec);
    let path = path.split('?').next().unwrap_or_default();
    let mut own = call.world.journal.oldest_first(before).filter(|entry| entry.path == path);
    let (first, other) = (own.next(), own.next());
    Ok(Trial {
        request: String::from_utf8_lossy(&request).into_owned(),
        answer: String::from_utf8_lossy(&answer).into_owned(),
        ended: ended.to_owned(),
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        // Of two at once nobody knows which is which.
        number: first.filter(|_| other.is_none()).map(|entry| entry.number),
    })
}

fn check(spec: &TrialSpec) -> Result<(), Problem> {
    let bad = |detail: String, remedy: &str| Err(Problem::bad_request(detail, remedy.to_owned()));
    if spec.method.is_empty() || spec.method.len() > 16 || !spec.method.bytes().all(|b| b.is_ascii_uppercase()) {
        return bad("`method` is no method in capitals".to_owned(), "send one such as POST");
    }
    let is_path = spec.path.starts_with('/') && spec.path.len() <= PATH;
    if !is_path || !spec.path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return bad("`path` is no path of visible ASCII that begins with a slash".to_owned(), "percent-encode it");
    }
    if spec.headers.len() > 64 {
        return bad(format!("there are {} header fields", spec.headers.len()), "send 64 at most");
    }
    for Field { name, value } in &spec.headers {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let is_right = !name.is_empty() && name.len() <= 64 && name.bytes().all(is_name);
        if !is_right || OWN.contains(&name.to_ascii_lowercase().as_str()) {
            return bad(
                format!("`{}` is no header field to send here", name.escape_debug()),
                "send a name of letters, digits and hyphens that is not the connection's own",
            );
        }
        let is_padded = value.trim() != value;
        if is_padded || value.len() > PATH || !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return bad(format!("the value of `{name}` is not visible ASCII in one line"), "encode it");
        }
    }
    Ok(())
}

/// The whole path: what names the namespace, the mount's name, and the vendor's path.
fn path_of(mount: &Mount, spec: &TrialSpec) -> String {
    let below = mount.base_url.split_once("://").map_or("", |(_, rest)| rest);
    let base = below.find('/').map_or("", |at| &below[at..]);
    format!("{base}{}", spec.path)
}

fn written(mount: &Mount, spec: &TrialSpec) -> Vec<u8> {
    let authority = mount.base_url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {authority}\r\n", spec.method, path_of(mount, spec));
    for Field { name, value } in &spec.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if let Some(body) = &spec.body {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    head.push_str("Connection: close\r\n\r\n");
    head.push_str(spec.body.as_deref().unwrap_or_default());
    head.into_bytes()
}

/// Where a listener is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn exchange(to: SocketAddr, request: &[u8], answer: &mut Vec<u8>) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(request).await?;
    let most = u64::try_from(MOST).unwrap_or(u64::MAX);
    stream.take(most).read_to_end(answer).await.map(drop)
}

/// Whether an answer came to its end.
fn is_whole(answer: &[u8], method: &str) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let body = answer.len() - answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let field = |name: &str| {
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let status = head.split(' ').nth(1).unwrap_or_default();
    if method == "HEAD" || ["204", "304"].contains(&status) {
        return true;
    }
    match field("content-length") {
        Some(length) => length.parse().is_ok_and(|length: usize| body >= length),
        None if field("transfer-encoding").is_some() => answer.ends_with(b"0\r\n\r\n"),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_where_its_length_says_so() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        assert!(is_whole(format!("{head}ok").as_bytes(), "GET"));
        assert!(!is_whole(format!("{head}o").as_bytes(), "GET"));
        assert!(is_whole(head.as_bytes(), "HEAD"));
        assert!(!is_whole(b"", "GET") && !is_whole(b"HTTP/1.1 200", "GET"));
        assert!(is_whole(b"HTTP/1.1 204 No Content\r\n\r\n", "POST"));
    }

    #[test]
    fn what_would_be_two_requests_is_refused() {
        let spec = |name: &str, value: &str| TrialSpec {
            method: "GET".to_owned(),
            path: "/a".to_owned(),
            headers: vec![Field { name: name.to_owned(), value: value.to_owned() }],
            body: None,
        };
        assert!(check(&spec("Accept", "a/b")).is_ok());
        for (name, value) in [("a", "b\r\nc: d"), ("a\r\nb", "c"), ("Host", "x"), ("Content-length", "1"), ("a", " b")]
        {
            assert!(check(&spec(name, value)).is_err(), "{name:?} {value:?}");
        }
        let odd = TrialSpec { path: "/a b".to_owned(), ..spec("a", "b") };
        assert!(check(&odd).is_err() && check(&TrialSpec { method: "GET /".to_owned(), ..spec("a", "b") }).is_err());
    }
}
