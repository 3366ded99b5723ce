//! Authorization codes without a browser.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, body};
use admin_api::{CodeReply, CodeRequest, operations};
use issuer::{CodeOrder, OrderError};
use serde_json::json;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(&operations::ISSUE_CODE, issue_code)]
}

async fn issue_code(call: &Call, request: CodeRequest) -> Result<CodeReply, Problem> {
    let mount = call.mount()?;
    let order = CodeOrder {
        client_id: request.client_id,
        user: request.user,
        redirect_uri: request.redirect_uri,
        scopes: request.scope.as_deref().map(body::scopes).transpose()?,
        challenge: request.code_challenge,
        nonce: request.nonce,
    };
    let issued = call.world.issuer.at(&mount.core, &*mount.dialect()).issue_code(&order).await;
    let issued = issued.map_err(|error| match error {
        OrderError::Order(why) => {
            let name = mount.name();
            let remedy = format!("GET /v1/mounts/{name}/clients and /v1/mounts/{name}/users say what there is");
            Problem::bad_request(why, remedy)
        }
        OrderError::Failed(error) => error.into(),
    })?;
    call.changes.note(&(), &json!({ "client": order.client_id, "user": order.user }));
    Ok(CodeReply { code: issued.code, expires_at: issued.expires_at })
}
