//! Tokens to order, and what tokens are.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, body, expire};
use crate::scenarios::kind;
use admin_api::{Answered, ClaimView, Inspection, Introspected, TokenOrder, TokenSet, TokenText, operations};
use configuration::when;
use dialect::Context;
use grant::{Bearer, Claims, Endpoint, Flaw, IssuedToken, Refusal, Reply, Seconds, TokenKind};
use issuer::bend::Bend;
use issuer::{At, OrderError};
use serde_json::json;
use std::sync::Arc;
use surface::mounts::Mount;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::ISSUE_TOKENS, issue_tokens),
        expire::route(),
        Route::new(&operations::INSPECT_TOKEN, async |call, text: TokenText| inspect(call, text.token.expose()).await),
    ]
}

async fn issue_tokens(call: &Call, order: TokenOrder) -> Result<TokenSet, Problem> {
    let (mount, lifetime) = (call.mount()?, order.lifetime.map(|seconds| Seconds(seconds.into())));
    let bad = |detail: String| {
        let name = mount.name();
        let remedy = format!(
            "GET /v1/mounts says what mounts there are, /v1/mounts/{name}/clients and /v1/mounts/{name}/users who is at this one"
        );
        Problem::bad_request(detail, remedy)
    };
    let bend = Bend {
        claims: order.claims.clone(),
        lifetime,
        flaw: flaw(&order)?,
        keys: None,
        withholds_refresh: false,
        is_ordered: true,
    };
    let wanted = issuer::TokenOrder {
        client_id: order.client_id,
        user: order.user,
        scopes: order.scope.as_deref().map(body::scopes).transpose()?,
        bend,
    };
    let dialect = mount.dialect();
    let issued = call.world.issuer.at(&mount.core, &*dialect).order_tokens(&wanted).await;
    let issued = issued.map_err(|error| match error {
        OrderError::Order(why) => bad(why),
        OrderError::Failed(error) => error.into(),
    })?;
    let flaw = wanted.bend.flaw.map(|(flaw, _)| flaw.as_str());
    call.changes.note(&(), &json!({ "client": wanted.client_id, "user": wanted.user, "flaw": flaw }));
    let text = |token: &IssuedToken| token.as_str().to_owned();
    let access_token = text(&issued.access_token);
    Ok(TokenSet {
        explained: inspect(call, &access_token).await?,
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: lifetime.unwrap_or(issued.expires_in).0,
        scope: issued.scopes.joined(),
        id_token: issued.id_token.as_ref().map(text),
        refresh_token: issued.refresh_token.as_ref().map(text),
    })
}

fn flaw(order: &TokenOrder) -> Result<Option<(Flaw, TokenKind)>, Problem> {
    let kind = kind(order.token.as_deref()).map_err(|fault| Problem::bad_request(fault.detail, fault.remedy))?;
    let Some(name) = &order.flaw else { return Ok(None) };
    let known = Flaw::parse(name).ok_or_else(|| {
        let names = Flaw::ALL.map(Flaw::as_str).join(", ");
        Problem::bad_request(format!("`flaw` is `{}`, which is not known", name.escape_debug()), names)
    })?;
    Ok(Some((known, kind)))
}

/// The mount's issuer, where it may be reached by any scheme and authority.
fn here<'a>(call: &Call, mount: &'a Mount) -> Option<&'a Arc<str>> {
    call.app.links.from_request.then_some(&mount.core.issuer)
}

/// Looks at a token for the mount whose key signed it, else for the one that it names as its issuer.
async fn inspect(call: &Call, token: &str) -> Result<Inspection, Problem> {
    let world = &call.world;
    let mut best: Option<(&Arc<Mount>, issuer::Inspection)> = None;
    for mount in world.mounts.all() {
        // Some mounts veil their tokens: to another it is no JWT.
        let (dialect, here) = (mount.dialect(), here(call, mount));
        let seen = world.issuer.at(&mount.core, &*dialect).reached_as(here).inspect(token).await?;
        let Some(seen) = seen else { continue };
        let rank = |seen: &issuer::Inspection| (seen.is_signed, seen.is_issued);
        if best.as_ref().is_none_or(|(_, before)| rank(&seen) > rank(before)) {
            best = Some((mount, seen));
        }
    }
    let Some((mount, seen)) = best else {
        return Ok(Inspection {
            mount: None,
            kind: "unknown".to_owned(),
            active: false,
            header: Claims::empty(),
            claims: Vec::new(),
            key: None,
            problems: vec![
                "it is no JWT: a code, a handle or a personal access token says nothing by itself".to_owned(),
            ],
            userinfo: None,
            introspect: None,
            verify: None,
        });
    };
    let dialect = mount.dialect();
    let at = world.issuer.at(&mount.core, &*dialect).reached_as(here(call, mount));
    let is_ours = seen.is_signed || seen.is_issued;
    let problems = if is_ours {
        seen.problems
    } else {
        let iss = seen.claims.str("iss").map_or("no `iss`".to_owned(), |iss| format!("the iss `{iss}`"));
        vec![format!("no mount of this gateway issued it: it has {iss}, and no key of a mount made its signature")]
    };
    let has = |endpoint| is_ours && dialect.routes().iter().any(|route| route.endpoint == endpoint);
    Ok(Inspection {
        mount: is_ours.then(|| mount.name().to_owned()),
        kind: seen.kind.filter(|_| is_ours).map_or("unknown", name).to_owned(),
        active: problems.is_empty(),
        claims: seen.claims.iter().map(|(name, value)| claim(name, value, at.seconds())).collect(),
        header: seen.header,
        key: seen.kid,
        problems,
        userinfo: if has(Endpoint::UserInfo) {
            Some(answered(at, mount, Endpoint::UserInfo, token).await?)
        } else {
            None
        },
        introspect: if has(Endpoint::Introspect) { Some(introspected(at, mount, token).await?) } else { None },
        verify: if is_ours { Some(answered(at, mount, Endpoint::Verify, token).await?) } else { None },
    })
}

