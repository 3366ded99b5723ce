//! The store as a backup.

use super::Call;
use super::reply::Answer;
use super::routes::Route;
use admin_api::{Lines, Shape, operations};

pub(super) fn routes() -> Vec<Route> {
    let answer = |call: &Call| Answer::Stream(Lines::MEDIA[0], call.world.issuer.backup());
    vec![Route::ready(&operations::BACK_UP, answer)]
}
