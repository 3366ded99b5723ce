//! How requests are read: whatever comes, in whatever order, never twice.

use crate::{each, errors};
use anyhow::Result;
use configuration::registry::DIALECTS;
use dialect::{ClientPlace, SettingsMap, WireRequest};
use grant::{Endpoint, RefusalKind};
use proptest::prelude::*;
use testkit::dialects::contents;
use testkit::pairs::Request;
use testkit::token_call::{join, members};

#[test]
fn the_order_of_parameters_says_nothing() -> Result<()> {
    each(|vendor| {
        let call = &vendor.kind.token_call;
        let mut compared = 0;
        for pair in vendor.granted() {
            let read = |request: &Request| Ok::<_, anyhow::Error>(contents(&vendor.parse(request)?));
            let asked = read(&pair.request)?;
            let mut parts = members(call, &pair.request.body);
            let mut reordered = pair.request.clone();
            for turn in 0..2 * parts.len() {
                if turn == parts.len() {
                    parts.reverse();
                }
                parts.rotate_left(1);
                reordered.body = join(call, &parts);
                assert_eq!(read(&reordered)?, asked, "{vendor}: {}: {}", pair.id, reordered.body);
                compared += 1;
            }
        }
        Ok(compared)
    })
}

#[test]
fn t01_t02_what_is_there_twice_is_refused() -> Result<()> {
    each(|vendor| {
        let call = &vendor.kind.token_call;
        let mut tried = 0;
        for pair in vendor.granted() {
            let parts = members(call, &pair.request.body);
            for part in &parts {
                let mut request = pair.request.clone();
                request.body = join(call, &[&parts[..], std::slice::from_ref(part)].concat());
                let outcome = vendor.parse(&request)?;
                let refused = matches!(&outcome, Err(error) if error.kind.code() == "invalid_request");
                assert!(refused, "{vendor}: {}: {}: {outcome:?}", pair.id, request.body);
                tried += 1;
            }
        }
        Ok(tried)
    })
}

#[test]
fn t20_t21_credentials_in_two_places_are_refused() -> Result<()> {
    each(|vendor| {
        let mut tried = 0;
        for pair in vendor.granted() {
            let basic = ("Authorization".to_owned(), "Basic YTpi".to_owned());
            let mut both = pair.request.clone();
            match (vendor.kind.token_call.client, both.header("authorization")) {
                (ClientPlace::Body { .. }, None) => both.headers.push(basic.clone()),
                _ => both.body.push_str("&client_id=a&client_secret=b"),
            }
            let outcome = vendor.parse(&both)?;
            let refused = matches!(&outcome, Err(error) if error.kind.code() == "invalid_request");
            assert!(refused, "{vendor}: {}: {outcome:?}", pair.id);
            let mut twice = pair.request.clone();
            twice.headers.extend([basic.clone(), basic]);
            let outcome = vendor.parse(&twice)?;
            assert!(!errors(&outcome).is_empty(), "{vendor}: {}: two Authorization headers: {outcome:?}", pair.id);
            tried += 1;
        }
        Ok(tried)
    })
}

#[test]
fn a_body_of_another_media_type_is_refused() -> Result<()> {
    each(|vendor| {
        let example = vendor.example()?;
        let others = [None, Some("text/plain"), Some("multipart/form-data"), Some("")];
        for media in others {
            let mut request = example.request.clone();
            request.headers.retain(|(name, _)| name != "Content-Type");
            request.headers.extend(media.map(|media| ("Content-Type".to_owned(), media.to_owned())));
            let outcome = vendor.parse(&request)?;
            let kind = errors(&outcome).first().map(|error| error.kind.clone());
            assert_eq!(kind, Some(RefusalKind::UnsupportedMediaType), "{vendor}: {media:?}");
        }
        Ok(others.len())
    })
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
            let dialect = kind.build(&SettingsMap::new()).map_err(|error| TestCaseError::fail(error.to_string()))?;
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
