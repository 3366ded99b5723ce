//! The standard's scopes: what they mean to a user, and which claims they open (OpenID Connect Core section 5.4).

use grant::{Client, GrantType, Refusal, RefusalKind, Remarks, Scope, ScopeFault, ScopeText, Scopes, User, Value};

/// Makes a request an OpenID Connect one.
pub const OPENID: &str = "openid";
/// Asks for a refresh token.
pub const OFFLINE_ACCESS: &str = "offline_access";
const PROFILE: &str = "profile";
const EMAIL: &str = "email";
const ADDRESS: &str = "address";
const PHONE: &str = "phone";

/// The scopes of a mount that names none: the standard's, and one of an API.
pub const CATALOGUE: [&str; 7] = [OPENID, PROFILE, EMAIL, ADDRESS, PHONE, OFFLINE_ACCESS, "api"];

/// The longest that a `sub` may be, in characters of ASCII (OpenID Connect Core section 2).
const MAX_SUB: usize = 255;

/// The standard claims of a user, in the standard's order (OpenID Connect Core section 5.1).
pub const CLAIMS: [&str; 19] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];

/// The claims that a scope opens, with their labels; none for a scope that opens none.
pub fn facts(scope: &str) -> &'static [(&'static str, &'static str)] {
    match scope {
        PROFILE => &[
            ("name", "Name"),
            ("family_name", "Last name"),
            ("given_name", "First name"),
            ("middle_name", "Middle name"),
            ("nickname", "Nickname"),
            ("preferred_username", "User name"),
            ("profile", "Profile page"),
            ("picture", "Picture"),
            ("website", "Website"),
            ("gender", "Gender"),
            ("birthdate", "Date of birth"),
            ("zoneinfo", "Time zone"),
            ("locale", "Language"),
            ("updated_at", "Last change"),
        ],
        EMAIL => &[("email", "Email address"), ("email_verified", "Email address verified")],
        ADDRESS => &[("address", "Postal address")],
        PHONE => &[("phone_number", "Telephone number"), ("phone_number_verified", "Telephone number verified")],
        _ => &[],
    }
}

/// The names of the claims that `scopes` open, in the standard's order.
pub fn opened(scopes: &Scopes) -> impl Iterator<Item = &'static str> {
    let asked = [PROFILE, EMAIL, ADDRESS, PHONE].into_iter().filter(move |scope| scopes.contains(scope));
    asked.flat_map(facts).map(|(name, _)| *name)
}

/// The user's claims that `scopes` open or that are `asked` for by name, each once; those the user lacks are left out.
pub fn claims_of<'a>(
    user: &'a User,
    scopes: Option<&Scopes>,
    asked: impl Fn(&str) -> bool,
) -> impl Iterator<Item = (&'static str, &'a Value)> {
    let opened: Vec<_> = scopes.into_iter().flat_map(opened).collect();
    let told = CLAIMS.into_iter().filter(move |name| opened.contains(name) || asked(name));
    told.filter_map(|name| Some((name, user.claims.get(name)?)))
}

/// What a scope lets a client do, to complete "… would like to".
pub fn text(scope: &str) -> Option<ScopeText<'static>> {
    let title = match scope {
        OPENID => "recognise you when you sign in",
        PROFILE => "see your profile",
        EMAIL => "see your email address",
        ADDRESS => "see your postal address",
        PHONE => "see your telephone number",
        OFFLINE_ACCESS => "keep this access while you are away",
        _ => return None,
    };
    Some(ScopeText { title, facts: facts(scope), required: scope == OPENID })
}

/// Whether a scope speaks of a user rather than of an API, so that no app can be granted it.
fn is_of_user(scope: &Scope) -> bool {
    [OPENID, PROFILE, EMAIL, ADDRESS, PHONE, OFFLINE_ACCESS].contains(&scope.as_str())
}

/// The scopes of an app that names none: all of its API scopes that the mount knows, in the order of the file.
pub fn of_app(client: &Client, catalogue: &Scopes) -> Result<Scopes, Refusal> {
    let known = |scope: &&Scope| !is_of_user(scope) && catalogue.contains(scope.as_str());
    let scopes: Scopes = client.scopes.iter().filter(known).cloned().collect();
    if scopes.is_empty() {
        let cause = "the request names no scope and the client has no API scope";
        return Err(Refusal::new(RefusalKind::InvalidScope(ScopeFault::NoneLeft), cause));
    }
    Ok(scopes)
}

/// Refuses to an app what speaks of a user.
pub fn check(grant_type: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
    match scopes.iter().find(|scope| is_of_user(scope)) {
        Some(scope) if grant_type == GrantType::ClientCredentials => Err(Refusal::new(
            RefusalKind::InvalidScope(ScopeFault::NotHere(scope.clone())),
            format!("scope `{scope}` speaks of a user, and client_credentials has none"),
        )),
        _ => Ok(()),
    }
}

/// Refuses a user whose `sub` no client need accept, and warns of claims that are not of the standard's type, which a test
/// may well want.
pub fn check_user(user: &User, remarks: &mut Remarks) {
    if user.sub.len() > MAX_SUB || !user.sub.is_ascii() {
        let message = format!("must be of {MAX_SUB} ASCII characters at most (OpenID Connect Core section 2)");
        remarks.refuse("sub", message);
    }
    for (name, value) in user.claims.iter().filter(|(name, _)| CLAIMS.contains(name)) {
        let (fits, wanted) = match name {
            "email_verified" | "phone_number_verified" => (matches!(value, Value::Bool(_)), "true or false"),
            "updated_at" => (matches!(value, Value::Int(_) | Value::Float(_)), "a number, seconds since the epoch"),
            "address" => (matches!(value, Value::Map(_)), "a table, as in `{ formatted = \"…\", country = \"…\" }`"),
            _ => (matches!(value, Value::Text(_)), "a string"),
        };
        if !fits {
            let message =
                format!("`{name}` is of another type than the standard's, and is told as it is; it is {wanted}");
            remarks.warn("claims", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::stage;
    use std::collections::BTreeSet;

    #[test]
    fn o06_each_claim_is_opened_by_one_scope() {
        let all = Scopes::parse("openid profile email address phone").unwrap();
        let names: Vec<_> = opened(&all).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), CLAIMS.len());
        assert_eq!(BTreeSet::from_iter(names), BTreeSet::from(CLAIMS));
        assert_eq!(opened(&Scopes::parse("openid offline_access api").unwrap()).count(), 0);
    }

    #[test]
    fn o06_claims_of_another_type_are_told_of() {
        let jane = stage().user("248289761001").unwrap();
        let mut remarks = Remarks::default();
        check_user(&jane, &mut remarks);
        assert_eq!(remarks, Remarks::default());
        let mut odd = jane;
        for (name, value) in
            [("email_verified", "true".into()), ("updated_at", "1".into()), ("address", "x".into()), ("name", 1.into())]
        {
            odd.claims.set(name, value);
        }
        odd.sub = "é".into();
        check_user(&odd, &mut remarks);
        assert_eq!((remarks.warnings.len(), remarks.faults.len()), (4, 1), "{remarks:?}");
    }
}