fn name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access_token",
        TokenKind::Id => "id_token",
        TokenKind::Refresh => "refresh_token",
    }
}

/// What an endpoint would say of a token, in the vendor's own status.
async fn answered(at: At<'_>, mount: &Mount, endpoint: Endpoint, token: &str) -> Result<Answered, Problem> {
    let dialect = mount.dialect();
    let bearer = Bearer { token: Some(token.to_owned().into()) };
    let identified = at.identify(&bearer).await;
    let outcome = identified.and_then(|identity| match endpoint {
        Endpoint::UserInfo => dialect.check_userinfo(&identity),
        _ => Ok(()),
    });
    Ok(match outcome {
        Ok(()) => Answered { status: 200, error: None, cause: None },
        Err(error @ Refusal { kind: grant::RefusalKind::Unavailable { .. }, .. }) => return Err(error.into()),
        Err(error) => Answered {
            status: dialect.encode_error(error.public(), &context(mount, endpoint)).status,
            error: Some(error.kind.code().to_owned()),
            cause: Some(error.cause.into_owned()),
        },
    })
}

/// What introspection would say of it, in the vendor's own bytes.
async fn introspected(at: At<'_>, mount: &Mount, token: &str) -> Result<Introspected, Problem> {
    let identified = at.identify(&Bearer { token: Some(token.to_owned().into()) }).await;
    let (identity, cause) = match identified {
        Ok(identity) => (Some(identity), None),
        Err(error @ Refusal { kind: grant::RefusalKind::InvalidToken(_), .. }) => {
            (None, Some(error.cause.into_owned()))
        }
        Err(error) => return Err(error.into()),
    };
    let reply = Reply::Introspection(identity);
    let answer = mount.dialect().encode(&reply, &context(mount, Endpoint::Introspect));
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(Introspected { status: answer.status, answer: body, cause })
}

/// What an answer depends on that no request is behind.
fn context(mount: &Mount, endpoint: Endpoint) -> Context<'_> {
    let asked = &dialect::Nothing;
    Context { endpoint, path: "", issuer: &mount.core.issuer, back_channel: None, request_id: "", asked }
}

/// What a claim of a user means (OpenID Connect Core section 5.1).
fn standard(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" => "the user's full name",
        "given_name" | "family_name" | "middle_name" => "a part of the user's name",
        "nickname" => "what the user is called",
        "preferred_username" => "how the user would be called",
        "profile" | "website" => "a page of the user's",
        "picture" => "where a picture of the user is",
        "email" => "the user's address for mail",
        "email_verified" => "whether that address is the user's",
        "gender" => "the user's gender",
        "birthdate" => "the user's birthday",
        "zoneinfo" => "the user's time zone",
        "locale" => "the user's language and country",
        "phone_number" => "the user's telephone number",
        "phone_number_verified" => "whether that number is the user's",
        "address" => "where the user lives",
        "updated_at" => "when the user was last changed",
        "acr" => "how strong the sign-in was",
        _ => return None,
    })
}

/// A claim and what it means (RFC 7519 section 4.1, OpenID Connect Core section 2, RFC 9068).
fn claim(name: &str, value: &grant::Value, now: i64) -> ClaimView {
    let at = |what: &str| match value.as_int() {
        Some(time) if time > now => format!("{what}: {}, in {} s", when::second(time), time.saturating_sub(now)),
        Some(time) => format!("{what}: {}, {} s ago", when::second(time), now.saturating_sub(time)),
        None => format!("{what}, but it is no whole number of seconds"),
    };
    let meaning = match name {
        "iss" => "who issued it".to_owned(),
        "sub" => "whom it speaks for".to_owned(),
        "aud" => "whom it is for".to_owned(),
        "exp" => at("when it ends"),
        "nbf" => at("when it begins"),
        "iat" => at("when it was issued"),
        "auth_time" => at("when the user signed in"),
        "jti" => "its own identifier".to_owned(),
        "client_id" | "azp" => "the client that it was issued to".to_owned(),
        "scope" | "scp" | "scopes" => "what it is good for".to_owned(),
        "nonce" => "the authorization request that it answers".to_owned(),
        "at_hash" => "the access token that it was issued with".to_owned(),
        "sid" => "the session of the sign-in".to_owned(),
        "amr" => "how the user signed in".to_owned(),
        "idp" => "where the user signed in".to_owned(),
        _ => standard(name).unwrap_or("the vendor's, or your own").to_owned(),
    };
    ClaimView { name: name.to_owned(), value: serde_json::to_value(value).unwrap_or_default(), meaning }
}
