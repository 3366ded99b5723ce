//! What every step of a request is about.

use crate::bend::Bend;
use crate::keys::SigningKey;
use crate::keys::jwt::{Iss, Verified, invalid};
use crate::notes::{Notes, Phase};
use crate::opaque;
use crate::state::{Moment, Realm, Store};
use crate::{Issuer, Mount};
use grant::{Hooks, Refusal, SignInTerms};
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use zeroize::Zeroizing;

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
    /// The mount's issuer as this request reaches it, where each may reach it by another scheme and authority.
    pub here: Option<&'a Arc<str>>,
    /// What the party that asks has at hand, as far as that is known: an address or, of IPv6, the network of 64 bits,
    /// for whoever has one of its addresses has them all.
    pub source: Option<IpAddr>,
    /// Where what is learned of it is noted.
    pub(crate) notes: Option<&'a RefCell<Notes>>,
    /// How the tokens that come of it are other than planned.
    pub bend: Option<&'a Bend>,
}

impl Issuer {
    /// A request to a mount, now.
    pub fn at<'a>(&'a self, mount: &'a Mount, hooks: &'a dyn Hooks) -> At<'a> {
        At { issuer: self, mount, hooks, now: self.clock.now(), here: None, source: None, notes: None, bend: None }
    }
}

impl<'a> At<'a> {
    /// The same request, which reaches the mount's issuer by that URL; any scheme and authority are the mount's then.
    #[must_use]
    pub const fn reached_as(self, here: Option<&'a Arc<str>>) -> Self {
        Self { here, ..self }
    }

    /// The same request, which comes from that address.
    #[must_use]
    pub fn from(self, address: Option<IpAddr>) -> Self {
        Self { source: address.map(network), ..self }
    }

    /// The same request, of which is noted there what is learned.
    #[must_use]
    pub const fn noting(self, notes: &'a RefCell<Notes>) -> Self {
        Self { notes: Some(notes), ..self }
    }

    /// The same request, whose tokens are other than planned.
    #[must_use]
    pub const fn bent(self, bend: Option<&'a Bend>) -> Self {
        Self { bend, ..self }
    }

    /// Notes what a phase decided.
    pub fn decide<T, E>(self, phase: Phase, outcome: Result<T, E>) -> Result<T, E> {
        self.noted(phase, outcome.is_ok());
        outcome
    }

    pub(crate) fn noted(self, phase: Phase, passed: bool) {
        self.note(|notes| notes.phases.note(phase, passed));
    }

    pub(crate) fn note(self, note: impl FnOnce(&mut Notes)) {
        if let Some(notes) = self.notes {
            note(&mut notes.borrow_mut());
        }
    }

    pub(crate) fn store(self) -> &'a dyn Store {
        &*self.issuer.store
    }

    pub(crate) fn realm(self) -> &'a Realm {
        &self.mount.realm
    }

    /// What a token says that one of the mount's keys signed; the inner error is the token's.
    pub(crate) async fn verified(self, token: &str) -> Result<Result<Arc<Verified>, Refusal>, Refusal> {
        let prefix = self.hooks.policy().opaque_access_tokens;
        let token = &*opaque::unveil(prefix, token);
        if prefix.is_some() && !token.contains('.') {
            return Ok(Err(invalid(
                "the token is none that the mount has issued: it was cut or altered, or is another's",
            )));
        }
        self.mount.keys.verify(token, self.names(), self.store(), self.seconds()).await
    }

    /// The mount's issuer as this request reaches it.
    pub(crate) fn iss(self) -> &'a Arc<str> {
        self.here.unwrap_or(&self.mount.issuer)
    }

    /// What an `iss` may be that names the mount.
    pub(crate) fn names(self) -> Iss<'a> {
        Iss { issuer: &self.mount.issuer, any_authority: self.here.is_some() }
    }

    /// The terms on which users sign in here.
    pub fn terms(self) -> Result<&'a SignInTerms, Refusal> {
        let missing = || Refusal::internal("the dialect has no terms of sign-in");
        self.hooks.policy().sign_in.as_ref().ok_or_else(missing)
    }

    /// The key that signs now, made if there is none yet.
    pub(crate) async fn signing_key(self) -> Result<Arc<SigningKey>, Refusal> {
        self.mount.keys.signing(self.hooks.policy().alg, self.store(), self.seconds()).await
    }

    /// The key that handles are derived and seals made with, made if there is none yet.
    pub(crate) async fn handle_key(self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        self.mount.keys.handle_key(self.store(), self.seconds()).await
    }

    /// The present, whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.now.seconds()
    }
}

/// What one party has at hand: an address or, of IPv6, the network of 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n30_a_network_of_ipv6_is_one_source() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
