//! The one core issuer: phases, clients, codes, tokens, keys, rate limits and the clock, over store traits.
//!
//! It knows no vendor, no HTTP and no vendor's JSON shape: what a dialect wants comes through [`grant::Hooks`].

mod at;
mod authenticate;
pub mod authorize;
mod bearer;
pub mod clock;
mod directory;
mod end_session;
mod failures;
mod grants;
mod ids;
mod introspect;
pub mod keys;
mod meter;
mod mount;
mod password;
pub mod pats;
mod redirect;
mod revoke;
mod rotation;
pub mod scenario;
mod seal;
mod sessions;
mod sign_in;
pub mod state;
mod token;
mod turns;

pub use at::At;
pub use authenticate::secret_digest;
pub use authorize::{CodeError, CodeOrder, IssuedCode};
pub use bearer::Demands;
pub use directory::{Changed, Directory};
pub use end_session::EndedSession;
pub use mount::Mount;
pub use password::check_hash;
pub use pats::{IssuedPat, PatError, PatOrder};
pub use rotation::{KeyStatus, MAX_KEYS, RotationError};
pub use seal::Seal;
pub use sessions::{OpenedSession, Session};
pub use sign_in::{Attempt, SignInError};

use clock::Clock;
use failures::Failures;
use grant::{Jwk, Refusal};
use meter::Stopwatch;
use scenario::Scenarios;
use state::Store;
use std::sync::Arc;

/// The issuer: the store, the clock and the scenarios that all mounts share.
#[derive(Debug)]
pub struct Issuer {
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// The clock of all minting and checking.
    pub clock: Clock,
    /// The outcomes forced on purpose.
    pub scenarios: Scenarios,
    failures: Failures,
    limiter: Stopwatch,
}

impl Issuer {
    /// An issuer over `store`, at real time, with no scenario.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Clock::default(),
            scenarios: Scenarios::default(),
            failures: Failures::default(),
            limiter: Stopwatch::of_limiter(),
        }
    }

    /// The public keys of a mount that have not retired, the one that signs first; it is made if there is none yet.
    pub async fn jwks(&self, mount: &Mount, hooks: &dyn grant::Hooks) -> Result<Vec<Jwk>, Refusal> {
        let keys = self.all_keys(mount, hooks).await?;
        Ok(keys.iter().filter(|key| key.is_public()).map(|key| key.jwk().clone()).collect())
    }

    /// The same, and symmetric ones with their secret: for the admin API alone.
    pub async fn secret_jwks(&self, mount: &Mount, hooks: &dyn grant::Hooks) -> Result<Vec<Jwk>, Refusal> {
        Ok(self.all_keys(mount, hooks).await?.iter().map(|key| key.jwk().clone()).collect())
    }

    async fn all_keys(&self, mount: &Mount, hooks: &dyn grant::Hooks) -> Result<Vec<Arc<keys::SigningKey>>, Refusal> {
        let now = self.clock.now().seconds();
        let signing = mount.keys.signing(hooks.policy().alg, &*self.store, now).await?;
        let mut keys = mount.keys.live(&*self.store, now).await?;
        keys.sort_by_key(|key| key.kid != signing.kid);
        Ok(keys)
    }
}
