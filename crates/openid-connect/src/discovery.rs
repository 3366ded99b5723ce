//! Publishes metadata (OpenID Connect Discovery section 3, RFC 8414) and keys (RFC 7517): all that works, and nothing else.

use crate::encode::JSON;
use crate::scopes;
use dialect::{Context, Route, WireResponse, respond};
use grant::{AssertionAlg, Claims, Endpoint, GrantType, Hooks, Jwk, ResponseMode, Scope, SigningAlg, Value};

/// How clients may authenticate without an assertion.
const AUTH_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];
/// How they may by one.
const BY_ASSERTION: [&str; 2] = ["private_key_jwt", "client_secret_jwt"];
/// The claims of an ID token that are there whoever the user is.
const OWN_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "iat", "auth_time", "acr"];

/// The endpoints that have a member of their own.
const MEMBERS: [(Endpoint, &str); 8] = [
    (Endpoint::Authorize, "authorization_endpoint"),
    (Endpoint::Token, "token_endpoint"),
    (Endpoint::UserInfo, "userinfo_endpoint"),
    (Endpoint::Jwks, "jwks_uri"),
    (Endpoint::EndSession, "end_session_endpoint"),
    (Endpoint::Introspect, "introspection_endpoint"),
    (Endpoint::Revoke, "revocation_endpoint"),
    (Endpoint::DeviceAuthorization, "device_authorization_endpoint"),
];

/// Those of them that servers ask, where these reach the gateway by another authority than browsers.
const BACK_CHANNEL: [Endpoint; 3] = [Endpoint::Token, Endpoint::UserInfo, Endpoint::Jwks];

fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    Value::List(words.into_iter().map(Value::from).collect())
}

/// The provider's metadata, as one set of members for both standards.
pub fn metadata(context: &Context<'_>, routes: &[Route], hooks: &dyn Hooks) -> WireResponse {
    respond::json(200, JSON, &members(context, routes, hooks))
}

/// The members, in order, for whoever has more to say or less.
pub fn members(context: &Context<'_>, routes: &[Route], hooks: &dyn Hooks) -> Claims {
    let issuer = context.issuer;
    let (policy, grants) = (hooks.policy(), &hooks.capabilities().grants);
    let mut body = Claims::empty();
    body.set("issuer", issuer.into());
    for (endpoint, member) in MEMBERS {
        if let Some(route) = Route::find(routes, endpoint) {
            let base = if BACK_CHANNEL.contains(&endpoint) { context.back_channel.unwrap_or(issuer) } else { issuer };
            body.set(member, format!("{}{}", base.trim_end_matches('/'), route.path).into());
        }
    }
    body.set("scopes_supported", list(policy.scopes.iter().map(Scope::as_str)));
    body.set("response_types_supported", list(["code"]));
    body.set("response_modes_supported", list(ResponseMode::ALL.map(ResponseMode::as_str)));
    body.set("grant_types_supported", list(grants.iter().copied().map(GrantType::as_str)));
    let openid = policy.sign_in.as_ref().map(|terms| &terms.openid);
    let acr_values = openid.map(|openid| &openid.acr_values).filter(|values| !values.is_empty());
    if let Some(values) = acr_values {
        body.set("acr_values_supported", list(values.iter().map(String::as_str)));
    }
    body.set("subject_types_supported", list(["public"]));
    body.set("id_token_signing_alg_values_supported", list([SigningAlg::as_str(policy.alg)]));
    set_auth_methods(&mut body, routes, policy.client_assertions.is_some());
    body.set("claim_types_supported", list(["normal"]));
    let own = OWN_CLAIMS.into_iter().filter(|name| *name != "acr" || acr_values.is_some());
    let by_name = openid.is_some_and(|openid| !openid.claims.is_empty());
    let told =
        scopes::CLAIMS.into_iter().filter(|name| by_name || scopes::opened(&policy.scopes).any(|own| own == *name));
    body.set("claims_supported", list(own.chain(told)));
    body.set("claims_parameter_supported", by_name.into());
    body.set("request_parameter_supported", false.into());
    body.set("request_uri_parameter_supported", false.into());
    body.set("prompt_values_supported", list(["none", "login", "consent", "select_account"]));
    body.set("code_challenge_methods_supported", list(["S256"]));
    body.set("authorization_response_iss_parameter_supported", true.into());
    if openid.is_some_and(|openid| openid.backchannel_logout) {
        body.set("backchannel_logout_supported", true.into());
        body.set("backchannel_logout_session_supported", true.into());
    }
    body
}

/// How clients may authenticate at each endpoint where they do, and with which algorithms their assertions may be signed.
fn set_auth_methods(body: &mut Claims, routes: &[Route], by_assertion: bool) {
    let assertions = BY_ASSERTION.into_iter().filter(|_| by_assertion);
    for (endpoint, methods, algs, count) in [
        (
            Endpoint::Token,
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            AUTH_METHODS.len(),
        ),
        // Who asks for the worth of a token must prove who they are.
        (
            Endpoint::Introspect,
            "introspection_endpoint_auth_methods_supported",
            "introspection_endpoint_auth_signing_alg_values_supported",
            2,
        ),
        (
            Endpoint::Revoke,
            "revocation_endpoint_auth_methods_supported",
            "revocation_endpoint_auth_signing_alg_values_supported",
            AUTH_METHODS.len(),
        ),
    ] {
        if endpoint == Endpoint::Token || Route::find(routes, endpoint).is_some() {
            body.set(methods, list(AUTH_METHODS.into_iter().take(count).chain(assertions.clone())));
            if by_assertion {
                body.set(algs, list(AssertionAlg::ALL.map(AssertionAlg::as_str)));
            }
        }
    }
}

/// The provider's public keys. A symmetric key is never among them, whatever the caller passes.
pub fn keys(keys: &[Jwk]) -> WireResponse {
    let mut body = Claims::empty();
    let published = keys.iter().filter(|key| key.kty != "oct").map(published);
    body.set("keys", Value::List(published.map(Value::Map).collect()));
    respond::json(200, JSON, &body)
}

fn published(key: &Jwk) -> Claims {
    let mut members = Claims::empty();
    for (name, value) in [("kty", key.kty), ("use", "sig"), ("kid", &*key.kid), ("alg", key.alg)] {
        members.set(name, value.into());
    }
    for (name, value) in &key.params {
        members.set(name, value.as_str().into());
    }
    members
}
