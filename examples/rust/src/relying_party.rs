//! A relying party with the `openidconnect` crate, its checks as they are. It discovers the provider, has a user sign in,
//! checks the ID token, reads userinfo, refreshes, introspects, revokes and logs the user out.
//!
//! No browser: the mount is told to approve by itself, so that a `login_hint` is enough.
#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use crate::{admin, agent, gateway, oauth2_http};
use anyhow::{Context, Result, ensure};
use oauth2::{IntrospectionUrl, TokenIntrospectionResponse};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndSessionUrl,
    IssuerUrl, LoginHint, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadata, RedirectUrl, Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};
use ureq::Agent;

/// What discovery says beyond OpenID Connect's own members.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(clippy::struct_field_names, reason = "the members' names are the standard's")]
struct Endpoints {
    revocation_endpoint: String,
    introspection_endpoint: String,
    end_session_endpoint: EndSessionUrl,
}

impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

const REDIRECT: &str = "https://client.test/cb";
const BYE: &str = "https://client.test/bye";

/// A client of a mount of the sandbox.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The mount.
    pub mount: &'static str,
    /// The client's id.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
}

/// Signs Alice in by that client, and says what it did.
pub fn run(own: Client) -> Result<()> {
    let agent = agent();
    let http = oauth2_http(&agent);
    approve_by_itself(&agent, own.mount)?;

    let issuer = IssuerUrl::new(format!("{}/{}", gateway(), own.mount))?;
    let metadata = Metadata::discover(&issuer, &http)?;
    let Endpoints { revocation_endpoint, introspection_endpoint, end_session_endpoint } =
        metadata.additional_metadata().clone();
    let secret = ClientSecret::new(own.secret.to_owned());
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(own.id.to_owned()), Some(secret))
        .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned())?)
        .set_introspection_url(IntrospectionUrl::new(introspection_endpoint)?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = ["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(scopes)
        .set_pkce_challenge(challenge)
        .set_login_hint(LoginHint::new("alice".to_owned()))
        // The standard grants `offline_access` where the user is asked for it.
        .add_prompt(CoreAuthPrompt::Consent)
        .url();
    let (code, cookies) = follow(&agent, url.as_str(), &state)?;

    let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request(&http)?;
    let id_token = tokens.id_token().context("no ID token")?;
    let checks = client.id_token_verifier();
    let claims = id_token.claims(&checks, &nonce)?;
    let hash =
        AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg()?, id_token.signing_key(&checks)?)?;
    ensure!(claims.access_token_hash() == Some(&hash), "at_hash is not that of the access token");
    println!("signed in: {}", claims.subject().as_str());

    let subject = Some(claims.subject().clone());
    let user: CoreUserInfoClaims = client.user_info(tokens.access_token().clone(), subject)?.request(&http)?;
    println!("userinfo: {}", user.email().context("no email")?.as_str());

    let refresh_token = tokens.refresh_token().context("no refresh token")?;
    let refreshed = client.exchange_refresh_token(refresh_token)?.request(&http)?;
    let next = refreshed.refresh_token().context("no next refresh token")?;
    ensure!(next.secret() != refresh_token.secret(), "the refresh token was not rotated");
    println!("refreshed: the refresh token is another one");

    let found = client.introspect(refreshed.access_token()).request(&http)?;
    ensure!(found.active(), "the access token should be active");
    println!("introspected: active, subject {}", found.sub().context("no sub")?);

    // The crate asks for HTTPS at this one endpoint, which no sandbox on this machine has.
    revoke(&agent, &revocation_endpoint, own, next.secret())?;
    ensure!(client.exchange_refresh_token(next)?.request(&http).is_err(), "a revoked refresh token was taken");
    println!("revoked: the refresh token is refused");

    let state = CsrfToken::new_random();
    let url = LogoutRequest::from(end_session_endpoint)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(BYE.to_owned())?)
        .set_state(state.clone())
        .http_get_url();
    let answer = agent.get(url.as_str()).header("cookie", cookies).call()?;
    let location = answer.headers().get("location").context("no redirect")?.to_str()?;
    ensure!(location == format!("{BYE}?state={}", state.secret()), "sent to {location}");
    println!("logged out: sent back with the state");
    Ok(())
}

/// Lets a `login_hint` sign its user in and approve, as headless runs want it.
fn approve_by_itself(agent: &Agent, mount: &str) -> Result<()> {
    let url = format!("{}/v1/mounts/{mount}/settings", admin());
    let answer = agent.patch(&url).send_json(serde_json::json!({ "auto_approve": true }))?;
    ensure!(answer.status() == 200, "the admin API answered {}", answer.status());
    Ok(())
}

/// Revokes a token (RFC 7009).
fn revoke(agent: &Agent, endpoint: &str, own: Client, token: &str) -> Result<()> {
    let form = [("token", token), ("client_id", own.id), ("client_secret", own.secret)];
    let answer = agent.post(endpoint).send_form(form)?;
    ensure!(answer.status() == 200, "revocation answered {}", answer.status());
    Ok(())
}

/// What a browser would do: to the provider, and back to the client with a code. It keeps the provider's cookies, for it is
/// signed in there.
fn follow(agent: &Agent, url: &str, state: &CsrfToken) -> Result<(AuthorizationCode, String)> {
    let answer = agent.get(url).call()?;
    let cookies =
        answer.headers().get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()?.split(';').next());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let location = answer.headers().get("location").context("no redirect")?.to_str()?;
    let back = oauth2::url::Url::parse(location)?;
    ensure!(location.starts_with(REDIRECT), "sent to {location}");
    let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    ensure!(value("state").as_ref() == Some(state.secret()), "the state is not the one sent");
    let code = value("code").with_context(|| format!("no code in {location}"))?;
    Ok((AuthorizationCode::new(code), cookies))
}
