//! Nothing of one namespace is worth anything in another.

use super::super::threats::gateway;
use super::World;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU16, Ordering};
use testkit::agent::{Agent, form};
use testkit::gateway::Gateway;
use testkit::vendor::{BRIGHTHR, EACH, EAGLE, OPENID, Tokens, VERIFIER, Vendor, code};

/// Outside any, one whose name was drawn and so begins with a copy of an RSA key, and two that were named.
fn worlds(gateway: &Gateway) -> Result<[World; 4]> {
    let name = || format!("apart-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    Ok([
        World::outside(),
        World::make(gateway, None)?,
        World::make(gateway, Some(&name()))?,
        World::make(gateway, Some(&name()))?,
    ])
}

/// What tells the names of these tests apart.
static NEXT: AtomicU16 = AtomicU16::new(0);

const MOUNTS: [&str; 5] = ["bizzassure", "bits", BRIGHTHR.mount, EAGLE.mount, OPENID.mount];

#[test]
fn no_token_of_one_world_holds_in_another_whatever_its_dialect_and_algorithm() -> Result<()> {
    let gateway = gateway()?;
    let mut worlds = worlds(gateway)?;
    // The one gateway of these tests keeps its own settings.
    worlds[0] = World::make(gateway, None)?;
    for mount in MOUNTS {
        let clients = worlds[0].admin(gateway, "GET", &format!("/v1/mounts/{mount}/clients"), None)?;
        let client = &clients["items"][0];
        let order = json!({ "client_id": client["id"], "scope": client["scopes"][0] });
        for alg in ["RS256", "ES256", "HS256", "PS256", "HS512"] {
            let mut issued = Vec::new();
            for world in &worlds {
                let settings = json!({ "alg": alg });
                world.admin(gateway, "PATCH", &format!("/v1/mounts/{mount}/settings"), Some(&settings))?;
                let set = world.admin(gateway, "POST", &format!("/v1/mounts/{mount}/tokens"), Some(&order))?;
                issued.push(set["access_token"].as_str().context("no token")?.to_owned());
            }
            for (of, token) in issued.iter().enumerate() {
                for (at, world) in worlds.iter().enumerate() {
                    let statuses = verify(gateway, world, mount, token)?;
                    ensure!(statuses == (if of == at { 200 } else { 401 }), "{mount} {alg}: {of} at {at}: {statuses}");
                }
            }
        }
    }
    Ok(())
}

fn verify(gateway: &Gateway, world: &World, mount: &str, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let path = format!("{}/_gateway/verify/{mount}", world.root);
    Ok(super::get(gateway, &path, &[("Authorization", &bearer)])?.status)
}

#[test]
fn keys_are_shared_where_the_issuer_is_a_url_and_no_other_namespace_had_the_name() -> Result<()> {
    let gateway = gateway()?;
    let [outside, drawn, named, _] = worlds(gateway)?;
    let kids = |world: &World, mount: &str| -> Result<HashSet<String>> {
        let jwks = world.admin(gateway, "GET", &format!("/v1/mounts/{mount}/jwks"), None)?;
        let keys = jwks["keys"].as_array().context("no keys")?;
        Ok(keys.iter().map(|key| key["n"].as_str().or(key["k"].as_str()).unwrap_or_default().to_owned()).collect())
    };
    ensure!(kids(&outside, BRIGHTHR.mount)? == kids(&drawn, BRIGHTHR.mount)?, "a key that need not be made");
    for (mount, one, other) in [
        (BRIGHTHR.mount, &outside, &named),
        (EAGLE.mount, &outside, &drawn),
        ("bits", &outside, &drawn),
        ("bits", &drawn, &named),
    ] {
        ensure!(kids(one, mount)?.is_disjoint(&kids(other, mount)?), "{mount}: {one:?} {other:?}");
    }
    Ok(())
}

#[test]
fn no_code_refresh_token_session_or_form_of_one_world_holds_in_another() -> Result<()> {
    let gateway = gateway()?;
    let worlds = worlds(gateway)?;
    for vendor in &EACH {
        for of in &worlds {
            let own = of.vendor(vendor);
            for at in worlds.iter().filter(|at| at.name != of.name) {
                let other = at.vendor(vendor);
                let unspent = own.approved(gateway, &[])?;
                other.is_invalid_grant(&other.redeem(gateway, &unspent, Some(VERIFIER))?)?;
                let tokens = own.tokens(gateway, &unspent).context("what another refused is unspent")?;
                other.is_invalid_grant(&other.refresh(gateway, &tokens.refresh)?)?;
                ensure!(at.statuses(gateway, vendor, &tokens.access)?.iter().all(|status| *status == 401));
                ensure!(of.statuses(gateway, vendor, &tokens.access)?.iter().all(|status| *status == 200));
                Tokens::of(&own.refresh(gateway, &tokens.refresh)?).context("what another refused is unspent")?;
            }
            let signed_in = own.signed_in(gateway, vendor.user)?;
            for at in worlds.iter().filter(|at| at.name != of.name) {
                let mut browser = signed_in.clone();
                ensure!(!at.vendor(vendor).is_signed_in(&mut browser)?, "{of:?} {at:?}");
                stolen(gateway, vendor, (of, &signed_in), at).with_context(|| format!("{of:?} {at:?}"))?;
            }
        }
    }
    Ok(())
}

