//! What became of a request, in one sentence for whoever sees it go by.
//!
//! A stranger's text is in it where the entry has it too: the client that the request names. Whoever shows it shows text.

use grant::{Endpoint, Scopes};
use issuer::Phase;
use issuer::scenario::By;
use surface::journal::Entry;
use surface::page::Page;

/// The sentence; `hint` is what to change, where that is known.
pub(super) fn says(entry: &Entry, hint: Option<&str>) -> String {
    if let Some((by, step)) = &entry.forced_by {
        return forced(entry, by, *step);
    }
    let cause = || entry.cause.as_deref().or(entry.error).unwrap_or("without a reason");
    match entry.error {
        Some("not_found") => format!("nowhere: {}", hint.unwrap_or("there is nothing at that path")),
        Some(_) => format!("refused: {}", hint.unwrap_or_else(cause)),
        None => served(entry),
    }
}

fn forced(entry: &Entry, by: &By, step: u32) -> String {
    let step = if step > 1 { format!(", step {step}") } else { String::new() };
    // A request that was only kept waiting may be refused for a fault of its own.
    let is_own = entry.cause.as_deref().is_some_and(|cause| !cause.starts_with("forced by "));
    let what = match (entry.error, entry.status) {
        (Some(error), 1..) if is_own => {
            format!("let through, and refused: {}", entry.cause.as_deref().unwrap_or(error))
        }
        (_, 0) => "no byte of an answer".to_owned(),
        (Some(error), status) if status >= 400 => format!("{status} {error}"),
        (Some(_), status) => format!("{status}, and something wrong on purpose"),
        (None, _) => format!("let through: {}", served(entry)),
    };
    match by {
        By::Scenario(id) => format!("scenario {id}{step}: {what}"),
        By::Client(id) => format!("magic client {id}{step}: {what}"),
    }
}

fn served(entry: &Entry) -> String {
    let client = entry.client_id.as_deref();
    let of_client = client.map(|client| format!(" of {client}")).unwrap_or_default();
    let for_client = client.map(|client| format!(" for {client}")).unwrap_or_default();
    let user = entry.user.as_deref();
    let by_user = user.map(|user| format!(", as {user}")).unwrap_or_default();
    if let Some(page) = Page::parse(entry.endpoint) {
        return page_served(page, entry, user);
    }
    match Endpoint::parse(entry.endpoint) {
        Some(Endpoint::Token) => {
            let what = match entry.grant {
                Some("refresh_token") => "fresh token",
                Some("urn:ietf:params:oauth:grant-type:token-exchange") => "token for a token",
                Some("authorization_code") => "token for a code",
                Some("urn:ietf:params:oauth:grant-type:device_code") => "token for a device",
                _ => "token",
            };
            format!("{what}{for_client}{by_user}{}", scopes(entry.scope.as_ref()))
        }
        // A code comes with the user's consent, and what is shown a page first has not passed that page's phase.
        Some(Endpoint::Authorize) => match last(entry) {
            Some((Phase::Consent, true)) => {
                format!("authorized{for_client}{by_user}{}", scopes(entry.scope.as_ref()))
            }
            Some((Phase::SignIn, true) | (Phase::Consent, false)) => {
                format!("sent to the consent page{for_client}{by_user}")
            }
            // A form of another site comes without the browser's cookies.
            _ if entry.status == 303 => format!("sent to ask again{for_client} by GET, with the browser's cookies"),
            _ => format!("sent to the login page{for_client}"),
        },
        Some(Endpoint::UserInfo) => {
            format!("userinfo of {}{for_client}", user.unwrap_or("the token's holder"))
        }
        Some(Endpoint::Introspect) if entry.presented.are_none() => format!("introspected{for_client}: not active"),
        Some(Endpoint::Introspect) => format!("introspected{for_client}: a token of the mount"),
        Some(Endpoint::Revoke) => format!("revoked a token{of_client}"),
        Some(Endpoint::EndSession) => "log-out begun".to_owned(),
        Some(Endpoint::DeviceAuthorization) => format!("codes for a device{of_client}"),
        Some(Endpoint::Discovery) => "metadata read".to_owned(),
        Some(Endpoint::Jwks) => "keys read".to_owned(),
        Some(Endpoint::Verify) => format!("let through{for_client}{by_user}{}", scopes(entry.scope.as_ref())),
        None => "served".to_owned(),
    }
}

