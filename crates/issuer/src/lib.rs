//! The one core issuer: phases, clients, codes, tokens, keys, rate limits and the clock, over store traits.
//!
//! It knows no vendor, no HTTP and no vendor's JSON shape: what a dialect wants comes through [`grant::Hooks`].

mod assertion;
mod assertion_fault;
mod at;
mod authenticate;
pub mod authorize;
mod backchannel;
mod bearer;
pub mod bend;
mod chain;
pub mod clock;
mod clue;
mod consents;
mod device;
mod directory;
mod end_session;
mod expiry;
mod explain;
mod failures;
mod grants;
mod ids;
mod inspect;
mod introspect;
mod jwks;
pub mod keys;
mod layered;
mod meter;
mod mount;
mod notes;
mod opaque;
mod password;
pub mod pats;
mod redirect;
mod revoke;
mod rotation;
pub mod said;
pub mod scenario;
mod seal;
mod sessions;
mod sign_in;
pub mod state;
mod token;
mod turns;

pub use assertion_fault::{AssertionFault, Claim, NamedAudience};
pub use at::{At, network};
pub use authenticate::secret_digest;
pub use authorize::{CodeOrder, IssuedCode, OrderError};
pub use backchannel::LogoutNotice;
pub use bearer::Demands;
pub use clue::Clue;
pub use device::{DeviceConsent, FoundDevice, UserCode, WaitingDevice};
pub use directory::Directory;
pub use end_session::EndedSession;
pub use expiry::{Expiry, Mark, Selector};
pub use inspect::Inspection;
pub use keys::jwt::path_of;
pub use layered::Changed;
pub use mount::Mount;
pub use notes::{Decisions, Notes, Phase, TokenIds};
pub use password::check_hash;
pub use pats::{IssuedPat, PatError, PatOrder};
pub use rotation::{KeyStatus, MAX_KEYS, RotationError};
pub use seal::Seal;
pub use sessions::{OpenedSession, Session};
pub use sign_in::{Attempt, SignInError};
pub use token::TokenOrder;

use clock::Clock;
use failures::Failures;
use grant::{GrantType, Refusal};
use meter::Stopwatch;
use scenario::{Forced, Scenarios, Subject};
use state::{Changes, NamespaceRecord, NamespaceStore, OverrideStore, Realm, Relay, ScenarioStore, Store, StoreError};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The issuer: the store, the clock and the scenarios that all mounts of a namespace share.
#[derive(Debug)]
pub struct Issuer {
    /// What the state of the namespace belongs to; `None` outside any.
    namespace: Option<Arc<str>>,
    store: Arc<dyn Store>,
    /// The clock of all minting and checking.
    pub clock: Clock,
    /// The outcomes forced on purpose.
    pub scenarios: Scenarios,
    failures: Arc<Failures>,
    limiter: Stopwatch,
}

