//! Users of a mount.

use super::listed::list;
use super::problem::Problem;
use super::reply::Outcome;
use super::routes::Route;
use super::{Call, body, sets};
use crate::entry;
use admin_api::{Patch, UserSpec, UserView, operations};
use grant::User;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::answering(&operations::LIST_USERS, list_users),
        Route::reading(&operations::PUT_USERS, sets::put::<User>),
        Route::at_once(&operations::GET_USER, get_user),
        Route::new(&operations::PUT_USER, put_user),
        Route::new(&operations::PATCH_USER, patch_user),
        Route::new(&operations::DELETE_USER, delete_user),
    ]
}

async fn list_users(call: &Call) -> Outcome {
    let users = call.mount()?.core.directory.users();
    list(call, users, |user: &User| &user.sub, |user| UserView::from(user)).await
}

fn get_user(call: &Call, (): ()) -> Result<UserView, Problem> {
    let user = call.mount()?.core.directory.user(&call.params.sub).ok_or_else(|| missing(call))?;
    Ok(UserView::from(&*user))
}

async fn put_user(call: &Call, mut spec: UserSpec) -> Result<UserView, Problem> {
    let mount = call.mount()?;
    body::take_id("sub", &call.params.sub, &mut spec.sub)?;
    let before = mount.core.directory.user(&call.params.sub);
    entry::put::<User>(&call.world, mount, spec).await?;
    call.note_entry::<User>(&call.params.sub, before)?;
    get_user(call, ())
}

async fn patch_user(call: &Call, patch: Patch<UserSpec>) -> Result<UserView, Problem> {
    let mount = call.mount()?;
    let before = mount.core.directory.user(&call.params.sub);
    if !Box::pin(entry::patch::<User>(&call.world, mount, &call.params.sub, &patch)).await? {
        return Err(missing(call));
    }
    call.note_entry::<User>(&call.params.sub, before)?;
    get_user(call, ())
}

async fn delete_user(call: &Call, (): ()) -> Result<(), Problem> {
    let mount = call.mount()?;
    let before = mount.core.directory.user(&call.params.sub);
    if !entry::remove::<User>(&call.world, mount, &call.params.sub).await? {
        return Err(missing(call));
    }
    call.note_entry::<User>(&call.params.sub, before)
}

fn missing(call: &Call) -> Problem {
    let (mount, sub) = (&call.params.mount, call.params.sub.escape_debug());
    Problem::not_found(
        format!("mount `{mount}` has no user whose sub is `{sub}`"),
        format!("GET /v1/mounts/{mount}/users lists them; PUT makes one"),
    )
}
