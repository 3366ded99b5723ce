//! What every step of a request is about.

use crate::keys::jwt::Verified;
use crate::state::{Moment, Realm, Store};
use crate::{Issuer, Mount};
use grant::{Hooks, Refusal};
use std::net::IpAddr;
use std::sync::Arc;

/// What every step of a request is about. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The issuer: one world with its store, clock and scenarios.
    pub issuer: &'a Issuer,
    /// The mount that was reached.
    pub mount: &'a Mount,
    /// What the mount's dialect shapes.
    pub hooks: &'a dyn Hooks,
    /// The present, read once.
    pub now: Moment,
    /// Where the request comes from, as far as that is known.
    pub source: Option<IpAddr>,
}

impl Issuer {
    /// A request to a mount, now.
    pub fn at<'a>(&'a self, mount: &'a Mount, hooks: &'a dyn Hooks) -> At<'a> {
        At { issuer: self, mount, hooks, now: self.clock.now(), source: None }
    }
}

impl<'a> At<'a> {
    /// The same request, which comes from there.
    #[must_use]
    pub const fn from(self, source: Option<IpAddr>) -> Self {
        Self { source, ..self }
    }

    pub(crate) fn store(self) -> &'a dyn Store {
        &*self.issuer.store
    }

    pub(crate) fn realm(self) -> &'a Realm {
        &self.mount.realm
    }

    /// What a token says that one of the mount's keys signed; the inner error is the token's.
    pub(crate) async fn verified(self, token: &str) -> Result<Result<Arc<Verified>, Refusal>, Refusal> {
        self.mount.keys.verify(token, &self.mount.issuer, self.store(), self.seconds()).await
    }

    /// The present, whole seconds since the epoch.
    pub(crate) const fn seconds(self) -> i64 {
        self.now.seconds()
    }
}
