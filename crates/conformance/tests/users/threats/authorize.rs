//! Who may ask at the authorization endpoint, and what of the request comes back.

use super::browser::Browser;
use super::gateway;
use super::vendor::{EACH, REDIRECT, Vendor, code, param, told};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::http::Response;

/// Whether the user is sent to the gateway's own page that says what was wrong, and nowhere else.
pub(crate) fn is_own_error(vendor: &Vendor, response: &Response) -> Result<()> {
    let to = response.header("location").unwrap_or_default();
    ensure!(response.status == 302 && to.starts_with(vendor.error), "{}: {} {to}", vendor.mount, response.status);
    ensure!(!to[vendor.error.len()..].contains(['/', ':', '?', '#']), "{to}");
    Ok(())
}

/// Whether a request whose client and redirect URI hold is refused: to the client where the vendor tells clients.
pub(crate) fn is_refused(vendor: &Vendor, response: &Response, error: &str) -> Result<()> {
    if !vendor.tells_client {
        return is_own_error(vendor, response);
    }
    ensure!(param(response, "error")?.as_deref() == Some(error), "{:?}, not {error}", told(response)?);
    ensure!(param(response, "code")?.is_none() && param(response, "state")?.as_deref() == Some("st"));
    Ok(())
}

#[test]
fn t26_an_unknown_client_or_redirect_uri_is_told_to_the_user_alone() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let disabled = json!({"grants": ["authorization_code"], "redirect_uris": [REDIRECT], "scopes": ["openid"],
            "disabled": true, "user": vendor.user});
        gateway.admin().put(vendor.mount, "clients", "switched-off", &disabled)?;
        for (instead, fault) in [
            (("client_id", "nobody"), "The client is not registered here."),
            (("client_id", "switched-off"), "Client `switched-off` is disabled."),
            (("client_id", ""), "client_id"),
            (("redirect_uri", "https://evil.test/cb"), "redirect_uri"),
            (("redirect_uri", ""), "redirect_uri"),
        ] {
            for more in [&[][..], &[("login_hint", vendor.user)], &[("prompt", "none")], &[("response_type", "token")]]
            {
                let mut browser = Browser::new(gateway.public());
                let response = vendor.ask(&mut browser, &[&[instead], more].concat())?;
                is_own_error(vendor, &response)?;
                if !more.is_empty() {
                    continue;
                }
                let page = browser.follow(response)?;
                let text = page.text();
                let told = text.replace("&#96;", "`");
                ensure!(page.status == 200 && told.contains(fault), "{} {fault}: {told}", vendor.mount);
                ensure!(!text.contains("evil.test"), "the page repeats what came: {text}");
                let (_, rest) = text.split_once("<dt>Reference</dt><dd><code>").context("a reference")?;
                let reference = rest.split('<').next().unwrap_or_default();
                ensure!(reference.len() == 36, "{reference:?}");
                // The log has it as well, but not where many are refused in the same second.
                let entries = gateway.admin().call("GET", &format!("/v1/journal?reference={reference}"), None)?;
                ensure!(entries[0]["id"] == reference, "{entries}");
            }
        }
    }
    Ok(())
}

#[test]
fn t26_a_link_to_the_error_page_says_only_what_was_sealed_into_it() -> Result<()> {
    for vendor in &EACH {
        let mut browser = Browser::new(gateway()?.public());
        let response = vendor.ask(&mut browser, &[("client_id", "nobody")])?;
        let link = response.header("location").context("a link")?.to_owned();
        let (link, seal) = link.rsplit_once('.').context("a seal")?;
        let forged = link.replacen("errorId=", "errorId=e", 1);
        for forged in [format!("{forged}.{seal}"), link.to_owned(), format!("{link}."), vendor.error.to_owned()] {
            let page = browser.get(&forged)?;
            ensure!(page.status == 400 && !page.text().contains("nobody"), "{} {}", page.status, page.text());
        }
    }
    Ok(())
}

#[test]
fn t32_a_parameter_twice_is_refused() -> Result<()> {
    for vendor in &EACH {
        let query = vendor.query(&[("login_hint", vendor.user), ("max_age", "600"), ("prompt", "consent")])?;
        for pair in query.split('&').chain(["x=1", "state=other", "redirect_uri=https%3A%2F%2Fevil.test"]) {
            let pair = if pair == "x=1" { "x=1&x=1" } else { pair };
            let mut browser = Browser::new(gateway()?.public());
            is_own_error(vendor, &browser.get(&format!("{}?{query}&{pair}", vendor.authorize))?)?;
            is_own_error(vendor, &post(&mut browser, vendor, &format!("{query}&{pair}"))?)?;
        }
        // What is refused is the repetition: once, it is served, in a form too.
        code(&post(&mut Browser::new(gateway()?.public()), vendor, &query)?)?;
    }
    Ok(())
}

fn post(browser: &mut Browser, vendor: &Vendor, query: &str) -> Result<Response> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(query)?;
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(vendor.authorize, &fields)
}

