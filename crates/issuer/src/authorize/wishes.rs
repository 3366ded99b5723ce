//! What OpenID Connect lets a client ask for beyond scopes: claims by name, and how the user is to be authenticated.

use super::OFFLINE_ACCESS;
use crate::grants::may_refresh;
use grant::{AskedClaims, AuthorizeRequest, ClaimsRequest, Client, Hooks, OpenIdTerms, Refusal, RefusalKind, Scopes};

/// What is asked for beyond scopes, as far as the mount serves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The claims asked for by name, among those that may be.
    pub claims: ClaimsRequest,
    /// The authentication context classes asked for.
    pub acr_values: Vec<String>,
    /// The class that the sign-in satisfies among them.
    pub acr: Option<String>,
}

/// What a request wishes. A class that is essential and is not to be had is a failed sign-in (OpenID Connect Core
/// section 5.5.1.1); any other that is unknown is passed over.
pub(super) fn of(request: &AuthorizeRequest, terms: &OpenIdTerms) -> Result<Wishes, Refusal> {
    let claims = if terms.claims.is_empty() { ClaimsRequest::default() } else { known(request.claims.clone()?, terms) };
    let acr_values = request.acr_values.clone();
    let wanted = claims.acr.as_ref().map(|acr| &acr.values).filter(|values| !values.is_empty());
    let satisfied = |values: &[String]| values.iter().find(|value| terms.acr_values.contains(value)).cloned();
    let acr = match (wanted, &claims.acr) {
        (Some(wanted), _) => satisfied(wanted),
        (None, Some(_)) if acr_values.is_empty() => terms.acr_values.first().cloned(),
        _ => satisfied(&acr_values),
    };
    if acr.is_none() && wanted.is_some() && claims.acr.as_ref().is_some_and(|acr| acr.is_essential) {
        let why = "the claims parameter wants an acr that is none of the mount's acr_values";
        return Err(Refusal::new(RefusalKind::AccessDenied, why));
    }
    Ok(Wishes { claims, acr_values, acr })
}

/// The request with the names that may be asked for; others are passed over (OpenID Connect Core section 5.5).
fn known(request: ClaimsRequest, terms: &OpenIdTerms) -> ClaimsRequest {
    let known = |mut names: Vec<String>| {
        names.retain(|name| terms.claims.contains(&name.as_str()));
        names
    };
    let AskedClaims { userinfo, id_token } = request.asked;
    ClaimsRequest { asked: AskedClaims { userinfo: known(userinfo), id_token: known(id_token) }, ..request }
}

/// The scopes that are looked at: not those that the mount does not know, nor `offline_access` of a client that could not
/// use what comes of it, where the mount's terms are such.
pub(super) fn heeded(hooks: &dyn Hooks, client: &Client, terms: &OpenIdTerms, asked: Scopes) -> Scopes {
    let is_known = |name: &str| !terms.ignores_unknown_scopes || hooks.policy().scopes.contains(name);
    let is_usable =
        |name: &str| !terms.asks_for_offline_access || name != OFFLINE_ACCESS || may_refresh(hooks, client).is_ok();
    let heeded = |name: &str| is_known(name) && is_usable(name);
    if asked.iter().all(|scope| heeded(scope.as_str())) {
        return asked;
    }
    asked.iter().filter(|scope| heeded(scope.as_str())).cloned().collect()
}
