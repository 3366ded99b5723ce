//! Clients of a mount.

use super::listed::list;
use super::problem::Problem;
use super::reply::Outcome;
use super::routes::Route;
use super::{Call, body, sets};
use crate::entry;
use admin_api::{ClientSpec, ClientView, Patch, operations};
use grant::Client;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::answering(&operations::LIST_CLIENTS, list_clients),
        Route::reading(&operations::PUT_CLIENTS, sets::put::<Client>),
        Route::at_once(&operations::GET_CLIENT, get_client),
        Route::new(&operations::PUT_CLIENT, put_client),
        Route::new(&operations::PATCH_CLIENT, patch_client),
        Route::new(&operations::DELETE_CLIENT, delete_client),
    ]
}

async fn list_clients(call: &Call) -> Outcome {
    let clients = call.mount()?.core.directory.clients();
    list(call, clients, |client: &Client| client.id.as_str(), |client| ClientView::from(client)).await
}

fn get_client(call: &Call, (): ()) -> Result<ClientView, Problem> {
    let client = call.mount()?.core.directory.client(&call.params.id).ok_or_else(|| missing(call))?;
    Ok(ClientView::from(&*client))
}

async fn put_client(call: &Call, mut spec: ClientSpec) -> Result<ClientView, Problem> {
    let mount = call.mount()?;
    body::take_id("id", &call.params.id, &mut spec.id)?;
    let before = mount.core.directory.client(&call.params.id);
    entry::put::<Client>(&call.world, mount, spec).await?;
    call.note_entry::<Client>(&call.params.id, before)?;
    get_client(call, ())
}

async fn patch_client(call: &Call, patch: Patch<ClientSpec>) -> Result<ClientView, Problem> {
    let mount = call.mount()?;
    let before = mount.core.directory.client(&call.params.id);
    if !Box::pin(entry::patch::<Client>(&call.world, mount, &call.params.id, &patch)).await? {
        return Err(missing(call));
    }
    call.note_entry::<Client>(&call.params.id, before)?;
    get_client(call, ())
}

async fn delete_client(call: &Call, (): ()) -> Result<(), Problem> {
    let mount = call.mount()?;
    let before = mount.core.directory.client(&call.params.id);
    if !entry::remove::<Client>(&call.world, mount, &call.params.id).await? {
        return Err(missing(call));
    }
    call.note_entry::<Client>(&call.params.id, before)
}

fn missing(call: &Call) -> Problem {
    let (mount, id) = (&call.params.mount, call.params.id.escape_debug());
    Problem::not_found(
        format!("mount `{mount}` has no client `{id}`"),
        format!("GET /v1/mounts/{mount}/clients lists them; PUT makes one"),
    )
}
