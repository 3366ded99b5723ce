//! What becomes of connections whose clients send slowly, too little, or what is no HTTP.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use actix_web::rt::System;
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use listener::{Options, Refused, serve};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

const HEAD: Duration = Duration::from_millis(1500);
/// How long an end may take on a busy machine: less than the connection is kept.
const PATIENCE: Duration = Duration::from_secs(30);
const GOOD: &str = "GET /read HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED: &str = "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The one server of these tests.
fn server() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let options = Options {
            workers: 1,
            head_timeout: HEAD,
            keep_alive: Duration::from_mins(5),
            shutdown_timeout: Duration::from_secs(1),
            max_connections: 100,
        };
        let app = || App::new().default_service(web::to(answer));
        thread::spawn(move || System::new().block_on(async move { serve(socket, options, None, |_| {}, app)?.await }));
        address
    })
}

/// Reads a body whole at `/read`, gives it up after a while at `/late`, and looks at none elsewhere.
async fn answer(request: HttpRequest, mut payload: web::Payload) -> HttpResponse {
    let read = async { while let Some(Ok(_)) = payload.next().await {} };
    let status = match (Refused::of(&request), request.path()) {
        (Some(refused), _) => refused.status().as_u16(),
        (None, "/read") => {
            read.await;
            200
        }
        (None, "/late") => tokio::time::timeout(HEAD, read).await.map_or(408, |()| 200),
        _ => 404,
    };
    let mut response = HttpResponse::build(status.try_into().unwrap());
    response.insert_header(("answered-by", "the handler")).body(status.to_string())
}

/// Sends `first` and then `more` again and again. The answers, and how long the connection lived.
fn drip(first: &str, more: &str) -> (String, Duration) {
    let mut connection = TcpStream::connect(server()).unwrap();
    let started = Instant::now();
    connection.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    connection.write_all(first.as_bytes()).unwrap();
    let (mut answers, mut bytes) = (Vec::new(), [0; 4096]);
    while started.elapsed() < PATIENCE {
        match connection.read(&mut bytes) {
            Ok(0) => return (String::from_utf8(answers).unwrap(), started.elapsed()),
            Ok(length) => answers.extend_from_slice(&bytes[..length]),
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {}
            Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&answers)),
        }
        // Once the other side has closed, this fails sooner or later; what it has sent is still read.
        let _ = connection.write_all(more.as_bytes());
    }
    panic!("{first:?} and {more:?} hold the connection: {}", String::from_utf8_lossy(&answers));
}

/// All at once: each of these waits.
fn end(cases: &[(String, &'static str, &'static [u16])]) {
    let wait = |(first, more, expected): &(String, &'static str, &'static [u16])| {
        let (first, more, expected) = (first.clone(), *more, *expected);
        thread::spawn(move || {
            let (answers, _) = drip(&first, more);
            let statuses: Vec<u16> =
                answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect();
            assert_eq!(statuses, expected, "{first:?} and {more:?}");
            let last = answers.rsplit("HTTP/1.1 ").next().unwrap();
            assert!(last.contains("connection: close\r\n"), "{first:?} and {more:?}: {answers}");
            assert_eq!(answers.matches("connection: close").count(), 1, "{first:?} and {more:?}: {answers}");
            assert_eq!(answers.matches("the handler").count(), expected.len(), "{first:?} and {more:?}: {answers}");
        })
    };
    for case in cases.iter().map(wait).collect::<Vec<_>>() {
        case.join().unwrap();
    }
}

#[test]
fn each_head_has_its_deadline() {
    let after = |head: &str| format!("{GOOD}{head}");
    end(&[
        ("GET / HTTP/1.1\r\nX: ".to_owned(), "a", &[408]),
        ("GET / HT".to_owned(), "", &[408]),
        ("\r\n".to_owned(), "\r\n", &[408]),
        (after("GET / HTTP/1.1\r\nX: "), "a", &[200, 408]),
        (after("GET / HT"), "", &[200, 408]),
        (after("\r\n"), "\r\n", &[200, 408]),
        (format!("{GOOD}{GOOD}{GOOD}G"), "", &[200, 200, 200, 408]),
        (format!("POST /read {CHUNKED}1\r\na\r\n0\r\n\r\nGET"), "", &[200, 408]),
        ("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabG".to_owned(), "", &[200, 408]),
    ]);
}

