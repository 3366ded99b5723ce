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

pub(super) fn no_pkce(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    all(entries, |entry| asks(entry) && entry.pkce.is_none())
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
