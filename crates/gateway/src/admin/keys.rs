//! Keys of a mount.

use super::Call;
use super::reply::{Answer, Outcome};
use crate::jwks;
use admin_api::JwksView;

/// The keys of a mount, symmetric ones with their secret (`oct`), to check and to forge tokens with in tests.
#[utoipa::path(get, path = "/v1/mounts/{mount}/jwks", tag = "keys", responses((status = 200, body = JwksView, description = "The keys (RFC 7517 section 5).")))]
pub(super) async fn get_jwks(call: &Call) -> Outcome {
    let mount = call.mount()?;
    let keys = call.app().issuer.secret_jwks(&mount.core, &*mount.dialect()).await?;
    Ok(Answer::json(&jwks::document(&keys)))
}
