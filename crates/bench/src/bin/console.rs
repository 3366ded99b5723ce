//! Measures the console in Chromium: how soon and how heavy its first page is, whether a frame stands still while ten thousand
//! requests are scrolled and filtered, and how far the stream is behind the requests.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line: its answer is what it prints")]

use anyhow::{Context as _, ensure};
use bench::cli::Common;
use clap::Parser;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use testkit::browser::Browser;
use testkit::gateway::Gateway;
use testkit::http::{Connection, request};
use testkit::vendor::form_of;

/// The console in Chromium beside its targets; see docs/performance.md, "The console".
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// How many requests the journal has before the page is opened; the page keeps 10,000.
    #[arg(long, default_value_t = 10_000)]
    requests: u32,
}

const MARKERS: [&str; 2] = ["<!-- console: begin -->", "<!-- console: end -->"];
const MOUNTS: &str = testkit::mounts!(bits);
/// Browsers that open the first page, each with a profile of its own.
const VISITS: usize = 5;
/// Requests whose rows are waited for, and the time between two of them.
const FOLLOWED: usize = 200;
const PACE: Duration = Duration::from_millis(50);
/// What the page is told before its own scripts run: it notes frames, rows and when the first row was there.
const WATCH: &str = include_str!("console.js");

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// A line of the table.
struct Line {
    what: &'static str,
    figure: String,
    target: &'static str,
    is_met: bool,
}

fn run(asked: &Arguments) -> anyhow::Result<ExitCode> {
    // It is started in a folder of its own.
    let program = std::path::absolute(&asked.common.gateway)?;
    let gateway = Gateway::start_version(&program, 0, MOUNTS)?;
    fill(&gateway, asked.requests)?;
    let visits = if asked.common.quick { 1 } else { VISITS };
    let mut first = Vec::new();
    for _ in 1..visits {
        first.push(visit(&gateway)?.1);
    }
    let (browser, last) = visit(&gateway)?;
    first.push(last);
    let mut lines = first_page(&mut first);
    let known = asked.requests.min(10_000);
    wait(
        &browser,
        &format!("return document.querySelector('.filter .count')?.textContent.replace(/\\D/g, '') >= {known}"),
    )?;
    lines.extend(lag(&gateway, &browser)?);
    lines.extend(frames(&gateway, &browser)?);
    let figures = written(&lines, asked.requests)?;
    println!("{figures}");
    asked.common.publish(MARKERS, &figures)?;
    let complaints = browser.complaints()?;
    ensure!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Ok(if lines.iter().all(|line| line.is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn written(lines: &[Line], requests: u32) -> anyhow::Result<String> {
    let row = |Line { what, figure, target, is_met }: &Line| {
        format!("| {what} | {figure} | {target} | {} |\n", if *is_met { "yes" } else { "no" })
    };
    let rows: String = lines.iter().map(row).collect();
    let machine = bench::machine()?;
    Ok(format!(
        "{machine}; Chromium, 1440 × 900, no graphics card, gateway and browser on the same cores; {requests} requests in the \
         journal.\n\n| Measurement | Figure | Target | Met |\n|---|---|---|---|\n{rows}"
    ))
}

/// Requests of every fate, as fast as one connection takes them.
fn fill(gateway: &Gateway, count: u32) -> anyhow::Result<()> {
    let mut connection = Connection::open(gateway.public())?;
    for number in 0..count {
        connection.exchange(&one(number)?)?;
    }
    Ok(())
}

/// A request: most are granted, some have a wrong secret, some a scope too many, some lead nowhere.
fn one(number: u32) -> anyhow::Result<Vec<u8>> {
    let secret = if number % 7 == 3 { "another-secret" } else { "batch-secret" };
    let scope = if number % 11 == 5 { "application nothing" } else { "application" };
    if number % 13 == 9 {
        return Ok(request("GET", &format!("/bits/v1/oauth/token/{number}"), &[("Host", "localhost")], b""));
    }
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];
    form_of("/bits/v1/oauth2/token", ("batch", secret), &fields)
}

/// What a browser that has never been there saw of the first page.
struct First {
    /// Until something was painted, and until the first request could be read, in milliseconds.
    painted: f64,
    row: f64,
    /// Bytes over the wire: of the page with its files, and of what it asked the API for.
    files: f64,
    calls: f64,
}

fn visit(gateway: &Gateway) -> anyhow::Result<(Browser, First)> {
    let browser = Browser::start()?;
    browser.set_viewport(1440, 900, false)?;
    browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }))?;
    browser.visit(&format!("http://{}/", gateway.admin_address()))?;
    wait(&browser, "return watched.row !== null")?;
    let seen = browser.execute("return watched.first()", Vec::new())?;
    let number = |name: &str| seen[name].as_f64().with_context(|| format!("no {name} in {seen}"));
    let first =
        First { painted: number("painted")?, row: number("row")?, files: number("files")?, calls: number("calls")? };
    Ok((browser, first))
}

fn first_page(visits: &mut [First]) -> Vec<Line> {
    visits.sort_by(|one, other| one.row.total_cmp(&other.row));
    let (median, slowest) = (&visits[visits.len() / 2], &visits[visits.len() - 1]);
    vec![
        Line {
            what: "First page: the first request can be read",
            figure: format!("{:.0} ms, the slowest of {} {:.0} ms", median.row, visits.len(), slowest.row),
            target: "≤ 300 ms",
            is_met: median.row <= 300.0,
        },
        Line { what: "First page: first paint", figure: format!("{:.0} ms", median.painted), target: "", is_met: true },
        Line {
            what: "First page: over the wire, heads included",
            figure: format!(
                "{:.0} KB: {:.0} KB of files, {:.0} KB of the API",
                (median.files + median.calls) / 1000.0,
                median.files / 1000.0,
                median.calls / 1000.0
            ),
            target: "≤ 150 KB",
            is_met: median.files + median.calls <= 150_000.0,
        },
    ]
}

