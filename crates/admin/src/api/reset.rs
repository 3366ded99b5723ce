//! Everything back to the configuration file.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use crate::overrides;
use admin_api::operations;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(&operations::RESET, reset)]
}

async fn reset(call: &Call, (): ()) -> Result<(), Problem> {
    overrides::reset(&call.world).await?;
    call.clear_journal().await;
    Ok(())
}
