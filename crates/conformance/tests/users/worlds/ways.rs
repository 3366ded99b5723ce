//! The ways into a namespace: path before host before header.

use super::super::threats::gateway;
use super::{World, get};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testkit::gateway::Gateway;
use testkit::http;
use testkit::vendor::BRIGHTHR;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const HEADER: &str = "X-Gateway-Namespace";

/// The issuer of the discovery document at a path, Host and header; the status where there is none.
fn issuer(gateway: &Gateway, path: &str, host: &str, headers: &[&str]) -> Result<Result<String, u16>> {
    let named: Vec<_> = headers.iter().map(|name| (HEADER, *name)).collect();
    let all = [&[("Host", host)], &*named].concat();
    let answer = http::exchange(gateway.public(), &http::request("GET", path, &all, b""))?;
    if answer.status != 200 {
        ensure!(answer.body.is_empty(), "{} with {}", answer.status, answer.text());
        return Ok(Err(answer.status));
    }
    let document: Value = answer.json()?;
    Ok(Ok(document["issuer"].as_str().context("no issuer")?.to_owned()))
}

#[test]
fn path_host_and_header_lead_to_a_namespace_and_two_are_a_bad_request() -> Result<()> {
    let gateway = gateway()?;
    let (one, two) = (World::make(gateway, None)?, World::make(gateway, None)?);
    let (a, b) = (one.name.context("a name")?, two.name.context("a name")?);
    let mount = BRIGHTHR.mount;
    let made = gateway.admin().call("GET", &format!("/v1/namespaces/{a}"), None)?;
    let base =
        made["base"].as_str().and_then(|base| base.strip_suffix(&format!("/~{a}"))).context("a base")?.to_owned();
    let at = |name: &str| Ok(format!("{base}/~{name}/{mount}"));
    let outside = issuer(gateway, &format!("/{mount}{DISCOVERY}"), "localhost", &[])?;
    ensure!(outside == Ok(BRIGHTHR.issuer.to_owned()), "{outside:?}");
    let (path, path_a) = (format!("/{mount}{DISCOVERY}"), format!("/~{a}/{mount}{DISCOVERY}"));
    let (local, vendors) = (format!("{a}.{mount}.localhost"), format!("{a}.sandbox-login.brighthr.com"));
    let upper = local.to_ascii_uppercase();
    for (path, host, headers, expected) in [
        (&*path_a, "localhost", &[][..], at(&a)),
        (&format!("/%7E{a}/{mount}{DISCOVERY}"), "localhost", &[], at(&a)),
        (DISCOVERY, &*local, &[], at(&a)),
        (DISCOVERY, &upper, &[], at(&a)),
        (DISCOVERY, &vendors, &[], at(&a)),
        (&path, "localhost", &[&*a], at(&a)),
        (&path, "localhost", &[&*a, &*a], at(&a)),
        (&path_a, &local, &[&*a], at(&a)),
        (&path_a, &format!("{b}.{mount}.localhost"), &[], Err(400)),
        (&path_a, "localhost", &[&*b], Err(400)),
        (DISCOVERY, &local, &[&*b], Err(400)),
        (&path, "localhost", &[&*a, &*b], Err(400)),
        (&format!("/~nobody/{mount}{DISCOVERY}"), "localhost", &[], Err(404)),
        (&format!("/~{}/{mount}{DISCOVERY}", a.to_ascii_uppercase()), "localhost", &[], Err(404)),
        (DISCOVERY, &format!("nobody.{mount}.localhost"), &[], Err(404)),
        (DISCOVERY, &format!("no_body.{mount}.localhost"), &[], Err(404)),
        (DISCOVERY, &format!("{b}.{local}"), &[], Err(404)),
        (&path, &format!("no_body.{mount}.localhost"), &[], Err(404)),
        (&path, "localhost", &["nobody"], Err(404)),
        (&path, "localhost", &[""], Err(404)),
    ] {
        let found = issuer(gateway, path, host, headers)?;
        ensure!(found == expected, "{path} at {host} with {headers:?}: {found:?}, not {expected:?}");
    }
    Ok(())
}

#[test]
fn a_strangers_header_counts_neither_at_forward_auth_nor_at_authorize_and_pages() -> Result<()> {
    let gateway = gateway()?;
    let world = World::make(gateway, None)?;
    let name = world.name.clone().context("a name")?;
    let tokens = BRIGHTHR.tokens(gateway, &BRIGHTHR.approved(gateway, &[])?)?;
    let bearer = format!("Bearer {}", tokens.access);
    for header in [&*name, "nobody"] {
        let headers = [(HEADER, header), ("Authorization", &*bearer)];
        let verify = get(gateway, &format!("/_gateway/verify/{}", BRIGHTHR.mount), &headers)?;
        ensure!(verify.status == 200, "{}", verify.status);
        let authorize = get(gateway, &format!("{}?{}", BRIGHTHR.authorize, BRIGHTHR.query(&[])?), &headers)?;
        let to = authorize.header("location").unwrap_or_default();
        ensure!(authorize.status == 302 && to.starts_with(BRIGHTHR.login), "{} {to}", authorize.status);
        ensure!(get(gateway, BRIGHTHR.login, &headers)?.status == 200);
    }
    // Where it counts, the same token is a stranger's.
    let userinfo = BRIGHTHR.userinfo.context("userinfo")?;
    let there = [("Authorization", &*bearer), (HEADER, &*name)];
    ensure!(get(gateway, userinfo, &there[..1])?.status == 200 && get(gateway, userinfo, &there)?.status == 401);
    let jwks = |headers: &[(&str, &str)]| get(gateway, "/_gateway/jwks/screeningeagle", headers);
    ensure!(jwks(&[(HEADER, "nobody")])?.status == 404 && jwks(&[(HEADER, &name)])?.status == 200);
    Ok(())
}

#[test]
fn a_path_of_the_public_url_stands_before_the_namespace() -> Result<()> {
    let gateway = Gateway::start(
        "[server]\npublic_url = \"https://apps.test/idp\"\n[[mount]]\nname = \"hr\"\ndialect = \"brighthr-connect\"\n",
    )?;
    let world = World::make(&gateway, Some("a"))?;
    for path in ["/~a/hr", "/idp/~a/hr"] {
        let found = issuer(&gateway, &format!("{path}{DISCOVERY}"), "apps.test", &[])?;
        ensure!(found == Ok("https://apps.test/idp/~a/hr".to_owned()), "{path}: {found:?}");
        let page = get(&gateway, &format!("{path}/account"), &[])?;
        let to = page.header("location").unwrap_or_default();
        ensure!(to.starts_with("/idp/~a/hr/account/login"), "{path}: {} {to}", page.status);
    }
    let made = world.admin(&gateway, "GET", "/v1/namespaces/a", None)?;
    ensure!(made["base"] == "https://apps.test/idp/~a" && made["mounts"]["hr"]["host"] == "a.hr.localhost", "{made}");
    Ok(())
}
