//! Back-Channel Logout: each client with a part in a session is told of its end.

use super::{ISSUER, JANE, JOHN, TRUSTED, signed_in, site};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use testkit::agent::{Agent, form};
use testkit::gateway::Gateway;
use testkit::jwt;
use testkit::vendor::{REDIRECT, Vendor, code};

/// A client's back end: what it is told, and what it answers, one answer after the other and the last for ever.
struct BackEnd {
    url: String,
    told: Receiver<String>,
}

fn back_end(answers: &'static [&'static str]) -> Result<BackEnd> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/logout", listener.local_addr()?);
    let (send, told) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(&stream);
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let answer = answers[number.min(answers.len() - 1)];
            let _ = stream
                .write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
            if send.send(String::from_utf8_lossy(&body).into_owned()).is_err() {
                return;
            }
        }
    });
    Ok(BackEnd { url, told })
}

impl BackEnd {
    fn hears(&self) -> Result<String> {
        Ok(self.told.recv_timeout(Duration::from_secs(20))?)
    }

    fn hears_nothing(&self) -> Result<()> {
        ensure!(self.told.recv_timeout(Duration::from_millis(300)).is_err(), "told of what does not concern it");
        Ok(())
    }
}

/// A gateway whose file has a client with that back end.
fn start(back_end: &BackEnd) -> Result<Gateway> {
    let heard = format!("id = \"trusted\"\nbackchannel_logout_uri = \"{}\"", back_end.url);
    Gateway::start(&super::site_text().replacen("id = \"trusted\"", &heard, 1))
}

/// The header and claims of the logout token in a form.
fn logout_token(gateway: &Gateway, form: &str) -> Result<(Value, Value)> {
    let token = form.strip_prefix("logout_token=").with_context(|| form.to_owned())?;
    let verified = jwt::verify(token, &gateway.admin().jwks("openid")?)?;
    Ok((serde_json::from_slice(&verified.header)?, serde_json::from_slice(&verified.payload)?))
}

/// The entries of what clients were told, once there are so many.
fn entries(gateway: &Gateway, count: usize) -> Result<Vec<Value>> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let entries = gateway.admin().call("GET", "/v1/journal?endpoint=backchannel_logout", None)?;
        let entries = entries.as_array().cloned().unwrap_or_default();
        if entries.len() >= count || Instant::now() > until {
            ensure!(entries.len() == count, "{entries:?}");
            return Ok(entries);
        }
        testkit::pause(Duration::from_millis(20));
    }
}

fn sign_out(browser: &mut Agent) -> Result<()> {
    let page = browser.get(TRUSTED.logout)?;
    let done = browser.submit(&form(&page, "csrf")?)?;
    ensure!(done.status == 303, "{}", done.status);
    Ok(())
}

#[test]
fn o34_a_client_with_a_part_in_the_session_gets_a_logout_token() -> Result<()> {
    let back_end = back_end(&["200 OK"])?;
    let gateway = start(&back_end)?;
    let metadata = super::get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    for member in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
        ensure!(metadata[member] == true, "{member}");
    }
    let (mut browser, tokens) = signed_in(&gateway, &[])?;
    let id = super::claims(&gateway, &tokens.id)?;
    // A session in which the client got nothing ends without a word to it.
    sign_out(&mut TRUSTED.signed_in(&gateway, JANE)?)?;
    back_end.hears_nothing()?;
    sign_out(&mut browser)?;
    let (header, claims) = logout_token(&gateway, &back_end.hears()?)?;
    ensure!(header["typ"] == "logout+jwt" && header["alg"] == "RS256", "{header}");
    ensure!(claims["iss"] == ISSUER && claims["aud"] == "trusted" && claims["sub"] == JANE, "{claims}");
    ensure!(claims["sid"] == id["sid"] && claims.get("nonce").is_none() && claims["jti"].is_string(), "{claims}");
    ensure!(claims["events"] == json!({"http://schemas.openid.net/event/backchannel-logout": {}}), "{claims}");
    let (iat, exp) = (claims["iat"].as_i64().context("iat")?, claims["exp"].as_i64().context("exp")?);
    ensure!(exp > iat && exp <= iat + 120, "{claims}");
    let entries = entries(&gateway, 1)?;
    ensure!(
        entries[0]["status"] == 200 && entries[0]["client_id"] == "trusted" && entries[0]["user"] == JANE,
        "{entries:?}"
    );
    Ok(())
}

