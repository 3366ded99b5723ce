//! Outcomes forced on purpose.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use crate::scenarios;
use admin_api::{Scenario, ScenarioSpec, operations};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::LIST_SCENARIOS, async |call, ()| Ok(scenarios::list(call.app()).await?)),
        Route::new(&operations::ADD_SCENARIO, add_scenario),
        Route::new(&operations::GET_SCENARIO, get_scenario),
        Route::new(&operations::DELETE_SCENARIOS, delete_scenarios),
        Route::new(&operations::DELETE_SCENARIO, delete_scenario),
    ]
}

async fn add_scenario(call: &Call, spec: ScenarioSpec) -> Result<Scenario, Problem> {
    scenarios::check(call.app(), &spec).map_err(|fault| Problem::bad_request(fault.detail, fault.remedy))?;
    let added = scenarios::add(call.app(), spec).await?;
    call.changes.note(&(), &added);
    Ok(added)
}

async fn get_scenario(call: &Call, (): ()) -> Result<Scenario, Problem> {
    let all = scenarios::list(call.app()).await?;
    all.into_iter().find(|scenario| scenario.id == call.params.id).ok_or_else(|| no_such(&call.params.id))
}

async fn delete_scenarios(call: &Call, (): ()) -> Result<(), Problem> {
    scenarios::clear(call.app()).await?;
    Ok(())
}

async fn delete_scenario(call: &Call, (): ()) -> Result<(), Problem> {
    let removed = match call.params.id.parse() {
        Ok(id) => scenarios::remove(call.app(), id).await?,
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
