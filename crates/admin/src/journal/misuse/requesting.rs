//! How often, and with what, requests come.

use super::{Seen, all};
use dialect::BodyFormat;
use grant::{Millis, RefusalKind, RequestFault, Scopes};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use surface::journal::Entry;
use surface::world::World;

/// How many fetches of keys within [`MINUTE`] are too many.
const FETCHES: usize = 5;
/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

pub(super) fn fetched_again(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let mut ends = HashMap::new();
    let mut seen = Vec::new();
    for entry in entries {
        let (Some("client_credentials"), None, Some(lifetime)) = (entry.grant, entry.error, entry.more.lifetime) else {
            continue;
        };
        let scopes = entry.scope.as_ref().map(Scopes::joined);
        let key = (entry.mount.clone(), entry.client_id.clone(), scopes);
        let millis = Millis::from(lifetime).0;
        let last = ends.insert(key, entry.clock.saturating_add(millis));
        if last.is_some_and(|end| end.saturating_sub(entry.clock) > millis / 2) {
            seen.push(entry.into());
        }
    }
    seen
}

pub(super) fn credentials_twice(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let twice = RefusalKind::InvalidRequest(RequestFault::CredentialsTwice);
    all(entries, |entry| entry.more.refusal.as_deref() == Some(&twice))
}

pub(super) fn keys_again(_: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let mut last: HashMap<_, VecDeque<i64>> = HashMap::new();
    let mut seen = Vec::new();
    for entry in entries.iter().filter(|entry| entry.endpoint == "jwks" && entry.error.is_none()) {
        let times = last.entry(entry.mount.clone()).or_default();
        times.push_back(entry.at);
        if times.len() > FETCHES {
            times.pop_front();
        }
        if times.len() == FETCHES && times.front().is_some_and(|first| entry.at - first < MINUTE) {
            seen.push(entry.into());
        }
    }
    seen
}

/// At forward auth the query is the end user's, and a vendor that reads no body leaves a client no other place.
pub(super) fn secret_in_query(world: &World, entries: &[Arc<Entry>]) -> Vec<Seen> {
    let is_asked_there = |entry: &Entry| {
        let mount = entry.mount.as_deref().and_then(|name| world.mounts.get(name));
        entry.endpoint == "token" && mount.is_some_and(|mount| mount.kind.token_call.body == BodyFormat::Query)
    };
    all(entries, |entry| entry.more.has_secret_in_query && entry.endpoint != "verify" && !is_asked_there(entry))
}
