//! Grant type, scopes and entitlement of an authenticated client.

use crate::grants::Entitled;
use crate::grants::{self, ScopeSource, Terms, permit};
use crate::keys::jwt;
use crate::{At, Phase};
use grant::{Client, GrantType, Hooks, Proof, Refusal, RefusalKind, Scope, ScopeFault, Scopes, TokenRequest, Value};
use secrecy::ExposeSecret;
use std::borrow::Cow;
use std::sync::Arc;

pub(super) fn entitle<'a>(at: At<'_>, client: Arc<Client>, request: &'a TokenRequest) -> Result<Entitled<'a>, Refusal> {
    let hooks = at.hooks;
    let offered = offered(hooks, request).and_then(|grant| {
        grants::heeded_resource(hooks, request.resource())?;
        hooks.check_request(&client, request).map(|()| grant)
    });
    let grant_type = at.decide(Phase::Grant, offered)?;
    let asked = at.decide(Phase::Scopes, asked_scopes(hooks, grant_type, request))?;
    let names_scopes = asked.is_some();
    let scopes = at.decide(Phase::Entitlement, entitled_scopes(hooks, &client, grant_type, request, asked))?;
    Ok(Entitled { client, grant_type, scopes, names_scopes, request, spends: true })
}

fn offered(hooks: &dyn Hooks, request: &TokenRequest) -> Result<GrantType, Refusal> {
    let grant_type = request.proof.as_ref().map_err(Clone::clone)?.grant_type();
    if hooks.capabilities().grants.contains(&grant_type) {
        return Ok(grant_type);
    }
    let cause = format!("this mount does not offer the grant {}", grant_type.as_str());
    Err(Refusal::new(RefusalKind::UnsupportedGrantType, cause))
}

/// The scopes to grant, or to narrow to, of a client that may use the grant.
fn entitled_scopes(
    hooks: &dyn Hooks,
    client: &Client,
    grant_type: GrantType,
    request: &TokenRequest,
    asked: Option<Scopes>,
) -> Result<Option<Scopes>, Refusal> {
    let terms = grants::terms(grant_type);
    permit_grant(hooks, client, grant_type, &terms)?;
    if terms.scopes == ScopeSource::Granted {
        return Ok(asked);
    }
    let scopes = match asked {
        Some(asked) => asked,
        None => default_scopes(hooks, client, grant_type, request)?,
    };
    permit(hooks, client, &scopes)?;
    Ok(Some(scopes))
}

/// The scopes asked for, all of them known and to be had by this grant.
fn asked_scopes(hooks: &dyn Hooks, grant_type: GrantType, request: &TokenRequest) -> Result<Option<Scopes>, Refusal> {
    let Some(asked) = named_scopes(request)? else { return Ok(None) };
    if let Some(unknown) = asked.first_outside(&hooks.policy().scopes) {
        return Err(Refusal::unknown_scope(unknown.as_str()));
    }
    check(hooks, grant_type, request, &asked)?;
    Ok(Some(asked.into_owned()))
}

/// The scopes that a request names: those of its assertion, where that says any, else its own.
fn named_scopes(request: &TokenRequest) -> Result<Option<Cow<'_, Scopes>>, Refusal> {
    if let Ok(Proof::JwtBearer { assertion }) = &request.proof {
        let said = jwt::unchecked(assertion.expose_secret()).and_then(|read| read.claims.get("scope").cloned());
        let malformed = || Refusal::malformed("assertion", "has a scope that is neither a text nor an array of texts");
        let names: Vec<Arc<str>> = match said {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Text(text)) => text.split(' ').filter(|name| !name.is_empty()).map(Into::into).collect(),
            Some(Value::List(items)) => {
                let text = |item| if let Value::Text(text) = item { Some(text) } else { None };
                items.into_iter().map(text).collect::<Option<_>>().ok_or_else(malformed)?
            }
            Some(_) => return Err(malformed()),
        };
        if !names.is_empty() {
            let scope = |name: &Arc<str>| Scope::new(name).ok_or_else(|| Refusal::unknown_scope(name));
            return names.iter().map(scope).collect::<Result<Scopes, _>>().map(|scopes| Some(Cow::Owned(scopes)));
        }
    }
    Ok(request.scopes.as_ref().map_err(Clone::clone)?.as_ref().map(Cow::Borrowed))
}

/// The client's scopes where it asks for none.
fn default_scopes(
    hooks: &dyn Hooks,
    client: &Client,
    grant_type: GrantType,
    request: &TokenRequest,
) -> Result<Scopes, Refusal> {
    let scopes = match grant_type {
        // As where the user consents at a page.
        GrantType::Password => hooks.authorize_scopes(client, None)?,
        _ => hooks.default_scopes(client)?,
    };
    check(hooks, grant_type, request, &scopes)?;
    Ok(scopes)
}

fn check(hooks: &dyn Hooks, grant_type: GrantType, request: &TokenRequest, scopes: &Scopes) -> Result<(), Refusal> {
    if scopes.is_empty() {
        let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
        return Err(Refusal::new(kind, "no scope is left to grant"));
    }
    hooks.check_scopes(request, grant_type, scopes)
}

fn permit_grant(hooks: &dyn Hooks, client: &Client, grant_type: GrantType, terms: &Terms) -> Result<(), Refusal> {
    let refuse = |why: &str| {
        Err(Refusal::new(
            RefusalKind::UnauthorizedClient,
            format!("client `{}` may not use the grant {}: {why}", client.id, grant_type.as_str()),
        ))
    };
    if (terms.needs_entry)(hooks.capabilities()) && !client.grants.contains(&grant_type) {
        return refuse("it is not among the client's grants");
    }
    if !grant_type.is_for_public_clients() && client.is_public() {
        return refuse("a public client has neither secret nor key (RFC 6749 section 4.4)");
    }
    Ok(())
}
