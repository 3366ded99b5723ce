//! What became of the last requests.

use serde::{Deserialize, Serialize};

/// What became of one request. No credential is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JournalEntry {
    /// Its number: one more for each request since the process started.
    pub number: u64,
    /// When it was answered by the gateway's clock, milliseconds since the epoch.
    pub at_ms: i64,
    /// The mount's name.
    pub mount: String,
    /// The endpoint (`token`, `authorize` and so on) or page (`login`, `consent`, `account`, `logout`, `error`).
    pub endpoint: String,
    /// The client that it names, authenticated or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The grant type that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The status it was answered with.
    pub status: u16,
    /// The kind of its refusal, as scenarios name them; none where it was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it was refused, or what is odd about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What the error page called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Whether a scenario raised the refusal.
    pub forced: bool,
}
