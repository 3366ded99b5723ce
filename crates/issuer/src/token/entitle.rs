//! Grant type, scopes and entitlement of an authenticated client.

use crate::grants::Entitled;
use crate::grants::{self, ScopeSource, Terms, permit};
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
    let terms = grants::terms(grant_type);
    let asked = asked_scopes(profile, grant_type, request)?;
    permit_grant(profile, &client, grant_type, &terms)?;
    let scopes = match (terms.scopes, asked) {
        (ScopeSource::Granted, asked) => asked,
        (ScopeSource::Client, asked) => {
            let scopes = match asked {
                Some(asked) => asked,
                None => default_scopes(profile, &client, grant_type, request)?,
            };
            permit(profile, &client, &scopes)?;
            Some(scopes)
        }
    };
    Ok(Entitled { client, grant_type, scopes, request })
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

/// The client's scopes where it asks for none.
fn default_scopes(
    profile: &dyn Profile,
    client: &Client,
    grant_type: GrantType,
    request: &TokenRequest,
) -> Result<Scopes, GrantError> {
    let scopes = profile.default_scopes(client)?;
    check(profile, grant_type, request, &scopes)?;
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

fn permit_grant(
    profile: &dyn Profile,
    client: &Client,
    grant_type: GrantType,
    terms: &Terms,
) -> Result<(), GrantError> {
    let refuse = |why: &str| {
        Err(GrantError::new(
            GrantErrorKind::UnauthorizedClient,
            format!("client `{}` may not use the grant {}: {why}", client.id, grant_type.as_str()),
        ))
    };
    if (terms.needs_entry)(profile.capabilities()) && !client.grants.contains(&grant_type) {
        return refuse("it is not among the client's grants");
    }
    if !terms.is_for_public_clients && client.secret.is_none() {
        return refuse("a public client has no credentials (RFC 6749 section 4.4)");
    }
    Ok(())
}
