//! What is changed at run time, over what the configuration file says. A change is kept in the store before it is in
//! force, and the next start puts it in force again.

use crate::change::{ATTEMPTS, ChangeError};
use crate::entry::{self, Entry};
use crate::expiry;
use crate::scenarios;
use admin_api::{Patch, Settings};
use anyhow::Context;
use dialect::{SettingsError, SettingsMap};
use grant::{Client, Millis, User};
use issuer::Changed;
use issuer::clock::ClockState;
use issuer::said::is_news;
use issuer::state::{Override, OverrideKind, Realm, StoreError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use surface::mounts::Mount;
use surface::world::World;

/// How many changes are read in one go.
pub(crate) const BREATH: usize = 256;

/// The clock as it is kept, to the millisecond.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeptClock {
    FrozenMs(i64),
    OffsetMs(i64),
}

/// Puts the changes that the store has kept in force, in place of all that were, and gives them. One that no longer fits
/// the configuration is left out, with a warning.
pub async fn load(world: &World) -> anyhow::Result<Vec<Override>> {
    let changes = world.issuer.overrides().overrides().await?;
    scenarios::load(world).await?;
    let is_known = |change: &Override| {
        change.kind == OverrideKind::Clock || world.mounts.all().iter().any(|mount| mount.core.realm == change.realm)
    };
    for change in changes.iter().filter(|change| !is_known(change)) {
        leave_out(change, &anyhow::anyhow!("there is no such mount"));
    }
    for mount in world.mounts.all() {
        let of_mount = || changes.iter().filter(|change| change.realm == mount.core.realm);
        // Clients and users were checked under the settings that were in force.
        load_settings(mount, of_mount().find(|change| change.kind == OverrideKind::Settings))?;
        for (change, why) in expiry::load(mount, of_mount()) {
            leave_out(change, &why);
        }
        let (mut clients, mut users) = (Changed::new(), Changed::new());
        for (number, change) in of_mount().enumerate() {
            if number % BREATH == BREATH - 1 {
                // There may be 100,000: others are served meanwhile.
                tokio::task::yield_now().await;
            }
            if let Err(why) = read(mount, change, &mut clients, &mut users) {
                leave_out(change, &why);
            }
        }
        let directory = &mount.core.directory;
        directory.replace(clients.clone(), users.clone());
        let clashes = |change: &&Override| {
            let user = users.get(&*change.id).filter(|_| change.kind == OverrideKind::User);
            user.and_then(Option::as_ref).is_some_and(|user| directory.namesake(user).is_some())
        };
        let clashing: Vec<_> = of_mount().filter(clashes).collect();
        if !clashing.is_empty() {
            let mut users = users.clone();
            for change in clashing {
                leave_out(change, &anyhow::anyhow!("the user's sub or username finds another user"));
                users.remove(&*change.id);
            }
            directory.replace(clients, users);
        }
    }
    let clock = changes.iter().find(|change| change.kind == OverrideKind::Clock);
    if let Err(why) = put_clock(world, clock.and_then(|change| change.body.as_deref())) {
        if let Some(change) = clock {
            leave_out(change, &why);
        }
        put_clock(world, None)?;
    }
    Ok(changes)
}

/// Puts settings in force, or leaves them out where they do not fit.
fn load_settings(mount: &Mount, settings: Option<&Override>) -> anyhow::Result<()> {
    let put = match put_settings(mount, settings) {
        Ok(names) => unknown(&names),
        Err(why) => {
            mount.change_settings(&SettingsMap::new())?;
            Err(why)
        }
    };
    if let (Err(why), Some(change)) = (put, settings) {
        leave_out(change, &why);
    }
    Ok(())
}

/// Says once that a change is not in force.
pub fn leave_out(change: &Override, why: &anyhow::Error) {
    if is_news(&(change.realm.as_str(), change.kind, &change.id, &change.body)) {
        let (mount, kind, id) = (change.realm.as_str(), change.kind.as_str(), &*change.id);
        tracing::warn!(mount, kind, id, "a run-time change does not fit and is left out: {why:#}");
    }
}

