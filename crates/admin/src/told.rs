//! What an operator is told at the start and at a reload: what is there for tests, and which run-time changes hide what
//! the file says.

use crate::entry::{self, Entry};
use configuration::host::is_loopback;
use grant::{Client, SignInTerms, User};
use issuer::state::{Override, OverrideKind, StoreError};
use serde_json::{Map, Value};
use std::net::IpAddr;
use surface::mounts::Mount;
use surface::world::World;

/// Says that what is there for tests is in force, and which mounts sign users in without a password: loudly where
/// strangers can reach the listener.
pub fn tests(world: &World, listen: IpAddr) {
    const FEATURES: &str = "test features are on (admin.test_features): clock, scenarios, codes, tokens and reset";
    match (world.rules.test_features, is_loopback(listen)) {
        (false, _) => {}
        (true, true) => tracing::info!("{FEATURES}"),
        (true, false) => tracing::warn!("{FEATURES}; turn them off where tokens are worth something"),
    }
    for mount in world.mounts.all() {
        let dialect = mount.dialect();
        if let Some(setting) = dialect.policy().sign_in.as_ref().and_then(SignInTerms::passwordless) {
            tracing::warn!(mount = mount.name(), setting, "users are signed in without a password");
        }
    }
}

/// Says of each run-time change what it hides of that in which the file differs from the one before.
pub async fn hidden(before: &World, next: &World) -> Result<(), StoreError> {
    for change in next.issuer.overrides().overrides().await? {
        let find = |world: &World| world.mounts.all().iter().find(|mount| mount.core.realm == change.realm).cloned();
        let (Some(old), Some(new)) = (find(before), find(next)) else { continue };
        let members = hides(&change, &old, &new);
        if !members.is_empty() {
            let (mount, kind, id, members) = (new.name(), change.kind.as_str(), &*change.id, members.join(", "));
            tracing::warn!(mount, kind, id, members, "a run-time change hides what has changed in the file");
        }
    }
    Ok(())
}

/// The members in which two files differ and which a change hides.
fn hides(change: &Override, old: &Mount, new: &Mount) -> Vec<String> {
    let (one, other) = match change.kind {
        OverrideKind::Client => (written::<Client>(old, &change.id), written::<Client>(new, &change.id)),
        OverrideKind::User => (written::<User>(old, &change.id), written::<User>(new, &change.id)),
        OverrideKind::Settings => (Map::clone(&old.file_settings), Map::clone(&new.file_settings)),
        OverrideKind::Expiry | OverrideKind::Clock => return Vec::new(),
    };
    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    let differing = names.filter(|name| one.get(*name) != other.get(*name));
    let patched = entry::members(change);
    differing.filter(|name| patched.as_ref().is_none_or(|patched| patched.contains(name))).cloned().collect()
}

fn written<E: Entry>(mount: &Mount, id: &str) -> Map<String, Value> {
    let spec = E::configured(&mount.core.directory, id).map(|entry| E::Spec::from(&*entry));
    match spec.map(serde_json::to_value) {
        Some(Ok(Value::Object(members))) => members,
        _ => Map::new(),
    }
}
