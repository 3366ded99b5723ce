//! The admin API called in this process, for commands that work on a store which no gateway has open.

use super::body::Body;
use super::follow::Accepts;
use super::guard::Caller;
use super::problem::Problem;
use super::reply::Answer;
use super::{State, answer};
use actix_web::web;
use serde_json::Value;
use std::fmt;
use surface::app::App;

/// The calls of the admin API over an `App` that is not served: the same answers, over no network and with no token.
pub struct Local {
    state: web::Data<State>,
}

impl Local {
    /// The API over `app`.
    pub fn new(app: App) -> Self {
        Self { state: State::new(app) }
    }

    /// One call, within an actix system: the JSON of a 200, null for a 204.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, admin_api::Problem> {
        let caller = Caller::trusted("command line", None);
        let (body, accepts) = (Body::of(body), Accepts::default());
        match answer(caller, method, path, "", body, accepts, self.state.clone()).await {
            Ok((Answer::Empty, _)) => Ok(Value::Null),
            Ok((Answer::Stream(..) | Answer::Packed(_), _)) => Err(Problem::internal("it is no JSON").body()),
            Ok((Answer::Text(_, text), _)) => Ok(Value::String(text)),
            Ok((Answer::Json(bytes), _)) => serde_json::from_slice(&bytes)
                .map_err(|error| Problem::internal(&format!("an answer is no JSON: {error}")).body()),
            Err(problem) => Err(problem.body()),
        }
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("live", &self.state.live).finish()
    }
}
