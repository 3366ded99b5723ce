//! Devices without a browser (RFC 8628).

use super::{JANE, claims, get, site, userinfo};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::agent::{Agent, form};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::vendor::{Tokens, call};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// A public client that runs on devices.
const TV: &str = "tv";

/// A device's codes.
struct Codes(Value);

impl Codes {
    fn text(&self, name: &str) -> Result<&str> {
        self.0[name].as_str().with_context(|| format!("no {name} in {}", self.0))
    }

    /// The path of the page at which its code is filled in.
    fn page(&self) -> Result<String> {
        let uri = self.text("verification_uri_complete")?;
        Ok(uri.strip_prefix("http://localhost").context("of another origin")?.to_owned())
    }
}

fn ask(gateway: &Gateway, client: &str, fields: &[(&str, &str)]) -> Result<Response> {
    call(gateway, "/openid/device-authorization", (client, ""), fields)
}

fn token(gateway: &Gateway, client: &str, fields: &[(&str, &str)]) -> Result<Response> {
    call(gateway, "/openid/token", (client, ""), fields)
}

fn begin(gateway: &Gateway, scope: &str) -> Result<Codes> {
    let answer = ask(gateway, TV, &[("scope", scope)])?;
    ensure!(answer.status == 200 && answer.header("cache-control") == Some("no-store"), "{}", answer.text());
    Ok(Codes(answer.json()?))
}

fn poll(gateway: &Gateway, codes: &Codes) -> Result<Response> {
    token(gateway, TV, &[("grant_type", GRANT), ("device_code", codes.text("device_code")?)])
}

fn ensure_refused(answer: &Response, error: &str) -> Result<()> {
    ensure!(answer.status == 400 && answer.json()?["error"] == error, "not {error}: {}", answer.text());
    Ok(())
}

/// The page of a device's code in a browser in which Jane signs in on the way.
fn page(gateway: &Gateway, codes: &Codes) -> Result<(Agent, Response)> {
    let mut browser = Agent::new(gateway.public());
    let login = browser.get(&codes.page()?)?;
    let login = browser.follow(login)?;
    let page = browser.submit(&form(&login, "csrf")?.with("pick", JANE))?;
    let page = browser.follow(page)?;
    ensure!(page.status == 200 && page.text().contains(codes.text("user_code")?), "{}", page.text());
    Ok((browser, page))
}

#[test]
fn o44_a_device_is_allowed_on_a_page() -> Result<()> {
    let gateway = site()?;
    let metadata = get(&gateway, "/openid/.well-known/openid-configuration")?.json()?;
    ensure!(metadata["device_authorization_endpoint"] == "http://localhost/openid/device-authorization", "{metadata}");
    ensure!(metadata["grant_types_supported"].as_array().context("no grants")?.contains(&json!(GRANT)));
    let codes = begin(&gateway, "openid email offline_access")?;
    ensure!(codes.text("verification_uri")? == "http://localhost/openid/device");
    ensure!(codes.0["expires_in"] == 600 && codes.0["interval"] == 5, "{}", codes.0);
    ensure_refused(&poll(&gateway, &codes)?, "authorization_pending")?;
    let (mut browser, page) = page(&gateway, &codes)?;
    for words in ["Living-room TV", "signed in as", "see your email address", "janedoe@example.com"] {
        ensure!(page.text().contains(words), "{words} is not on the page: {}", page.text());
    }
    let done = browser.submit(&form(&page, "scope")?.with("decision", "allow"))?;
    ensure!(done.status == 200 && done.text().contains("Your device is connected"), "{}", done.text());
    let tokens = Tokens::of(&poll(&gateway, &codes)?)?;
    ensure!(tokens.scope == "openid email offline_access" && !tokens.refresh.is_empty(), "{}", tokens.scope);
    let id = claims(&gateway, &tokens.id)?;
    ensure!(id["sub"] == JANE && id["aud"] == TV && id.get("nonce").is_none(), "{id}");
    ensure!(userinfo(&gateway, &tokens.access)?["email"] == "janedoe@example.com");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh)];
    let refreshed = Tokens::of(&token(&gateway, TV, &fields)?)?;
    // Spent once: a second use takes back what came of the first.
    ensure_refused(&poll(&gateway, &codes)?, "invalid_grant")?;
    let bearer = format!("Bearer {}", refreshed.access);
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let gone = http::exchange(gateway.public(), &http::request("GET", "/openid/userinfo", &headers, b""))?;
    ensure!(gone.status == 401, "{}", gone.text());
    Ok(())
}

#[test]
fn o44_a_code_is_typed_as_it_comes_and_can_be_denied() -> Result<()> {
    let gateway = site()?;
    let codes = begin(&gateway, "openid")?;
    let mut browser = Agent::new(gateway.public());
    let entry = browser.get("/openid/device")?;
    let typed = codes.text("user_code")?.to_lowercase().replace('-', " ");
    let login = browser.submit(&form(&entry, "csrf")?.with("user_code", &typed))?;
    let login = browser.follow(login)?;
    let page = browser.submit(&form(&login, "csrf")?.with("pick", JANE))?;
    let page = browser.follow(page)?;
    let denied = browser.submit(&form(&page, "scope")?.with("decision", "deny"))?;
    ensure!(denied.text().contains("Access denied"), "{}", denied.text());
    ensure_refused(&poll(&gateway, &codes)?, "access_denied")?;
    let again = browser.get(&codes.page()?)?;
    ensure!(again.status == 400 && again.text().contains("No device waits"), "{}", again.text());
    let other = begin(&gateway, "openid")?;
    let forged = browser.post(&other.page()?, &[("decision", "allow"), ("scope", "openid")])?;
    ensure!(forged.status == 403, "{}", forged.text());
    ensure_refused(&poll(&gateway, &other)?, "authorization_pending")
}