/// The cookies of one world under the names of another's, and a form that was given to that browser.
fn stolen(gateway: &Gateway, vendor: &Vendor, (of, signed_in): (&World, &Agent), at: &World) -> Result<()> {
    let (own, other) = (of.vendor(vendor), at.vendor(vendor));
    let mut victim = Agent::new(gateway.public());
    let given = form(&victim.get(own.login)?, "csrf")?;
    let page = Agent::new(gateway.public()).get(other.login)?;
    let (name, _) = page.headers_named("set-cookie").find_map(|line| line.split_once('=')).context("no cookie")?;
    let mut thief = Agent::new(gateway.public());
    thief.plant(name, victim.cookie("idp_browser_").context("no cookie")?);
    thief.plant(&name.replace("browser", "session"), signed_in.cookie("idp_session_").context("no session")?);
    ensure!(!other.is_signed_in(&mut thief)?, "a session of another world");
    let mut sent = given.with("pick", vendor.user);
    sent.action = format!("{}{}", at.root, sent.action.strip_prefix(&of.root).context("a form that leads elsewhere")?);
    let answer = thief.submit(&sent)?;
    ensure!(answer.status == 403, "a form of another world: {}", answer.status);
    Ok(())
}

#[test]
fn no_personal_access_token_of_one_world_holds_in_another() -> Result<()> {
    let gateway = gateway()?;
    let worlds = worlds(gateway)?;
    for of in &worlds {
        let path = format!("/v1/mounts/{}/users/{}/pats", BRIGHTHR.mount, BRIGHTHR.user);
        let made = of.admin(gateway, "POST", &path, Some(&json!({ "name": "apart" })))?;
        let token = made["token"].as_str().context("no token")?;
        for at in &worlds {
            let expected = if at.name == of.name { 200 } else { 401 };
            ensure!(verify(gateway, at, BRIGHTHR.mount, token)? == expected, "{of:?} {at:?}");
        }
    }
    Ok(())
}

#[test]
fn a_sign_in_stays_in_its_world_from_the_first_page_to_the_userinfo() -> Result<()> {
    let gateway = gateway()?;
    let world = World::make(gateway, None)?;
    for vendor in &EACH {
        let own = world.vendor(vendor);
        let mut browser = Agent::new(gateway.public());
        let page = own.go(&mut browser, &[])?;
        let login = form(&page, "csrf")?;
        ensure!(login.action.starts_with(&format!("{}/", world.root)), "{}", login.action);
        let answer = browser.submit(&login.with("pick", vendor.user))?;
        let cookies: Vec<_> = answer.headers_named("set-cookie").collect();
        let path = format!("Path={}/", world.root);
        ensure!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.contains(&path)), "{cookies:?}");
        let consent = browser.follow(answer)?;
        let approved = form(&consent, "csrf")?;
        ensure!(approved.action.starts_with(&format!("{}/", world.root)), "{}", approved.action);
        let tokens = own.tokens(gateway, &code(&browser.submit(&approved.with("decision", "allow"))?)?)?;
        ensure!(world.statuses(gateway, vendor, &tokens.access)?.iter().all(|status| *status == 200));
    }
    let base = world.admin(gateway, "GET", &format!("/v1/namespaces/{}", &world.root[2..]), None)?;
    let issuer = base["mounts"][BRIGHTHR.mount]["issuer"].as_str().context("no issuer")?;
    let discovery: Value =
        super::get(gateway, &format!("{}/{}/.well-known/openid-configuration", world.root, BRIGHTHR.mount), &[])?
            .json()?;
    ensure!(discovery["issuer"] == issuer && issuer.ends_with(&format!("{}/{}", world.root, BRIGHTHR.mount)));
    for link in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        ensure!(discovery[link].as_str().is_some_and(|link| link.starts_with(issuer)), "{link}: {discovery}");
    }
    Ok(())
}
