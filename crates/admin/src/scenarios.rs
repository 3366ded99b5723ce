//! Outcomes forced on purpose: kept in the store, in force in every replica.

use crate::change::ChangeError;
use admin_api::{Scenario, ScenarioSpec};
use grant::{Endpoint, GrantType, RefusalKind};
use issuer::scenario::Outcome;
use issuer::state::{ScenarioRecord, StoreError};
use surface::app::App;

/// Puts the scenarios that the store has in force, in place of those before; none where test features are off.
pub async fn load(app: &App) -> Result<(), StoreError> {
    let all = if app.test_features { app.issuer.kept_scenarios().scenarios().await? } else { Vec::new() };
    app.issuer.scenarios.replace(all.iter().filter_map(|record| Some((record.id, meaning(&spec(record)?)?))));
    Ok(())
}

/// The scenarios there are, oldest first.
pub async fn list(app: &App) -> Result<Vec<Scenario>, StoreError> {
    let all = app.issuer.kept_scenarios().scenarios().await?;
    Ok(all.iter().filter_map(|record| Some(view(record.id, spec(record)?, record.used))).collect())
}

/// Adds a scenario that has been checked.
pub async fn add(app: &App, spec: ScenarioSpec) -> Result<Scenario, ChangeError> {
    let body = serde_json::to_string(&spec).map_err(|error| ChangeError::Internal(error.to_string()))?;
    let id = app.issuer.kept_scenarios().add_scenario(body).await?;
    load(app).await?;
    Ok(view(id, spec, 0))
}

/// Removes one; whether it was there.
pub async fn remove(app: &App, id: u64) -> Result<bool, StoreError> {
    let removed = app.issuer.kept_scenarios().remove_scenario(id).await?;
    load(app).await?;
    Ok(removed)
}

/// Removes all.
pub async fn clear(app: &App) -> Result<(), StoreError> {
    app.issuer.kept_scenarios().clear_scenarios().await?;
    load(app).await
}

/// What a record asks for. One that a newer version wrote is left out, with a warning.
fn spec(record: &ScenarioRecord) -> Option<ScenarioSpec> {
    let spec = serde_json::from_str(&record.body);
    spec.inspect_err(|error| tracing::warn!(scenario = record.id, "a scenario cannot be read and is left out: {error}"))
        .ok()
}

fn meaning(spec: &ScenarioSpec) -> Option<issuer::scenario::Scenario> {
    // An unknown name must not match everything.
    let endpoint = spec.endpoint.as_deref().map(Endpoint::parse);
    let grant = spec.grant.as_deref().map(GrantType::parse);
    Some(issuer::scenario::Scenario {
        mount: spec.mount.clone(),
        endpoint: endpoint.map_or(Some(None), |known| known.map(Some))?,
        client_id: spec.client_id.clone(),
        grant: grant.map_or(Some(None), |known| known.map(Some))?,
        times: spec.times.map(u64::from),
        outcome: Outcome::Error(RefusalKind::from_code(&spec.error)?),
    })
}

fn view(id: u64, spec: ScenarioSpec, used: u64) -> Scenario {
    let used = u32::try_from(used).unwrap_or(u32::MAX);
    let remaining = spec.times.map(|times| times.saturating_sub(used));
    Scenario { id: id.to_string(), spec, remaining }
}
