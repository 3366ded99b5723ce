//! What is answered: every error, every method, and nothing that a request said.

use crate::{each, errors};
use anyhow::{Context, Result};
use configuration::registry::DIALECTS;
use dialect::{Context as Place, Dialect, DialectKind, SettingsMap, WireRequest, WireResponse};
use grant::{
    AuthorizeOutcome, AuthorizeReply, Endpoint, GrantType, Refusal, RefusalKind, Reply, RequestFault, ResponseMode,
    Scope, ScopeFault, Scopes, Seconds, SignedOut, TokenReply,
};
use std::collections::BTreeSet;
use testkit::pairs::Request;

/// A word that no dialect says by itself.
const CANARY: &str = "c4n4ry";

fn endpoints(dialect: &dyn Dialect) -> Vec<(Endpoint, &'static str)> {
    let mut places: Vec<_> = dialect.routes().iter().map(|route| (route.endpoint, route.path)).collect();
    places.push((Endpoint::Verify, "/_gateway/verify/m"));
    if dialect.policy().sign_in.is_some() && !places.iter().any(|(endpoint, _)| *endpoint == Endpoint::Authorize) {
        places.push((Endpoint::Authorize, "/_gateway/authorize/m"));
    }
    places
}

fn encode(dialect: &dyn Dialect, error: &Refusal, endpoint: Endpoint, path: &str) -> WireResponse {
    let place = Place {
        endpoint,
        path,
        issuer: "https://issuer.test",
        back_channel: None,
        request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
        asked: &dialect::Nothing,
    };
    dialect.encode_error(error.public(), &place)
}

fn whole(response: &WireResponse) -> String {
    format!("{:?} {}", response.headers, String::from_utf8_lossy(&response.body))
}

#[test]
fn every_error_has_an_answer_that_hides_its_cause() -> Result<()> {
    for kind in DIALECTS {
        let dialect = kind.build(&SettingsMap::new())?;
        for why in RefusalKind::samples() {
            let error = Refusal::new(why, format!("{CANARY} caused it"));
            for (endpoint, path) in endpoints(&*dialect) {
                let response = encode(&*dialect, &error, endpoint, path);
                let what = format!("{} {endpoint:?} {:?}: {response:?}", kind.id, error.kind);
                assert!(response.status == 302 || (400..=599).contains(&response.status), "{what}");
                assert!(!whole(&response).contains(CANARY), "{what}");
                if response.body.is_empty() {
                    continue;
                }
                let media = response.header("content-type").unwrap_or_default();
                let essence = media.split(';').next().unwrap_or_default();
                assert!(matches!(essence, "application/json" | "application/problem+json"), "{what}");
                let cached = response.header("cache-control").is_none_or(|value| !value.contains("no-store"));
                assert!(!cached, "{what}");
                let body: serde_json::Value = serde_json::from_slice(&response.body).with_context(|| what.clone())?;
                assert!(body.is_object(), "{what}");
            }
        }
    }
    Ok(())
}

/// The statuses that no vendor documents are the contract's own.
#[test]
fn waiting_and_limits_have_their_statuses() -> Result<()> {
    for kind in DIALECTS {
        let dialect = kind.build(&SettingsMap::new())?;
        let path = dialect.routes()[0].path;
        for (why, status, waits) in [
            (RefusalKind::RateLimited { retry_after: Seconds(60) }, 429, true),
            (RefusalKind::Unavailable { retry_after: Seconds(1) }, 503, true),
            (RefusalKind::PayloadTooLarge, 413, false),
            (RefusalKind::RequestTimeout, 408, false),
            (RefusalKind::Internal, 500, false),
        ] {
            let response = encode(&*dialect, &Refusal::new(why, "x"), Endpoint::Token, path);
            assert_eq!(response.status, status, "{}", kind.id);
            assert_eq!(response.header("retry-after").is_some(), waits, "{} {status}", kind.id);
        }
    }
    Ok(())
}

