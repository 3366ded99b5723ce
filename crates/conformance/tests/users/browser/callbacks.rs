//! Where a browser ends that a client sends on from its callback, and a client that is told by a form.

use super::stage::{PASSWORD, Stage};
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A client's callback that sends its users on to `onward`; anywhere else it shows what it was sent.
fn callback(onward: &'static str) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A connection that a browser opens in advance and never uses holds up none of the others.
            thread::spawn(move || drop(answer(connection, port, onward)));
        }
    });
    Ok(port)
}

fn answer(connection: TcpStream, port: u16, onward: &str) -> Result<()> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).context("a target")?.to_owned();
    let mut length = 0;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        let (name, value) = header.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
        header.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let reply = if target.starts_with("/cb") && !onward.is_empty() {
        let onward = onward.replace("{port}", &port.to_string());
        format!("HTTP/1.1 302 Found\r\nLocation: {onward}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    } else {
        let shown = format!(
            "<p id=\"shown\">{} {}</p>",
            target.replace('&', "&amp;"),
            String::from_utf8(body)?.replace('&', "&amp;")
        );
        let length = shown.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{shown}"
        )
    };
    Ok(reader.get_mut().write_all(reply.as_bytes())?)
}

#[test]
fn n10_a_callback_on_another_origin_is_where_the_browser_ends() -> Result<()> {
    let stage = Stage::start("olga")?;
    // Another host, so that the page is of another origin than the redirect URI.
    let port = callback("http://localhost:{port}/landed")?;
    let begin = stage.client("sends-on", &format!("http://127.0.0.1:{port}/cb"), "")?;
    stage.browser.visit(&begin)?;
    stage.log_in(PASSWORD)?;
    stage.decide("allow")?;
    ensure!(stage.browser.text("#shown")?.starts_with("/landed"), "{}", stage.browser.url()?);
    // Once consent is remembered, the login form itself ends there.
    stage.browser.visit(&format!("{begin}&prompt=login"))?;
    stage.log_in(PASSWORD)?;
    ensure!(stage.browser.text("#shown")?.starts_with("/landed"), "{}", stage.browser.url()?);
    stage.expect_no_violation()
}

#[test]
fn n10_a_callback_that_leads_into_an_app_is_followed() -> Result<()> {
    let stage = Stage::start("apollo")?;
    for (id, redirect, onward) in [
        ("app", "com.example.app:/cb".to_owned(), ""),
        ("app-by-web", format!("http://127.0.0.1:{}/cb", callback("myapp://done")?), "myapp"),
    ] {
        stage.browser.visit(&stage.client(id, &redirect, "prompt=consent")?)?;
        if stage.browser.count("[name=password]")? > 0 {
            stage.log_in(PASSWORD)?;
        }
        stage.expect_page("/consent")?;
        // Whether an app opens is the system's affair; that the policy lets it is the page's.
        stage.browser.click("[name=decision][value=allow]")?;
        stage.expect_no_violation().context(onward)?;
    }
    Ok(())
}

#[test]
fn n28_a_form_takes_the_code_to_the_client_by_itself() -> Result<()> {
    let stage = Stage::start("fay")?;
    let port = callback("")?;
    let begin =
        stage.client("by-form", &format!("http://127.0.0.1:{port}/cb"), "response_mode=form_post&state=s%26t")?;
    stage.browser.visit(&begin)?;
    stage.log_in(PASSWORD)?;
    stage.decide("allow")?;
    let shown = stage.browser.text("#shown")?;
    ensure!(shown.starts_with("/cb code=") && shown.contains("&state=s%26t&"), "{shown}");
    stage
        .browser
        .visit(&begin.replace("response_mode", "prompt=none&response_mode").replace("openid+email", "openid"))?;
    let shown = stage.browser.text("#shown")?;
    ensure!(shown.starts_with("/cb code="), "{shown}");
    stage.expect_no_violation()
}
