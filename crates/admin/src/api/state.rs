//! What was changed at run time, saved and loaded as a whole.

use super::Call;
use super::body::refusal;
use super::problem::Problem;
use super::routes::Route;
use crate::state::{self, StateError, tokens};
use admin_api::{State, operations};
use serde::Deserialize;
use serde_json::json;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(&operations::GET_STATE, save), Route::reading(&operations::PUT_STATE, load)]
}

async fn save(call: &Call, (): ()) -> Result<State, Problem> {
    let saved = state::save(&call.world).await?;
    match call.parameter("with") {
        None => Ok(saved),
        Some("tokens") => Ok(tokens::save(&call.world, saved).await?),
        Some(_) => Err(Problem::bad_request("`with` is not known", "send `with=tokens`, or leave it out")),
    }
}

/// What every version writes.
#[derive(Deserialize)]
struct Head {
    format: u32,
    #[serde(default)]
    gateway: String,
}

async fn load(call: &Call) -> Result<(), Problem> {
    let (bytes, _) = call.body.parts();
    let Head { format, gateway } = serde_json::from_slice(&bytes).map_err(|error| refusal(&error))?;
    if format != State::FORMAT {
        let (known, gateway) = (State::FORMAT, gateway.escape_debug());
        let detail =
            format!("the state is of format {format}, written by version `{gateway}`, and this one reads {known}");
        return Err(Problem::bad_request(detail, "load it into the version that wrote it"));
    }
    let wanted: State = call.body.whole_json()?;
    let mounts = wanted.mounts.len();
    state::load(&call.world, wanted).await.map_err(|error| match error {
        StateError::Unfit(why) => {
            Problem::bad_request(why, "nothing was changed: load it under the configuration that it was saved under")
        }
        StateError::Change(error) => error.into(),
    })?;
    call.changes.note(&(), &json!({ "mounts": mounts }));
    Ok(())
}
