//! Everything back to the configuration file.

use super::Call;
use super::reply::{Answer, Outcome};
use crate::overrides;

/// Forgets counters, codes, refresh tokens, sessions, consents, personal access tokens, revocations, the journal,
/// scenarios, the clock's setting and every run-time change. Keys stay.
#[utoipa::path(post, path = "/v1/reset", tag = "reset", responses((status = 204, description = "What the file says holds again.")))]
pub(super) async fn reset(call: &Call) -> Outcome {
    overrides::reset(call.app()).await?;
    tracing::info!("reset to the configuration file");
    Ok(Answer::Empty)
}
