//! Tokens through a balancer, and what of the request reaches the replicas.

use super::kind::{CADDY, HAPROXY, Kind, NGINX};
use super::site::Site;
use super::vendors::{BITS, HOST, VENDORS};
use super::wire::{Wire, behind_wires};
use anyhow::{Context, Result, ensure};
use testkit::http;
use testkit::wait_until;

/// What a client says of itself, in vain.
const SPOOFED: [(&str, &str); 5] = [
    ("X-Forwarded-For", "203.0.113.66"),
    ("X-Forwarded-Proto", "gopher"),
    ("X-Forwarded-Host", "evil.test"),
    ("Forwarded", "for=203.0.113.66;proto=gopher;host=evil.test"),
    ("X-Request-ID", "evil test"),
];

fn tokens_come_through(kind: &Kind, count: usize) -> Result<()> {
    let (mut site, wires) = behind_wires(kind, count)?;
    for vendor in &VENDORS {
        for _ in 0..count {
            let answer = site.exchange(&vendor.request(&SPOOFED))?;
            vendor.check(&answer)?;
            ensure!(answer.header("server").is_none_or(|name| !name.contains('/')), "{:?}", answer.headers);
        }
    }
    let served = site.served()?;
    ensure!(served.iter().all(|count| *count > 0), "not every replica is used: {served:?}");

    let mut seen = 0;
    for text in wires.iter().flat_map(Wire::connections) {
        for head in text.split("\r\n\r\n").filter(|head| head.contains("POST ")) {
            let lower = head.to_ascii_lowercase();
            for (name, value) in [("for", "127.0.0.1"), ("proto", "https"), ("host", "idp.test")] {
                let line = format!("\r\nx-forwarded-{name}: {value}");
                ensure!(lower.matches(&line).count() == 1, "no {line:?} in {head}");
                ensure!(lower.matches(&format!("x-forwarded-{name}:")).count() == 1, "twice in {head}");
            }
            ensure!(lower.contains("\r\nx-request-id: "), "{head}");
            for word in ["203.0.113.66", "evil", "gopher", "\r\nforwarded:"] {
                ensure!(!lower.contains(word), "{word:?} has come through: {head}");
            }
            seen += 1;
        }
    }
    ensure!(seen == VENDORS.len() * count, "{seen} requests seen");
    let log = site.balancer_log();
    ensure!(log.contains("/bits/v1/oauth2/token"), "no log of requests: {log}");
    Ok(())
}

#[test]
fn every_dialect_gives_its_token_through_nginx() -> Result<()> {
    tokens_come_through(&NGINX, 2)?;
    tokens_come_through(&NGINX, 3)
}

#[test]
fn every_dialect_gives_its_token_through_haproxy() -> Result<()> {
    tokens_come_through(&HAPROXY, 2)?;
    tokens_come_through(&HAPROXY, 3)
}

#[test]
fn every_dialect_gives_its_token_through_caddy() -> Result<()> {
    tokens_come_through(&CADDY, 2)
}

#[test]
fn what_names_a_request_passes_and_its_query_is_in_no_log() -> Result<()> {
    for kind in [NGINX, HAPROXY, CADDY] {
        let (mut site, wires) = behind_wires(&kind, 1)?;
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let query = "client_id=web&state=canary-state&login_hint=canary-hint";
        let headers =
            [("traceparent", trace), ("X-Request-ID", "canary-id-1"), ("Referer", "https://a.test/?canary-ref")];
        site.get(&format!("/brighthr/connect/authorize?{query}"), &headers)?;
        let heads = wires[0].connections().concat();
        ensure!(heads.contains(trace) && heads.contains("canary-id-1"), "{}: {heads}", kind.name);
        ensure!(heads.contains(query), "{}: the query is as it was: {heads}", kind.name);
        wait_until("the balancer to log the request", || Ok(site.balancer_log().contains("/connect/authorize")))?;
        let log = site.balancer_log();
        ensure!(log.contains("canary-id-1") || kind.name == CADDY.name, "{}: {log}", kind.name);
        for word in ["canary-state", "canary-hint", "canary-ref"] {
            ensure!(!log.contains(word), "{}: {word} is in {log}", kind.name);
        }
    }
    Ok(())
}

