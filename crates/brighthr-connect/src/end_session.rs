//! The end-session endpoint (OpenID Connect RP-Initiated Logout).

use crate::encode::uncached;
use dialect::WireResponse;
use dialect::authorize::with_query;
use grant::SignedOut;

/// Sends the user to the client, or to the issuer's own log-out page.
pub(crate) fn answer(signed_out: Option<&SignedOut>, issuer: &str) -> WireResponse {
    let location = match signed_out {
        Some(out) => with_query(&out.post_logout_redirect_uri, &[("state", out.state.as_deref())]),
        None => format!("{}{}", issuer.trim_end_matches('/'), crate::PAGES.logout),
    };
    uncached(WireResponse::empty(302).with("Location", location))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{FORM, context, dialect, got, sent};
    use dialect::{Context, Dialect};
    use grant::{Call, Endpoint, RefusalKind, Reply};
    use secrecy::ExposeSecret;
    use serde_json::json;

    #[test]
    fn a_request_comes_in_the_query_or_in_a_form() {
        let text = "id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Fclient.test%2Fbye&state=%0D%0A";
        let posted = sent(Endpoint::EndSession, "POST", &[FORM], text);
        for call in [got(Endpoint::EndSession, text), posted] {
            let Ok(Call::EndSession(request)) = call else { panic!() };
            assert_eq!(request.id_token_hint.unwrap().expose_secret(), "a.b.c");
            assert_eq!(request.post_logout_redirect_uri.as_deref(), Some("https://client.test/bye"));
            assert_eq!(request.state.as_deref(), Some("\r\n"));
        }
        let Ok(Call::EndSession(empty)) = got(Endpoint::EndSession, "") else { panic!() };
        assert!(empty.id_token_hint.is_none() && empty.post_logout_redirect_uri.is_none() && empty.state.is_none());
        for (method, kind) in [("DELETE", RefusalKind::MethodNotAllowed), ("POST", RefusalKind::UnsupportedMediaType)] {
            assert_eq!(sent(Endpoint::EndSession, method, &[], text).unwrap_err().kind, kind);
        }
    }

    fn sent_to(signed_out: Option<SignedOut>, issuer: &str) -> String {
        let context = Context { issuer, ..context(Endpoint::EndSession) };
        let response = dialect(json!({})).encode(&Reply::EndSession(signed_out), &context);
        assert_eq!((response.status, response.body.len()), (302, 0));
        assert_eq!(response.header("cache-control"), Some("no-store, no-cache, max-age=0"));
        response.header("location").unwrap().to_owned()
    }

    #[test]
    fn the_user_goes_to_the_client_with_its_state_or_to_the_issuers_page() {
        let to = |state: Option<&str>| {
            Some(SignedOut { post_logout_redirect_uri: "https://client.test/bye".into(), state: state.map(Into::into) })
        };
        assert_eq!(sent_to(to(None), "https://i.test"), "https://client.test/bye");
        assert_eq!(sent_to(to(Some("a&b\r\n")), "https://i.test"), "https://client.test/bye?state=a%26b%0D%0A");
        assert_eq!(sent_to(None, "https://i.test"), "https://i.test/account/logout");
        assert_eq!(sent_to(None, "http://h/m/"), "http://h/m/account/logout");
    }

    #[test]
    fn t64_debug_shows_no_token() {
        let shown = format!("{:?}", got(Endpoint::EndSession, "id_token_hint=hush"));
        assert!(shown.contains("EndSession") && !shown.contains("hush"), "{shown}");
    }
}
