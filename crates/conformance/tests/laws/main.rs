//! What holds for every dialect, without a gateway: requests in, calls and bytes out.

mod encoding;
mod reading;
mod tidy;

use anyhow::{Context, Result};
use configuration::registry::{self, DIALECTS};
use dialect::{Dialect, DialectKind, SettingsMap, WireRequest};
use grant::{Call, Endpoint, GrantError, GrantErrorKind, GrantType, Proof};
use std::collections::BTreeSet;
use std::sync::Arc;
use testkit::contract::{self, Contract};
use testkit::dialects::parse;
use testkit::pairs::{Pair, Request};

/// The dialect under its default settings.
fn build(kind: &DialectKind) -> Result<Arc<dyn Dialect>> {
    Ok(kind.build(&SettingsMap::new())?)
}

fn kind_of(contract: &Contract) -> Result<DialectKind> {
    registry::find(&contract.dialect).with_context(|| format!("the registry has no {}", contract.dialect))
}

fn dialect_of(contract: &Contract) -> Result<Arc<dyn Dialect>> {
    build(&kind_of(contract)?)
}

/// The errors of a reading, those kept in the call included.
fn errors(outcome: &Result<Call, GrantError>) -> Vec<&GrantError> {
    match outcome {
        Err(error) => vec![error],
        Ok(Call::Token(request)) => {
            let proof = match &request.proof {
                Ok(Proof::Incomplete { error, .. }) | Err(error) => Some(error),
                Ok(_) => None,
            };
            let found = [request.client.as_ref().err(), proof, request.scopes.as_ref().err()];
            found.into_iter().flatten().collect()
        }
        Ok(Call::Introspect(request)) => request.client.as_ref().err().into_iter().collect(),
        Ok(Call::Revoke(request)) => request.client.as_ref().err().into_iter().collect(),
        Ok(_) => Vec::new(),
    }
}

/// The pairs that show a grant of tokens.
fn granted(contract: &Contract) -> impl Iterator<Item = &Pair> {
    contract.pairs.iter().filter(|pair| pair.response.status == 200 && pair.response.body.contains("access_token"))
}

fn is_json(request: &Request) -> bool {
    request.header("content-type").is_some_and(|media| media.starts_with("application/json"))
}

/// The grant type that a token request names; a vendor's JSON has none and means the client's own authority.
fn grant_type(request: &Request) -> Option<String> {
    if is_json(request) {
        return Some(GrantType::ClientCredentials.as_str().to_owned());
    }
    let parameters: Vec<(String, String)> = serde_urlencoded::from_str(&request.body).ok()?;
    parameters.into_iter().find(|(name, _)| name == "grant_type").map(|(_, value)| value)
}

#[test]
fn a_declared_grant_has_a_pair() -> Result<()> {
    for contract in contract::load_all()? {
        let shown: BTreeSet<_> = contract.pairs.iter().filter_map(|pair| grant_type(&pair.request)).collect();
        for grant in &dialect_of(&contract)?.capabilities().grants {
            assert!(
                shown.contains(grant.as_str()),
                "{} declares {} and no pair shows it",
                contract.dialect,
                grant.as_str()
            );
        }
    }
    Ok(())
}

#[test]
fn an_undeclared_grant_is_unsupported() -> Result<()> {
    for contract in contract::load_all()? {
        let dialect = dialect_of(&contract)?;
        let declared = &dialect.capabilities().grants;
        let example = granted(&contract).next().context("no pair shows a grant")?;
        if is_json(&example.request) {
            assert_eq!(
                declared,
                &[GrantType::ClientCredentials],
                "{}: a request that names no grant",
                contract.dialect
            );
            continue;
        }
        let undeclared = GrantType::ALL.iter().filter(|grant| !declared.contains(grant)).map(|grant| grant.as_str());
        for name in undeclared.chain(["magic", "password", "CLIENT_CREDENTIALS"]) {
            let mut request = example.request.clone();
            request.body = request.body.replace("grant_type=client_credentials", &format!("grant_type={name}"));
            assert_ne!(request.body, example.request.body);
            let (_, outcome) = parse(&*dialect, &request).context("the token endpoint")?;
            let kinds: Vec<_> = errors(&outcome).iter().map(|error| error.kind.clone()).collect();
            assert!(kinds.contains(&GrantErrorKind::UnsupportedGrantType), "{} {name}: {outcome:?}", contract.dialect);
        }
    }
    Ok(())
}

