//! Personal access tokens of a mount's users.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, body};
use actix_web::http::StatusCode;
use admin_api::{PatReply, PatRequest, PatView, operations};
use grant::{Seconds, User};
use issuer::state::PatRecord;
use issuer::{PatError, PatOrder};
use serde_json::json;
use std::sync::Arc;
use surface::mounts::Mount;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::LIST_PATS, list_pats),
        Route::new(&operations::MAKE_PAT, make_pat),
        Route::new(&operations::REVOKE_PAT, revoke_pat),
    ]
}

async fn list_pats(call: &Call, (): ()) -> Result<Vec<PatView>, Problem> {
    let (mount, user) = owner(call)?;
    let dialect = mount.dialect();
    let at = call.world.issuer.at(&mount.core, &*dialect);
    let records = at.pats_of(&user.sub).await?;
    let now = at.now.seconds();
    Ok(records.into_iter().map(|record| view(record, now)).collect())
}

async fn make_pat(call: &Call, request: PatRequest) -> Result<PatReply, Problem> {
    let (mount, user) = owner(call)?;
    if user.disabled {
        let detail = format!("user `{}` of mount `{}` is disabled", user.sub.escape_debug(), mount.name());
        return Err(Problem::not_found(
            detail,
            "enable the user first: nothing that speaks for a disabled one is let in",
        ));
    }
    let scopes = request.scope.as_deref().map(body::scopes).transpose()?;
    let order = PatOrder { name: request.name, scopes, ttl: request.ttl.map(Seconds) };
    let issued = call.world.issuer.at(&mount.core, &*mount.dialect()).make_pat(&user, order).await;
    let issued = issued.map_err(|error| refusal(call, mount, error))?;
    let record = issued.record;
    call.changes.note(&(), &json!({ "id": record.id, "user": &*user.sub, "scope": record.scopes.joined() }));
    Ok(PatReply {
        id: record.id,
        name: record.name,
        scope: record.scopes.joined(),
        created_at: record.created_at,
        expires_at: record.expires_at,
        token: issued.token.into(),
    })
}

async fn revoke_pat(call: &Call, (): ()) -> Result<(), Problem> {
    let (mount, user) = owner(call)?;
    let id = &call.params.id;
    if !call.world.issuer.at(&mount.core, &*mount.dialect()).revoke_pat(&user.sub, id).await? {
        let sub = user.sub.escape_debug();
        return Err(Problem::not_found(
            format!("user `{sub}` has no personal access token `{}`", id.escape_debug()),
            format!("GET /v1/mounts/{}/users/{sub}/pats lists them", mount.name()),
        ));
    }
    Ok(())
}

/// The user whose tokens the path speaks of, in a mount that has such tokens.
fn owner(call: &Call) -> Result<(&Mount, Arc<User>), Problem> {
    let mount = call.mount()?;
    if mount.dialect().policy().pats.is_none() {
        return Err(refusal(call, mount, PatError::NotOffered));
    }
    let user = mount.core.directory.find_user(&call.params.sub).ok_or_else(|| {
        let (mount, name) = (mount.name(), call.params.sub.escape_debug());
        Problem::not_found(
            format!("mount `{mount}` has no user whose sub or username is `{name}`"),
            format!("GET /v1/mounts/{mount}/users lists them"),
        )
    })?;
    Ok((mount, user))
}

fn refusal(call: &Call, mount: &Mount, error: PatError) -> Problem {
    let why = error.to_string();
    match error {
        PatError::NotOffered => {
            let all = call.world.mounts.all().iter();
            let offering = all.filter(|mount| mount.dialect().policy().pats.is_some()).map(|mount| mount.name());
            let remedy = match offering.collect::<Vec<_>>()[..] {
                [] => "configure a mount whose vendor has them".to_owned(),
                ref names => format!("use a mount whose vendor has them: {}", names.join(", ")),
            };
            let vendor = mount.kind.vendor;
            let detail = format!("mount `{}` has no personal access tokens, for {vendor} has none", mount.name());
            Problem::bad_request(detail, remedy)
        }
        PatError::Name => Problem::bad_request(why, "send another `name`"),
        PatError::Scopes(_) => Problem::bad_request(why, "choose among them, or leave `scope` out for all"),
        PatError::Lifetime(_) => Problem::bad_request(why, "send another `ttl`, or leave it out for the longest"),
        PatError::TooMany => {
            let remedy = "GET the same path to see them, and DELETE one by its id";
            Problem::new(StatusCode::CONFLICT, why, remedy)
        }
        PatError::Failed(error) => error.into(),
    }
}

fn view(record: PatRecord, now: i64) -> PatView {
    PatView {
        expired: now >= record.expires_at,
        id: record.id,
        name: record.name,
        scope: record.scopes.joined(),
        created_at: record.created_at,
        expires_at: record.expires_at,
        last_used: record.last_used,
    }
}
