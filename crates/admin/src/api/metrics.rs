//! The process's metrics.

use super::Call;
use super::reply::Answer;
use super::routes::Route;
use admin_api::operations;
use surface::telemetry::metrics;

pub(super) fn routes() -> Vec<Route> {
    let answer = |call: &Call| Answer::Text(metrics::MEDIA_TYPE, metrics::render(call.app()));
    vec![Route::ready(&operations::GET_METRICS, answer)]
}