#[test]
fn no_debug_form_shows_a_secret() -> Result<()> {
    let contracts = contract::load_all()?;
    let clients = contracts.iter().flat_map(|contract| &contract.mounts).flat_map(|mount| &mount.clients);
    let mut secrets: Vec<&str> = clients.filter_map(|client| client.secret.as_deref()).collect();
    // The verifier of RFC 7636 appendix B, and what stands for a code, a refresh token and a bearer token.
    secrets.extend(["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "{{code}}", "{{refresh}}", "{{token}}", "bogus"]);
    let mut read = 0;
    for contract in &contracts {
        let dialect = dialect_of(contract)?;
        for pair in &contract.pairs {
            let Some((_, outcome)) = parse(&*dialect, &pair.request) else { continue };
            read += 1;
            let shown = format!("{outcome:?} {dialect:?}");
            for secret in &secrets {
                assert!(!shown.contains(secret), "{}: {secret} in {shown}", pair.id);
            }
        }
    }
    assert!(read > 60, "{read} requests read");
    Ok(())
}

/// What no pair shows: secrets in every place of the calls that browsers and resource servers make.
#[test]
fn no_debug_form_shows_a_secret_of_any_endpoint() -> Result<()> {
    const MARK: &str = "hush-0123456789abcdef0123456789abcdef0123456789";
    let secrets = ["nonce", "code_challenge", "token", "id_token_hint", "client_secret", "code_verifier"];
    let form: Vec<String> = secrets.iter().map(|name| format!("{name}={MARK}")).collect();
    let form = format!("client_id=a&redirect_uri=b&code_challenge_method=plain&{}", form.join("&"));
    let media: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
    let bearer: (&str, &[u8]) = ("authorization", b"Bearer hush-0123456789abcdef0123456789abcdef0123456789");
    let mut read = 0;
    for kind in DIALECTS {
        let dialect = build(kind)?;
        for endpoint in Endpoint::ALL {
            for (method, headers) in [("GET", &[bearer][..]), ("POST", &[media][..]), ("POST", &[media, bearer][..])] {
                let (query, body) = if method == "GET" { (Some(form.as_str()), "") } else { (None, form.as_str()) };
                let path = dialect.routes().iter().find(|route| route.endpoint == endpoint).map_or("/", |r| r.path);
                let request = WireRequest { method, path, query, headers, body: body.as_bytes() };
                let outcome = dialect.parse(endpoint, &request);
                read += usize::from(outcome.is_ok());
                assert!(!format!("{outcome:?} {request:?}").contains("hush"), "{} {endpoint:?}: {outcome:?}", kind.id);
            }
        }
    }
    assert!(read > 10, "{read} requests read");
    Ok(())
}

#[test]
fn ids_and_paths_belong_to_one_dialect() -> Result<()> {
    let mut ids = BTreeSet::new();
    for kind in DIALECTS {
        assert!(ids.insert(kind.id), "{} is there twice", kind.id);
        let mut paths = BTreeSet::new();
        for route in build(kind)?.routes() {
            assert!(route.path.starts_with('/') && !route.path.starts_with("/_gateway"), "{}", route.path);
            assert!(paths.insert(route.path), "{} {} is there twice", kind.id, route.path);
            assert!(!route.methods.is_empty(), "{} {}", kind.id, route.path);
        }
    }
    Ok(())
}
