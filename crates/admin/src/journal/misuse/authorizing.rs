//! At the authorization endpoint.

use super::{Seen, all};
use std::collections::HashSet;
use std::sync::Arc;
use surface::journal::Entry;
use surface::world::World;

/// Whether it is an authorization request that could be read.
fn asks(entry: &Entry) -> bool {
    entry.endpoint == "authorize" && entry.client_id.is_some()
}

pub(super) fn no_state(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    all(entries, |entry| asks(entry) && !entry.more.has_state)
}

/// Where the vendor has no PKCE, no client can be asked for it.
pub(super) fn no_pkce(world: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let is_served = |entry: &Entry| {
        let mount = entry.mount.as_deref().and_then(|name| world.mounts.get(name));
        mount.is_none_or(|mount| mount.dialect().policy().sign_in.as_ref().is_none_or(|terms| terms.has_pkce))
    };
    all(entries, |entry| asks(entry) && entry.pkce.is_none() && is_served(entry))
}

pub(super) fn plain_pkce(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    all(entries, |entry| asks(entry) && entry.pkce == Some("plain"))
}

/// What brings a code about notes the nonce: a request that comes back after its user signed in counts once.
pub(super) fn nonce_twice(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let mut known = HashSet::new();
    let again = entries.iter().filter(|entry| {
        entry.more.nonce.is_some_and(|nonce| !known.insert((entry.mount.clone(), entry.client_id.clone(), nonce)))
    });
    again.map(Seen::from).collect()
}
