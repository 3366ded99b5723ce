//! What became of the last requests.

use super::Call;
use super::page::limit;
use super::problem::Problem;
use super::routes::Route;
use admin_api::{Decision, ForcedBy, JournalEntry, TokenIds, operations};
use configuration::when;
use grant::Endpoint;
use issuer::Phase;
use std::borrow::Cow;
use std::cmp::Reverse;
use surface::journal::Entry;
use surface::page::Page;
use surface::world::World;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::at_once(&operations::READ_JOURNAL, read_journal),
        Route::at_once(&operations::CLEAR_JOURNAL, |call, ()| {
            call.world.journal.clear();
            Ok(())
        }),
    ]
}

fn read_journal(call: &Call, (): ()) -> Result<Vec<JournalEntry>, Problem> {
    let limit = limit(&call.query)?;
    check(call)?;
    let is = |name, value: Option<&str>| call.query.get(name).is_none_or(|wanted| value == Some(wanted));
    let wanted = |entry: &Entry| {
        let id = entry.id.to_string();
        is("mount", entry.mount.as_deref())
            && is("endpoint", Some(entry.endpoint))
            && is("client_id", entry.client_id.as_deref())
            && is("id", Some(&id))
            && is("reference", Some(&*id).filter(|_| entry.is_shown))
    };
    let mut found: Vec<_> = call.worlds.iter().flat_map(|world| world.journal.find(limit, wanted)).collect();
    if call.worlds.len() > 1 {
        found.sort_by_key(|entry| Reverse(entry.at));
        found.truncate(limit);
    }
    Ok(found.into_iter().map(|entry| view(&call.world, entry)).collect())
}

/// Refuses a filter that can match nothing.
fn check(call: &Call) -> Result<(), Problem> {
    let refuse = |key: &str, value: &str, known: Vec<&str>| {
        let detail = format!("`{key}` is `{}`, which is not known", value.escape_debug());
        Problem::bad_request(detail, format!("there are {}", known.join(", ")))
    };
    let mounts = &call.world.mounts;
    if let Some(name) = call.query.get("mount").filter(|name| mounts.get(name).is_none()) {
        return Err(refuse("mount", name, mounts.all().iter().map(|mount| mount.name()).collect()));
    }
    let endpoints = Endpoint::ALL.map(Endpoint::as_str).into_iter();
    let known: Vec<_> = endpoints.chain(Page::ALL.map(Page::as_str)).chain(["style", "none"]).collect();
    match call.query.get("endpoint").filter(|name| !known.contains(name)) {
        Some(name) => Err(refuse("endpoint", name, known)),
        None => Ok(()),
    }
}

fn view(world: &World, entry: Entry) -> JournalEntry {
    let id = entry.id.to_string();
    let root = entry.namespace.as_ref().map(|name| format!("/~{name}")).unwrap_or_default();
    let below = entry.path.strip_prefix(&*root).unwrap_or(&entry.path);
    let nearest = || world.mounts.nearest(below).map(|path| format!("did you mean {root}{path}?"));
    JournalEntry {
        hint: (entry.error == Some("not_found")).then(nearest).flatten(),
        number: entry.number,
        reference: entry.is_shown.then(|| id.clone()),
        id,
        namespace: entry.namespace.map(|name| name.to_string()),
        proxy_request_id: entry.proxy_request_id.map(Into::into),
        at: when::millisecond(entry.at),
        clock: when::millisecond(entry.clock),
        at_ms: entry.clock,
        duration_us: u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX),
        mount: entry.mount.map(|mount| mount.to_string()),
        endpoint: entry.endpoint.to_owned(),
        method: entry.method.to_owned(),
        path: entry.path,
        client_id: entry.client_id.map(|id| id.to_string()),
        user: entry.user.map(|sub| sub.to_string()),
        grant: entry.grant.map(str::to_owned),
        auth: entry.auth.map(str::to_owned),
        secret: entry.secret,
        pkce: entry.pkce.map(str::to_owned),
        scope_asked: entry.scope_asked.map(|scopes| scopes.joined()),
        scope: entry.scope.map(|scopes| scopes.joined()),
        issued: ids(entry.issued),
        presented: ids(entry.presented),
        phases: entry.phases.iter().map(decision).collect(),
        status: entry.status,
        error: entry.error.map(str::to_owned),
        cause: entry.cause.map(Cow::into_owned),
        forced: entry.forced_by.is_some(),
        forced_by: entry.forced_by.map(|(scenario, step)| ForcedBy { scenario: scenario.to_string(), step }),
    }
}

fn decision((phase, passed): (Phase, bool)) -> Decision {
    Decision { phase: phase.as_str().to_owned(), decision: if passed { "passed" } else { "refused" }.to_owned() }
}

fn ids(ids: issuer::TokenIds) -> Option<TokenIds> {
    let there = !ids.are_none();
    there.then_some(TokenIds { access_token: ids.access, id_token: ids.id, refresh_token: ids.refresh })
}
