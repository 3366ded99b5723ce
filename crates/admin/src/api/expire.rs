//! Tokens that are out, expired without moving the clock.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use crate::expiry::{self, ExpireError};
use actix_web::http::StatusCode;
use admin_api::{TokenSelection, operations};
use issuer::Selector;

/// The longest `jti`, in bytes: marks are kept in memory.
const LONGEST: usize = 256;

pub(super) fn route() -> Route {
    Route::new(&operations::EXPIRE_TOKENS, expire)
}

async fn expire(call: &Call, wanted: TokenSelection) -> Result<(), Problem> {
    let mount = call.mount()?;
    if wanted.jti.as_ref().is_some_and(|jti| jti.len() > LONGEST) {
        return Err(Problem::bad_request(
            "`jti` is no identifier of a token",
            format!("write at most {LONGEST} bytes"),
        ));
    }
    let directory = &mount.core.directory;
    if let Some(id) = wanted.client_id.as_deref().filter(|id| directory.client(id).is_none()) {
        return Err(no_such(mount.name(), "client", id));
    }
    let user = match &wanted.user {
        None => None,
        Some(name) => match directory.find_user(name) {
            Some(user) => Some(user.sub.to_string()),
            None => return Err(no_such(mount.name(), "user", name)),
        },
    };
    call.changes.note(&(), &wanted);
    let selector = Selector { client_id: wanted.client_id, user, jti: wanted.jti };
    let expired = expiry::expire(&call.world, mount, selector, wanted.refresh).await;
    expired.map_err(|error| match error {
        ExpireError::Full => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            error.to_string(),
            "expire by client or user, or all at once, rather than token by token; POST /v1/reset forgets the marks",
        ),
        ExpireError::Change(error) => error.into(),
    })
}

fn no_such(mount: &str, what: &str, id: &str) -> Problem {
    let detail = format!("mount `{mount}` has no {what} `{}`", id.escape_debug());
    Problem::bad_request(detail, format!("GET /v1/mounts/{mount}/{what}s says which there are"))
}
