//! Users sign in through a balancer: their session, their request and their code cross from replica to replica.

use super::kind::{HAPROXY, Kind, NGINX};
use super::site::Site;
use super::vendors::{FORM, HOST, form};
use super::wire::{Wire, behind_wires};
use anyhow::{Context, Result, ensure};
use testkit::http::{self, Response};

const AUTHORIZE: &str = "/brighthr/connect/authorize?client_id=web&redirect_uri=https%3A%2F%2Fclient.test%2Fcb\
    &response_type=code&scope=openid%20offline_access&state=st&nonce=n1\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A browser with its cookies, which notes which replica answers.
struct Browser<'a> {
    site: &'a Site,
    wires: &'a [Wire],
    source: [u8; 4],
    cookies: Vec<(String, String)>,
    /// The replica that answered each request, by its place.
    by: Vec<usize>,
}

impl<'a> Browser<'a> {
    fn new(site: &'a Site, wires: &'a [Wire], source: [u8; 4]) -> Self {
        Self { site, wires, source, cookies: Vec::new(), by: Vec::new() }
    }

    /// Sends a request to a path, or to a link on the gateway's own public URL.
    fn send(&mut self, method: &str, url: &str, more: &[(&str, &str)], body: &str) -> Result<Response> {
        let before = answered(self.wires);
        let path = url.strip_prefix(super::site::PUBLIC_URL).unwrap_or(url);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![HOST, ("Cookie", cookies.as_str())];
        headers.extend(more);
        let request = http::request(method, path, &headers, body.as_bytes());
        let answer = self.site.connect_from(self.source)?.exchange(&request)?;
        for line in answer.headers_named("set-cookie") {
            ensure!(line.contains("; Secure"), "a cookie that is not kept to HTTPS: {line}");
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).context("a cookie")?;
            self.cookies.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        self.by.push(answered_since(self.wires, &before)?);
        Ok(answer)
    }

    fn get(&mut self, url: &str) -> Result<Response> {
        self.send("GET", url, &[], "")
    }

    /// Follows a redirect within the gateway.
    fn follow(&mut self, answer: &Response) -> Result<Response> {
        let to = answer.header("location").with_context(|| format!("{} {}", answer.status, answer.text()))?;
        ensure!(to.starts_with('/') || to.starts_with(super::site::PUBLIC_URL), "a redirect to {to}");
        self.get(to)
    }

    /// Sends the page's last form with these fields in place of its own of that name.
    fn submit(&mut self, page: &Response, fields: &[(&str, &str)], more: &[(&str, &str)]) -> Result<Response> {
        let text = page.text();
        let shown = || format!("no form in {} {text}", page.status);
        let form = text.rsplit("<form ").next().filter(|_| text.contains("<form ")).with_context(shown)?;
        let form = form.split("</form>").next().unwrap_or_default();
        let action = attribute(form, "action").with_context(shown)?;
        let mut all: Vec<(String, String)> = Vec::new();
        for tag in form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            let Some(name) = attribute(tag, "name") else { continue };
            let is_sent = !tag.contains("type=\"checkbox\"") || tag.contains(" checked");
            if is_sent && !fields.iter().any(|(own, _)| **own == name) {
                all.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.send(
            "POST",
            &action,
            &[&[FORM, ("Origin", super::site::PUBLIC_URL)], more].concat(),
            &serde_urlencoded::to_string(all)?,
        )
    }
}

/// What the replicas have written down of refusals.
fn causes(site: &Site) -> Result<Vec<String>> {
    let all = (0..site.replicas.len()).map(|at| site.replica(at)?.admin().call("GET", "/v1/journal?limit=9", None));
    all.map(|journal| Ok(journal?.to_string())).collect()
}

/// How many requests each replica has had.
fn answered(wires: &[Wire]) -> Vec<usize> {
    wires.iter().map(Wire::requests).collect()
}

/// The one replica that has had one request more.
fn answered_since(wires: &[Wire], before: &[usize]) -> Result<usize> {
    let more: Vec<_> = wires.iter().zip(before).map(|(wire, before)| wire.requests() - before).collect();
    let by = more.iter().position(|more| *more == 1).filter(|_| more.iter().sum::<usize>() == 1);
    by.with_context(|| format!("answered by {more:?}"))
}

/// The gateway writes its pages in one way: attributes in double quotes, five characters escaped.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let value = &tag[start..start + tag[start..].find('"')?];
    let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    Some(escapes.iter().fold(value.to_owned(), |text, (escape, plain)| text.replace(escape, plain)))
}

