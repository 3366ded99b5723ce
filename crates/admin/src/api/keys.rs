//! Keys of a mount.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, settle};
use actix_web::http::StatusCode;
use admin_api::{JwksView, KeyOrder, KeyView, RotateRequest, operations};
use issuer::keys::{OwnKey, SigningKey};
use issuer::{KeyStatus, MAX_KEYS, RotationError};
use serde_json::json;
use std::sync::Arc;
use surface::jwks;
use surface::mounts::Mount;

/// For how many seconds a new key is published before it signs where the call does not say.
const LEAD: u32 = 300;
/// The longest, a year.
const MAX_LEAD: u32 = 31_536_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::GET_JWKS, get_jwks),
        Route::new(&operations::LIST_KEYS, async |call, ()| views(call, call.mount()?).await),
        Route::new(&operations::ADD_KEY, add_key),
        Route::new(&operations::ROTATE_KEY, rotate_key),
        Route::new(&operations::FORGET_KEY, forget_key),
    ]
}

async fn get_jwks(call: &Call, (): ()) -> Result<JwksView, Problem> {
    let mount = call.mount()?;
    let keys = call.world.issuer.at(&mount.core, &*mount.dialect()).secret_jwks().await?;
    Ok(jwks::document(&keys))
}

async fn rotate_key(call: &Call, request: RotateRequest) -> Result<Vec<KeyView>, Problem> {
    let (mount, lead) = (call.mount()?, lead(request.lead_seconds)?);
    let dialect = mount.dialect();
    let staged = call.world.issuer.at(&mount.core, &*dialect).stage_key().await;
    let kid = staged.map_err(|error| refusal(mount, "", error))?;
    activate(call, mount, &kid, lead).await
}

async fn add_key(call: &Call, order: KeyOrder) -> Result<Vec<KeyView>, Problem> {
    let (mount, lead) = (call.mount()?, lead(order.lead_seconds)?);
    let key = match (&order.pem, &order.jwk) {
        (Some(pem), None) => OwnKey::Pem(pem.expose()),
        (None, Some(jwk)) => OwnKey::Jwk(jwk.expose()),
        _ => return Err(Problem::bad_request("it has not exactly one of `pem` and `jwk`", "send one of the two")),
    };
    let dialect = mount.dialect();
    let staged = call.world.issuer.at(&mount.core, &*dialect).stage_own_key(key, order.kid.as_deref()).await;
    let kid = staged.map_err(|error| refusal(mount, order.kid.as_deref().unwrap_or_default(), error))?;
    activate(call, mount, &kid, lead).await
}

fn lead(given: Option<u32>) -> Result<u32, Problem> {
    let lead = given.unwrap_or(LEAD);
    if lead > MAX_LEAD {
        let detail = format!("`lead_seconds` is {lead}, more than a year");
        return Err(Problem::bad_request(detail, format!("write 0 to {MAX_LEAD}, or leave it out for {LEAD}")));
    }
    Ok(lead)
}

/// Has a key that waits sign once every replica has it.
async fn activate(call: &Call, mount: &Mount, kid: &str, lead: u32) -> Result<Vec<KeyView>, Problem> {
    let (issuer, dialect) = (&call.world.issuer, mount.dialect());
    // Those that have not got it in time look for it when the first of its tokens comes.
    settle(call.app()).await;
    let activated = issuer.at(&mount.core, &*dialect).activate_key(kid, lead.into()).await;
    activated.map_err(|error| refusal(mount, kid, error))?;
    call.changes.note(&(), &json!({ "kid": kid, "lead_seconds": lead }));
    views(call, mount).await
}

async fn forget_key(call: &Call, (): ()) -> Result<(), Problem> {
    let mount = call.mount()?;
    let kid = &call.params.id;
    let forgotten = call.world.issuer.at(&mount.core, &*mount.dialect()).forget_key(kid).await;
    forgotten.map_err(|error| refusal(mount, kid, error))?;
    Ok(())
}

async fn views(call: &Call, mount: &Mount) -> Result<Vec<KeyView>, Problem> {
    let keys = call.world.issuer.at(&mount.core, &*mount.dialect()).signing_keys().await?;
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

fn refusal(mount: &Mount, kid: &str, error: RotationError) -> Problem {
    let (name, kid) = (mount.name(), kid.escape_debug());
    match error {
        RotationError::Full => Problem::new(
            StatusCode::CONFLICT,
            format!("mount `{name}` has {MAX_KEYS} keys that have not retired, which is the most it keeps"),
            format!("wait until the oldest retires, or forget one: DELETE /v1/mounts/{name}/keys/{{kid}}"),
        ),
        RotationError::Unknown => Problem::not_found(
            format!("mount `{name}` has no signing key `{kid}`"),
            format!("GET /v1/mounts/{name}/keys lists them"),
        ),
        RotationError::Taken => Problem::new(
            StatusCode::CONFLICT,
            format!("mount `{name}` has the key already, or another of its `kid`"),
            format!("give another `kid`; GET /v1/mounts/{name}/keys lists those there are"),
        ),
        RotationError::Unfit(why) => {
            Problem::bad_request(format!("the key does not fit mount `{name}`: {why}"), "send one that does")
        }
        RotationError::OfFile => Problem::new(
            StatusCode::CONFLICT,
            format!("the configuration file says which keys mount `{name}` signs with"),
            "change `signing_keys` in the file: the first one signs; or take it away, and the mount keeps keys of its own",
        ),
        RotationError::Signing => Problem::new(
            StatusCode::CONFLICT,
            format!("mount `{name}` signs with key `{kid}`"),
            format!("rotate first: POST /v1/mounts/{name}/keys/rotate with {{\"lead_seconds\":0}}"),
        ),
        RotationError::Failed(error) => error.into(),
    }
}
