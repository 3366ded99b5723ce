//! The scope `application.session`: limited to one application, it stands alone and carries three claims.

use dialect::texts::{is_uuid, is_web_url};
use grant::{Refusal, RefusalKind, RequestFault, ScopeFault, Scopes};

/// Its name.
pub(crate) const SCOPE: &str = "application.session";

/// A claim's name, and whether a text has the claim's form.
type Claim = (&'static str, fn(&str) -> bool);

/// Its claims in the vendor's order.
pub(crate) const CLAIMS: [Claim; 3] = [
    ("application_id", |text| text.strip_prefix("bits:application::").is_some_and(is_uuid)),
    ("workflow_id", |text| text.strip_prefix("bits:workflow::").is_some_and(is_uuid)),
    ("redirect_url", is_web_url),
];

/// Refuses the scope in company, and where a claim is absent or malformed; the first such claim is named.
pub(crate) fn check(scopes: &Scopes, extra: &[(&'static str, String)]) -> Result<(), Refusal> {
    let Some(scope) = scopes.iter().find(|scope| **scope == SCOPE) else { return Ok(()) };
    if scopes.len() > 1 {
        let kind = RefusalKind::InvalidScope(ScopeFault::Exclusive(scope.clone()));
        return Err(Refusal::new(kind, "application.session was asked for together with another scope"));
    }
    for (claim, is_valid) in CLAIMS {
        let (fault, cause) = match extra.iter().find(|(name, _)| *name == claim) {
            None => (RequestFault::MissingClaim(claim.into()), "is missing or empty"),
            Some((_, text)) if !is_valid(text) => (RequestFault::InvalidClaim(claim.into()), "is malformed"),
            Some(_) => continue,
        };
        return Err(Refusal::new(RefusalKind::InvalidRequest(fault), format!("session claim `{claim}` {cause}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UUID: &str = "95d0c391-c659-4748-8415-de4f804803a0";

    fn extra(without: &str) -> Vec<(&'static str, String)> {
        let values = [format!("bits:application::{UUID}"), format!("bits:workflow::{UUID}"), "https://a.b/c".into()];
        CLAIMS.iter().map(|(name, _)| *name).zip(values).filter(|(name, _)| *name != without).collect()
    }

    fn check_session(scopes: &str, extra: &[(&'static str, String)]) -> Result<(), RefusalKind> {
        check(&Scopes::parse(scopes).unwrap(), extra).map_err(|error| error.kind)
    }

    #[test]
    fn the_scope_stands_alone_whatever_else_is_wrong() {
        assert!(check_session(SCOPE, &extra("")).is_ok());
        for scopes in ["application.session application", "application application.session"] {
            let RefusalKind::InvalidScope(ScopeFault::Exclusive(scope)) = check_session(scopes, &[]).unwrap_err()
            else {
                panic!("not exclusive")
            };
            assert_eq!(scope, SCOPE);
        }
    }

    #[test]
    fn every_claim_is_required_and_the_first_missing_is_named() {
        for (claim, _) in CLAIMS {
            let missing = RefusalKind::InvalidRequest(RequestFault::MissingClaim(claim.into()));
            assert_eq!(check_session(SCOPE, &extra(claim)).unwrap_err(), missing);
        }
        let first = RefusalKind::InvalidRequest(RequestFault::MissingClaim("application_id".into()));
        assert_eq!(check_session(SCOPE, &[]).unwrap_err(), first);
    }

    #[test]
    fn malformed_claims_are_named() {
        for (at, (claim, _)) in CLAIMS.into_iter().enumerate() {
            let mut extra = extra("");
            extra[at].1 = "42".into();
            let invalid = RefusalKind::InvalidRequest(RequestFault::InvalidClaim(claim.into()));
            assert_eq!(check_session(SCOPE, &extra).unwrap_err(), invalid);
        }
    }

    #[test]
    fn without_the_scope_the_claims_do_not_matter() {
        assert!(check_session("application application.read", &[("workflow_id", "42".into())]).is_ok());
    }

    #[test]
    fn ids_have_their_own_prefix_and_a_uuid() {
        let (prefix, is_id) = ("bits:workflow::", CLAIMS[1].1);
        assert!(is_id(&format!("{prefix}{UUID}")));
        assert!(is_id(&format!("{prefix}{}", UUID.to_uppercase())));
        for bad in [
            format!("bits:application::{UUID}"),
            format!(" {prefix}{UUID}"),
            format!("{prefix}{UUID} "),
            format!("{prefix}{{{UUID}}}"),
            format!("{prefix}{}", UUID.replace('-', "")),
            format!("{prefix}{}", UUID.replace('9', "g")),
            format!("{prefix}{}", UUID.replacen('-', "0", 1)),
            prefix.to_owned(),
        ] {
            assert!(!is_id(&bad), "{bad}");
        }
    }

    #[test]
    fn redirect_urls_are_absolute_web_urls() {
        for good in [
            "https://acme.com/onboarding-complete",
            "HTTP://acme.com",
            "http://localhost:3000/#/done?x=%20",
            "http://127.0.0.1:80?a=b@c",
            "https://[::1]:8443/x",
            "https://acme.com.",
        ] {
            assert!(is_web_url(good), "{good}");
        }
        for bad in [
            "",
            "acme.com",
            "/done",
            "//acme.com",
            "https:acme.com",
            "https:/acme.com",
            "https://",
            "https:///x",
            "https://?x",
            "https://:80",
            "https://acme..com",
            "https://.",
            "ftp://acme.com",
            "javascript://acme.com",
            "http://localhost:80@evil.com",
            "https://a@b",
            "https://acme.com:",
            "https://acme.com:+1",
            "https://acme.com:65536",
            "https://acme.com:x",
            "https://[::1",
            "https://::1",
            "https://[acme]",
            "https://acme.com/a b",
            "https://acme.com\\@evil",
            "https://acme.com/\"",
            "https://äcme.com",
            " https://a",
        ] {
            assert!(!is_web_url(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            for (_, is_valid) in CLAIMS {
                let _ = is_valid(&text);
                let _ = is_valid(&format!("https://{text}"));
                let _ = is_valid(&format!("bits:workflow::{text}"));
            }
        }
    }
}