impl Issuer {
    /// An issuer over `store`, at real time, with no scenario.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            namespace: None,
            store,
            clock: Clock::default(),
            scenarios: Scenarios::default(),
            failures: Arc::default(),
            limiter: Stopwatch::of_limiter(),
        }
    }

    /// The issuer of a namespace over what the store keeps of it, at real time, with no scenario. Failed
    /// authentications are counted by realm in the one table that protects the process.
    pub fn in_namespace(&self, record: &NamespaceRecord) -> Result<Self, StoreError> {
        let none = || StoreError::Unavailable("it keeps no namespaces".to_owned());
        let store = self.store.namespaces().ok_or_else(none)?.in_namespace(record)?;
        Ok(Self {
            namespace: Some(record.owner()),
            store,
            clock: self.clock.beside(),
            scenarios: Scenarios::default(),
            failures: Arc::clone(&self.failures),
            limiter: self.limiter.clone(),
        })
    }

    /// A mount of this issuer as it is in a namespace, where `issuer` is its identifier. Where `copies_keys`, its first
    /// RSA key is a copy of the one that signs here: for an identifier that nothing ever had before.
    pub fn mount_in(&self, namespace: &Self, mount: &Mount, issuer: Arc<str>, copies_keys: bool) -> Mount {
        let owner = namespace.namespace.as_deref().unwrap_or_default();
        mount.in_namespace(owner, issuer, copies_keys.then(|| Arc::clone(&self.store)))
    }

    /// The namespaces that the store keeps; `None` where it keeps none.
    pub fn namespaces(&self) -> Option<&dyn NamespaceStore> {
        self.store.namespaces()
    }

    /// What the state of the namespace belongs to; `None` outside any.
    pub const fn owner(&self) -> Option<&Arc<str>> {
        self.namespace.as_ref()
    }

    /// What belongs to the namespace, and to no mount of it.
    pub fn realm(&self) -> Realm {
        Realm::new(self.namespace.as_deref(), "")
    }

    /// What was changed at run time, as it is kept.
    pub fn overrides(&self) -> &dyn OverrideStore {
        &*self.store
    }

    /// The scenarios as they are kept.
    pub fn kept_scenarios(&self) -> &dyn ScenarioStore {
        &*self.store
    }

    /// The changes that other replicas make; `None` where this process is the only one.
    pub fn changes(&self) -> Option<Arc<dyn Changes>> {
        self.store.changes()
    }

    /// What replicas send each other beside changes; `None` where this process is the only one.
    pub fn relay(&self) -> Option<Arc<dyn Relay>> {
        self.store.relay()
    }

    /// Whether the store takes a small write now; the error says what does not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.store.probe().await
    }

    /// Reads the keys that a mount has made, where they were not read yet: when the youngest that signs was made, seconds
    /// since the epoch; `None` where there is none yet.
    pub async fn read_keys(&self, mount: &Mount) -> Result<Option<i64>, Refusal> {
        let (keys, now) = (mount.keys.all(&*self.store).await?, self.clock.now().seconds());
        let signing = keys.iter().filter(|key| key.signs_from.is_some_and(|from| from <= now));
        Ok(signing.map(|key| key.created_at).max())
    }

    /// All that the store keeps, as [`Store::backup`] gives it.
    pub fn backup(&self) -> mpsc::Receiver<Result<Vec<u8>, StoreError>> {
        self.store.backup()
    }

    /// Puts rows of a backup in the place of all that the store keeps, as [`Store::replace_all`] does.
    pub async fn replace_all(&self, lines: Vec<Vec<u8>>) -> Result<(), StoreError> {
        self.store.replace_all(lines).await
    }

    /// Forgets all that the store keeps of the namespace but the keys.
    pub async fn reset(&self) -> Result<(), StoreError> {
        self.store.reset().await
    }

    /// What the oldest scenario that matches and has uses left does to a request, spending one use.
    pub async fn force(&self, subject: Subject<'_>) -> Result<Option<Forced>, Refusal> {
        self.scenarios.choose(subject, &*self.store).await
    }

    /// What the manner of a mount's client does to a token request that names the client.
    pub async fn force_by_manner(
        &self,
        mount: &Mount,
        client: &str,
        grant: Option<GrantType>,
    ) -> Result<Option<Forced>, Refusal> {
        match mount.manners.get_key_value(client) {
            Some((client, manner)) => manner.act(&mount.name, client, grant, &*self.store).await,
            None => Ok(None),
        }
    }

    /// Reads a mount's keys anew, for another replica has changed them. Where the store does not answer, those known
    /// stay.
    pub async fn refresh_keys(&self, mount: &Mount) -> Result<(), Refusal> {
        mount.keys.refresh(&*self.store).await
    }

    /// Puts a mount's keys, as far as they are known here, into a store that has lost them.
    pub async fn put_keys_back(&self, mount: &Mount) -> Result<(), Refusal> {
        mount.keys.put_back(&*self.store).await
    }
}
