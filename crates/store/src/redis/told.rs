//! What the log holds.

use crate::record::{ChangeBody, corrupt, from_json, legible};
use issuer::state::{Change, OverrideKind, Realm, StoreError};
use serde::{Deserialize, Serialize};

/// A change as it is told.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Put(ChangeBody),
    Forgotten { realm: String, kind: String, id: String },
    Keys { realm: String },
    Scenarios,
    Reset,
    Namespace { name: String },
    ScenariosOf { owner: String },
    ResetOf { owner: String },
}

impl Told {
    pub(super) fn forgotten(realm: &Realm, kind: OverrideKind, id: &str) -> Self {
        Self::Forgotten { realm: realm.as_str().to_owned(), kind: kind.as_str().to_owned(), id: id.to_owned() }
    }

    /// There are other scenarios, in a namespace or outside any.
    pub(super) fn scenarios(owner: Option<&str>) -> Self {
        owner.map_or(Self::Scenarios, |owner| Self::ScenariosOf { owner: owner.to_owned() })
    }

    /// Everything but the keys was forgotten, in a namespace or outside any.
    pub(super) fn reset(owner: Option<&str>) -> Self {
        owner.map_or(Self::Reset, |owner| Self::ResetOf { owner: owner.to_owned() })
    }

    /// The change of an entry; what only a newer version tells is [`Change::Unknown`], and said once.
    pub(super) fn read(entry: &[u8]) -> Change {
        let told = from_json::<Self>(entry, "a change").and_then(Self::change);
        legible("a change that another replica made", entry, told).unwrap_or(Change::Unknown)
    }

    fn change(self) -> Result<Change, StoreError> {
        Ok(match self {
            Self::Put(kept) => Change::Put(kept.change()?),
            Self::Forgotten { realm, kind: of, id } => {
                Change::Forgotten { realm: Realm::of_mount(&realm), kind: kind(&of)?, id }
            }
            Self::Keys { realm } => Change::Keys(Realm::of_mount(&realm)),
            Self::Scenarios => Change::Scenarios,
            Self::Reset => Change::Reset,
            Self::Namespace { name } => Change::Namespace(name),
            Self::ScenariosOf { owner } => Change::ScenariosOf(owner),
            Self::ResetOf { owner } => Change::ResetOf(owner),
        })
    }
}

fn kind(name: &str) -> Result<OverrideKind, StoreError> {
    OverrideKind::parse(name).ok_or_else(|| corrupt("a change's kind"))
}
