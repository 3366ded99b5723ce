//! Authorization codes without a browser.

use super::reply::{Answer, Outcome, Refusal};
use super::{Call, body};
use admin_api::{CodeReply, CodeRequest};
use issuer::{CodeError, CodeOrder};

/// Issues an authorization code as if the user had signed in and consented now.
#[utoipa::path(post, path = "/v1/mounts/{mount}/codes", tag = "codes", request_body = CodeRequest, responses((status = 200, body = CodeReply, description = "The code.")))]
pub(super) async fn issue_code(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let request: CodeRequest = call.body.json()?;
    let order = CodeOrder {
        client_id: request.client_id,
        user: request.user,
        redirect_uri: request.redirect_uri,
        scopes: request.scope.as_deref().map(body::scopes).transpose()?,
        challenge: request.code_challenge,
        nonce: request.nonce,
    };
    let issued = call.app().issuer.issue_code(&mount.core, &*mount.dialect(), &order).await;
    let issued = issued.map_err(|error| match error {
        CodeError::Order(why) => {
            let name = mount.name();
            let remedy = format!("GET /v1/mounts/{name}/clients and /v1/mounts/{name}/users say what there is");
            Refusal::bad_request(why, remedy)
        }
        CodeError::Failed(error) => error.into(),
    })?;
    tracing::info!(mount = mount.name(), client = order.client_id, user = order.user, "code issued");
    Ok(Answer::json(&CodeReply { code: issued.code, expires_at: issued.expires_at }))
}
