//! BizzAssure: no OAuth library fits its JSON, so a plain HTTP call with types of one's own; then the signature of the
//! token is checked.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use anyhow::{Context, Result, bail, ensure};
use josekit::jwk::{Jwk, JwkSet};
use josekit::jws::{JwsHeader, RS256};
use josekit::jwt::{self, JwtPayload};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct TokenRequest<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    scopes: &'a [&'a str],
}

#[derive(Deserialize)]
struct TokenReply {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    access_token: String,
    expires_in: u64,
    token_type: String,
}

/// Every refusal has this form; `kind` is what to branch on.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    detail: String,
}

fn main() -> Result<()> {
    let gateway = examples::gateway();
    let agent = examples::agent();

    let request = TokenRequest {
        client_id: "bizzassure-demo",
        client_secret: "bizzassure-demo-secret",
        scopes: &["employee.get", "policy.list"],
    };
    let mut answer = agent.post(format!("{gateway}/bizzassure/v1/auth/token")).send_json(&request)?;
    if answer.status() != 200 {
        let Refusal { kind, title, detail } = answer.body_mut().read_json()?;
        bail!("{kind}: {title}. {detail}");
    }
    let token = answer.body_mut().read_json::<TokenReply>()?.payload;
    println!("{} token, {} s", token.token_type, token.expires_in);

    // BizzAssure publishes no keys. The gateway does, so that a resource server under test can check what it is given.
    let keys = agent.get(format!("{gateway}/_gateway/jwks/bizzassure")).call()?.body_mut().read_to_vec()?;
    let keys = JwkSet::from_bytes(keys)?;
    let (claims, header) = verified(&token.access_token, &keys.keys())?;
    let issuer = claims.issuer().context("no issuer")?;
    // The issuer is the gateway's public URL with the mount, whatever address it was called by.
    ensure!(issuer == format!("{gateway}/bizzassure"), "issued by {issuer}: set IDP_GATEWAY to its public URL");
    println!("{} signature of {issuer} holds", header.algorithm().unwrap_or_default());
    println!(
        "subject {}, scopes {}",
        claims.subject().unwrap_or_default(),
        claims.claim("scopes").context("no scopes")?
    );
    Ok(())
}

/// Claims and header of a token that one of the keys signed. The algorithm is the verifier's, never the header's.
fn verified(token: &str, keys: &[&Jwk]) -> Result<(JwtPayload, JwsHeader)> {
    for key in keys {
        let mut verifier = RS256.verifier_from_jwk(key)?;
        // BizzAssure's header names no key, and a verifier that has a name asks for it there.
        verifier.remove_key_id();
        if let Ok(found) = jwt::decode_with_verifier(token, &verifier) {
            return Ok(found);
        }
    }
    bail!("no key of {} signed the token", keys.len())
}
