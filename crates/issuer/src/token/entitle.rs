//! Grant type, scopes and entitlement of an authenticated client.

use super::Entitled;
use grant::{Client, GrantError, GrantErrorKind, GrantType, Profile, ScopeFault, Scopes, TokenRequest};
use std::sync::Arc;

pub(super) fn entitle<'a>(
    profile: &dyn Profile,
    client: Arc<Client>,
    request: &'a TokenRequest,
) -> Result<Entitled<'a>, GrantError> {
    let grant_type = request.proof.as_ref().map_err(Clone::clone)?.grant_type();
    if !profile.capabilities().grants.contains(&grant_type) {
        let cause = format!("this mount does not offer the grant {}", grant_type.as_str());
        return Err(GrantError::new(GrantErrorKind::UnsupportedGrantType, cause));
    }
    let asked = asked_scopes(profile, grant_type, request)?;
    permit_grant(profile, &client, grant_type)?;
    let scopes = match asked {
        None if grant_type == GrantType::ClientCredentials => Some(default_scopes(profile, &client, request)?),
        asked => asked,
    };
    if grant_type == GrantType::ClientCredentials
        && let Some(scopes) = &scopes
    {
        permit(profile, &client, scopes)?;
    }
    Ok(Entitled { client, grant_type, scopes, request })
}

/// Whether the mount knows these scopes and the client may have them. Asked anew at every use of what was granted
/// before, for either may have lost one since.
pub(crate) fn permit(profile: &dyn Profile, client: &Client, scopes: &Scopes) -> Result<(), GrantError> {
    if let Some(unknown) = scopes.first_outside(&profile.policy().scopes) {
        return Err(GrantError::unknown_scope(unknown.as_str()));
    }
    match scopes.iter().find(|scope| !profile.permits(client, scope)) {
        None => Ok(()),
        Some(scope) => {
            let cause = format!("client `{}` is not entitled to scope `{scope}`", client.id);
            Err(GrantError::new(GrantErrorKind::ScopeNotPermitted { scope: scope.clone() }, cause))
        }
    }
}

/// Whether the client may have refresh tokens.
pub(crate) fn may_refresh(profile: &dyn Profile, client: &Client) -> Result<(), GrantError> {
    if profile.capabilities().refresh_for_all || client.grants.contains(&GrantType::RefreshToken) {
        return Ok(());
    }
    let cause =
        format!("these scopes come with a refresh token: add refresh_token to the grants of client `{}`", client.id);
    Err(GrantError::new(GrantErrorKind::UnauthorizedClient, cause))
}

/// The scopes asked for, all of them known and to be had by this grant.
fn asked_scopes(
    profile: &dyn Profile,
    grant_type: GrantType,
    request: &TokenRequest,
) -> Result<Option<Scopes>, GrantError> {
    let Some(asked) = request.scopes.as_ref().map_err(Clone::clone)? else { return Ok(None) };
    if let Some(unknown) = asked.first_outside(&profile.policy().scopes) {
        return Err(GrantError::unknown_scope(unknown.as_str()));
    }
    check(profile, grant_type, request, asked)?;
    Ok(Some(asked.clone()))
}

/// The client's scopes where it asks for none. A code or refresh token has its own.
fn default_scopes(profile: &dyn Profile, client: &Client, request: &TokenRequest) -> Result<Scopes, GrantError> {
    let scopes = profile.default_scopes(client)?;
    check(profile, GrantType::ClientCredentials, request, &scopes)?;
    Ok(scopes)
}

fn check(
    profile: &dyn Profile,
    grant_type: GrantType,
    request: &TokenRequest,
    scopes: &Scopes,
) -> Result<(), GrantError> {
    if scopes.is_empty() {
        let kind = GrantErrorKind::InvalidScope(ScopeFault::NoneLeft);
        return Err(GrantError::new(kind, "no scope is left to grant"));
    }
    profile.check_scopes(request, grant_type, scopes)
}

fn permit_grant(profile: &dyn Profile, client: &Client, grant_type: GrantType) -> Result<(), GrantError> {
    let refuse = |why: &str| {
        Err(GrantError::new(
            GrantErrorKind::UnauthorizedClient,
            format!("client `{}` may not use the grant {}: {why}", client.id, grant_type.as_str()),
        ))
    };
    let for_all = grant_type == GrantType::RefreshToken && profile.capabilities().refresh_for_all;
    if !for_all && !client.grants.contains(&grant_type) {
        return refuse("it is not among the client's grants");
    }
    if grant_type == GrantType::ClientCredentials && client.secret.is_none() {
        return refuse("a public client has no credentials (RFC 6749 section 4.4)");
    }
    Ok(())
}
