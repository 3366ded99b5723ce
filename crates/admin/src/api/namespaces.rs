//! Namespaces, and which one a call is about.

use super::Call;
use super::page::page;
use super::problem::Problem;
use super::routes::Route;
use crate::namespaces::{self, MakeError};
use actix_web::http::StatusCode;
use admin_api::{About, NamespaceMount, NamespaceSpec, NamespaceTtl, NamespaceView, Page, operations};
use dialect::Form;
use grant::Seconds;
use serde_json::json;
use std::sync::Arc;
use surface::app::App;
use surface::mounts::Mount;
use surface::world::World;
use surface::worlds::is_name;

/// For how many seconds a namespace is there where the call does not say.
const TTL: u32 = 3600;
/// The longest, a day.
const MAX_TTL: u32 = 86_400;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::at_once(&operations::LIST_NAMESPACES, list_namespaces),
        Route::new(&operations::MAKE_NAMESPACE, make_namespace),
        Route::at_once(&operations::GET_NAMESPACE, |call, ()| Ok(view(&*named(&call.app, &call.params.id)?))),
        Route::new(&operations::EXTEND_NAMESPACE, extend_namespace),
        Route::new(&operations::DELETE_NAMESPACE, delete_namespace),
    ]
}

/// The worlds that a call is about; several where it asks for all.
pub(super) fn asked(app: &App, about: &About, query: &Form<'_>) -> Result<Vec<Arc<World>>, Problem> {
    let unnamed = || Arc::clone(&app.world);
    match query.get("namespace") {
        None if query.names().any(|name| name == "namespace") => Err(Problem::bad_request(
            "`namespace` is empty",
            "name a namespace, or leave it out for what is outside any",
        )),
        None => Ok(vec![unnamed()]),
        Some("*") if about.spans_namespaces() => Ok([unnamed()].into_iter().chain(app.worlds.all()).collect()),
        Some(name) => Ok(vec![named(app, name)?]),
    }
}

fn named(app: &App, name: &str) -> Result<Arc<World>, Problem> {
    app.worlds.get(name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Problem {
    let detail = format!("there is no namespace `{}`", name.escape_debug());
    Problem::not_found(detail, "GET /v1/namespaces lists them; POST makes one; each ends by itself")
}

fn list_namespaces(call: &Call, (): ()) -> Result<Page<NamespaceView>, Problem> {
    let mut all = call.app.worlds.all();
    all.retain(|world| !world.is_over());
    page(&call.query, all, |world| world.name().map_or("", |name| name), view)
}

async fn make_namespace(call: &Call, spec: NamespaceSpec) -> Result<NamespaceView, Problem> {
    if let Some(name) = spec.name.as_deref().filter(|name| !is_name(name)) {
        return Err(Problem::bad_request(
            format!("`name` is `{}`, which is no DNS label", name.escape_debug()),
            "send 1 to 32 of a to z, 0 to 9 and `-`, with a letter or digit at both ends, or leave it out",
        ));
    }
    let made = namespaces::make(&call.app, spec.name.as_deref(), ttl(spec.ttl.unwrap_or(TTL))?).await;
    let made = made.map_err(|error| match error {
        MakeError::Taken(_) => {
            let remedy = "take another name, or leave it out for one that is drawn; DELETE ends the one there is";
            Problem::new(StatusCode::CONFLICT, error.to_string(), remedy)
        }
        MakeError::Full(_) => {
            let remedy = "delete one, give them shorter lives, or raise server.max_namespaces";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, error.to_string(), remedy)
        }
        MakeError::Unkept => {
            Problem::new(StatusCode::NOT_IMPLEMENTED, error.to_string(), "start a gateway with another store")
        }
        MakeError::Store(error) => error.into(),
    })?;
    let made = view(&made);
    call.changes.note(&(), &json!({ "name": made.name, "expires_at": made.expires_at }));
    Ok(made)
}

async fn extend_namespace(call: &Call, change: NamespaceTtl) -> Result<NamespaceView, Problem> {
    let (world, ttl) = (named(&call.app, &call.params.id)?, ttl(change.ttl)?);
    let before = view(&world);
    if !namespaces::extend(&call.app, &world, ttl).await? {
        return Err(missing(&call.params.id));
    }
    let after = view(&world);
    let end = |view: &NamespaceView| json!({ "expires_at": view.expires_at });
    call.changes.note(&end(&before), &end(&after));
    Ok(after)
}

async fn delete_namespace(call: &Call, (): ()) -> Result<(), Problem> {
    let world = named(&call.app, &call.params.id)?;
    Ok(namespaces::forget(&call.app, &world).await?)
}

fn ttl(seconds: u32) -> Result<Seconds, Problem> {
    if (1..=MAX_TTL).contains(&seconds) {
        return Ok(seconds.into());
    }
    Err(Problem::bad_request(format!("`ttl` is {seconds}"), format!("send 1 to {MAX_TTL} seconds")))
}

fn view(world: &World) -> NamespaceView {
    let mount = |mount: &Arc<Mount>| {
        let (url, issuer) = (mount.base_url.clone(), mount.core.issuer.to_string());
        (mount.name().to_owned(), NamespaceMount { url, issuer, host: world.host_of(mount) })
    };
    NamespaceView {
        name: world.name().map(ToString::to_string).unwrap_or_default(),
        base: world.base.clone(),
        expires_at: world.record().map_or(0, |record| record.ends_at.div_euclid(1000)),
        mounts: world.mounts.all().iter().map(mount).collect(),
    }
}
