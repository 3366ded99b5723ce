//! What a test says of the journal, and what misuse it shows.

use crate::{JournalEntry, JournalFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many requests there must be. Exactly one of `exactly`, `at_least` and `at_most` is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VerifySpec {
    /// Which requests are counted; left out, all.
    #[serde(rename = "where")]
    pub filter: JournalFilter,
    /// So many, and no more: it holds as soon as there are so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub exactly: Option<u64>,
    /// So many, or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub at_least: Option<u64>,
    /// No more than so many, until the time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub at_most: Option<u64>,
    /// How long to wait for requests that are still to come, in milliseconds.
    #[schema(minimum = 0, maximum = 60000)]
    pub within_ms: u64,
}

/// What held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verified {
    /// How many requests there were.
    pub count: u64,
    /// The numbers of the last hundred of them.
    pub numbers: Vec<u64>,
}

/// An entry that is nearly one of those that were counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Near {
    /// The entry.
    pub entry: JournalEntry,
    /// What is other than wanted; empty where it was counted.
    pub differs: Vec<Difference>,
}

/// What is other than wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Difference {
    /// The key of `where`.
    pub key: String,
    /// What it says.
    pub wanted: Value,
    /// What the entry has.
    pub found: Value,
}

/// Something that a client should not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Misuse {
    /// The rule's name.
    pub rule: String,
    /// What was seen, and what to do instead.
    pub says: String,
    /// Where it is written that this is wrong.
    pub reference: String,
    /// The mount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// The client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How often it was seen.
    pub count: usize,
    /// The numbers of the last hundred entries that show it.
    pub numbers: Vec<u64>,
}
