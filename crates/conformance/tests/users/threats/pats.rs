//! Personal access tokens, made and revoked on the account page.

use super::browser::{Browser, Form, form, forms};
use super::gateway;
use super::vendor::{BRIGHTHR, EAGLE, PRODUCTION, Vendor, call};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::http::{self, Response};

fn order(vendor: &Vendor, browser: &mut Browser, name: &str, scopes: &str, days: &str) -> Result<Response> {
    let page = browser.get(vendor.account)?;
    let empty = form(&page, "days")?.without("scope").with("name", name).with("days", days);
    let ticked = scopes.split(' ').map(|scope| ("scope".to_owned(), scope.to_owned()));
    browser.submit(&Form { fields: empty.fields.into_iter().chain(ticked).collect(), ..empty })
}

/// Makes a token through the page's form.
pub(crate) fn make_pat(vendor: &Vendor, browser: &mut Browser, scopes: &str, days: &str) -> Result<String> {
    let page = order(vendor, browser, "a script", scopes, days)?;
    ensure!(page.status == 200, "{} {}", page.status, page.text());
    let text = page.text();
    let (_, rest) = text.split_once("bhr_pat_").context("no token on the page")?;
    let is_random = |b: char| b.is_ascii_alphanumeric() || "-_".contains(b);
    Ok(format!("bhr_pat_{}", rest.split(|b| !is_random(b)).next().unwrap_or_default()))
}

fn revocations(vendor: &Vendor, browser: &mut Browser) -> Result<Vec<Form>> {
    let mut all = forms(&browser.get(vendor.account)?)?;
    all.retain(|form| form.value("do") == Some("revoke_pat"));
    Ok(all)
}

fn introspected(token: &str) -> Result<Value> {
    let path = BRIGHTHR.introspect.unwrap_or_default();
    call(gateway()?, path, BRIGHTHR.client, &[("token", token)])?.json()
}

fn get(path: &str, token: &str) -> Result<Response> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    http::exchange(gateway()?.public(), &http::request("GET", path, &headers, b""))
}

#[test]
fn t56_a_token_works_for_its_user_until_it_is_revoked() -> Result<()> {
    let gateway = gateway()?;
    let vendor = &BRIGHTHR;
    vendor.make_user(gateway, "5601", &json!({}))?;
    vendor.make_user(gateway, "5602", &json!({}))?;
    let mut browser = vendor.signed_in(gateway, "5601")?;
    let token = make_pat(vendor, &mut browser, "openid email", "30")?;
    let other = make_pat(vendor, &mut browser, "openid", "30")?;
    let random = token.strip_prefix("bhr_pat_").context("the prefix")?;
    ensure!(random.len() == 43 && random.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{token}");
    ensure!(token != other);

    ensure!(vendor.is_live(gateway, &token)?);
    let told = introspected(&token)?;
    ensure!(told["sub"] == "5601" && told["scope"] == "openid email" && told["client_id"].is_null(), "{told}");
    ensure!(
        told["exp"].as_i64().zip(told["iat"].as_i64()).is_some_and(|(exp, iat)| exp - iat == 30 * 86_400),
        "{told}"
    );
    let userinfo = get(vendor.userinfo.unwrap_or_default(), &token)?.json()?;
    ensure!(userinfo["sub"] == "5601" && userinfo["email"] == "5601@client.test", "{userinfo}");
    let verified = get("/_gateway/verify/brighthr-sandbox?user=required&scope=email", &token)?;
    ensure!(verified.header("x-auth-subject") == Some("5601") && verified.header("x-auth-client").is_none());
    ensure!(get("/_gateway/verify/brighthr-sandbox?scope=company:read", &token)?.status == 403, "a scope it lacks");

    // It is shown once, and is no other kind of token.
    ensure!(!browser.get(vendor.account)?.text().contains(random));
    vendor.is_invalid_grant(&vendor.refresh(gateway, &token)?)?;
    vendor.is_invalid_grant(&vendor.redeem(gateway, &token, None)?)?;
    let changed = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { "B" } else { "A" });
    for unknown in [&changed, "bhr_pat_", random, &token.to_uppercase()] {
        ensure!(!vendor.is_live(gateway, unknown)?, "{unknown}");
    }

    // Another user revokes nothing of it, though its id were known; its own user does, and only that one.
    let rows = revocations(vendor, &mut browser)?;
    ensure!(rows.len() == 2, "{rows:?}");
    let id = told["jti"].as_str().context("a jti")?;
    let mut stranger = vendor.signed_in(gateway, "5602")?;
    let account = form(&stranger.get(vendor.account)?, "csrf")?;
    stranger.submit(&account.with("do", "revoke_pat").with("id", id))?;
    ensure!(vendor.is_live(gateway, &token)?, "revoked by another user");
    let row = rows.iter().find(|form| form.value("id") == Some(id)).context("its row")?;
    ensure!(browser.submit(row)?.status == 303);
    ensure!(!vendor.is_live(gateway, &token)? && vendor.is_live(gateway, &other)?);
    ensure!(!super::logs()?.contains(random), "a token in the log");
    Ok(())
}

#[test]
fn t54_a_token_of_one_mount_is_nothing_at_another() -> Result<()> {
    let gateway = gateway()?;
    let mut browser = PRODUCTION.signed_in(gateway, PRODUCTION.user)?;
    let token = make_pat(&PRODUCTION, &mut browser, "openid", "1")?;
    ensure!(PRODUCTION.is_live(gateway, &token)?);
    for abroad in [BRIGHTHR, EAGLE] {
        ensure!(!abroad.is_live(gateway, &token)?, "{}", abroad.mount);
    }
    Ok(())
}

#[test]
fn what_cannot_be_made_is_said_on_the_page_and_makes_nothing() -> Result<()> {
    let gateway = gateway()?;
    BRIGHTHR.make_user(gateway, "5603", &json!({}))?;
    let mut browser = BRIGHTHR.signed_in(gateway, "5603")?;
    let long = "n".repeat(101);
    for (name, scopes, days) in [
        ("", "openid", "30"),
        ("   ", "openid", "30"),
        (&long, "openid", "30"),
        ("a\nb", "openid", "30"),
        ("a", "", "30"),
        ("a", "offline_access", "30"),
        ("a", "magic", "30"),
        ("a", "openid", "0"),
        ("a", "openid", "-1"),
        ("a", "openid", "366"),
        ("a", "openid", "9223372036854775807"),
        ("a", "openid", "soon"),
        ("a", "openid", ""),
    ] {
        let page = order(&BRIGHTHR, &mut browser, name, scopes, days)?;
        let text = page.text();
        let shown = format!("{name:?} {scopes:?} {days:?}: {} {text}", page.status);
        ensure!(page.status == 400 && text.contains("role=\"alert\"") && !text.contains("bhr_pat_"), "{shown}");
    }
    ensure!(revocations(&BRIGHTHR, &mut browser)?.is_empty());
    let page = order(&BRIGHTHR, &mut browser, "<script>\"'", "openid", "365")?;
    ensure!(page.status == 200 && !page.text().contains("<script"), "{}", page.text());
    ensure!(revocations(&BRIGHTHR, &mut browser)?.len() == 1);
    Ok(())
}
