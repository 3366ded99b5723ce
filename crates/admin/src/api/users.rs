//! Users of a mount.

use super::page::{Page, page};
use super::reply::{Answer, Outcome, Refusal};
use super::{Call, body};
use crate::overrides;
use admin_api::{UserSpec, UserView};

/// The users of a mount, sorted by sub.
#[utoipa::path(get, path = "/v1/mounts/{mount}/users", tag = "users", responses((status = 200, body = Page<UserView>, description = "One page of the users.")))]
pub(super) fn list_users(call: &Call) -> Outcome {
    let users = call.mount()?.core.directory.users();
    Ok(Answer::json(&page(&call.query, users, |user| &user.sub, |user| UserView::from(user))?))
}

/// One user by sub, without the password.
#[utoipa::path(get, path = "/v1/mounts/{mount}/users/{sub}", tag = "users", responses((status = 200, body = UserView, description = "The user.")))]
pub(super) fn get_user(call: &Call) -> Outcome {
    let user = call.mount()?.core.directory.user(&call.params.sub).ok_or_else(|| missing(call))?;
    Ok(Answer::json(&UserView::from(&*user)))
}

/// Makes or replaces a user: what the body leaves out takes its default. The password is kept as an Argon2id hash.
#[utoipa::path(put, path = "/v1/mounts/{mount}/users/{sub}", tag = "users", request_body = UserSpec, responses((status = 200, body = UserView, description = "The user as it now is.")))]
pub(super) async fn put_user(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let mut spec: UserSpec = call.body.json()?;
    body::take_id("sub", &call.params.sub, &mut spec.sub)?;
    overrides::put_user(call.app(), mount, spec).await?;
    tracing::info!(mount = mount.name(), user = call.params.sub, "user put");
    get_user(call)
}

/// Removes a user. Tokens that speak for the user are refused from then on.
#[utoipa::path(delete, path = "/v1/mounts/{mount}/users/{sub}", tag = "users", responses((status = 204, description = "It is gone.")))]
pub(super) async fn delete_user(call: &Call) -> Outcome {
    let mount = call.mount()?;
    if !overrides::remove_user(call.app(), mount, &call.params.sub).await? {
        return Err(missing(call));
    }
    tracing::info!(mount = mount.name(), user = call.params.sub, "user deleted");
    Ok(Answer::Empty)
}

fn missing(call: &Call) -> Refusal {
    let (mount, sub) = (&call.params.mount, call.params.sub.escape_debug());
    Refusal::not_found(
        format!("mount `{mount}` has no user whose sub is `{sub}`"),
        format!("GET /v1/mounts/{mount}/users lists them; PUT makes one"),
    )
}