#[test]
fn o44_who_polls_too_soon_waits_longer_and_time_ends() -> Result<()> {
    let gateway = site()?;
    gateway.admin().freeze_clock(1_800_000_000)?;
    let codes = begin(&gateway, "openid")?;
    for (wait, error) in [
        (0, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (14, "slow_down"),
        (20, "authorization_pending"),
    ] {
        gateway.admin().advance_clock(wait)?;
        ensure_refused(&poll(&gateway, &codes)?, error)?;
    }
    gateway.admin().advance_clock(553)?;
    ensure_refused(&poll(&gateway, &codes)?, "expired_token")?;
    let (status, problem) = decide(&gateway, codes.text("user_code")?, &json!({"approve": true, "user": "janedoe"}))?;
    ensure!(status == 404, "{problem}");
    // One that is allowed in time must ask in time too.
    let codes = begin(&gateway, "openid")?;
    let (status, told) = decide(&gateway, codes.text("user_code")?, &json!({"approve": true, "user": "janedoe"}))?;
    ensure!(status == 200, "{told}");
    gateway.admin().advance_clock(600)?;
    ensure_refused(&poll(&gateway, &codes)?, "expired_token")?;
    Ok(())
}

fn decide(gateway: &Gateway, code: &str, body: &Value) -> Result<(u16, Value)> {
    let path = format!("/v1/mounts/openid/devices/{code}");
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    let request = http::request("POST", &path, &headers, body.to_string().as_bytes());
    let answer = http::exchange(gateway.admin_address(), &request)?;
    Ok((answer.status, answer.json()?))
}

#[test]
fn o44_a_test_decides_without_a_browser() -> Result<()> {
    let gateway = site()?;
    let codes = begin(&gateway, "openid email")?;
    let code = codes.text("user_code")?;
    for (body, status) in [
        (json!({"approve": true}), 400),
        (json!({"approve": true, "user": "nobody"}), 400),
        (json!({"approve": true, "user": "janedoe", "scope": "openid phone"}), 400),
    ] {
        let (told, problem) = decide(&gateway, code, &body)?;
        ensure!(told == status, "{told} {problem}");
    }
    let (status, view) = decide(&gateway, code, &json!({"approve": true, "user": "janedoe", "scope": "openid"}))?;
    ensure!(status == 200 && view["client_id"] == TV && view["approved"] == true, "{view}");
    ensure!(decide(&gateway, code, &json!({"approve": false}))?.0 == 404, "what is decided is decided");
    let tokens = Tokens::of(&poll(&gateway, &codes)?)?;
    ensure!(tokens.scope == "openid" && claims(&gateway, &tokens.id)?["sub"] == JANE);
    let denied = begin(&gateway, "openid")?;
    ensure!(decide(&gateway, denied.text("user_code")?, &json!({"approve": false}))?.0 == 200);
    ensure_refused(&poll(&gateway, &denied)?, "access_denied")
}

#[test]
fn o44_codes_are_their_clients_and_no_others() -> Result<()> {
    let gateway = site()?;
    let codes = begin(&gateway, "openid")?;
    decide(&gateway, codes.text("user_code")?, &json!({"approve": true, "user": "janedoe"}))?;
    let code = codes.text("device_code")?;
    let stranger = [("grant_type", GRANT), ("device_code", code)];
    ensure_refused(&token(&gateway, "tv-two", &stranger)?, "invalid_grant")?;
    // It is no authorization code, whatever redirect URI is named.
    for uri in [GRANT, "https://client.test/cb"] {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", uri)];
        let answer = token(&gateway, "tv-two", &fields)?;
        ensure!(answer.status == 400, "{}", answer.text());
    }
    for (client, error) in [("public", "unauthorized_client"), ("web", "invalid_client")] {
        let answer = ask(&gateway, client, &[])?;
        ensure!(answer.json()?["error"] == error, "{client}: {}", answer.text());
    }
    ensure_refused(&ask(&gateway, TV, &[("scope", "api")])?, "invalid_scope")?;
    Tokens::of(&poll(&gateway, &codes)?).map(drop)
}

#[test]
fn o44_the_page_resists_guessing() -> Result<()> {
    let gateway = site()?;
    gateway.admin().patch_settings("openid", &json!({"sign_in_failures": 3}))?;
    let codes = begin(&gateway, "openid")?;
    let (mut browser, _) = page(&gateway, &codes)?;
    for guess in ["BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD"] {
        let wrong = browser.get(&format!("/openid/device?user_code={guess}"))?;
        ensure!(wrong.status == 400 && wrong.text().contains("No device waits"), "{}", wrong.text());
    }
    let limited = browser.get(&codes.page()?)?;
    ensure!(limited.status == 429 && limited.header("retry-after").is_some(), "{}", limited.text());
    Ok(())
}
