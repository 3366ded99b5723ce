//! How requests are read: whatever comes, in whatever order, never twice.

use crate::{build, dialect_of, errors, granted, is_json, parse};
use anyhow::{Context, Result};
use configuration::registry::DIALECTS;
use dialect::WireRequest;
use grant::{Endpoint, GrantErrorKind};
use proptest::prelude::*;
use testkit::contract;
use testkit::dialects::contents;
use testkit::pairs::Request;

/// Puts members together again.
type Join = fn(&[String]) -> String;

/// The members of a form or a flat JSON object, and how to put them together again.
fn members(request: &Request) -> (Vec<String>, Join) {
    if is_json(request) {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&request.body).unwrap_or_default();
        let members = object.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        return (members, |members| format!("{{{}}}", members.join(",")));
    }
    (request.body.split('&').map(str::to_owned).collect(), |members| members.join("&"))
}

#[test]
fn the_order_of_parameters_says_nothing() -> Result<()> {
    let mut compared = 0;
    for contract in contract::load_all()? {
        let dialect = dialect_of(&contract)?;
        for pair in granted(&contract) {
            let read = |request: &Request| parse(&*dialect, request).map(|(_, outcome)| contents(&outcome));
            let asked = read(&pair.request).context("the token endpoint")?;
            let (mut parts, join) = members(&pair.request);
            let mut reordered = pair.request.clone();
            for turn in 0..2 * parts.len() {
                if turn == parts.len() {
                    parts.reverse();
                }
                parts.rotate_left(1);
                reordered.body = join(&parts);
                assert_eq!(read(&reordered).as_deref(), Some(asked.as_str()), "{}: {}", pair.id, reordered.body);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared} readings compared");
    Ok(())
}

#[test]
fn t01_t02_what_is_there_twice_is_refused() -> Result<()> {
    for contract in contract::load_all()? {
        let dialect = dialect_of(&contract)?;
        for pair in granted(&contract) {
            let (parts, join) = members(&pair.request);
            for part in &parts {
                let mut request = pair.request.clone();
                request.body = join(&[&parts[..], std::slice::from_ref(part)].concat());
                let (_, outcome) = parse(&*dialect, &request).context("the token endpoint")?;
                let refused = matches!(&outcome, Err(error) if error.kind.code() == "invalid_request");
                assert!(refused, "{}: {}: {outcome:?}", pair.id, request.body);
            }
        }
    }
    Ok(())
}

#[test]
fn t20_t21_credentials_in_two_places_are_refused() -> Result<()> {
    let mut tried = 0;
    for contract in contract::load_all()? {
        let dialect = dialect_of(&contract)?;
        for pair in granted(&contract).filter(|pair| !is_json(&pair.request)) {
            let basic = ("Authorization".to_owned(), "Basic YTpi".to_owned());
            let mut both = pair.request.clone();
            if both.header("authorization").is_none() {
                both.headers.push(basic.clone());
            } else {
                both.body.push_str("&client_id=a&client_secret=b");
            }
            let (_, outcome) = parse(&*dialect, &both).context("the token endpoint")?;
            assert!(
                matches!(&outcome, Err(error) if error.kind.code() == "invalid_request"),
                "{}: {outcome:?}",
                pair.id
            );
            let mut twice = pair.request.clone();
            twice.headers.extend([basic.clone(), basic]);
            let (_, outcome) = parse(&*dialect, &twice).context("the token endpoint")?;
            assert!(!errors(&outcome).is_empty(), "{}: two Authorization headers: {outcome:?}", pair.id);
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried} requests tried");
    Ok(())
}

#[test]
fn a_body_of_another_media_type_is_refused() -> Result<()> {
    for contract in contract::load_all()? {
        let dialect = dialect_of(&contract)?;
        let example = granted(&contract).next().context("no pair shows a grant")?;
        for media in [None, Some("text/plain"), Some("multipart/form-data"), Some("")] {
            let mut request = example.request.clone();
            request.headers.retain(|(name, _)| name != "Content-Type");
            request.headers.extend(media.map(|media| ("Content-Type".to_owned(), media.to_owned())));
            let (_, outcome) = parse(&*dialect, &request).context("the token endpoint")?;
            let kind = errors(&outcome).first().map(|error| error.kind.clone());
            assert_eq!(kind, Some(GrantErrorKind::UnsupportedMediaType), "{}: {media:?}", contract.dialect);
        }
    }
    Ok(())
}

fn media() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"application/json".to_vec()),
        Just(b"application/x-www-form-urlencoded".to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
    ]
}

/// Bytes, and what looks enough like a token request to reach the readers behind the first check.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just("grant_type"),
        Just("client_credentials"),
        Just("authorization_code"),
        Just("refresh_token"),
        Just("scope"),
        Just("scopes"),
        Just("client_id"),
        Just("client_secret"),
        Just("code"),
        Just("redirect_uri"),
        Just("code_verifier"),
        Just("application.session"),
        Just("application_id"),
        Just("token"),
        Just("token_type_hint"),
        Just("id_token_hint"),
        Just("="),
        Just("&"),
        Just("%"),
        Just("+"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("\""),
        Just(":"),
        Just(","),
        Just("\u{0}"),
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(word, 0..40).prop_map(|words| words.concat().into_bytes()),
    ]
}

/// What looks enough like a query of the authorization endpoint.
fn query() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("client_id"),
        Just("redirect_uri"),
        Just("https://client.test/cb"),
        Just("response_type"),
        Just("code"),
        Just("scope"),
        Just("openid"),
        Just("state"),
        Just("prompt"),
        Just("none"),
        Just("max_age"),
        Just("99999999999999999999"),
        Just("code_challenge"),
        Just("code_challenge_method"),
        Just("S256"),
        Just("="),
        Just("&"),
        Just("%"),
        Just("%0D%0A"),
        Just("%F0%9F"),
        Just("+"),
        Just("é"),
    ];
    prop_oneof![".{0,40}", prop::collection::vec(word, 0..40).prop_map(|words| words.concat())]
}

proptest! {
    #[test]
    fn no_bytes_make_a_dialect_panic(
        method in prop_oneof![Just("POST"), Just("GET"), Just("PUT"), Just("")],
        query in prop::option::of(query()),
        media in media(),
        authorization in prop::option::of(prop::collection::vec(any::<u8>(), 0..60)),
        body in body(),
    ) {
        let mut headers: Vec<(&str, &[u8])> = vec![("content-type", &media)];
        headers.extend(authorization.as_ref().map(|value| ("authorization", value.as_slice())));
        for kind in DIALECTS {
            let dialect = build(kind).map_err(|error| TestCaseError::fail(error.to_string()))?;
            for endpoint in Endpoint::ALL {
                let path = dialect.routes().iter().find(|route| route.endpoint == endpoint).map_or("/", |r| r.path);
                let request = WireRequest { method, path, query: query.as_deref(), headers: &headers, body: &body };
                for error in errors(&dialect.parse(endpoint, &request)) {
                    prop_assert!(!error.cause.is_empty());
                }
            }
        }
    }
}