#[test]
fn every_route_answers_every_method() -> Result<()> {
    for kind in DIALECTS {
        let dialect = kind.build(&SettingsMap::new())?;
        for route in dialect.routes() {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
                let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
                let request = WireRequest { method, path: route.path, query: None, headers: &headers, body: b"" };
                let outcome = dialect.parse(route.endpoint, &request);
                if route.methods.contains(&method) {
                    continue;
                }
                let what = format!("{} {method} {}", kind.id, route.path);
                let Err(error) = outcome else { panic!("{what} is read as {outcome:?}") };
                let response = encode(&*dialect, &error, route.endpoint, route.path);
                // A vendor may not tell the method from other faults of a request.
                let invalid = Refusal::unreadable("a body that cannot be read");
                if response == encode(&*dialect, &invalid, route.endpoint, route.path) {
                    continue;
                }
                assert_eq!((response.status, response.body.len()), (405, 0), "{what}");
                assert_eq!(response.header("allow"), Some(route.methods.join(", ").as_str()), "{what}");
            }
        }
    }
    Ok(())
}

#[test]
fn t65_tokens_are_never_stored() -> Result<()> {
    for kind in DIALECTS {
        let dialect = kind.build(&SettingsMap::new())?;
        let token = |text: &str| Some(text.to_owned().into());
        let reply = Reply::Token(TokenReply {
            grant_type: GrantType::ClientCredentials,
            access_token: "a.b.c".to_owned().into(),
            expires_in: Seconds::HOUR,
            id_token: token("d.e.f"),
            refresh_token: token("g"),
            scopes: Scopes::parse("x y").map_err(anyhow::Error::msg)?,
            scope_requested: true,
            facts: grant::Granted::default(),
        });
        let place = Place {
            endpoint: Endpoint::Token,
            path: dialect.routes()[0].path,
            issuer: "https://i.test",
            back_channel: None,
            request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
            asked: &dialect::Nothing,
        };
        let response = dialect.encode(&reply, &place);
        assert_eq!(response.status, 200, "{}", kind.id);
        assert!(response.header("cache-control").is_some_and(|value| value.contains("no-store")), "{response:?}");
        assert!(String::from_utf8_lossy(&response.body).contains("\"a.b.c\""), "{}", kind.id);
        assert!(!format!("{reply:?} {response:?}").contains("a.b.c"), "{}", kind.id);
    }
    Ok(())
}

/// What the endpoints beside the token endpoint answer. A revocation is missing: its answer is empty, with nothing to
/// store, and the contract gives it no header.
fn replies() -> Vec<(Endpoint, Reply)> {
    let told = |mode, outcome| {
        Reply::Authorize(AuthorizeReply {
            redirect_uri: "https://client.test/cb".to_owned(),
            mode,
            state: Some("s".to_owned()),
            session_state: None,
            client: None,
            user: None,
            outcome,
        })
    };
    let to = SignedOut { post_logout_redirect_uri: "https://client.test/bye".to_owned(), state: None };
    let mut replies = vec![
        (Endpoint::Introspect, Reply::Introspection(None)),
        (Endpoint::EndSession, Reply::EndSession(Some(to))),
        (Endpoint::EndSession, Reply::EndSession(None)),
    ];
    for mode in ResponseMode::ALL {
        let code = AuthorizeOutcome::Code { code: "c0de".to_owned().into(), scopes: Scopes::empty() };
        replies.push((Endpoint::Authorize, told(mode, code)));
        replies.push((Endpoint::Authorize, told(mode, AuthorizeOutcome::Refused(RefusalKind::AccessDenied))));
    }
    replies
}

#[test]
fn t65_what_users_and_clients_are_told_of_them_is_never_stored() -> Result<()> {
    for kind in DIALECTS {
        let dialect = kind.build(&SettingsMap::new())?;
        for (endpoint, path) in endpoints(&*dialect) {
            let place = Place {
                endpoint,
                path,
                issuer: "https://i.test",
                back_channel: None,
                request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
                asked: &dialect::Nothing,
            };
            for (_, reply) in replies().into_iter().filter(|(of, _)| *of == endpoint) {
                let response = dialect.encode(&reply, &place);
                let what = format!("{} {reply:?}: {response:?}", kind.id);
                assert!(matches!(response.status, 200 | 302), "{what}");
                assert!(response.header("cache-control").is_some_and(|value| value.contains("no-store")), "{what}");
                assert!(!format!("{reply:?}").contains("c0de"), "{reply:?}");
            }
        }
    }
    Ok(())
}

