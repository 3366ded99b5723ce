//! The scopes: what they mean to a user, which facts they open, and who may ask for them.

use grant::{Client, GrantType, Refusal, RefusalKind, Scope, ScopeFault, ScopeText, Scopes};
use std::borrow::Cow;

pub(crate) const OPENID: &str = "openid";
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";
const PROFILE: &str = "profile";
const EMAIL: &str = "email";

/// The vendor's scopes.
pub(crate) const CATALOGUE: [&str; 8] =
    [OPENID, PROFILE, EMAIL, "company:read", "employee:read", "employee:write", "subscription:write", OFFLINE_ACCESS];

/// The user's facts that a scope opens, with their labels; none for a scope that opens none.
pub(crate) fn facts(scope: &str) -> &'static [(&'static str, &'static str)] {
    match scope {
        PROFILE => &[
            ("given_name", "First name"),
            ("family_name", "Last name"),
            ("job_title", "Job title"),
            ("picture", "Picture"),
            ("locale", "Language"),
            ("zoneinfo", "Time zone"),
            ("company_id", "Company number"),
        ],
        EMAIL => &[("email", "Email address")],
        _ => &[],
    }
}

/// The user's claims that the vendor knows: the facts of all scopes, and what access tokens say without one.
pub(crate) const KNOWN: [&str; 9] =
    ["given_name", "family_name", "job_title", "picture", "locale", "zoneinfo", "company_id", "email", "permissions"];

/// The names of the facts that `scopes` open, in the framework's order.
pub(crate) fn opened(scopes: &Scopes) -> impl Iterator<Item = &'static str> {
    let asked = [PROFILE, EMAIL].into_iter().filter(move |scope| scopes.contains(scope));
    asked.flat_map(facts).map(|(name, _)| *name)
}

/// What a scope lets a client do, to complete "… would like to".
pub(crate) fn text(scope: &str) -> Option<ScopeText<'static>> {
    let title = match scope {
        OPENID => "recognise you when you sign in",
        PROFILE => "see your name, job title, picture and company",
        EMAIL => "see your email address",
        "company:read" => "see your company’s details",
        "employee:read" => "see your company’s employees and their details",
        "employee:write" => "add employees to your company and change their details",
        "subscription:write" => "change your company’s subscription",
        OFFLINE_ACCESS => "keep this access while you are away",
        _ => return None,
    };
    Some(ScopeText { title, facts: facts(scope), required: scope == OPENID })
}

/// Whether a scope speaks of a user rather than of an API, so that no app can be granted it.
fn is_of_user(scope: &Scope) -> bool {
    is_identity(scope) || *scope == OFFLINE_ACCESS
}

/// Whether a scope opens facts of the user: IdentityServer's identity resources, of which `offline_access` is none.
fn is_identity(scope: &Scope) -> bool {
    [OPENID, PROFILE, EMAIL].contains(&scope.as_str())
}

fn refused(fault: ScopeFault, cause: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(RefusalKind::InvalidScope(fault), cause)
}

/// The scopes of an app that names none: all of its API scopes that the mount knows, in the order of the file.
pub(crate) fn of_app(client: &Client, catalogue: &Scopes) -> Result<Scopes, Refusal> {
    let known = |scope: &&Scope| !is_of_user(scope) && catalogue.contains(scope.as_str());
    let scopes: Scopes = client.scopes.iter().filter(known).cloned().collect();
    if scopes.is_empty() {
        return Err(refused(ScopeFault::NoneLeft, "the request names no scope and the client has no API scope"));
    }
    Ok(scopes)
}

/// Refuses to an app what speaks of a user.
pub(crate) fn check(grant_type: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
    match scopes.iter().find(|scope| is_of_user(scope)) {
        Some(scope) if grant_type == GrantType::ClientCredentials => Err(refused(
            ScopeFault::NotHere(scope.clone()),
            format!("scope `{scope}` speaks of a user, and client_credentials has none"),
        )),
        _ => Ok(()),
    }
}

/// The scopes of an authorization: those asked for, of which there must be some, and `openid` with any other that
/// opens facts of the user.
pub(crate) fn of_authorization(asked: Option<&Scopes>) -> Result<Scopes, Refusal> {
    let asked = asked.ok_or_else(|| refused(ScopeFault::NoneLeft, "the request names no scope"))?;
    match asked.iter().find(|scope| is_identity(scope)) {
        Some(scope) if !asked.contains(OPENID) => {
            Err(refused(ScopeFault::NotHere(scope.clone()), format!("scope `{scope}` is asked for without `openid`")))
        }
        _ => Ok(asked.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{dialect, token_request};
    use grant::Hooks;
    use serde_json::json;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn an_app_defaults_to_its_api_scopes_in_the_order_of_the_file() {
        let dialect = dialect(json!({}));
        let mut client = Client::new("c");
        client.scopes = scopes("openid employee:read profile gone:read company:read email offline_access");
        assert_eq!(dialect.default_scopes(&client).unwrap().joined(), "employee:read company:read");
        client.scopes = scopes("openid offline_access");
        let refused = dialect.default_scopes(&client).unwrap_err().kind;
        assert_eq!(refused, RefusalKind::InvalidScope(ScopeFault::NoneLeft));
    }

    #[test]
    fn bh_09_an_app_is_granted_no_identity_scope() {
        let (dialect, request) = (dialect(json!({})), token_request(""));
        let check = |grant_type, text: &str| dialect.check_scopes(&request, grant_type, &scopes(text));
        for scope in ["openid", "profile", "email", "offline_access"] {
            let refused = check(GrantType::ClientCredentials, &format!("company:read {scope}")).unwrap_err();
            let fault = ScopeFault::NotHere(Scope::new(scope).unwrap());
            assert_eq!(refused.kind, RefusalKind::InvalidScope(fault));
            assert_eq!(check(GrantType::AuthorizationCode, scope), Ok(()));
        }
        assert_eq!(check(GrantType::ClientCredentials, "company:read employee:read"), Ok(()));
    }

    #[test]
    fn facts_of_the_user_are_authorized_with_openid_alone() {
        let (dialect, client) = (dialect(json!({})), Client::new("c"));
        let asked = |text: &str| dialect.authorize_scopes(&client, Some(&scopes(text))).map(|scopes| scopes.joined());
        for good in ["email openid", "openid profile email company:read offline_access", "company:read offline_access"]
        {
            assert_eq!(asked(good).unwrap(), good);
        }
        for bad in ["company:read profile", "email"] {
            let named = Scope::new(bad.rsplit(' ').next().unwrap()).unwrap();
            assert_eq!(asked(bad).unwrap_err().kind, RefusalKind::InvalidScope(ScopeFault::NotHere(named)));
        }
        let none = dialect.authorize_scopes(&client, None).unwrap_err();
        assert_eq!(none.kind, RefusalKind::InvalidScope(ScopeFault::NoneLeft));
    }

    #[test]
    fn every_scope_of_the_catalogue_has_words_of_its_own() {
        let dialect = dialect(json!({}));
        let mut titles = std::collections::HashSet::new();
        for scope in CATALOGUE {
            let text = dialect.scope_text(scope).unwrap();
            assert!(titles.insert(text.title), "{scope}");
            assert_eq!(text.required, scope == "openid", "{scope}");
        }
        assert_eq!(dialect.scope_text("profile").unwrap().facts[0], ("given_name", "First name"));
        assert_eq!(dialect.scope_text("email").unwrap().facts, [("email", "Email address")]);
        assert_eq!(dialect.scope_text("payroll:read"), None);
    }
}
