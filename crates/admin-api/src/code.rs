//! Authorization codes without a browser.

use serde::{Deserialize, Serialize};

/// What a code is to stand for (RFC 6749 section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// The client that may redeem it.
    #[schema(min_length = 1)]
    pub client_id: String,
    /// `sub` or username of the user who approves.
    #[schema(min_length = 1)]
    pub user: String,
    /// One of the client's redirect URIs; the redemption must repeat it.
    #[schema(min_length = 1)]
    pub redirect_uri: String,
    /// Scopes, separated by spaces; left out, all the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$")]
    pub scope: Option<String>,
    /// An S256 challenge (RFC 7636 section 4.2); the redemption must then bring its verifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    pub code_challenge: Option<String>,
    /// Repeated in the ID token (OpenID Connect Core section 3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// An authorization code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CodeReply {
    /// The code, to be redeemed once.
    pub code: String,
    /// When it ends, in seconds since the epoch.
    pub expires_at: i64,
}

impl std::fmt::Debug for CodeReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeReply").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_refused_rather_than_ignored() {
        let whole = r#"{"client_id":"web","user":"alice","redirect_uri":"https://client.test/cb"}"#;
        assert_eq!(serde_json::from_str::<CodeRequest>(whole).unwrap().scope, None);
        let mistyped = whole.replace("\"user\"", "\"scopes\":\"openid\",\"user\"");
        assert!(serde_json::from_str::<CodeRequest>(&mistyped).is_err());
    }

    #[test]
    fn debug_does_not_show_the_code() {
        let reply = CodeReply { code: "canary".into(), expires_at: 1 };
        assert!(!format!("{reply:?}").contains("canary"));
    }
}