/// Has what the file says in force again, in place of a change that was forgotten.
pub fn forget(world: &World, realm: &Realm, kind: OverrideKind, id: &str) -> anyhow::Result<()> {
    if kind == OverrideKind::Clock {
        return put_clock(world, None);
    }
    // A mount that is not here has nothing to forget.
    let Some(mount) = find(world, realm) else { return Ok(()) };
    match kind {
        OverrideKind::Client => mount.core.directory.forget_client(id),
        OverrideKind::User => mount.core.directory.forget_user(id),
        OverrideKind::Settings => mount.change_settings(&SettingsMap::new())?,
        OverrideKind::Expiry => expiry::forget(mount, id)?,
        OverrideKind::Clock => {}
    }
    Ok(())
}

/// Puts one change that another replica made in force.
pub fn apply(world: &World, change: &Override) -> anyhow::Result<()> {
    if change.kind == OverrideKind::Clock {
        return put_clock(world, change.body.as_deref());
    }
    let mount = find(world, &change.realm).context("there is no such mount")?;
    match change.kind {
        OverrideKind::Client => put_in_force::<Client>(mount, change),
        OverrideKind::User => put_in_force::<User>(mount, change),
        OverrideKind::Settings => unknown(&put_settings(mount, Some(change))?),
        OverrideKind::Expiry => expiry::put(mount, change),
        OverrideKind::Clock => Ok(()),
    }
}

fn put_in_force<E: Entry>(mount: &Mount, change: &Override) -> anyhow::Result<()> {
    let directory = &mount.core.directory;
    match change.body.as_deref() {
        Some(body) => E::put(directory, entry::resolve(mount, &change.id, body)?),
        None => drop(E::remove(directory, &change.id)),
    }
    Ok(())
}

fn find<'a>(world: &'a World, realm: &Realm) -> Option<&'a Arc<Mount>> {
    world.mounts.all().iter().find(|mount| mount.core.realm == *realm)
}

/// The clock as it was kept; real time where nothing was, or test features are off.
fn put_clock(world: &World, body: Option<&str>) -> anyhow::Result<()> {
    let body = body.filter(|_| world.rules.test_features);
    world.issuer.clock.set(match body.map(serde_json::from_str).transpose()? {
        Some(KeptClock::FrozenMs(at)) => ClockState::Frozen(at),
        Some(KeptClock::OffsetMs(offset)) => ClockState::Offset(Millis(offset)),
        None => ClockState::REAL,
    });
    Ok(())
}

/// Puts settings in force, and leaves out those that this version does not know; their names.
fn put_settings(mount: &Mount, change: Option<&Override>) -> anyhow::Result<Vec<String>> {
    let (known, unknown) = split(mount, read_settings(change)?);
    mount.change_settings(&known)?;
    Ok(unknown.into_iter().map(|(name, _)| name).collect())
}

fn unknown(names: &[String]) -> anyhow::Result<()> {
    anyhow::ensure!(names.is_empty(), "this version does not know the settings {}; the others hold", names.join(", "));
    Ok(())
}

fn read_settings(change: Option<&Override>) -> serde_json::Result<SettingsMap> {
    let body = change.and_then(|change| change.body.as_deref());
    Ok(body.map(serde_json::from_str).transpose()?.unwrap_or_default())
}

/// The settings that the mount's dialect has, and those that only a newer version knows.
fn split(mount: &Mount, settings: SettingsMap) -> (SettingsMap, SettingsMap) {
    let dialect = mount.dialect();
    settings.into_iter().partition(|(name, _)| dialect.settings().iter().any(|setting| setting.name == name))
}

/// Adds a change of a client or a user to what is changed.
fn read(
    mount: &Mount,
    change: &Override,
    clients: &mut Changed<Client>,
    users: &mut Changed<User>,
) -> anyhow::Result<()> {
    match change.kind {
        OverrideKind::Client => add(mount, change, clients),
        OverrideKind::User => add(mount, change, users),
        OverrideKind::Settings | OverrideKind::Expiry | OverrideKind::Clock => Ok(()),
    }
}

