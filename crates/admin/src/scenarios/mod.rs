//! Outcomes forced on purpose: kept in the store, in force in every replica.

mod meaning;
mod step;

pub use meaning::Fault;
pub(crate) use meaning::places;
pub(crate) use step::kind;

use crate::change::ChangeError;
use admin_api::{Scenario, ScenarioSpec};
use grant::{Millis, Seconds};
use issuer::clock::real_millis;
use issuer::said::is_news;
use issuer::state::{ScenarioRecord, StoreError};
use serde::Serialize;
use surface::world::World;

/// A scenario as it is kept.
#[derive(Serialize)]
struct Kept<'a> {
    #[serde(flatten)]
    spec: &'a ScenarioSpec,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<i64>,
}

/// A scenario as it is read back.
struct Read {
    spec: ScenarioSpec,
    meaning: issuer::scenario::Scenario,
}

/// Puts the scenarios that the store has in force, in place of those before; none where test features are off.
pub async fn load(world: &World) -> Result<(), StoreError> {
    let all = if world.rules.test_features { world.issuer.kept_scenarios().scenarios().await? } else { Vec::new() };
    world.issuer.scenarios.replace(all.iter().filter_map(|record| Some((record.id, read(world, record)?.meaning))));
    Ok(())
}

/// The scenarios there are, oldest first.
pub async fn list(world: &World) -> Result<Vec<Scenario>, StoreError> {
    let all = world.issuer.kept_scenarios().scenarios().await?;
    Ok(all.iter().filter_map(|record| Some(view(world, record, read(world, record)?))).collect())
}

/// What a scenario means; a fault says why it could never act.
pub fn check(world: &World, spec: &ScenarioSpec) -> Result<(), Fault> {
    meaning::of(world, spec).map(drop)
}

/// What a scenario means that may act on this gateway, or why it never could.
pub(crate) fn meaning(world: &World, spec: &ScenarioSpec) -> Result<issuer::scenario::Scenario, Fault> {
    meaning::of(world, spec)
}

/// Why a scenario that was kept can be kept no more.
pub(crate) fn check_kept(world: &World, record: &ScenarioRecord) -> Result<(), String> {
    let spec = spec(record).map_err(|error| error.to_string())?;
    meaning::read(world, &spec).map(drop).map_err(|fault| fault.detail.into_owned())
}

/// Adds a scenario that has been checked.
pub async fn add(world: &World, mut spec: ScenarioSpec) -> Result<Scenario, ChangeError> {
    if spec.probability.is_some() {
        spec.seed.get_or_insert_with(rand::random);
    }
    let end = spec.ttl.map(|ttl| Millis::from(Seconds::from(ttl)).after(real_millis()));
    let internal = |error: serde_json::Error| ChangeError::Internal(error.to_string());
    let body = serde_json::to_string(&Kept { spec: &spec, ends_at: end }).map_err(internal)?;
    let kept = world.issuer.kept_scenarios();
    // Those that have ended by themselves make room.
    for over in kept.scenarios().await?.iter().filter(|record| ends_at(record).is_some_and(|end| real_millis() >= end))
    {
        kept.remove_scenario(over.id).await?;
    }
    let id = kept.add_scenario(body.clone()).await?;
    load(world).await?;
    let record = ScenarioRecord { id, body, seen: 0, used: 0 };
    let read = read(world, &record).ok_or_else(|| ChangeError::Internal("a scenario does not read back".to_owned()))?;
    Ok(view(world, &record, read))
}

/// Removes one; whether it was there.
pub async fn remove(world: &World, id: u64) -> Result<bool, StoreError> {
    let removed = world.issuer.kept_scenarios().remove_scenario(id).await?;
    load(world).await?;
    Ok(removed)
}

/// Removes all.
pub async fn clear(world: &World) -> Result<(), StoreError> {
    world.issuer.kept_scenarios().clear_scenarios().await?;
    load(world).await
}

/// What a record asks for: `None` once it has ended by itself. One that a newer version wrote is left out, with a
/// warning.
fn read(world: &World, record: &ScenarioRecord) -> Option<Read> {
    let scenario = record.id;
    let warn = |why: &dyn std::fmt::Display| {
        if is_news(&("scenario", scenario, &record.body)) {
            tracing::warn!(scenario, "a scenario cannot be read and is left out: {why}");
        }
    };
    let spec = spec(record).inspect_err(|error| warn(error)).ok()?;
    let mut meaning = meaning::read(world, &spec).inspect_err(|fault| warn(&fault.detail)).ok()?;
    meaning.ends_at = ends_at(record);
    (!meaning.is_over()).then_some(Read { spec, meaning })
}

/// A record as it was asked for.
fn spec(record: &ScenarioRecord) -> serde_json::Result<ScenarioSpec> {
    let mut body: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&record.body)?;
    body.remove("ends_at");
    serde_json::from_value(body.into())
}

/// When it ends by itself, milliseconds of real time since the epoch.
fn ends_at(record: &ScenarioRecord) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(&record.body).ok()?.get("ends_at")?.as_i64()
}

fn view(world: &World, record: &ScenarioRecord, read: Read) -> Scenario {
    let ScenarioRecord { id, seen, used, .. } = *record;
    let Read { spec, meaning } = read;
    let remaining = meaning.total().map(|total| u32::try_from(total.saturating_sub(used)).unwrap_or(u32::MAX));
    let step = meaning.step(used.saturating_add(1)).map(|(step, _)| step);
    Scenario { id: id.to_string(), spec, seen, step, remaining, fired: world.issuer.scenarios.fired(id) }
}