#[test]
fn o34_each_way_out_tells_and_a_new_sign_in_keeps_the_part() -> Result<()> {
    let back_end = back_end(&["200 OK"])?;
    let gateway = start(&back_end)?;
    // By the client's own end-session request, after the user has signed in anew.
    let (mut browser, tokens) = signed_in(&gateway, &[])?;
    let sid = super::claims(&gateway, &tokens.id)?["sid"].clone();
    let page = TRUSTED.go(&mut browser, &[("prompt", "login")])?;
    let response = browser.submit(&form(&page, "csrf")?.with("pick", JANE))?;
    let response = browser.follow(response)?;
    let again = TRUSTED.tokens(&gateway, &code(&response)?)?;
    let query =
        serde_urlencoded::to_string([("id_token_hint", &*again.id), ("post_logout_redirect_uri", super::logout::BYE)])?;
    ensure!(browser.get(&format!("/openid/end-session?{query}"))?.header("location") == Some(super::logout::BYE));
    let mut heard = Vec::new();
    for _ in 0..2 {
        heard.push(logout_token(&gateway, &back_end.hears()?)?.1["sid"].clone());
    }
    ensure!(heard.contains(&sid) && heard.contains(&super::claims(&gateway, &again.id)?["sid"]), "{heard:?}");
    back_end.hears_nothing()?;
    // By another user who signs in in the same browser.
    let (mut browser, _) = signed_in(&gateway, &[])?;
    let page = TRUSTED.go(&mut browser, &[("prompt", "select_account")])?;
    browser.submit(&form(&page, "csrf")?.with("pick", JOHN))?;
    ensure!(logout_token(&gateway, &back_end.hears()?)?.1["sub"] == JANE);
    // On the account page.
    let (mut browser, _) = signed_in(&gateway, &[])?;
    let page = browser.get(TRUSTED.account)?;
    browser.submit(&form(&page, "csrf")?.with("do", "sign_out"))?;
    ensure!(logout_token(&gateway, &back_end.hears()?)?.1["sub"] == JANE);
    Ok(())
}

#[test]
fn o34_it_is_tried_again_within_bounds_and_no_redirect_is_followed() -> Result<()> {
    let flaky = back_end(&["503 Service Unavailable", "200 OK"])?;
    let gateway = start(&flaky)?;
    let (mut browser, _) = signed_in(&gateway, &[])?;
    let began = Instant::now();
    sign_out(&mut browser)?;
    ensure!(began.elapsed() < Duration::from_secs(1), "the user waited: {:?}", began.elapsed());
    ensure!(flaky.hears()? == flaky.hears()?, "the same token, for it is the same event");
    ensure!(entries(&gateway, 1)?[0]["status"] == 200);
    let elsewhere = back_end(&["200 OK"])?;
    let moved: &'static str = Box::leak(format!("302 Found\r\nLocation: {}", elsewhere.url).into_boxed_str());
    let moved = back_end(Box::leak(Box::new([moved])))?;
    let gateway = start(&moved)?;
    let (mut browser, _) = signed_in(&gateway, &[])?;
    sign_out(&mut browser)?;
    moved.hears()?;
    let entries = entries(&gateway, 1)?;
    ensure!(entries[0]["error"] == "unavailable" && entries[0]["status"] == 302, "{entries:?}");
    elsewhere.hears_nothing()
}

#[test]
fn o34_who_came_at_run_time_reaches_no_private_network() -> Result<()> {
    let gateway = site()?;
    let hidden = back_end(&["200 OK"])?;
    let client = json!({"grants": ["authorization_code"], "scopes": ["openid"], "redirect_uris": [REDIRECT],
        "secret": "newcomer-secret", "trusted": true, "backchannel_logout_uri": hidden.url});
    gateway.admin().put("openid", "clients", "newcomer", &client)?;
    let newcomer = Vendor { client: ("newcomer", "newcomer-secret"), ..TRUSTED };
    let mut browser = newcomer.signed_in(&gateway, JANE)?;
    super::tokens(&gateway, &newcomer, &mut browser, &[])?;
    sign_out(&mut browser)?;
    let entries = entries(&gateway, 1)?;
    let cause = entries[0]["cause"].as_str().unwrap_or_default();
    ensure!(entries[0]["status"] == Value::Null || entries[0]["status"] == 0, "{entries:?}");
    ensure!(cause.contains("private network"), "{cause}");
    hidden.hears_nothing()
}
