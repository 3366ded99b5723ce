//! Devices that wait for a user's decision.

use serde::{Deserialize, Serialize};

/// What is decided of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceDecision {
    /// Whether it is allowed.
    pub approve: bool,
    /// `sub` or username of the user who decides; a denial needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub user: Option<String>,
    /// Scopes, separated by spaces; left out, all that the device asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$")]
    pub scope: Option<String>,
}

/// A device that was decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeviceView {
    /// The code that it shows.
    pub user_code: String,
    /// The client that runs on it.
    pub client_id: String,
    /// The scopes that it asked for, separated by spaces.
    pub scope: String,
    /// Whether it was allowed.
    pub approved: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_says_whether() {
        assert!(serde_json::from_str::<DeviceDecision>(r#"{"user":"alice"}"#).is_err());
        assert!(serde_json::from_str::<DeviceDecision>(r#"{"approve":true,"usr":"alice"}"#).is_err());
        assert!(!serde_json::from_str::<DeviceDecision>(r#"{"approve":false}"#).unwrap().approve);
    }
}
