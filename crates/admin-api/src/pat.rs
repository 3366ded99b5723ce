//! Personal access tokens. Times are in seconds since the epoch.

use crate::{SecretText, whole};
use serde::{Deserialize, Serialize};

/// What a personal access token is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatRequest {
    /// What its user calls it, 1 to 100 characters.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\u0000-\u0020\u007f-\u00a0]([^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0])?$"
    )]
    pub name: String,
    /// Scopes, separated by spaces; left out, all that one may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$")]
    pub scope: Option<String>,
    /// How long it lives, in seconds; left out, as long as one may.
    #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub ttl: Option<i64>,
}

/// A personal access token as made. Its text is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PatReply {
    /// The name to revoke it by; no secret.
    pub id: String,
    /// What its user calls it.
    pub name: String,
    /// Its scopes, separated by spaces.
    pub scope: String,
    /// When it was made.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// The token itself.
    pub token: SecretText,
}

/// A personal access token without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PatView {
    /// The name to revoke it by; no secret.
    pub id: String,
    /// What its user calls it.
    pub name: String,
    /// Its scopes, separated by spaces.
    pub scope: String,
    /// When it was made.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When it was last used, to about a minute; null where it never was.
    #[schema(required)]
    pub last_used: Option<i64>,
    /// Whether it has ended.
    pub expired: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_refused_rather_than_ignored() {
        let request: PatRequest = serde_json::from_str(r#"{"name":"ci"}"#).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"name":"ci"}"#, "what is left out stays out");
        for bad in [r#"{"name":"ci","scopes":"a"}"#, r#"{"name":"ci","days":3}"#, r#"{"scope":"a"}"#] {
            assert!(serde_json::from_str::<PatRequest>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn t64_the_token_is_sent_and_not_shown_in_debug() {
        let reply = PatReply {
            id: "1".into(),
            name: "ci".into(),
            scope: "a b".into(),
            created_at: 1,
            expires_at: 2,
            token: "canary".into(),
        };
        assert!(!format!("{reply:?}").contains("canary"));
        let json = serde_json::to_string(&reply).unwrap();
        assert!(json.ends_with(r#""token":"canary"}"#), "{json}");
        assert_eq!(serde_json::from_str::<PatReply>(&json).unwrap(), reply);
    }

    #[test]
    fn a_token_that_was_never_used_says_so() {
        let json =
            r#"{"id":"1","name":"ci","scope":"a","created_at":1,"expires_at":2,"last_used":null,"expired":false}"#;
        let view: PatView = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&view).unwrap(), json);
    }
}
