//! What was changed at run time, saved as a whole and put back as a whole.

pub(crate) mod tokens;

use crate::change::ChangeError;
use crate::entry::{self, Entry};
use crate::overrides::{self, BREATH, KeptClock};
use crate::scenarios;
use crate::sets::Names;
use admin_api::{MountState, ScenarioState, State};
use dialect::{Dialect, SettingsMap};
use grant::{Client, User, Value};
use issuer::state::{Override, OverrideKind, Replacement, ScenarioRecord, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use surface::mounts::Mount;
use surface::world::World;

/// The largest number of a scenario, and of what it has counted: stores count on from it.
const MOST: u64 = 1 << 48;

/// Why a state was not put back. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// It does not fit this gateway.
    #[error("{0}")]
    Unfit(String),
    /// Another failure.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<StoreError> for StateError {
    fn from(error: StoreError) -> Self {
        Self::Change(error.into())
    }
}

/// Everything that was changed at run time.
pub(crate) async fn save(world: &World) -> Result<State, ChangeError> {
    let empty = world.mounts.all().iter().map(|mount| (mount.name().to_owned(), MountState::default()));
    let mut mounts: BTreeMap<_, _> = empty.collect();
    let mut clock = None;
    for change in world.issuer.overrides().overrides().await? {
        if change.kind == OverrideKind::Clock {
            clock = change.body.as_deref().map(read).transpose()?;
            continue;
        }
        // What is kept of a mount that is not served is of no use to it.
        let mount = world.mounts.all().iter().find(|mount| mount.core.realm == change.realm);
        let Some(kept) = mount.and_then(|mount| mounts.get_mut(mount.name())) else { continue };
        match change.kind {
            OverrideKind::Client => drop(kept.clients.insert(change.id, value(change.body.as_deref())?)),
            OverrideKind::User => drop(kept.users.insert(change.id, value(change.body.as_deref())?)),
            OverrideKind::Settings => kept.settings = change.body.as_deref().map(read).transpose()?,
            OverrideKind::Expiry | OverrideKind::Clock => {}
        }
    }
    let scenario = |record: ScenarioRecord| {
        let ScenarioRecord { id, body, seen, used } = record;
        Ok(ScenarioState { id, seen, used, scenario: read(&body)? })
    };
    let all = world.issuer.kept_scenarios().scenarios().await?;
    let scenarios = all.into_iter().map(scenario).collect::<Result<_, ChangeError>>()?;
    Ok(State {
        format: State::FORMAT,
        gateway: env!("CARGO_PKG_VERSION").to_owned(),
        mounts,
        clock,
        scenarios,
        tokens: None,
    })
}

/// Has everything as it was saved: all of it, or nothing.
pub(crate) async fn load(world: &World, state: State) -> Result<(), StateError> {
    if state.tokens.is_some() {
        tokens::check_issuers(world, &state)?;
    }
    let mut replacement =
        Replacement { scenarios: Some(read_scenarios(world, state.scenarios)?), ..Replacement::default() };
    if let Some(name) = state.mounts.keys().find(|name| world.mounts.get(name).is_none()) {
        return Err(StateError::Unfit(format!("there is no mount `{}`", name.escape_debug())));
    }
    for mount in world.mounts.all() {
        let realm = &mount.core.realm;
        let kinds = [OverrideKind::Client, OverrideKind::User, OverrideKind::Settings];
        replacement.of.extend(kinds.map(|kind| (realm.clone(), kind)));
        if let Some(kept) = state.mounts.get(mount.name()) {
            replacement.changes.extend(read_mount(mount, kept).await?);
        }
    }
    let nowhere = world.issuer.realm();
    replacement.of.push((nowhere.clone(), OverrideKind::Clock));
    if let Some(clock) = state.clock {
        let body = text(&clock)?;
        if serde_json::from_str::<KeptClock>(&body).is_err() {
            return Err(StateError::Unfit("`clock` is no setting of a clock".to_owned()));
        }
        let (kind, id) = (OverrideKind::Clock, String::new());
        replacement.changes.push(Override { realm: nowhere, kind, id, body: Some(body) });
    }
    let has_tokens = state.tokens.is_some();
    match state.tokens {
        Some(tokens) => tokens::load(world, replacement, tokens).await?,
        None => world.issuer.overrides().replace_overrides(replacement).await?,
    }
    overrides::load(world).await.map_err(|error| ChangeError::Internal(format!("{error:#}")))?;
    if has_tokens { tokens::keep_generations(world).await } else { Ok(()) }
}

