//! Packs that mounts serve: where each departs from its base, where that is from, and what it answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A pack that one or several mounts serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackView {
    /// What mounts and lists call it.
    pub name: String,
    /// Whose auth surface it is.
    pub vendor: String,
    /// The vendor's variant and when it was so; empty where the pack does not say.
    pub version: String,
    /// What it is laid over: `oauth2`, or `openid-connect`.
    pub base: String,
    /// The file that it was read from; none for one that is shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The mounts that serve it, in the order of the configuration.
    pub mounts: Vec<String>,
}

/// All there is to say of the pack of a mount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackDoc {
    /// The pack.
    pub pack: PackView,
    /// What is to be known of it, in a few words.
    pub notes: String,
    /// Where its facts are from.
    pub sources: Vec<String>,
    /// Its parts of which it says how they are known.
    pub parts: Vec<PackPart>,
    /// What it says otherwise than its base, in the order of its file.
    pub departures: Vec<PackDeparture>,
    /// What the mount answers to each refusal, under its present settings.
    pub refusals: Vec<PackRefusal>,
    /// Its pairs of request and answer; empty where it has none.
    pub pairs: Vec<PackPair>,
    /// What beside the pack could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// How a part of a pack is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackPart {
    /// Its key.
    pub key: String,
    /// `D` documented, `Dc` read in a copy of the vendor's page, `W` seen on the wire, `I` inferred; words may follow.
    pub mark: String,
    /// Where that is from; empty where it is one of the pack's sources.
    pub source: String,
}

/// A key that the pack has otherwise than its base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackDeparture {
    /// The key, as TOML writes it.
    pub key: String,
    /// What the pack says.
    pub value: Value,
    /// What the base says; left out where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
}

/// What a mount answers to a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackRefusal {
    /// The table that answers it: `errors`, or `resource_errors` where a resource is asked with a bearer token.
    pub table: String,
    /// Its row there: `invalid_request.missing`.
    pub key: String,
    /// What happened, by the name that scenarios and journal have for it.
    pub error: String,
    /// Whether the pack has words for it; else its default or the base speaks.
    pub has_own_words: bool,
    /// The status.
    pub status: u16,
    /// The answer as it goes over the wire, but for the date. Neutral words stand for what follows from a request.
    pub answer: String,
}

/// A pair of request and answer that the pack is held to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackPair {
    /// Its identifier.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// How it is known.
    pub mark: String,
    /// What came of it when it was last tried at the vendor; left out where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<PackProof>,
}

/// What came of a pair at the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PackProof {
    /// The day, in UTC.
    pub date: String,
    /// `same` or `differs`.
    pub outcome: String,
    /// Where.
    pub against: String,
}