/// How long after a request was sent, and after its answer was there, its row was in the page.
fn lag(gateway: &Gateway, browser: &Browser) -> anyhow::Result<Vec<Line>> {
    // A hand over the list would hold it.
    browser.cdp("Input.dispatchMouseEvent", &json!({ "type": "mouseMoved", "x": 40, "y": 600 }))?;
    let before = browser.execute("watched.rows.clear(); return watched.newest()", Vec::new())?;
    let before = before.as_u64().context("no row")?;
    let mut connection = Connection::open(gateway.public())?;
    let mut times = Vec::new();
    for number in 0..FOLLOWED {
        let request = one(u32::try_from(number)?)?;
        let sent = now();
        connection.exchange(&request)?;
        times.push((sent, now()));
        testkit::pause(PACE);
    }
    let last = before + u64::try_from(FOLLOWED)?;
    wait(browser, &format!("return watched.rows.has({last})"))?;
    let seen = browser.execute("return Object.fromEntries(watched.rows)", Vec::new())?;
    let mut behind = [Histogram::<u64>::new(3)?, Histogram::new(3)?];
    for (number, (sent, answered)) in (before + 1..).zip(times) {
        let shown = seen[number.to_string()].as_f64().with_context(|| format!("request {number} has no row"))?;
        for (histogram, from) in behind.iter_mut().zip([sent, answered]) {
            histogram.record(whole(shown - from))?;
        }
    }
    let [half, most] = [0.5, 0.99].map(|part| behind[0].value_at_quantile(part));
    Ok(vec![Line {
        what: "Stream: a row is drawn after its request was sent",
        figure: format!(
            "p50 {half} ms, p99 {most} ms, the slowest of {FOLLOWED} {} ms; after its answer p50 {} ms",
            behind[0].max(),
            behind[1].value_at_quantile(0.5)
        ),
        target: "≤ 100 ms",
        is_met: behind[0].max() <= 100,
    }])
}

/// The longest frames while the list is scrolled, jumped through, walked by keys and filtered, with requests coming in.
fn frames(gateway: &Gateway, browser: &Browser) -> anyhow::Result<Vec<Line>> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let coming = scope.spawn(|| -> anyhow::Result<()> {
            let mut connection = Connection::open(gateway.public())?;
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                connection.exchange(&one(number)?)?;
                testkit::pause(Duration::from_millis(20));
            }
            Ok(())
        });
        let lines = acts().into_iter().map(|(what, act)| frame(browser, what, act)).collect::<anyhow::Result<Vec<_>>>();
        is_over.store(true, Ordering::Relaxed);
        coming.join().map_err(|_| anyhow::anyhow!("a panic"))??;
        lines
    })
}

type Act = fn(&Browser) -> anyhow::Result<()>;

fn acts() -> [(&'static str, Act); 4] {
    [
        ("Longest frame: scrolled by the wheel", |browser| {
            for _ in 0..120 {
                let wheel = json!({ "type": "mouseWheel", "x": 500, "y": 500, "deltaX": 0, "deltaY": 480 });
                browser.cdp("Input.dispatchMouseEvent", &wheel)?;
            }
            Ok(())
        }),
        ("Longest frame: the scroll bar dragged through all", |browser| {
            browser.execute("watched.drag()", Vec::new())?;
            wait(browser, "return watched.isDragged")
        }),
        ("Longest frame: 60 requests walked through and opened by keys", |browser| {
            browser.keys("\u{e007}")?;
            for _ in 0..60 {
                browser.keys("j")?;
            }
            browser.keys("\u{e00c}")
        }),
        ("Longest frame: filtered letter by letter", |browser| {
            for text in ["status:401", "secret of client", "-mount:bits", "nowhere did you mean"] {
                browser.keys("/")?;
                browser.keys(text)?;
                browser.keys("\u{e00c}\u{e00c}\u{e00c}")?;
            }
            Ok(())
        }),
    ]
}

fn frame(browser: &Browser, what: &'static str, act: Act) -> anyhow::Result<Line> {
    browser.execute("watched.begin()", Vec::new())?;
    act(browser)?;
    testkit::pause(Duration::from_millis(300));
    let seen = browser.execute("return watched.end()", Vec::new())?;
    let number = |name: &str| seen[name].as_f64().with_context(|| format!("no {name} in {seen}"));
    let (longest, script) = (number("longest")?, number("script")?);
    let figure = format!("{longest:.0} ms of {} frames; the longest task {script:.0} ms", number("count")?);
    Ok(Line { what, figure, target: "≤ 100 ms", is_met: longest <= 100.0 })
}

/// Waits until a script says so.
fn wait(browser: &Browser, script: &str) -> anyhow::Result<()> {
    let started = Instant::now();
    while browser.execute(script, Vec::new())? != Value::Bool(true) {
        ensure!(started.elapsed() < Duration::from_secs(30), "not so after 30 s: {script}");
        testkit::pause(Duration::from_millis(50));
    }
    Ok(())
}

/// Milliseconds since the epoch, with their parts: what the browser tells its own times by.
#[expect(clippy::disallowed_methods, reason = "compared with the browser's clock, on the same machine")]
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds, at least 0")]
fn whole(ms: f64) -> u64 {
    ms.round().max(0.0) as u64
}