fn read_scenarios(world: &World, all: Vec<ScenarioState>) -> Result<Vec<ScenarioRecord>, StateError> {
    let mut last = 0;
    let mut record = |ScenarioState { id, seen, used, scenario }: ScenarioState| {
        if id.max(seen).max(used) > MOST {
            return Err(StateError::Unfit(format!("scenario {id}: its numbers go beyond {MOST}")));
        }
        let record = ScenarioRecord { id, body: text(&scenario)?, seen, used };
        if id <= last {
            return Err(StateError::Unfit(format!("scenario {id} comes after {last}: the oldest comes first")));
        }
        last = id;
        scenarios::check_kept(world, &record).map_err(|why| StateError::Unfit(format!("scenario {id}: {why}")))?;
        Ok(record)
    };
    all.into_iter().map(&mut record).collect()
}

/// What is kept of a mount; an error where it does not fit.
async fn read_mount(mount: &Mount, kept: &MountState) -> Result<Vec<Override>, StateError> {
    let mut changes = Vec::with_capacity(kept.clients.len() + kept.users.len() + 1);
    let settings: SettingsMap = match &kept.settings {
        None => SettingsMap::new(),
        Some(settings) => serde_json::from_str(&text(settings)?).map_err(internal)?,
    };
    let in_mount = |why: String| StateError::Unfit(format!("mount `{}`: {why}", mount.name()));
    let dialect = mount.dialect_under(&settings).map_err(|why| in_mount(why.to_string()))?;
    if let Some(settings) = &kept.settings {
        let (realm, kind, id) = (mount.core.realm.clone(), OverrideKind::Settings, String::new());
        changes.push(Override { realm, kind, id, body: Some(text(settings)?) });
    }
    read_entries::<Client>(mount, &*dialect, &kept.clients, &mut changes).await?;
    read_entries::<User>(mount, &*dialect, &kept.users, &mut changes).await?;
    Ok(changes)
}

async fn read_entries<E: Entry>(
    mount: &Mount,
    dialect: &dyn Dialect,
    kept: &BTreeMap<String, Value>,
    changes: &mut Vec<Override>,
) -> Result<(), StateError> {
    let mut names = Names::default();
    for (number, (id, value)) in kept.iter().enumerate() {
        if number % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        let body = if *value == Value::Null { None } else { Some(text(value)?) };
        if let Some(body) = &body {
            let found = entry::resolve_under::<E>(mount, dialect, id, body);
            let taken = found.map_err(|why| why.to_string()).and_then(|entry| {
                let of_itself = E::id(&E::Spec::from(&entry)) == id;
                if of_itself { names.take(&id.as_str().into(), &entry) } else { Err("it has another id".to_owned()) }
            });
            taken.map_err(|why| {
                let (name, kind) = (mount.name(), E::KIND.as_str());
                StateError::Unfit(format!("mount `{name}`: {kind} `{}`: {why}", id.escape_debug()))
            })?;
        }
        changes.push(Override { realm: mount.core.realm.clone(), kind: E::KIND, id: id.clone(), body });
    }
    Ok(())
}

fn value(body: Option<&str>) -> Result<Value, ChangeError> {
    body.map_or(Ok(Value::Null), read)
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, ChangeError> {
    serde_json::from_str(body).map_err(internal)
}

fn text(value: &impl Serialize) -> Result<String, ChangeError> {
    serde_json::to_string(value).map_err(internal)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: serde_json::Error) -> ChangeError {
    ChangeError::Internal(format!("a kept change cannot be read or written: {error}"))
}
