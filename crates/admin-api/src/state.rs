//! What a gateway has over its file, saved and loaded.

use crate::set::LARGE;
use crate::shape::{Named, Shape};
use grant::{Claims, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// What a gateway has over what its file says. Clients, users and scenarios are as the store keeps them: secrets and
/// passwords as hashes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The version of this form.
    pub format: u32,
    /// The version of the program that wrote it.
    #[serde(default)]
    pub gateway: String,
    /// The mounts, by name.
    pub mounts: BTreeMap<String, MountState>,
    /// The clock's setting, in milliseconds; none at real time.
    #[serde(default)]
    pub clock: Option<Claims>,
    /// The scenarios, oldest first.
    #[serde(default)]
    pub scenarios: Vec<ScenarioState>,
    /// What was issued, and keys: rows as a backup has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<Claims>>,
}

/// What a mount has over what the file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MountState {
    /// The issuer that its tokens name, where those are there too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Changed clients by id; null is one that was removed.
    #[serde(default)]
    pub clients: BTreeMap<String, Value>,
    /// Changed users by `sub`; null is one that was removed.
    #[serde(default)]
    pub users: BTreeMap<String, Value>,
    /// Changed settings.
    #[serde(default)]
    pub settings: Option<Claims>,
}

/// A scenario, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioState {
    /// Its number.
    pub id: u64,
    /// How many requests it has matched.
    pub seen: u64,
    /// How many it has acted on.
    pub used: u64,
    /// What it does.
    pub scenario: Claims,
}

impl State {
    /// The version that this program writes, and the newest that it reads.
    pub const FORMAT: u32 = 1;
}

/// Hashes of secrets are in it.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Shape for State {
    const LIMIT: usize = LARGE;

    fn schema(_: &mut Named) -> RefOr<Schema> {
        let object = |help| ObjectBuilder::new().schema_type(Type::Object).description(Some(help));
        let state = object("What `GET /v1/state` gave.")
            .property("format", ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(1)))
            .required("format")
            .property("mounts", object("Changed clients, users and settings of each mount, by its name."))
            .required("mounts");
        RefOr::T(state.into())
    }
}