/// Whether an error's answer names `CANARY`; it may only where the contract repeats the request's own words.
fn check_echo(kind: &DialectKind, dialect: &dyn Dialect, error: &Refusal, how: &str) -> bool {
    let allowed = kind.token_call.echoes.contains(&error.kind.code());
    endpoints(dialect).into_iter().fold(false, |echoed, (endpoint, path)| {
        let response = encode(dialect, error, endpoint, path);
        let echoes = whole(&response).contains(CANARY);
        assert!(allowed || !echoes, "{} {how}: {}", kind.id, whole(&response));
        echoed || echoes
    })
}

#[test]
fn t64_what_the_issuer_finds_is_repeated_only_where_the_contract_says() -> Result<()> {
    let scope = Scope::new(CANARY).context("a scope")?;
    let kinds = [
        RefusalKind::InvalidScope(ScopeFault::Unknown(CANARY.into())),
        RefusalKind::InvalidScope(ScopeFault::NotHere(scope.clone())),
        RefusalKind::InvalidScope(ScopeFault::Exclusive(scope.clone())),
        RefusalKind::ScopeNotPermitted { scope: scope.clone() },
        RefusalKind::InsufficientScope { scope: Some(scope) },
        RefusalKind::InvalidRequest(RequestFault::Repeated(CANARY.into())),
    ];
    for kind in DIALECTS {
        let dialect = kind.build(&SettingsMap::new())?;
        let mut seen = BTreeSet::new();
        for why in &kinds {
            if check_echo(kind, &*dialect, &Refusal::new(why.clone(), "x"), "from the issuer") {
                seen.insert(why.code());
            }
        }
        let stated = kind.token_call.echoes.iter().copied().collect();
        assert_eq!(seen, stated, "{}: what it repeats, and what its token call says that it does", kind.id);
    }
    Ok(())
}

#[test]
fn t64_no_field_of_a_request_comes_back() -> Result<()> {
    each(|vendor| {
        let mut refused = 0;
        for request in with_canaries(&vendor.example()?.request) {
            for error in errors(&vendor.parse(&request)?) {
                refused += 1;
                check_echo(vendor.kind, &*vendor.dialect, error, &format!("{request:?}"));
                assert!(!format!("{error:?}").contains("hush"), "{vendor}: {error:?}");
            }
        }
        Ok(refused)
    })
}

/// The request with the canary, and a secret beside it, in every place in turn.
fn with_canaries(request: &Request) -> Vec<Request> {
    let mut changed = Vec::new();
    for at in 0..request.headers.len() {
        for value in [CANARY.to_owned(), format!("Basic {CANARY}"), format!("{CANARY}; hush")] {
            let mut copy = request.clone();
            copy.headers[at].1 = value;
            changed.push(copy);
        }
    }
    let members = ["client_id", "client_secret", "scopes", "scope", "grant_type", "code", CANARY];
    let mut bodies = vec![CANARY.to_owned(), format!("{{\"{CANARY}\":"), format!("{CANARY}=%zz&x=hush")];
    for name in members {
        bodies.push(format!("{name}={CANARY}&{name}=hush"));
        bodies.push(format!("grant_type={CANARY}&client_id={CANARY}&client_secret=hush&{name}=%00{CANARY}"));
        bodies.push(format!("{{\"{name}\":\"{CANARY}\",\"client_secret\":\"hush\"}}"));
        bodies.push(format!("{{\"{name}\":[\"{CANARY}\\u0000\"],\"client_secret\":\"hush\"}}"));
        bodies.push(format!("{{\"client_id\":\"a\",\"client_secret\":\"hush\",\"{name}\":{{\"{CANARY}\":1}}}}"));
    }
    changed.extend(bodies.into_iter().map(|body| Request { body, ..request.clone() }));
    changed
}
