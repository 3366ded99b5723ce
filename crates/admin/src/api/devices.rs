//! Devices that wait for a user's decision, without a browser.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, body};
use actix_web::http::StatusCode;
use admin_api::{DeviceDecision, DeviceView, operations};
use issuer::{At, DeviceConsent, WaitingDevice};
use serde_json::json;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(&operations::DECIDE_DEVICE, decide)]
}

async fn decide(call: &Call, decision: DeviceDecision) -> Result<DeviceView, Problem> {
    let mount = call.mount()?;
    let dialect = mount.dialect();
    let at = call.world.issuer.at(&mount.core, &*dialect);
    let code = &call.params.id;
    let Some(device) = at.device_of(code).await? else {
        let detail = format!("no device of mount `{}` waits with the code `{}`", mount.name(), code.escape_debug());
        let remedy = "send the `user_code` of a device authorization that is neither decided nor over";
        return Err(Problem::not_found(detail, remedy));
    };
    let approved = if decision.approve {
        allow(at, &device, &decision).await?
    } else {
        at.deny_device(&device).await?.then_some(false)
    };
    let Some(approved) = approved else {
        let remedy = "read what became of it in the journal, or ask for new codes";
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "the device was decided meanwhile, or its time is over",
            remedy,
        ));
    };
    let client_id = device.client.id.to_string();
    call.changes.note(&(), &json!({ "client": client_id, "user": decision.user, "approved": approved }));
    Ok(DeviceView { user_code: device.user_code.shown(), client_id, scope: device.scopes.joined(), approved })
}

async fn allow(at: At<'_>, device: &WaitingDevice, decision: &DeviceDecision) -> Result<Option<bool>, Problem> {
    let mount = &at.mount.name;
    let users = || format!("send `user`, a sub or username: GET /v1/mounts/{mount}/users says which there are");
    let Some(name) = &decision.user else {
        return Err(Problem::bad_request("nobody is named who allows the device", users()));
    };
    let Some(user) = at.mount.directory.find_user(name).filter(|user| !user.disabled) else {
        let detail = format!("mount `{mount}` has no enabled user `{}`", name.escape_debug());
        return Err(Problem::bad_request(detail, users()));
    };
    let scopes = match decision.scope.as_deref() {
        None => device.scopes.clone(),
        Some(text) => body::scopes(text)?,
    };
    if let Some(beyond) = scopes.first_outside(&device.scopes) {
        let detail = format!("the device does not ask for scope `{beyond}`");
        return Err(Problem::bad_request(detail, format!("it asks for {}", device.scopes.joined())));
    }
    Ok(at.allow_device(device, DeviceConsent { subject: &user.sub, scopes, session: None }).await?)
}