fn a_sign_in_crosses(kind: &Kind, count: usize) -> Result<()> {
    let (site, wires) = behind_wires(kind, count)?;
    let mut browser = Browser::new(&site, &wires, [127, 0, 0, 1]);
    let to_login = browser.get(AUTHORIZE)?;
    let login = browser.follow(&to_login)?;
    let signed_in = browser.submit(&login, &[("pick", "u1")], &[])?;
    let consent = browser.follow(&signed_in)?;
    let consent = if consent.status == 200 { consent } else { browser.follow(&consent)? };
    let told = browser.submit(&consent, &[("decision", "allow")], &[])?;
    let location = told.header("location").with_context(|| format!("{} {}", told.status, told.text()))?;
    let query = location.strip_prefix("https://client.test/cb?").with_context(|| location.to_owned())?;
    let query: Vec<(String, String)> = serde_urlencoded::from_str(query)?;
    let code = query.iter().find(|(name, _)| name == "code").map(|(_, value)| value.as_str()).context("a code")?;

    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", "https://client.test/cb"),
        ("code_verifier", VERIFIER),
    ];
    let redeem = || site.exchange(&form("/brighthr/connect/token", ("web", "web-secret"), &fields, &[]));
    let before = answered(&wires);
    let tokens = redeem()?;
    ensure!(tokens.status == 200, "{} {}", tokens.status, tokens.text());
    browser.by.push(answered_since(&wires, &before)?);
    let steps = &browser.by;
    ensure!(steps.windows(2).all(|pair| pair[0] != pair[1]), "{}: answered by {steps:?}", kind.name);
    ensure!((0..count).all(|at| steps.contains(&at)), "{}: answered by {steps:?}", kind.name);

    // Its tokens hold wherever they are shown, and the session is known to each replica.
    let mut tokens = tokens.json()?;
    let access = tokens["access_token"].as_str().context("an access token")?.to_owned();
    let bearer = format!("Bearer {access}");
    for _ in 0..count {
        let answer = site.get("/brighthr/connect/userinfo", &[("Authorization", &bearer)])?;
        ensure!(answer.status == 200, "{}: {} {:?}", kind.name, answer.text(), causes(&site)?);
        ensure!(browser.get("/brighthr/account")?.status == 200, "signed in on each replica");
    }
    // Each refresh token is spent at another replica than the one that gave it.
    let mut by = Vec::new();
    for _ in 0..=count {
        let token = tokens["refresh_token"].as_str().context("a refresh token")?;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let before = answered(&wires);
        let answer = site.exchange(&form("/brighthr/connect/token", ("web", "web-secret"), &fields, &[]))?;
        ensure!(answer.status == 200, "{}: {} {:?}", kind.name, answer.text(), causes(&site)?);
        by.push(answered_since(&wires, &before)?);
        tokens = answer.json()?;
    }
    ensure!(by.windows(2).all(|pair| pair[0] != pair[1]), "{}: refreshed by {by:?}", kind.name);
    // The same code once more, at another replica, revokes what it led to.
    ensure!(redeem()?.status == 400);
    Ok(())
}

#[test]
fn a_sign_in_crosses_replicas_behind_nginx() -> Result<()> {
    a_sign_in_crosses(&NGINX, 2)?;
    a_sign_in_crosses(&NGINX, 3)
}

#[test]
fn a_sign_in_crosses_replicas_behind_haproxy() -> Result<()> {
    a_sign_in_crosses(&HAPROXY, 2)?;
    a_sign_in_crosses(&HAPROXY, 3)
}

/// Wrong passwords are counted by the address of the client, which only the balancer knows, on all replicas together.
#[test]
fn t62_wrong_passwords_count_by_the_client_s_own_address() -> Result<()> {
    for kind in [NGINX, HAPROXY] {
        let (site, wires) = behind_wires(&kind, 3)?;
        let guess = |source: [u8; 4], claimed: &str| -> Result<u16> {
            let mut browser = Browser::new(&site, &wires, source);
            let page = browser.get("/brighthr/account/login")?;
            let forwarded = format!("for={claimed}");
            let headers = [("X-Forwarded-For", claimed), ("Forwarded", forwarded.as_str())];
            Ok(browser.submit(&page, &[("username", "alice"), ("password", "wrong")], &headers)?.status)
        };
        let mut statuses = Vec::new();
        for attempt in 0..6 {
            statuses.push(guess([127, 0, 0, 2], &format!("203.0.113.{attempt}"))?);
        }
        ensure!(statuses == [401, 401, 401, 401, 401, 429], "{}: {statuses:?}", kind.name);
        ensure!(guess([127, 0, 0, 3], "127.0.0.2")? == 401, "{}: another client", kind.name);
    }
    Ok(())
}