#[test]
fn connections_to_the_replicas_are_kept() -> Result<()> {
    const CLIENTS: usize = 60;
    const EACH: usize = 5;
    for kind in [NGINX, HAPROXY, CADDY] {
        let (site, wires) = behind_wires(&kind, 3)?;
        // Clients that come one after another, as most of a token endpoint's do, and stay for some requests.
        for _ in 0..CLIENTS {
            let mut client = site.connect()?;
            for _ in 0..EACH {
                BITS.check(&client.exchange(&BITS.request(&[]))?)?;
            }
        }
        let used: usize = wires.iter().map(|wire| wire.connections().len()).sum();
        ensure!(used <= CLIENTS / 4, "{}: {used} connections for {} requests", kind.name, CLIENTS * EACH);
    }
    Ok(())
}

#[test]
fn a_body_that_is_too_long_is_refused_in_the_vendor_s_words_and_a_huge_one_by_the_balancer() -> Result<()> {
    for kind in [NGINX, HAPROXY, CADDY] {
        let site = Site::start(&kind, 1)?;
        let send = |length: usize| {
            let headers = [HOST, ("Content-Type", "application/json")];
            let request = http::request("POST", "/bizzassure/v1/auth/token", &headers, &vec![b' '; length]);
            site.exchange(&request).with_context(|| format!("{}: {length} bytes", kind.name))
        };
        let own = http::exchange(
            site.replica(0)?.public(),
            &http::request(
                "POST",
                "/bizzassure/v1/auth/token",
                &[HOST, ("Content-Type", "application/json")],
                &vec![b' '; 70_000],
            ),
        )?;
        let long = send(70_000)?;
        ensure!((long.status, long.text()) == (own.status, own.text()), "{}: {}", kind.name, long.text());
        ensure!(site.served()? == [2], "{}: {:?}", kind.name, site.served()?);
        // Refused before it is sent whole: not every client gets to read why.
        let huge = send(200_000).map_or(413, |answer| answer.status);
        ensure!(huge == 413, "{}: {huge}", kind.name);
        ensure!(site.served()? == [2], "{}: a huge body has come through", kind.name);
        BITS.check(&site.exchange(&BITS.request(&[]))?).context("a replica is blamed for it")?;
    }
    Ok(())
}

#[test]
fn what_comes_in_the_clear_reaches_no_replica() -> Result<()> {
    for kind in [NGINX, HAPROXY, CADDY] {
        let site = Site::start(&kind, 1)?;
        let refused = site.exchange_in_the_clear(&BITS.request(&[]))?;
        ensure!(refused.status == 403, "{}: {}", kind.name, refused.status);
        let target = "/brighthr/account/login?a=b";
        let moved = site.exchange_in_the_clear(&http::request("GET", target, &[HOST], b""))?;
        ensure!(moved.status == 301, "{}: {}", kind.name, moved.status);
        ensure!(moved.header("location") == Some(&format!("https://idp.test{target}")), "{:?}", moved.headers);
        ensure!(site.served()? == [0], "{}", kind.name);
    }
    Ok(())
}

#[test]
fn where_no_replica_answers_the_balancer_says_so() -> Result<()> {
    for kind in [NGINX, HAPROXY, CADDY] {
        let mut site = Site::start(&kind, 2)?;
        for replica in site.replicas.iter_mut().flatten() {
            replica.kill9()?;
        }
        let mut answer = site.exchange(&BITS.request(&[]))?;
        wait_until("the balancer to notice", || {
            answer = site.exchange(&BITS.request(&[]))?;
            Ok(answer.status == 503)
        })?;
        ensure!(answer.header("retry-after") == Some("1"), "{}: {:?}", kind.name, answer.headers);
        ensure!(answer.header("content-type") == Some("application/problem+json"), "{:?}", answer.headers);
    }
    Ok(())
}
