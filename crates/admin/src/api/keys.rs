//! Keys of a mount.

use super::reply::{Answer, Outcome, Refusal};
use super::{Call, settle};
use actix_web::http::StatusCode;
use admin_api::{JwksView, KeyView, RotateRequest};
use issuer::keys::SigningKey;
use issuer::{KeyStatus, MAX_KEYS, RotationError};
use std::sync::Arc;
use surface::jwks;
use surface::mounts::Mount;

/// For how many seconds a new key is published before it signs where the call does not say.
const LEAD: u32 = 300;
/// The longest, a year.
const MAX_LEAD: u32 = 31_536_000;

/// The keys of a mount, symmetric ones with their secret (`oct`), to check and to forge tokens with in tests.
#[utoipa::path(get, path = "/v1/mounts/{mount}/jwks", tag = "keys", responses((status = 200, body = JwksView, description = "The keys (RFC 7517 section 5).")))]
pub(super) async fn get_jwks(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let keys = call.app().issuer.secret_jwks(&mount.core, &*mount.dialect()).await?;
    Ok(Answer::json(&jwks::document(&keys)))
}

/// The signing keys of a mount in the order in which they begin to sign, without what they sign with.
#[utoipa::path(get, path = "/v1/mounts/{mount}/keys", tag = "keys", responses((status = 200, body = Vec<KeyView>, description = "The keys.")))]
pub(super) async fn list_keys(call: &Call) -> Outcome {
    let mount = call.mount()?;
    Ok(Answer::json(&views(call, mount).await?))
}

/// Makes a new signing key, which every replica has before it signs. The key before it verifies until what it signed
/// has ended.
#[utoipa::path(post, path = "/v1/mounts/{mount}/keys/rotate", tag = "keys", request_body = RotateRequest, responses((status = 200, body = Vec<KeyView>, description = "The keys, in the order in which they begin to sign.")))]
pub(super) async fn rotate_key(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let request: RotateRequest = call.body.json()?;
    let lead = request.lead_seconds.unwrap_or(LEAD);
    if lead > MAX_LEAD {
        let detail = format!("`lead_seconds` is {lead}, more than a year");
        return Err(Refusal::bad_request(detail, format!("write 0 to {MAX_LEAD}, or leave it out for {LEAD}")));
    }
    let (issuer, dialect) = (&call.app().issuer, mount.dialect());
    let kid = issuer.stage_key(&mount.core, &*dialect).await.map_err(|error| refusal(mount, "", error))?;
    // Those that have not got it in time look for it when the first of its tokens comes.
    settle(call.app()).await;
    let activated = issuer.activate_key(&mount.core, &*dialect, &kid, lead).await;
    activated.map_err(|error| refusal(mount, &kid, error))?;
    tracing::info!(mount = mount.name(), kid, lead_seconds = lead, "signing key rotated");
    Ok(Answer::json(&views(call, mount).await?))
}

/// Forgets a key that does not sign, and so refuses every token that it signed: for one that others have come to know.
#[utoipa::path(delete, path = "/v1/mounts/{mount}/keys/{id}", tag = "keys", responses((status = 204, description = "It is forgotten.")))]
pub(super) async fn forget_key(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let kid = &call.params.id;
    let forgotten = call.app().issuer.forget_key(&mount.core, &*mount.dialect(), kid).await;
    forgotten.map_err(|error| refusal(mount, kid, error))?;
    tracing::info!(mount = mount.name(), kid, "signing key forgotten");
    Ok(Answer::Empty)
}

async fn views(call: &Call, mount: &Mount) -> Result<Vec<KeyView>, Refusal> {
    let keys = call.app().issuer.signing_keys(&mount.core, &*mount.dialect()).await?;
    let view = |(key, status): &(Arc<SigningKey>, KeyStatus)| KeyView {
        kid: key.kid.clone(),
        alg: key.alg.as_str().to_owned(),
        status: name(*status).to_owned(),
        created_at: key.created_at,
        signs_from: key.signs_from,
        retires_at: key.retires_at,
    };
    Ok(keys.iter().map(view).collect())
}

const fn name(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Upcoming => "upcoming",
        KeyStatus::Signing => "signing",
        KeyStatus::Retiring => "retiring",
        KeyStatus::Retired => "retired",
        KeyStatus::Idle => "idle",
    }
}

fn refusal(mount: &Mount, kid: &str, error: RotationError) -> Refusal {
    let (name, kid) = (mount.name(), kid.escape_debug());
    match error {
        RotationError::Full => Refusal::new(
            StatusCode::CONFLICT,
            format!("mount `{name}` has {MAX_KEYS} keys that have not retired, which is the most it keeps"),
            format!("wait until the oldest retires, or forget one: DELETE /v1/mounts/{name}/keys/{{kid}}"),
        ),
        RotationError::Unknown => Refusal::not_found(
            format!("mount `{name}` has no signing key `{kid}`"),
            format!("GET /v1/mounts/{name}/keys lists them"),
        ),
        RotationError::Signing => Refusal::new(
            StatusCode::CONFLICT,
            format!("mount `{name}` signs with key `{kid}`"),
            format!("rotate first: POST /v1/mounts/{name}/keys/rotate with {{\"lead_seconds\":0}}"),
        ),
        RotationError::Failed(error) => error.into(),
    }
}
