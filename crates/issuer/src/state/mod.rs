//! What the issuer asks of a store: small traits, each one kind of state, each stateful step one call.
//!
//! A call that changes state is durable when it returns, atomic against every other, and safe to repeat with the
//! same [`RequestId`]: the repeat gets the first outcome. Stores never see a secret in the clear: handles come as
//! hashes ([`HandleHash`]). Time comes with each call ([`Moment`]); a store reads no clock.

mod changes;
mod codes;
mod consents;
mod devices;
mod keys;
mod limits;
mod link;
mod namespaces;
mod overrides;
mod pats;
mod refresh;
mod relay;
mod scenarios;
mod sessions;
mod spending;

pub use changes::{Change, Changes, Due, Parts, Peer, Position, Pulse, Told};
pub use codes::{CodeRecord, CodeStore, RedeemOutcome, Redemption};
pub use consents::{ConsentNote, ConsentRecord, ConsentStore};
pub use devices::{DeviceCall, DeviceRecord, DeviceStore, Poll, PollOutcome, Verdict};
pub use keys::{Activation, KeyPurpose, KeyStore, StoredKey};
pub use limits::{Hit, LimitOutcome, LimitStore, LimitTicket};
pub use link::Link;
pub use namespaces::{Added, NamespaceRecord, NamespaceStore};
pub use overrides::{Override, OverrideKind, OverrideStore, Replacement};
pub use pats::{PatRecord, PatStore};
pub use refresh::{RefreshRecord, RefreshStore, RotateOutcome, Rotation, Spend, SpendOutcome};
pub use relay::{Address, Relay};
pub use scenarios::{ScenarioRecord, ScenarioStore};
pub use sessions::{SessionRecord, SessionStore};
pub use spending::Spending;

pub use crate::clock::Moment;
use grant::{Refusal, RefusalKind, Seconds};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Everything a running gateway keeps.
#[async_trait::async_trait]
pub trait Store:
    CodeStore
    + DeviceStore
    + RefreshStore
    + SessionStore
    + ConsentStore
    + PatStore
    + KeyStore
    + LimitStore
    + OverrideStore
    + ScenarioStore
    + fmt::Debug
{
    /// Forgets codes, devices, refresh tokens, sessions, consents, personal access tokens, revocations, counters, overrides and
    /// scenarios of every realm of the namespace; keys stay.
    async fn reset(&self) -> Result<(), StoreError>;

    /// Whether the store takes a small write now; the error says what does not.
    async fn probe(&self) -> Result<(), StoreError>;

    /// All that is kept, as a backup in chunks; the last is an error where it could not be made whole. A caller that is
    /// slow holds nobody up.
    fn backup(&self) -> mpsc::Receiver<Result<Vec<u8>, StoreError>>;

    /// Puts these rows, as lines of a backup without its head and trailer, in the place of all that is kept: all of them,
    /// or none. Counters begin anew, and other replicas read everything anew.
    async fn replace_all(&self, lines: Vec<Vec<u8>>) -> Result<(), StoreError>;

    /// The namespaces that are kept beside what is outside any; `None` where none can be.
    fn namespaces(&self) -> Option<&dyn NamespaceStore> {
        None
    }

    /// The changes that other replicas make; `None` where this process is the only one.
    fn changes(&self) -> Option<Arc<dyn Changes>> {
        None
    }

    /// What replicas send each other beside changes; `None` where this process is the only one.
    fn relay(&self) -> Option<Arc<dyn Relay>> {
        None
    }
}

/// A mount in a namespace: what state belongs to. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Realm(Arc<str>);

impl Realm {
    /// The realm of `mount` outside any namespace.
    pub fn of_mount(mount: &str) -> Self {
        Self(mount.into())
    }

    /// The realm of `mount` in the namespace of that owner ([`NamespaceRecord::owner`]); `None` is outside any. No mount's
    /// name has the marks that set it apart.
    pub fn new(owner: Option<&str>, mount: &str) -> Self {
        owner.map_or_else(|| Self::of_mount(mount), |owner| Self(format!("{}{mount}", Self::start(owner)).into()))
    }

    /// The owner of the namespace that it is of; `None` outside any.
    pub fn owner(&self) -> Option<&str> {
        self.0.strip_prefix('~')?.split_once('/').map(|(owner, _)| owner)
    }

    /// What the names of the realms of a namespace begin with, and no others.
    pub fn start(owner: &str) -> String {
        format!("~{owner}/")
    }

    /// The realm's name, unique among realms.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a handle (a code, an opaque refresh token, a session's cookie or a personal access token): all that a store sees of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HandleHash(pub [u8; 32]);

impl fmt::Debug for HandleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandleHash(…)")
    }
}

/// What descends from one authorization: 60 bits that every handle and refresh token of the family carries, so that
/// all of a family's state is found, and lies, together. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FamilyId(pub u64);

impl FamilyId {
    /// The lowest 60 bits of `bits`.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits & ((1 << 60) - 1))
    }
}

/// Names one attempt of one request, so that a repeat after a lost answer gets the first outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub [u8; 16]);

/// Why a store could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store does not answer, or cannot write. What was asked has not happened, or is taken back before anything rests
    /// on it: whoever asks again, with a request id of its own, gets what this call would have got. Ends and the operator's
    /// changes are not taken back, but come to the same when they are asked for again.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A newer version of the program has written there.
    #[error(
        "the store is of format {found}, and this program reads formats up to {known}: run the version that wrote it, or \
         restore a backup that was made before it was upgraded (idp-gateway store restore)"
    )]
    Newer {
        /// The store's format.
        found: u32,
        /// The newest that is read.
        known: u32,
    },
    /// What the store holds cannot be read.
    #[error("the store holds what cannot be read: {0}")]
    Corrupt(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Newer { .. } => {
                Self::new(RefusalKind::Unavailable { retry_after: Seconds(1) }, error.to_string())
            }
            StoreError::Corrupt(_) => Self::internal(error.to_string()),
        }
    }
}