fn page_served(page: Page, entry: &Entry, user: Option<&str>) -> String {
    let (who, is_sent) = (user.unwrap_or("a user"), entry.method == "POST");
    match (page, is_sent) {
        (Page::Login, false) => "login page shown".to_owned(),
        (Page::Login, true) => format!("{who} signed in"),
        (Page::Consent, false) => "consent page shown".to_owned(),
        (Page::Consent, true) => format!("{who} decided on consent"),
        (Page::Account, false) => "account page shown".to_owned(),
        (Page::Account, true) => format!("{who} changed the account"),
        (Page::Logout, false) => "log-out page shown".to_owned(),
        (Page::Logout, true) => format!("{who} signed out"),
        (Page::Device, false) => "device page shown".to_owned(),
        (Page::Device, true) => format!("{who} answered for a device"),
        (Page::Error, _) => "error page shown".to_owned(),
    }
}

fn last(entry: &Entry) -> Option<(Phase, bool)> {
    entry.phases.iter().last()
}

fn scopes(scopes: Option<&Scopes>) -> String {
    scopes
        .map(Scopes::joined)
        .filter(|joined| !joined.is_empty())
        .map(|joined| format!(": {joined}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn entry() -> Entry {
        Entry {
            endpoint: "token",
            method: "POST",
            status: 200,
            client_id: Some("bits-demo".into()),
            grant: Some("client_credentials"),
            scope: Scopes::parse("application").ok(),
            ..Entry::default()
        }
    }

    #[test]
    fn what_is_served_says_what_was_got() {
        assert_eq!(says(&entry(), None), "token for bits-demo: application");
        let refreshed = Entry { grant: Some("refresh_token"), user: Some("alice".into()), ..entry() };
        assert_eq!(says(&refreshed, None), "fresh token for bits-demo, as alice: application");
        let login = Entry { endpoint: "login", method: "POST", user: Some("alice".into()), ..Entry::default() };
        assert_eq!(says(&login, None), "alice signed in");
    }

    #[test]
    fn a_request_to_authorize_says_how_far_it_came() {
        let authorize = Entry { endpoint: "authorize", status: 302, user: Some("alice".into()), ..entry() };
        let passed = |phases: &[Phase]| {
            let bits: u16 = phases.iter().map(|phase| 1 << *phase as u16).sum();
            serde_json::from_value(serde_json::json!({"passed": bits, "refused": 0})).unwrap_or_default()
        };
        for (phases, expected) in [
            (&[Phase::Client, Phase::Entitlement][..], "sent to the login page for bits-demo"),
            (&[Phase::Client, Phase::SignIn], "sent to the consent page for bits-demo, as alice"),
            (&[Phase::Client, Phase::SignIn, Phase::Consent], "authorized for bits-demo, as alice: application"),
        ] {
            assert_eq!(says(&Entry { phases: passed(phases), ..authorize.clone() }, None), expected);
        }
        let again = Entry { status: 303, phases: passed(&[Phase::Client]), ..authorize };
        assert_eq!(says(&again, None), "sent to ask again for bits-demo by GET, with the browser's cookies");
    }

    #[test]
    fn what_is_refused_says_what_to_change_or_why() {
        let refused = Entry { status: 401, error: Some("invalid_client"), ..entry() };
        assert_eq!(says(&refused, Some("send the other secret")), "refused: send the other secret");
        let cause = Some(Cow::Borrowed("the secret is wrong"));
        assert_eq!(says(&Entry { cause, ..refused.clone() }, None), "refused: the secret is wrong");
        assert_eq!(says(&refused, None), "refused: invalid_client");
        let nowhere = Entry { status: 404, error: Some("not_found"), endpoint: "none", ..Entry::default() };
        assert_eq!(says(&nowhere, Some("did you mean /token?")), "nowhere: did you mean /token?");
    }

    #[test]
    fn what_a_scenario_did_is_its_doing() {
        let limited =
            Entry { status: 429, error: Some("rate_limited"), forced_by: Some((By::Scenario(3), 1)), ..entry() };
        assert_eq!(says(&limited, None), "scenario 3: 429 rate_limited");
        let waited = Entry { forced_by: Some((By::Scenario(3), 2)), ..entry() };
        assert_eq!(says(&waited, None), "scenario 3, step 2: let through: token for bits-demo: application");
        let cause = Some(Cow::Borrowed("the secret is wrong"));
        let own = Entry { cause, status: 401, error: Some("invalid_client"), ..waited.clone() };
        assert_eq!(says(&own, None), "scenario 3, step 2: let through, and refused: the secret is wrong");
        let dropped = Entry { status: 0, forced_by: Some((By::Scenario(4), 1)), ..entry() };
        assert_eq!(says(&dropped, None), "scenario 4: no byte of an answer");
    }
}
