//! Personal access tokens of a mount's users.

use super::reply::{Answer, Outcome, Refusal};
use super::{Call, body};
use actix_web::http::StatusCode;
use admin_api::{PatReply, PatRequest, PatView};
use grant::User;
use issuer::state::PatRecord;
use issuer::{PatError, PatOrder};
use std::sync::Arc;
use surface::mounts::Mount;

/// The personal access tokens of a user (a sub or a username), newest first, ended ones included, without their text.
#[utoipa::path(get, path = "/v1/mounts/{mount}/users/{sub}/pats", tag = "personal access tokens", responses((status = 200, body = Vec<PatView>, description = "The tokens.")))]
pub(super) async fn list_pats(call: &Call) -> Outcome {
    let (mount, user) = owner(call)?;
    let dialect = mount.dialect();
    let at = call.app().issuer.at(&mount.core, &*dialect);
    let records = at.pats_of(&user.sub).await?;
    let now = at.now.seconds();
    Ok(Answer::json(&records.into_iter().map(|record| view(record, now)).collect::<Vec<_>>()))
}

/// Makes a personal access token for a user (a sub or a username). Its text is shown this once.
#[utoipa::path(post, path = "/v1/mounts/{mount}/users/{sub}/pats", tag = "personal access tokens", request_body = PatRequest, responses((status = 200, body = PatReply, description = "The token.")))]
pub(super) async fn make_pat(call: &Call) -> Outcome {
    let (mount, user) = owner(call)?;
    if user.disabled {
        let detail = format!("user `{}` of mount `{}` is disabled", user.sub.escape_debug(), mount.name());
        return Err(Refusal::not_found(
            detail,
            "enable the user first: nothing that speaks for a disabled one is let in",
        ));
    }
    let request: PatRequest = call.body.json()?;
    let scopes = request.scope.as_deref().map(body::scopes).transpose()?;
    let order = PatOrder { name: request.name, scopes, ttl: request.ttl };
    let issued = call.app().issuer.at(&mount.core, &*mount.dialect()).make_pat(&user, order).await;
    let issued = issued.map_err(|error| refusal(call, mount, error))?;
    let record = issued.record;
    tracing::info!(mount = mount.name(), user = &*user.sub, id = record.id, "personal access token made");
    Ok(Answer::json(&PatReply {
        id: record.id,
        name: record.name,
        scope: record.scopes.joined(),
        created_at: record.created_at,
        expires_at: record.expires_at,
        token: issued.token.into(),
    }))
}

/// Revokes a personal access token of a user (a sub or a username). It is dead when this answers.
#[utoipa::path(delete, path = "/v1/mounts/{mount}/users/{sub}/pats/{id}", tag = "personal access tokens", responses((status = 204, description = "It is revoked.")))]
pub(super) async fn revoke_pat(call: &Call) -> Outcome {
    let (mount, user) = owner(call)?;
    let id = &call.params.id;
    if !call.app().issuer.at(&mount.core, &*mount.dialect()).revoke_pat(&user.sub, id).await? {
        let sub = user.sub.escape_debug();
        return Err(Refusal::not_found(
            format!("user `{sub}` has no personal access token `{}`", id.escape_debug()),
            format!("GET /v1/mounts/{}/users/{sub}/pats lists them", mount.name()),
        ));
    }
    tracing::info!(mount = mount.name(), user = &*user.sub, id, "personal access token revoked");
    Ok(Answer::Empty)
}

/// The user whose tokens the path speaks of, in a mount that has such tokens.
fn owner(call: &Call) -> Result<(&Mount, Arc<User>), Refusal> {
    let mount = call.mount()?;
    if mount.dialect().policy().pats.is_none() {
        return Err(refusal(call, mount, PatError::NotOffered));
    }
    let user = mount.core.directory.find_user(&call.params.sub).ok_or_else(|| {
        let (mount, name) = (mount.name(), call.params.sub.escape_debug());
        Refusal::not_found(
            format!("mount `{mount}` has no user whose sub or username is `{name}`"),
            format!("GET /v1/mounts/{mount}/users lists them"),
        )
    })?;
    Ok((mount, user))
}

fn refusal(call: &Call, mount: &Mount, error: PatError) -> Refusal {
    let why = error.to_string();
    match error {
        PatError::NotOffered => {
            let all = call.app().mounts.all().iter();
            let offering = all.filter(|mount| mount.dialect().policy().pats.is_some()).map(|mount| mount.name());
            let remedy = match offering.collect::<Vec<_>>()[..] {
                [] => "configure a mount whose vendor has them".to_owned(),
                ref names => format!("use a mount whose vendor has them: {}", names.join(", ")),
            };
            let vendor = mount.kind.vendor;
            let detail = format!("mount `{}` has no personal access tokens, for {vendor} has none", mount.name());
            Refusal::bad_request(detail, remedy)
        }
        PatError::Name => Refusal::bad_request(why, "send another `name`"),
        PatError::Scopes(_) => Refusal::bad_request(why, "choose among them, or leave `scope` out for all"),
        PatError::Lifetime(_) => Refusal::bad_request(why, "send another `ttl`, or leave it out for the longest"),
        PatError::TooMany => {
            let remedy = "GET the same path to see them, and DELETE one by its id";
            Refusal::new(StatusCode::CONFLICT, why, remedy)
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