fn add<E: Entry>(mount: &Mount, change: &Override, all: &mut Changed<E>) -> anyhow::Result<()> {
    let entry = change.body.as_deref().map(|body| entry::resolve(mount, &change.id, body)).transpose()?;
    all.insert(change.id.as_str().into(), entry.map(Arc::new));
    Ok(())
}

/// Changes some settings of a mount over those changed before; `null` puts back what the file says.
pub async fn change_settings(world: &World, mount: &Mount, changes: &Patch<Settings>) -> Result<(), ChangeError> {
    let changes: SettingsMap = changes.to().map_err(|error| ChangeError::Internal(error.to_string()))?;
    let dialect = mount.dialect();
    let names: Vec<_> = dialect.settings().iter().map(|setting| setting.name).collect();
    if let Some(name) = changes.keys().find(|name| !names.contains(&name.as_str())) {
        let message = format!("unknown setting; this dialect has {}", names.join(", "));
        return Err(SettingsError { name: name.clone(), message }.into());
    }
    let (realm, store) = (&mount.core.realm, world.issuer.overrides());
    for _ in 0..ATTEMPTS {
        let before = store.override_of(realm, OverrideKind::Settings, "").await?;
        let kept = read_settings(before.as_ref()).map_err(|error| StoreError::Corrupt(format!("settings: {error}")))?;
        let (there, newer) = split(mount, kept);
        let mut after = there.clone();
        for (name, value) in &changes {
            match value {
                serde_json::Value::Null => drop(after.remove(name)),
                value => drop(after.insert(name.clone(), value.clone())),
            }
        }
        // Building the dialect is the check, so it comes first here; a store that keeps another takes it back.
        mount.change_settings(&after)?;
        after.extend(newer);
        let body = serde_json::to_string(&after).map_err(|error| ChangeError::Internal(error.to_string()))?;
        let change =
            Override { realm: realm.clone(), kind: OverrideKind::Settings, id: String::new(), body: Some(body) };
        match store.swap_override(before, change).await {
            Ok(true) => return Ok(()),
            kept => {
                mount.change_settings(&there)?;
                kept?;
            }
        }
    }
    Err(ChangeError::Contended)
}

/// Sets the clock; `None` is real time.
pub async fn set_clock(world: &World, state: Option<ClockState>) -> Result<(), ChangeError> {
    let (realm, store) = (world.issuer.realm(), world.issuer.overrides());
    let kept = match state {
        None => return Ok(forget_clock(world, &realm).await?),
        Some(ClockState::Frozen(at)) => KeptClock::FrozenMs(at),
        Some(ClockState::Offset(Millis(offset))) => KeptClock::OffsetMs(offset),
    };
    let body = serde_json::to_string(&kept).map_err(|error| ChangeError::Internal(error.to_string()))?;
    store.put_override(Override { realm, kind: OverrideKind::Clock, id: String::new(), body: Some(body) }).await?;
    world.issuer.clock.set(state.unwrap_or(ClockState::REAL));
    Ok(())
}

async fn forget_clock(world: &World, realm: &Realm) -> Result<(), StoreError> {
    world.issuer.overrides().forget_override(realm, OverrideKind::Clock, "").await?;
    world.issuer.clock.set(ClockState::REAL);
    Ok(())
}

/// Forgets everything but the keys: what the file says holds again, at real time.
pub async fn reset(world: &World) -> Result<(), ChangeError> {
    world.issuer.reset().await?;
    forget_all(world)?;
    expiry::keep_generations(world).await
}

/// The same in this process, whose store another replica has reset.
pub fn forget_all(world: &World) -> Result<(), ChangeError> {
    world.issuer.scenarios.replace([]);
    world.journal.clear();
    world.issuer.clock.set(ClockState::REAL);
    for mount in world.mounts.all() {
        mount.core.directory.reset();
        mount.core.expiry.replace(0, &[]);
        mount.change_settings(&SettingsMap::new())?;
    }
    Ok(())
}
