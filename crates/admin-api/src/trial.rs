//! A request on trial, and what a scenario will do to one.

use crate::rules;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A request to a mount, as a client would send it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialSpec {
    /// The method.
    #[schema(schema_with = rules::method)]
    pub method: String,
    /// The path below the mount with its query, such as `/v1/oauth2/token`.
    #[schema(schema_with = rules::path)]
    pub path: String,
    /// Header fields in order. `Host`, `Content-Length` and what is the connection's are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 64)]
    pub headers: Vec<Field>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl fmt::Debug for TrialSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrialSpec").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A header field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    #[schema(schema_with = rules::field_name)]
    pub name: String,
    /// Its value.
    #[schema(schema_with = rules::field_value)]
    pub value: String,
}

/// Without the value, which may be a credential.
impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Both sides of a request on trial.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trial {
    /// What was sent, byte for byte; what is no UTF-8 is U+FFFD.
    pub request: String,
    /// What came back; empty where nothing did.
    pub answer: String,
    /// How it ended: `answered`, `closed` (before the answer was whole) or `waiting` (for longer than is waited here).
    pub ended: String,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The journal's number of its entry, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// What clients will see of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Preview {
    /// The mount whose words these are.
    pub mount: String,
    /// The endpoint or page.
    pub endpoint: String,
    /// Step by step.
    pub steps: Vec<PreviewStep>,
}

/// What a client will see of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PreviewStep {
    /// The same in a sentence.
    pub says: String,
    /// How long the client waits first, in milliseconds.
    pub delay_ms: u64,
    /// The answer's bytes as far as they come, with `…` for what is another each time; none where they follow from the
    /// request or there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Whether the connection is closed, or held, before the answer is whole.
    pub is_cut: bool,
}
