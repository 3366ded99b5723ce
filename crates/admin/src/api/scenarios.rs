//! Outcomes forced on purpose.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, preview};
use crate::scenarios;
use admin_api::{Scenario, ScenarioSpec, operations};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::LIST_SCENARIOS, async |call, ()| Ok(scenarios::list(&call.world).await?)),
        Route::new(&operations::ADD_SCENARIO, add_scenario),
        Route::new(&operations::PREVIEW_SCENARIO, preview::preview),
        Route::new(&operations::GET_SCENARIO, get_scenario),
        Route::new(&operations::DELETE_SCENARIOS, delete_scenarios),
        Route::new(&operations::DELETE_SCENARIO, delete_scenario),
    ]
}

async fn add_scenario(call: &Call, spec: ScenarioSpec) -> Result<Scenario, Problem> {
    scenarios::check(&call.world, &spec).map_err(|fault| Problem::bad_request(fault.detail, fault.remedy))?;
    let added = scenarios::add(&call.world, spec).await?;
    call.changes.note(&(), &added);
    Ok(added)
}

async fn get_scenario(call: &Call, (): ()) -> Result<Scenario, Problem> {
    let all = scenarios::list(&call.world).await?;
    all.into_iter().find(|scenario| scenario.id == call.params.id).ok_or_else(|| no_such(&call.params.id))
}

async fn delete_scenarios(call: &Call, (): ()) -> Result<(), Problem> {
    scenarios::clear(&call.world).await?;
    Ok(())
}

async fn delete_scenario(call: &Call, (): ()) -> Result<(), Problem> {
    let removed = match call.params.id.parse() {
        Ok(id) => scenarios::remove(&call.world, id).await?,
        Err(_) => false,
    };
    if !removed {
        return Err(no_such(&call.params.id));
    }
    Ok(())
}

fn no_such(id: &str) -> Problem {
    Problem::not_found(format!("there is no scenario `{}`", id.escape_debug()), "GET /v1/scenarios lists them")
}