#[test]
fn a_client_that_says_nothing_is_not_kept() {
    let (answers, lived) = drip("", "");
    assert!(answers.is_empty() && lived > HEAD / 2, "{lived:?}: {answers}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it waits on a thread of its own")]
fn an_idle_connection_is_kept() {
    let mut connection = TcpStream::connect(server()).unwrap();
    for _ in 0..2 {
        connection.write_all(GOOD.as_bytes()).unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        thread::sleep(HEAD * 2);
        connection.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        while let Ok(1..) = connection.read(&mut [0; 4096]) {}
        connection.set_read_timeout(None).unwrap();
    }
}

/// What comes before a request's body has come to its end is the connection's last answer, whatever ends it.
#[test]
fn an_answer_before_the_bodys_end_is_the_last() {
    let mut cases = Vec::new();
    for (path, status) in [("/late", &[408][..]), ("/none", &[404][..])] {
        let long = |path| format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
        cases.extend([
            (format!("POST {path} {CHUNKED}1\r\n"), "", status),
            (format!("POST {path} {CHUNKED}"), "1\r\na\r\n", status),
            (format!("POST {path} {CHUNKED}1;"), "a", status),
            (format!("POST {path} {CHUNKED}0\r\n"), "a: b\r\n", status),
            (format!("POST {path} {CHUNKED}"), "", status),
            (long(path), "a", status),
            (long(path), "", status),
        ]);
    }
    let kept: Vec<_> = cases.iter().map(|(first, more, _)| (format!("{GOOD}{first}"), *more)).collect();
    let late = kept.iter().take(cases.len() / 2).map(|(first, more)| (first.clone(), *more, &[200, 408][..]));
    cases.extend(late);
    end(&cases);
}

#[test]
fn who_waits_for_leave_is_answered_without_it() {
    for (path, expected) in [("/none", "HTTP/1.1 404"), ("/read", "HTTP/1.1 100")] {
        let mut connection = TcpStream::connect(server()).unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        connection.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), expected, "{path}");
    }
}

/// Each byte at each place of a second head: the framework refuses none that is handed to it, for it would close
/// without a word, and log an error.
#[test]
fn what_is_admitted_the_framework_admits() {
    for (before, after) in [
        ("", "GET /a HTTP/1.1\r\nHost: a\r\n"),
        ("G", "T /a HTTP/1.1\r\nHost: a\r\n"),
        ("GET", " /a HTTP/1.1\r\nHost: a\r\n"),
        ("GET /a", "b?c HTTP/1.1\r\nHost: a\r\n"),
        ("GET http://a", "b/ HTTP/1.1\r\nHost: a\r\n"),
        ("GET /a HTTP/1.1", "\r\nHost: a\r\n"),
        ("GET /a HTTP/1.1\r\nHost: a\r\nX", "Y: b\r\n"),
        ("GET /a HTTP/1.1\r\nHost: a\r\nX: b", "c\r\n"),
    ] {
        for byte in 0..=u8::MAX {
            let mut connection = TcpStream::connect(server()).unwrap();
            let head = [GOOD.as_bytes(), before.as_bytes(), &[byte], after.as_bytes(), b"Connection: close\r\n\r\n"];
            connection.write_all(&head.concat()).unwrap();
            let mut answers = Vec::new();
            connection.read_to_end(&mut answers).unwrap();
            let answers = String::from_utf8(answers).unwrap();
            let shown = head[1..].concat().escape_ascii().to_string();
            assert_eq!(answers.matches("the handler").count(), 2, "{shown}: {answers}");
            assert_eq!(answers.matches("connection: close").count(), 1, "{shown}: {answers}");
        }
    }
}
