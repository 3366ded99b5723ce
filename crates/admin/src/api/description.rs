//! The description of every call.

use super::reply::Answer;
use super::routes::Route;
use admin_api::{openapi, operations};
use dialect::respond::json_bytes;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| json_bytes(&openapi::document()));

pub(super) fn routes() -> Vec<Route> {
    vec![Route::ready(&operations::GET_OPENAPI, |_| Answer::Json(DOCUMENT.clone()))]
}
