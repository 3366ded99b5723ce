//! Outcomes forced on purpose.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use crate::scenarios;
use admin_api::{Scenario, ScenarioSpec, operations};
use grant::{Endpoint, GrantType, RefusalKind};
use std::sync::Arc;
use surface::mounts::Mount;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::LIST_SCENARIOS, async |call, ()| Ok(scenarios::list(call.app()).await?)),
        Route::new(&operations::ADD_SCENARIO, add_scenario),
        Route::new(&operations::DELETE_SCENARIOS, delete_scenarios),
        Route::new(&operations::DELETE_SCENARIO, delete_scenario),
    ]
}

async fn add_scenario(call: &Call, spec: ScenarioSpec) -> Result<Scenario, Problem> {
    check(call, &spec)?;
    let added = scenarios::add(call.app(), spec).await?;
    call.changes.note(&(), &added);
    Ok(added)
}

async fn delete_scenarios(call: &Call, (): ()) -> Result<(), Problem> {
    scenarios::clear(call.app()).await?;
    Ok(())
}

async fn delete_scenario(call: &Call, (): ()) -> Result<(), Problem> {
    let removed = match call.params.id.parse() {
        Ok(id) => scenarios::remove(call.app(), id).await?,
        Err(_) => false,
    };
    if !removed {
        let detail = format!("there is no scenario `{}`", call.params.id.escape_debug());
        return Err(Problem::not_found(detail, "GET /v1/scenarios lists them"));
    }
    Ok(())
}

/// Refuses what could never act rather than keep it.
fn check(call: &Call, spec: &ScenarioSpec) -> Result<(), Problem> {
    let endpoint =
        known("endpoint", spec.endpoint.as_deref(), Endpoint::parse, || Endpoint::ALL.map(Endpoint::as_str).to_vec())?;
    known("grant", spec.grant.as_deref(), GrantType::parse, || GrantType::ALL.map(GrantType::as_str).to_vec())?;
    let codes = || RefusalKind::samples().iter().map(RefusalKind::code).collect();
    known("error", Some(&spec.error), RefusalKind::from_code, codes)?;
    if spec.times == Some(0) {
        return Err(Problem::bad_request("`times` is 0", "send 1 or more, or leave it out for no end"));
    }
    check_grant(spec, endpoint)?;
    if let Some(name) = &spec.mount {
        check_served(call, name, endpoint)?;
    }
    check_client(call, spec, endpoint)
}

/// A grant is named at the token endpoint alone.
fn check_grant(spec: &ScenarioSpec, endpoint: Option<Endpoint>) -> Result<(), Problem> {
    match endpoint.filter(|endpoint| spec.grant.is_some() && *endpoint != Endpoint::Token) {
        None => Ok(()),
        Some(endpoint) => {
            let detail = format!("a request to `{}` names no `grant`", endpoint.as_str());
            Err(Problem::bad_request(detail, "leave `grant` out, or send `endpoint` as `token`"))
        }
    }
}

/// A client that nobody registered can be named by a request, but no token, code or sign-in is one of its own.
fn check_client(call: &Call, spec: &ScenarioSpec, endpoint: Option<Endpoint>) -> Result<(), Problem> {
    let (Some(client_id), Some(endpoint)) = (&spec.client_id, endpoint) else { return Ok(()) };
    match endpoint {
        Endpoint::Token | Endpoint::Introspect | Endpoint::Revoke => return Ok(()),
        Endpoint::Discovery | Endpoint::Jwks | Endpoint::EndSession => {
            let detail = format!("a request to `{}` names no client", endpoint.as_str());
            return Err(Problem::bad_request(detail, "leave `client_id` out"));
        }
        Endpoint::Authorize | Endpoint::UserInfo | Endpoint::Verify => {}
    }
    let of_spec = |mount: &&Arc<Mount>| spec.mount.as_deref().is_none_or(|name| name == mount.name());
    let mut mounts = call.app().mounts.all().iter().filter(of_spec);
    if mounts.any(|mount| mount.core.directory.client(client_id).is_some()) {
        return Ok(());
    }
    let detail = format!(
        "client `{}` is not registered, and `{}` knows registered clients alone",
        client_id.escape_debug(),
        endpoint.as_str()
    );
    Err(Problem::bad_request(detail, "register the client first, or leave `client_id` out"))
}

fn known<T>(
    key: &str,
    name: Option<&str>,
    parse: fn(&str) -> Option<T>,
    all: impl FnOnce() -> Vec<&'static str>,
) -> Result<Option<T>, Problem> {
    let Some(name) = name else { return Ok(None) };
    parse(name).map(Some).ok_or_else(|| {
        let detail = format!("`{key}` is `{}`, which is not known", name.escape_debug());
        Problem::bad_request(detail, format!("there are {}", all().join(", ")))
    })
}

fn check_served(call: &Call, name: &str, endpoint: Option<Endpoint>) -> Result<(), Problem> {
    let mount = call.find_mount(name).map_err(Problem::of_body)?;
    let dialect = mount.dialect();
    // The gateway gives an authorization endpoint to vendors that have none of their own.
    let hosted = dialect.policy().sign_in.as_ref().map(|_| Endpoint::Authorize);
    let mut served = Vec::new();
    for endpoint in dialect.routes().iter().map(|route| route.endpoint).chain(hosted).chain([Endpoint::Verify]) {
        if !served.contains(&endpoint) {
            served.push(endpoint);
        }
    }
    match endpoint.filter(|endpoint| !served.contains(endpoint)) {
        None => Ok(()),
        Some(endpoint) => {
            let detail = format!("mount `{name}` has no endpoint `{}`", endpoint.as_str());
            let names = served.iter().map(|endpoint| endpoint.as_str()).collect::<Vec<_>>().join(", ");
            Err(Problem::bad_request(detail, format!("it has {names}")))
        }
    }
}
