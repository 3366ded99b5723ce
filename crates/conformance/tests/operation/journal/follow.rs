//! The journal as it grows.

use super::{BATCH, BITS, Stage};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;
use testkit::http;

struct Events(BufReader<TcpStream>);

impl Events {
    fn open(stage: &Stage, query: &str, more: &[(&str, &str)]) -> Result<Self> {
        let headers = [&[("Host", "localhost"), ("Accept", "text/event-stream")], more].concat();
        let mut stream = TcpStream::connect(stage.gateway.admin_address())?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        stream.write_all(&http::request("GET", &format!("/v1/journal?{query}"), &headers, b""))?;
        let mut events = Self(BufReader::new(stream));
        let head = events.until(str::is_empty)?;
        ensure!(head[0].contains(" 200 ") && head.iter().any(|line| line.contains("text/event-stream")), "{head:?}");
        events.until(|line| line == ": follows")?;
        Ok(events)
    }

    /// The lines up to one that is so.
    fn until(&mut self, is_last: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            ensure!(self.0.read_line(&mut line)? > 0, "it ended after {lines:?}");
            lines.push(line.trim_end().to_owned());
            if is_last(line.trim_end()) {
                return Ok(lines);
            }
        }
    }

    /// The next entry.
    fn next(&mut self) -> Result<(u64, Value)> {
        let lines = self.until(|line| line.starts_with("data: "))?;
        let of = |start: &str| lines.iter().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
        ensure!(of("event: ").as_deref() == Some("entry"), "{lines:?}");
        let id = of("id: ").context("no id")?.parse()?;
        Ok((id, serde_json::from_str(&of("data: ").context("no data")?)?))
    }
}

fn ask(stage: &Stage, secret: &str) -> Result<()> {
    stage.form(BITS, Some((BATCH.0, secret)), "grant_type=client_credentials").map(drop)
}

#[test]
fn n87_entries_are_sent_as_they_come_and_a_reader_goes_on_where_it_was() -> Result<()> {
    let stage = Stage::start()?;
    ask(&stage, BATCH.1)?;
    let mut all = Events::open(&stage, "", &[])?;
    let mut refused = Events::open(&stage, "error=invalid_client", &[])?;
    ask(&stage, BATCH.1)?;
    ask(&stage, "wrong")?;
    let (id, entry) = all.next()?;
    ensure!(id == 2 && entry["number"] == 2 && entry["status"] == 200, "{entry}");
    ensure!(all.next()?.0 == 3);
    let (id, entry) = refused.next()?;
    ensure!(id == 3 && entry["hint"].is_null() && entry["error"] == "invalid_client", "{entry}");
    drop(all);
    let mut again = Events::open(&stage, "", &[("Last-Event-ID", "1")])?;
    ensure!([again.next()?.0, again.next()?.0] == [2, 3]);
    // One of another process: all is new.
    let mut anew = Events::open(&stage, "", &[("Last-Event-ID", "99")])?;
    ensure!(anew.next()?.0 == 1);
    Ok(())
}

#[test]
fn n87_who_reads_nothing_holds_nobody_up_and_followers_are_few() -> Result<()> {
    let stage = Stage::start()?;
    let mut lazy = (0..16).map(|_| Events::open(&stage, "", &[])).collect::<Result<Vec<_>>>()?;
    let one_more = Events::open(&stage, "", &[]).err().context("one too many")?;
    ensure!(one_more.to_string().contains(" 429 "), "{one_more}");
    for _ in 0..50 {
        ask(&stage, BATCH.1)?;
    }
    ensure!(stage.last()?["number"] == 50, "the others are served");
    let mut first = lazy.swap_remove(0);
    for number in 1..=50 {
        ensure!(first.next()?.0 == number);
    }
    drop((first, lazy));
    // Who leaves makes room.
    testkit::wait_until("a place", || Ok(Events::open(&stage, "", &[]).is_ok()))
}

#[test]
fn n87_at_sigterm_it_ends() -> Result<()> {
    let mut stage = Stage::start()?;
    let mut events = Events::open(&stage, "", &[])?;
    stage.gateway.terminate()?;
    let rest = events.until(|_| false);
    ensure!(rest.is_err_and(|error| error.to_string().contains("it ended")));
    Ok(())
}
