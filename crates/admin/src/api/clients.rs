//! Clients of a mount.

use super::page::{Page, page};
use super::reply::{Answer, Outcome, Refusal};
use super::{Call, body};
use crate::overrides;
use admin_api::{ClientSpec, ClientView};

/// The clients of a mount, sorted by id.
#[utoipa::path(get, path = "/v1/mounts/{mount}/clients", tag = "clients", responses((status = 200, body = Page<ClientView>, description = "One page of the clients.")))]
pub(super) fn list_clients(call: &Call) -> Outcome {
    let clients = call.mount()?.core.directory.clients();
    Ok(Answer::json(&page(&call.query, clients, |client| client.id.as_str(), |client| ClientView::from(client))?))
}

/// One client, without its secret.
#[utoipa::path(get, path = "/v1/mounts/{mount}/clients/{id}", tag = "clients", responses((status = 200, body = ClientView, description = "The client.")))]
pub(super) fn get_client(call: &Call) -> Outcome {
    let client = call.mount()?.core.directory.client(&call.params.id).ok_or_else(|| missing(call))?;
    Ok(Answer::json(&ClientView::from(&*client)))
}

/// Makes or replaces a client: what the body leaves out takes its default. Without a secret it is a public client.
#[utoipa::path(put, path = "/v1/mounts/{mount}/clients/{id}", tag = "clients", request_body = ClientSpec, responses((status = 200, body = ClientView, description = "The client as it now is.")))]
pub(super) async fn put_client(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let mut spec: ClientSpec = call.body.json()?;
    body::take_id("id", &call.params.id, &mut spec.id)?;
    overrides::put_client(call.app(), mount, spec).await?;
    tracing::info!(mount = mount.name(), client = call.params.id, "client put");
    get_client(call)
}

/// Removes a client. Its live tokens are refused from then on.
#[utoipa::path(delete, path = "/v1/mounts/{mount}/clients/{id}", tag = "clients", responses((status = 204, description = "It is gone.")))]
pub(super) async fn delete_client(call: &Call) -> Outcome {
    let mount = call.mount()?;
    if !overrides::remove_client(call.app(), mount, &call.params.id).await? {
        return Err(missing(call));
    }
    tracing::info!(mount = mount.name(), client = call.params.id, "client deleted");
    Ok(Answer::Empty)
}

fn missing(call: &Call) -> Refusal {
    let (mount, id) = (&call.params.mount, call.params.id.escape_debug());
    Refusal::not_found(
        format!("mount `{mount}` has no client `{id}`"),
        format!("GET /v1/mounts/{mount}/clients lists them; PUT makes one"),
    )
}
