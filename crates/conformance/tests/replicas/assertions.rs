//! Assertions over several replicas: each is good once, whichever sees it.

use crate::{Replicas, at_once, config};
use anyhow::{Result, ensure};
use serde_json::json;
use testkit::Redis;
use testkit::assertion::{self, Signer, TYPE};
use testkit::gateway::Gateway;
use testkit::http;

const ISSUER: &str = "http://localhost:8080/openid";

/// The status of a token request that an assertion authenticates.
fn present(gateway: &Gateway, jwt: &str) -> Result<u16> {
    let fields = [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", jwt)];
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let body = serde_urlencoded::to_string(fields)?;
    Ok(http::exchange(gateway.public(), &http::request("POST", "/openid/token", &headers, body.as_bytes()))?.status)
}

#[test]
fn o41_an_assertion_is_good_once_on_all_replicas() -> Result<()> {
    let redis = Redis::start()?;
    let mount = "[[mount]]\nname = \"openid\"\ndialect = \"openid-connect\"";
    let start =
        |n| Gateway::start(&config(&redis.url(), &format!("replica-{n}"), &format!("timeout_ms = 5000\n{mount}")));
    let gateways = (0..2).map(start).collect::<Result<Vec<_>>>()?;
    let replicas = Replicas { gateways, redis };
    let signer = Signer::new("ES256", Some("k1"))?;
    let client = json!({ "jwks": signer.jwks()?, "scopes": ["api"] });
    replicas.any().admin().put("openid", "clients", "svc", &client)?;
    for _ in 0..5 {
        let jwt = signer.sign(&assertion::claims("svc", ISSUER, &json!({}))?)?;
        let answers = at_once(20, |n| present(&replicas.gateways[n % 2], &jwt))?;
        let served = answers.iter().filter(|status| **status == 200).count();
        ensure!(served == 1 && answers.iter().all(|status| [200, 401].contains(status)), "{answers:?}");
    }
    // A key that is taken away on one is none on the other.
    let other = Signer::new("ES256", Some("k2"))?;
    replicas.gateways[0].admin().put(
        "openid",
        "clients",
        "svc",
        &json!({ "jwks": other.jwks()?, "scopes": ["api"] }),
    )?;
    let sign = |signer: &Signer| signer.sign(&assertion::claims("svc", ISSUER, &json!({}))?);
    ensure!(present(&replicas.gateways[1], &sign(&signer)?)? == 401, "the old key");
    ensure!(present(&replicas.gateways[1], &sign(&other)?)? == 200, "the new key");
    Ok(())
}
