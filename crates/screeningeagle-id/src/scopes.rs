//! What the scopes mean to a user, and the facts that they open.

use grant::ScopeText;

/// The scope without which there is no ID token.
pub(crate) const OPENID: &str = "openid";

/// The scope that buys a refresh token where `refresh_requires_offline` is on.
pub(crate) const OFFLINE: &str = "offline";

/// The user's facts that a scope puts in the ID token, with their labels; none for a scope that opens none.
pub(crate) fn facts(scope: &str) -> &'static [(&'static str, &'static str)] {
    match scope {
        "email" => &[("email", "Email address"), ("email_verified", "Whether it is confirmed")],
        "profile" => &[
            ("name", "Full name"),
            ("first_name", "First name"),
            ("last_name", "Last name"),
            ("country_code", "Country"),
            ("picture", "Picture"),
            ("updated_at", "Last change of these details"),
        ],
        _ => &[],
    }
}

/// The user's claims that the vendor knows: the facts of all scopes, and what access tokens say without one.
pub(crate) const KNOWN: [&str; 10] = [
    "email",
    "email_verified",
    "name",
    "first_name",
    "last_name",
    "country_code",
    "picture",
    "updated_at",
    "scopes",
    "userRegion",
];

/// What a scope lets a client do, to complete "… would like to".
pub(crate) fn text(scope: &str) -> Option<ScopeText<'static>> {
    let title = match scope {
        OPENID => "recognise you when you sign in",
        "email" => "see your email address",
        "profile" => "see your name, country and picture",
        "inspect" => "work with your inspections",
        OFFLINE => "keep this access while you are away",
        _ => return None,
    };
    Some(ScopeText { title, facts: facts(scope), required: scope == OPENID })
}

#[cfg(test)]
mod tests {
    use crate::test_support::dialect;
    use grant::Hooks;
    use serde_json::json;
    use std::collections::HashSet;

    #[test]
    fn every_scope_of_the_catalogue_has_words_of_its_own() {
        let dialect = dialect(json!({}));
        let mut titles = HashSet::new();
        for scope in &dialect.policy().scopes {
            let text = dialect.scope_text(scope.as_str()).unwrap();
            assert!(titles.insert(text.title), "{scope}");
            assert_eq!(text.required, *scope == "openid", "{scope}");
        }
        assert_eq!(dialect.scope_text("profile").unwrap().facts[1], ("first_name", "First name"));
        assert_eq!(dialect.scope_text("report"), None);
    }
}
