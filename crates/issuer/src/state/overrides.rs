//! What was changed at run time, over what the configuration file says.

use super::{Realm, ScenarioRecord, StoreError};

/// What an override changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OverrideKind {
    /// A client, by its id.
    Client,
    /// A user, by its `sub`.
    User,
    /// The settings of a mount; the id is empty.
    Settings,
    /// Tokens that were expired, by what selects them; under an empty id, the last generation of a mount's tokens.
    Expiry,
    /// The clock; realm and id are empty.
    Clock,
}

impl OverrideKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Client, Self::User, Self::Settings, Self::Expiry, Self::Clock];

    /// The name it is stored under.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
            Self::Settings => "settings",
            Self::Expiry => "expiry",
            Self::Clock => "clock",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Whose.
    pub realm: Realm,
    /// Of what.
    pub kind: OverrideKind,
    /// Which.
    pub id: String,
    /// The new body as JSON; `None` where it was deleted.
    pub body: Option<String>,
}

/// Many changes, made in one step.
#[derive(Clone, Debug, Default)]
pub struct Replacement {
    /// Of what all changes are forgotten that are not among [`Self::changes`].
    pub of: Vec<(Realm, OverrideKind)>,
    /// The changes to keep.
    pub changes: Vec<Override>,
    /// The scenarios to keep in place of all there are; `None` leaves those.
    pub scenarios: Option<Vec<ScenarioRecord>>,
}

/// Keeps run-time changes.
#[async_trait::async_trait]
pub trait OverrideStore: Send + Sync {
    /// All changes. A row that cannot be read, as one of a kind that only a newer version knows, stays where it is and is
    /// left out, which the log says once.
    async fn overrides(&self) -> Result<Vec<Override>, StoreError>;

    /// Keeps a change in place of an earlier one of the same realm, kind and id.
    async fn put_override(&self, change: Override) -> Result<(), StoreError>;

    /// The change that is kept of one thing.
    async fn override_of(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<Option<Override>, StoreError>;

    /// Keeps `change` where `before` is still what is kept of the same thing; whether it was.
    async fn swap_override(&self, before: Option<Override>, change: Override) -> Result<bool, StoreError>;

    /// Makes many changes: all of them are kept, or none. Other replicas read everything anew.
    async fn replace_overrides(&self, replacement: Replacement) -> Result<(), StoreError>;

    /// Forgets a change, so that what the file says holds again.
    async fn forget_override(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<(), StoreError>;

    /// Forgets `change` where it is still what is kept; whether it was.
    async fn collect_override(&self, change: Override) -> Result<bool, StoreError>;
}
