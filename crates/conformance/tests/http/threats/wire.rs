//! What a stranger's bytes make of a connection: offers to upgrade it, heads without end, and how it is closed.

use super::{BITS, all, gateway};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::time::Duration;
use testkit::http::{self, Connection, Response};

/// How long a busy machine may take to close a connection.
const PATIENCE: Duration = Duration::from_secs(30);
const LIVE: &str = "/_gateway/health/live";
const DISCOVERY: &str = "/brighthr-sandbox/.well-known/openid-configuration";

fn get(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    http::request("GET", path, &[&[("Host", "localhost")], headers].concat(), b"")
}

/// A target at each listener.
fn listeners() -> Result<[(SocketAddr, &'static str); 3]> {
    let gateway = gateway()?;
    let metrics = gateway.metrics().context("a listener for metrics")?;
    Ok([(gateway.public(), DISCOVERY), (gateway.admin_address(), "/v1/mounts"), (metrics, "/metrics")])
}

/// The answer says nothing of the connection, which is kept.
fn is_kept(response: &Response) -> Result<()> {
    ensure!(response.header("Connection").is_none() && response.header("Upgrade").is_none(), "{response:?}");
    Ok(())
}

/// The answer is that status, empty, and the last one; and it says so.
fn is_last(connection: &mut Connection, status: u16) -> Result<()> {
    let response = connection.receive()?;
    ensure!(response.status == status && response.body.is_empty(), "{status}: {response:?}");
    ensure!(response.header("Connection") == Some("close"), "{response:?}");
    ensure!(connection.is_closed_within(PATIENCE)?, "the connection is still open");
    Ok(())
}

#[test]
fn n01_an_upgrade_offer_is_ignored_at_every_listener() -> Result<()> {
    for (address, path) in listeners()? {
        let mut connection = Connection::open(address)?;
        for offer in ["websocket", "h2c", "TLS/1.2"] {
            for connection_field in ["Upgrade", "keep-alive, upgrade"] {
                let request = get(path, &[("Connection", connection_field), ("Upgrade", offer)]);
                let response = connection.exchange(&request).with_context(|| format!("{path}: {offer}"))?;
                ensure!(response.status == 200, "{path}, {offer}: {response:?}");
                is_kept(&response)?;
            }
        }
    }
    Ok(())
}

#[test]
fn n01_an_offer_takes_no_body_away() -> Result<()> {
    for target in all()? {
        let good = String::from_utf8(target.good())?;
        let offer = "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Type";
        let mut connection = Connection::open(gateway()?.public())?;
        for _ in 0..2 {
            let response = connection.exchange(good.replacen("\r\nContent-Type", offer, 1).as_bytes())?;
            ensure!(response.status == 200, "{}: {response:?}", target.mount);
            is_kept(&response)?;
        }
    }
    Ok(())
}

#[test]
fn n01_no_length_is_no_body() -> Result<()> {
    for method in ["DELETE", "PATCH", "FOO"] {
        let request = http::request(method, BITS.path, &[("Host", BITS.host)], b"");
        let response = http::exchange(gateway()?.public(), &request)?;
        ensure!(response.status == 405, "{method}: {response:?}");
    }
    let mut connection = Connection::open(gateway()?.public())?;
    connection.send(b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n")?;
    is_last(&mut connection, 501)
}

/// As the JDK's client asks by default, a whole run of it on one connection.
#[test]
fn n02_a_connection_that_is_offered_h2c_lasts() -> Result<()> {
    let good = String::from_utf8(BITS.good())?;
    let offer = "\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\
                 \r\nUpgrade: h2c\r\nContent-Type";
    let request = good.replacen("\r\nContent-Type", offer, 1);
    let mut connection = Connection::open(gateway()?.public())?;
    for at in 0..300 {
        let response = connection.exchange(request.as_bytes()).with_context(|| format!("request {at}"))?;
        ensure!(response.status == 200, "request {at}: {response:?}");
        is_kept(&response)?;
    }
    Ok(())
}

#[test]
fn n03_a_long_name_is_refused_after_the_answers_before_it() -> Result<()> {
    let with_name = |length: usize| [b"GET / HTTP/1.1\r\nHost: a\r\n", &*vec![b'n'; length], b": v\r\n\r\n"].concat();
    for (address, path) in listeners()? {
        for length in [8 * 1024 + 1, 65_536, 1 << 20] {
            let mut connection = Connection::open(address)?;
            connection.send(&get(path, &[]))?;
            connection.send(&with_name(length))?;
            let before = connection.receive().with_context(|| format!("{path}: {length}"))?;
            ensure!(before.status == 200, "{path}: {before:?}");
            is_kept(&before)?;
            is_last(&mut connection, 431).with_context(|| format!("{path}: a name of {length} bytes"))?;
        }
        let mut connection = Connection::open(address)?;
        let response = connection.exchange(&get(path, &[(&"n".repeat(8 * 1024), "v")]))?;
        ensure!(response.status == 200, "{path}: {response:?}");
    }
    ensure!(!gateway()?.logs()?.contains("panic"), "something has panicked");
    Ok(())
}

#[test]
fn n03_a_head_that_does_not_end_is_refused() -> Result<()> {
    for part in ["GET /", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n"] {
        let mut connection = Connection::open(gateway()?.public())?;
        connection.send(part.as_bytes())?;
        connection.send(&b"a".repeat(200_000))?;
        is_last(&mut connection, 431).with_context(|| part.to_owned())?;
    }
    Ok(())
}

#[test]
fn n05_malformed_requests_are_lines_like_refusals() -> Result<()> {
    for _ in 0..1_500 {
        let mut connection = Connection::open(gateway()?.public())?;
        connection.send(b"\x01\r\n\r\n")?;
        is_last(&mut connection, 400)?;
    }
    let logs = gateway()?.logs()?;
    ensure!(logs.contains("the request is no HTTP/1.1"), "{logs}");
    let errors: Vec<_> = logs.lines().filter(|line| line.contains("ERROR")).collect();
    ensure!(errors.is_empty(), "{errors:?}");
    Ok(())
}

#[test]
fn n06_a_close_is_said_whichever_answer_it_is() -> Result<()> {
    let bad: [(&[u8], u16); 4] = [
        (b"\x01\x02\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400),
    ];
    for (address, path) in listeners()? {
        for (bytes, status) in bad {
            for before in 0..3 {
                let mut connection = Connection::open(address)?;
                for _ in 0..before {
                    is_kept(&connection.exchange(&get(path, &[]))?)?;
                }
                connection.send(bytes)?;
                let shown = || format!("{path}: {} after {before}", String::from_utf8_lossy(bytes));
                is_last(&mut connection, status).with_context(shown)?;
            }
        }
    }
    Ok(())
}

/// What is known of one request does not change the answer to the one before it.
#[test]
fn n06_pipelined_requests_are_answered_one_by_one() -> Result<()> {
    let mut connection = Connection::open(gateway()?.public())?;
    let mut all = Vec::new();
    for _ in 0..8 {
        all.extend(BITS.good());
        all.extend(get(LIVE, &[]));
    }
    all.extend(get(LIVE, &[("Connection", "close")]));
    connection.send(&all)?;
    for at in 0..16 {
        let response = connection.receive().with_context(|| format!("answer {at}"))?;
        ensure!(response.status == 200 && !response.body.is_empty(), "answer {at}: {response:?}");
        is_kept(&response)?;
    }
    let last = connection.receive()?;
    ensure!(last.header("Connection") == Some("close"), "{last:?}");
    Ok(())
}

/// A client that does not wait for the word to go on may get it in one piece with the answer; the next request is
/// answered all the same, whether the word came, was not asked for, or follows in a request right behind.
#[test]
fn n06_a_request_after_one_that_expects_a_word_is_answered() -> Result<()> {
    for target in all()? {
        let mut expecting = target.good();
        let end_of_line = expecting.windows(2).position(|pair| pair == b"\r\n").context("a request line")?;
        expecting.splice(end_of_line..end_of_line, *b"\r\nExpect: 100-continue");
        let mut connection = Connection::open(gateway()?.public())?;
        for request in [&expecting, &expecting, &target.good(), &[&*expecting, &target.good()].concat()] {
            let answer = connection.exchange(request).with_context(|| target.mount)?;
            ensure!(answer.status == 200, "{}: {} {}", target.mount, answer.status, answer.text());
        }
        ensure!(connection.receive().with_context(|| target.mount)?.status == 200, "{}: the last", target.mount);
    }
    Ok(())
}

/// A body that breaks off, in whichever way, is the last thing on its connection, and its answer the only one.
#[test]
fn n06_the_answer_to_a_broken_body_says_that_it_is_the_last() -> Result<()> {
    let media = "Content-Type: application/x-www-form-urlencoded";
    for target in all()? {
        let head = format!("POST {} HTTP/1.1\r\nHost: {}\r\n{media}\r\n", target.path, target.host);
        for broken in ["ZZ\r\nabc", "3\r\na=bZZ", "3\na=b", "-1\r\n"] {
            let mut connection = Connection::open(gateway()?.public())?;
            connection.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{broken}").as_bytes())?;
            let response = connection.receive().with_context(|| format!("{}: {broken:?}", target.mount))?;
            ensure!(response.status == 400, "{}: {broken:?}: {response:?}", target.mount);
            ensure!(response.header("Connection") == Some("close"), "{}: {broken:?}: {response:?}", target.mount);
            ensure!(connection.is_closed_within(PATIENCE)?, "{}: {broken:?}", target.mount);
        }
    }
    Ok(())
}

#[test]
fn n07_what_needs_no_body_answers_from_the_head() -> Result<()> {
    for (path, status) in [
        ("/_gateway/verify/bits", 401),
        (LIVE, 200),
        ("/_gateway/jwks/bits", 200),
        ("/nowhere", 404),
        ("/bits/no", 404),
    ] {
        for length in ["Content-Length: 77", "Transfer-Encoding: chunked"] {
            let mut connection = Connection::open(gateway()?.public())?;
            connection.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n").as_bytes())?;
            let response = connection.receive()?;
            // Had it waited for the body, its deadline would have made this 408.
            ensure!(response.status == status, "{path}: {response:?}");
        }
        // A body that is there costs nobody the connection.
        let mut connection = Connection::open(gateway()?.public())?;
        for _ in 0..3 {
            let request = http::request("POST", path, &[("Host", "localhost")], b"a body that nobody needs");
            let response = connection.exchange(&request).with_context(|| path.to_owned())?;
            ensure!(response.status == status, "{path}: {response:?}");
            is_kept(&response)?;
        }
    }
    Ok(())
}

/// What stands where a mount's name or a demand should may be a part of what an end user asked for.
#[test]
fn n50_no_cause_repeats_what_stands_for_a_mount_or_a_demand() -> Result<()> {
    for path in [
        "verify/bits;jsessionid=c4n4ry",
        "verify/bits%3Bjsessionid=c4n4ry",
        "jwks/c4n4ry",
        "jwks/a=c4n4ry",
        "verify/bits/c4n4ry",
        "verify/bits?c4n4ry",
    ] {
        let request = http::request("GET", &format!("/_gateway/{path}"), &[("Host", "localhost")], b"");
        let response = http::exchange(gateway()?.public(), &request)?;
        ensure!([400, 404].contains(&response.status), "{path}: {response:?}");
        ensure!(!response.text().contains("c4n4ry"), "{path}: {}", response.text());
    }
    let journal = gateway()?.admin().call("GET", "/v1/journal?limit=1000", None)?;
    let of_gateway =
        |entry: &&serde_json::Value| entry["path"].as_str().is_some_and(|path| path.contains("jsessionid"));
    let entries: Vec<_> = journal.as_array().into_iter().flatten().filter(of_gateway).collect();
    ensure!(!entries.is_empty(), "{journal}");
    for entry in entries {
        ensure!(!entry.to_string().contains("c4n4ry"), "{entry}");
    }
    Ok(())
}

#[test]
fn n50_forward_auth_takes_an_appended_path_and_query() -> Result<()> {
    let token = BITS.token(BITS.client)?;
    let bearer = format!("Bearer {token}");
    let verify = |method: &str, rest: &str| {
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        http::exchange(
            gateway()?.public(),
            &http::request(method, &format!("/_gateway/verify/bits{rest}"), &headers, b""),
        )
    };
    for (rest, status) in [
        ("", 200),
        ("?scope=application", 200),
        ("/-/orders/1?user=required&x=%FF", 200),
        ("/-", 200),
        ("/scope=application/orders?a=b&a=b", 200),
        ("/scope=application/../-/", 200),
        // What is demanded does not hold, whatever the end user writes behind it.
        ("/user=required/orders", 401),
        ("/user=required/orders?user=", 401),
        ("/scope=application.session/-/?scope=application", 403),
        // The segment was forgotten: the end user's own path is no demand.
        ("/orders/1", 400),
        ("/user=no/-/", 400),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let response = verify(method, rest)?;
            let refused = [401, 403].contains(&status) && [401, 403].contains(&response.status);
            ensure!(response.status == status || refused, "{method} {rest}: {response:?}");
        }
    }
    Ok(())
}
