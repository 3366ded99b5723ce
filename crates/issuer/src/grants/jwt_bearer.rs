//! An assertion that a key of the client's signed, for the client itself or a user whom it names (RFC 7523 section 2.1).

use super::Entitled;
use super::ground::{gone, live_user, without_offline_access};
use super::{Proven, ScopeSource, Terms};
use crate::assertion::{self, Signer};
use crate::assertion_fault::AssertionFault;
use crate::{At, ids};
use grant::{Claims, GrantType, Refusal, RefusalKind, Scopes, User, Value};
use std::sync::Arc;

pub(super) const TERMS: Terms = Terms { needs_entry: |_| true, scopes: ScopeSource::Client };

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>, jwt: &str) -> Result<Proven, Refusal> {
    let client = &entitled.client;
    let terms = at.hooks.policy().bearer_assertions.as_ref();
    let terms = terms.ok_or_else(|| Refusal::internal("the dialect has no terms of assertions"))?;
    let kind = || RefusalKind::InvalidGrant;
    let asserted = assertion::check(at, client, jwt, &terms.assertions, Signer::Keys)
        .map_err(|fault| assertion::refused(at, fault, kind()))?;
    let sub = subject(&asserted.claims, terms.wants_subject).map_err(|fault| assertion::refused(at, fault, kind()))?;
    let scopes = entitled.scopes.clone().unwrap_or_default();
    let user = match sub {
        Some(sub) if sub != client.id.as_str() => Some(user(at, sub)?),
        _ if at.hooks.capabilities().service_users => {
            let unbound = || gone(format!("client `{}` is bound to no user", client.id));
            Some(live_user(at, client.user.as_deref().ok_or_else(unbound)?)?)
        }
        _ => {
            // What speaks of a user is not the client's own.
            at.hooks.check_scopes(entitled.request, GrantType::ClientCredentials, &scopes)?;
            None
        }
    };
    let scopes = if user.is_some() { without_offline_access(&scopes)? } else { scopes };
    if let Some(user) = user.as_deref().filter(|_| terms.wants_consent && !client.trusted) {
        check_consent(at, entitled, user, &scopes).await?;
    }
    if entitled.spends {
        assertion::spend(at, client, &asserted, kind()).await?;
    }
    Ok(Proven { family: ids::family(), user, scopes, login: None, refresh: None, act: None, until: None })
}

/// Whom an assertion is about (RFC 7523 section 3, item 2); `None` where it may leave that out, and does.
fn subject(claims: &Claims, is_wanted: bool) -> Result<Option<&str>, AssertionFault> {
    match claims.get("sub") {
        None if !is_wanted => Ok(None),
        Some(Value::Text(sub)) if !sub.is_empty() => Ok(Some(sub)),
        _ => Err(AssertionFault::NoSubject),
    }
}

/// The user whom an assertion names, by `sub` or user name, as vendors differ.
fn user(at: At<'_>, name: &str) -> Result<Arc<User>, Refusal> {
    match at.mount.directory.find_user(name) {
        Some(user) => live_user(at, &user.sub),
        None => Err(gone("the assertion's sub is neither the client nor a user of this mount".to_owned())),
    }
}

async fn check_consent(at: At<'_>, entitled: &Entitled<'_>, user: &User, scopes: &Scopes) -> Result<(), Refusal> {
    let client = &entitled.client.id;
    let given = at.store().consent(at.realm(), &user.sub, client.as_str()).await?;
    if given.is_some_and(|given| scopes.first_outside(&given.scopes).is_none()) {
        return Ok(());
    }
    let cause = format!("user `{}` has not consented to client `{client}` having all of these scopes", user.sub);
    Err(Refusal::new(RefusalKind::ConsentRequired, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o42_an_assertion_is_about_somebody() {
        let of = |sub: Option<Value>, is_wanted| {
            let mut claims = Claims::empty();
            if let Some(sub) = sub {
                claims.set("sub", sub);
            }
            subject(&claims, is_wanted).map(|sub| sub.map(str::to_owned))
        };
        assert_eq!(of(Some("jane".into()), true), Ok(Some("jane".to_owned())));
        assert_eq!((of(None, true), of(None, false)), (Err(AssertionFault::NoSubject), Ok(None)));
        for odd in [Value::Null, Value::Int(1), Value::List(vec!["jane".into()]), "".into()] {
            assert_eq!(of(Some(odd), false), Err(AssertionFault::NoSubject), "whatever the mount asks for");
        }
    }
}