#[test]
fn t33_no_token_is_answered_from_the_authorization_endpoint() -> Result<()> {
    for vendor in &EACH {
        for (response_type, error) in [
            ("token", "unsupported_response_type"),
            ("id_token", "unsupported_response_type"),
            ("code token", "unsupported_response_type"),
            ("code id_token", "unsupported_response_type"),
            ("CODE", "unsupported_response_type"),
            ("", "invalid_request"),
        ] {
            let mut browser = Browser::new(gateway()?.public());
            let response =
                vendor.ask(&mut browser, &[("response_type", response_type), ("login_hint", vendor.user)])?;
            is_refused(vendor, &response, error).with_context(|| format!("{response_type:?}"))?;
            ensure!(browser.cookie("idp_session").is_none(), "signed in for a request that is refused");
        }
        for mode in ["web_message", "query.jwt", "FORM_POST"] {
            let mut browser = Browser::new(gateway()?.public());
            let response = vendor.ask(&mut browser, &[("response_mode", mode), ("login_hint", vendor.user)])?;
            is_refused(vendor, &response, "invalid_request").context(mode)?;
        }
        for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
            let mut browser = Browser::new(gateway()?.public());
            let response = vendor.ask(&mut browser, &[(name, "https://evil.test/r"), ("login_hint", vendor.user)])?;
            is_refused(vendor, &response, error).context(name)?;
        }
    }
    Ok(())
}

#[test]
fn t34_state_comes_back_as_it_went_and_adds_no_header() -> Result<()> {
    let long = "a<b>&\"'".repeat(10_240 / 7 + 1);
    let states = [
        "x\r\nSet-Cookie: evil=1\r\n\r\n<script>",
        "\"><script>alert(1)</script>",
        "é %41+&code=evil#f",
        "\u{7f}\t",
        &long,
    ];
    for vendor in &EACH {
        for state in states {
            let shown = || format!("{}: {:.40?}", vendor.mount, state);
            let mut browser = Browser::new(gateway()?.public());
            let told_by_hint = vendor.ask(&mut browser, &[("state", state), ("login_hint", vendor.user)])?;
            // By the pages: carried through the login page and the consent page, in links and hidden fields.
            let mut browser = vendor.signed_in(gateway()?, vendor.user)?;
            let page = vendor.go(&mut browser, &[("state", state), ("prompt", "login consent")])?;
            ensure!(page.status == 200 && !page.text().contains("<script"), "{}", shown());
            let form = super::browser::form(&page, "csrf").with_context(shown)?.with("pick", vendor.user);
            let response = browser.submit(&form)?;
            let page = browser.follow(response)?;
            ensure!(!page.text().contains("<script"), "{}", shown());
            let allowed = browser.submit(&super::browser::form(&page, "scope")?.with("decision", "allow"))?;
            ensure!(allowed.status == 303, "{} {}", allowed.status, shown());
            for response in [told_by_hint, allowed] {
                let parameters = told(&response).with_context(shown)?;
                let values: Vec<_> = parameters.iter().filter(|(name, _)| name == "state").collect();
                ensure!(values.len() == 1 && values[0].1 == state, "{}", shown());
                ensure!(parameters.iter().filter(|(name, _)| name == "code").count() == 1, "{}", shown());
                ensure!(response.headers_named("set-cookie").all(|line| !line.contains("evil")), "{}", shown());
                let location = response.header("location").unwrap_or_default();
                let fragment = location.split_once('#').map(|(_, fragment)| fragment);
                ensure!(location.bytes().all(|b| b.is_ascii_graphic()) && fragment.is_none(), "{}", shown());
            }
        }
    }
    Ok(())
}

#[test]
fn t35_answers_name_their_issuer() -> Result<()> {
    for vendor in &EACH {
        let mut browser = Browser::new(gateway()?.public());
        let granted = vendor.ask(&mut browser, &[("login_hint", vendor.user)])?;
        ensure!(param(&granted, "iss")?.as_deref() == Some(vendor.issuer), "{:?}", told(&granted)?);
        // BrightHR's refusals name it only where its metadata say so: some clients refuse what is not announced.
        let refused = vendor.ask(&mut Browser::new(gateway()?.public()), &[("prompt", "none")])?;
        ensure!(param(&refused, "error")?.as_deref() == Some("login_required"), "{:?}", told(&refused)?);
        ensure!(param(&refused, "iss")?.is_some() == vendor.tells_client, "{:?}", told(&refused)?);
    }
    Ok(())
}

#[test]
fn t16_a_scope_that_is_unknown_or_not_the_clients_is_refused() -> Result<()> {
    for vendor in &EACH {
        let foreign = match vendor.mount {
            "openid" => "api",
            "screeningeagle" => "offline",
            _ => "employee:write",
        };
        for (client, scope) in
            [(vendor.client.0, "openid magic"), (super::vendor::OTHER, foreign), (vendor.client.0, "\"")]
        {
            let mut browser = Browser::new(gateway()?.public());
            let instead = [("client_id", client), ("scope", scope), ("login_hint", vendor.user)];
            let response = vendor.ask(&mut browser, &instead)?;
            is_refused(vendor, &response, "invalid_scope").with_context(|| format!("{client} {scope}"))?;
        }
    }
    Ok(())
}
