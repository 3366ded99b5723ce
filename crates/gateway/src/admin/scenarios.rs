//! Outcomes forced on purpose.

use super::Call;
use super::reply::{Answer, Outcome, Refusal};
use admin_api::{Scenario, ScenarioSpec};
use grant::{Endpoint, GrantErrorKind, GrantType};

/// The scenarios in force, oldest first; one that is used up stays, with 0 remaining.
#[utoipa::path(get, path = "/v1/scenarios", tag = "scenarios", responses((status = 200, body = Vec<Scenario>, description = "The scenarios.")))]
pub(super) fn list_scenarios(call: &Call) -> Answer {
    let times = call.state.times.lock();
    let all = call.app().issuer.scenarios.list();
    let views: Vec<_> = all.into_iter().map(|(id, scenario)| view(id, scenario, times.get(&id).copied())).collect();
    Answer::json(&views)
}

/// Forces an error on the requests that match: after they are parsed, before any credential is checked. The oldest
/// scenario that matches acts.
#[utoipa::path(post, path = "/v1/scenarios", tag = "scenarios", request_body = ScenarioSpec, responses((status = 200, body = Scenario, description = "The scenario, with the id to delete it by.")))]
pub(super) fn add_scenario(call: &Call) -> Outcome {
    let spec: ScenarioSpec = call.body.json()?;
    let scenario = read(call, &spec)?;
    let id = call.app().issuer.scenarios.add(scenario.clone());
    if let Some(times) = spec.times {
        call.state.times.lock().insert(id, times);
    }
    tracing::info!(scenario = id, mount = spec.mount, endpoint = spec.endpoint, error = spec.error, "scenario added");
    Ok(Answer::json(&view(id, scenario, spec.times)))
}

/// Removes all scenarios.
#[utoipa::path(delete, path = "/v1/scenarios", tag = "scenarios", responses((status = 204, description = "None is left.")))]
pub(super) fn delete_scenarios(call: &Call) -> Answer {
    call.app().issuer.scenarios.clear();
    call.state.times.lock().clear();
    tracing::info!("scenarios deleted");
    Answer::Empty
}

/// Removes one scenario.
#[utoipa::path(delete, path = "/v1/scenarios/{id}", tag = "scenarios", responses((status = 204, description = "It is gone.")))]
pub(super) fn delete_scenario(call: &Call) -> Outcome {
    let id = call.params.id.parse().ok().filter(|id| call.app().issuer.scenarios.remove(*id));
    let Some(id) = id else {
        let detail = format!("there is no scenario `{}`", call.params.id.escape_debug());
        return Err(Refusal::not_found(detail, "GET /v1/scenarios lists them"));
    };
    call.state.times.lock().remove(&id);
    tracing::info!(scenario = id, "scenario deleted");
    Ok(Answer::Empty)
}

/// The scenario that a body asks for. What could never act is refused rather than kept.
fn read(call: &Call, spec: &ScenarioSpec) -> Result<issuer::scenario::Scenario, Refusal> {
    let kinds = GrantErrorKind::samples();
    let endpoint =
        known("endpoint", spec.endpoint.as_deref(), Endpoint::parse, || Endpoint::ALL.map(Endpoint::as_str).to_vec())?;
    let grant =
        known("grant", spec.grant.as_deref(), GrantType::parse, || GrantType::ALL.map(GrantType::as_str).to_vec())?;
    let codes = || kinds.iter().map(GrantErrorKind::code).collect();
    let Some(error) = known("error", Some(&spec.error), GrantErrorKind::from_code, codes)? else {
        return Err(Refusal::internal("an error that is known and absent"));
    };
    if spec.times == Some(0) {
        return Err(Refusal::bad_request("`times` is 0", "send 1 or more, or leave it out for no end"));
    }
    if let Some(name) = &spec.mount {
        check_served(call, name, endpoint)?;
    }
    Ok(issuer::scenario::Scenario {
        mount: spec.mount.clone(),
        endpoint,
        client_id: spec.client_id.clone(),
        grant,
        times: spec.times.map(u64::from),
        error,
    })
}

fn known<T>(
    key: &str,
    name: Option<&str>,
    parse: fn(&str) -> Option<T>,
    all: impl FnOnce() -> Vec<&'static str>,
) -> Result<Option<T>, Refusal> {
    let Some(name) = name else { return Ok(None) };
    parse(name).map(Some).ok_or_else(|| {
        let detail = format!("`{key}` is `{}`, which is not known", name.escape_debug());
        Refusal::bad_request(detail, format!("there are {}", all().join(", ")))
    })
}

fn check_served(call: &Call, name: &str, endpoint: Option<Endpoint>) -> Result<(), Refusal> {
    let mount = call.find_mount(name).map_err(Refusal::of_body)?;
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
            Err(Refusal::bad_request(detail, format!("it has {names}")))
        }
    }
}

fn view(id: u64, scenario: issuer::scenario::Scenario, times: Option<u32>) -> Scenario {
    let spec = ScenarioSpec {
        mount: scenario.mount,
        endpoint: scenario.endpoint.map(|endpoint| endpoint.as_str().to_owned()),
        client_id: scenario.client_id,
        grant: scenario.grant.map(|grant| grant.as_str().to_owned()),
        times,
        error: scenario.error.code().to_owned(),
    };
    let remaining = scenario.times.map(|left| u32::try_from(left).unwrap_or(u32::MAX));
    Scenario { id: id.to_string(), spec, remaining }
}
