//! The revocation endpoint (RFC 7009) as IdentityServer has it.

use dialect::WireResponse;

/// The token is no more, or never was: one answer for both.
pub(crate) const fn answer() -> WireResponse {
    WireResponse::empty(200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{FORM, context, dialect, refuse, sent};
    use dialect::Dialect;
    use grant::{Call, Endpoint, Refusal, RefusalKind, Reply, RevokeRequest};
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn asked(headers: &[(&str, &[u8])], body: &str) -> Result<RevokeRequest, Refusal> {
        match sent(Endpoint::Revoke, "POST", headers, body)? {
            Call::Revoke(request) => Ok(request),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn token_hint_and_caller_are_read_as_they_are() {
        let request = asked(&[FORM], "token=t&token_type_hint=id_token&client_id=c&client_secret=s").unwrap();
        assert_eq!((request.hint.as_deref(), request.client.unwrap().id.as_str()), (Some("id_token"), "c"));
        assert_eq!(request.token.unwrap().expose_secret(), "t");
        let request = asked(&[FORM], "client_id=public").unwrap();
        assert!(request.token.is_none() && request.hint.is_none());
        assert!(request.client.unwrap().secret.is_none());
    }

    #[test]
    fn what_is_ambiguous_is_refused_before_any_credential() {
        assert_eq!(asked(&[FORM], "token=a&token=b").unwrap_err().kind.code(), "invalid_request");
        assert_eq!(asked(&[], "token=t").unwrap_err().kind, RefusalKind::UnsupportedMediaType);
        assert_eq!(sent(Endpoint::Revoke, "GET", &[], "").unwrap_err().kind, RefusalKind::MethodNotAllowed);
    }

    #[test]
    fn a_token_that_is_no_more_is_an_empty_200() {
        let response = dialect(json!({})).encode(&Reply::Revoked, &context(Endpoint::Revoke));
        assert_eq!(response, WireResponse::empty(200));
    }

    #[test]
    fn refusals_are_their_codes_and_kept_out_of_caches() {
        for (kind, code) in [
            (RefusalKind::InvalidClient, "invalid_client"),
            (RefusalKind::ClientDisabled, "invalid_client"),
            (Refusal::missing("token").kind, "invalid_request"),
            (RefusalKind::UnsupportedTokenType, "unsupported_token_type"),
        ] {
            let response = refuse(&kind, Endpoint::Revoke);
            let body = json!({"error": code}).to_string();
            assert_eq!((response.status, std::str::from_utf8(&response.body).unwrap()), (400, &*body));
            assert_eq!(response.header("cache-control"), Some("no-store, no-cache, max-age=0"));
        }
    }
}
