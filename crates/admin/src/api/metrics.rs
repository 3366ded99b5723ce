//! The process's metrics.

use super::Call;
use super::reply::Answer;
use surface::telemetry::metrics;

/// What the process has counted and timed, as Prometheus reads it.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "metrics",
    responses((status = 200, body = String, content_type = "text/plain", description = "Version 0.0.4 of the exposition format."))
)]
pub(super) fn get_metrics(call: &Call) -> Answer {
    Answer::Text(metrics::MEDIA_TYPE, metrics::render(call.app()))
}
