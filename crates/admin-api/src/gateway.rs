//! Which gateway answers, how it is, and what has come in.

use serde::{Deserialize, Serialize};

/// The gateway that answers, and what its caller may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayView {
    /// The program's version.
    pub version: String,
    /// The URL under which clients reach it.
    pub public_url: String,
    /// Where state is kept: `embedded` or `redis`.
    pub store: String,
    /// How many milliseconds a small write of the store took, a second ago at most; none where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_ms: Option<u64>,
    /// What this replica is called; none where there is one gateway alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<String>,
    /// The other replicas that share its store and live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<String>,
    /// For how many seconds it has been running.
    pub uptime_seconds: u64,
    /// What keeps it from being ready, by the names of its checks; empty where nothing does.
    pub failed: Vec<String>,
    /// Whether what is there for tests is in force.
    pub test_features: bool,
    /// How many namespaces there are.
    pub namespaces: usize,
    /// The number of the journal's last entry.
    pub journal: u64,
    /// How many entries made room for newer ones since the start.
    pub journal_dropped: u64,
    /// Who calls.
    pub caller: CallerView,
}

/// Who calls, and what that one may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CallerView {
    /// The token's name; `loopback` where none is needed.
    pub name: String,
    /// The rights that calls may need: `read`, `metrics`, `test` and `all`, as far as it has them.
    pub rights: Vec<String>,
}

/// What came in during the last quarter of an hour of real time, as far as the journal reaches back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rates {
    /// The end of the last step, RFC 3339 in UTC.
    pub until: String,
    /// How long a step is, in seconds.
    pub step_seconds: u32,
    /// The first step of which the journal still has every entry, by position from 0.
    pub whole_from: usize,
    /// One for each mount, in the order of the configuration.
    pub mounts: Vec<MountRates>,
}

/// What came in at a mount, step by step, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MountRates {
    /// The mount's name.
    pub mount: String,
    /// How many requests.
    pub requests: Vec<u32>,
    /// How many of them were refused.
    pub refused: Vec<u32>,
    /// In how many microseconds half of them were answered; null where there were none.
    pub p50_us: Vec<Option<u64>>,
    /// In how many microseconds 99 of 100 were answered.
    pub p99_us: Vec<Option<u64>>,
    /// The client that has used the largest part of its rate limit; none where no limited client was granted anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fullest: Option<Fullness>,
}

/// How much of its rate limit a client has used in the window that ends now, by the gateway's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fullness {
    /// The client.
    pub client_id: String,
    /// How many grants the journal has of it.
    pub used: u32,
    /// How many there may be.
    pub of: u32,
    /// The window, in seconds.
    pub window_seconds: u32,
}
