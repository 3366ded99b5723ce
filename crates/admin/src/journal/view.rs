//! An entry as the API tells it.

use super::{hints, says};
use admin_api::{Decision, ForcedBy, JournalEntry, TokenIds};
use configuration::when;
use grant::Scopes;
use issuer::Phase;
use std::borrow::Cow;
use surface::journal::Entry;
use surface::traffic::Kept;
use surface::world::World;

/// It with its sentence and its hint.
pub(crate) fn view(world: &World, entry: &Entry) -> JournalEntry {
    let (id, hint) = (entry.id.to_string(), hints::hint(world, entry));
    JournalEntry {
        says: says::says(entry, hint.as_deref()),
        hint,
        number: entry.number,
        reference: entry.is_shown.then(|| id.clone()),
        id,
        namespace: entry.namespace.as_deref().map(str::to_owned),
        replica: entry.replica.as_deref().map(str::to_owned),
        proxy_request_id: entry.proxy_request_id.as_deref().map(str::to_owned),
        at: when::millisecond(entry.at),
        clock: when::millisecond(entry.clock),
        at_ms: entry.clock,
        duration_us: u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX),
        mount: entry.mount.as_deref().map(str::to_owned),
        dialect: entry.dialect.map(str::to_owned),
        endpoint: entry.endpoint.to_owned(),
        method: entry.method.to_owned(),
        path: entry.path.clone(),
        client_id: entry.client_id.as_deref().map(str::to_owned),
        user: entry.user.as_deref().map(str::to_owned),
        grant: entry.grant.map(str::to_owned),
        auth: entry.auth.map(str::to_owned),
        secret: entry.secret,
        pkce: entry.pkce.map(str::to_owned),
        scope_asked: entry.scope_asked.as_ref().map(Scopes::joined),
        scope: entry.scope.as_ref().map(Scopes::joined),
        issued: ids(&entry.issued),
        presented: ids(&entry.presented),
        phases: entry.phases.iter().map(decision).collect(),
        status: entry.status,
        error: entry.error.map(str::to_owned),
        cause: entry.cause.clone().map(Cow::into_owned),
        forced: entry.forced_by.is_some(),
        forced_by: entry.forced_by.as_ref().map(|(by, step)| ForcedBy { scenario: by.to_string(), step: *step }),
        traffic: entry.traffic.as_deref().map(Kept::traffic),
    }
}

fn decision((phase, passed): (Phase, bool)) -> Decision {
    Decision {
        phase: phase.as_str().to_owned(),
        decision: if passed { "passed" } else { "refused" }.to_owned(),
        says: decided(phase, passed).to_owned(),
    }
}

/// What a phase decided, in a tester's words.
const fn decided(phase: Phase, passed: bool) -> &'static str {
    match (phase, passed) {
        (Phase::Client, true) => "the client is who it says",
        (Phase::Client, false) => "it is not known, or not proven, which client this is",
        (Phase::Token, true) => "the token holds",
        (Phase::Token, false) => "the token is missing or does not hold",
        (Phase::RedirectUri, true) => "the redirect URI is one of the client's",
        (Phase::RedirectUri, false) => "the redirect URI is none of the client's",
        (Phase::Grant, true) => "what is asked for is served",
        (Phase::Grant, false) => "what is asked for is incomplete, or not served",
        (Phase::Scopes, true) => "the scopes are known",
        (Phase::Scopes, false) => "a scope is not known, or not to be had in this way",
        (Phase::Entitlement, true) => "client or token may have that",
        (Phase::Entitlement, false) => "client or token may not have that",
        (Phase::RateLimit, true) => "the client's rate limit leaves room",
        (Phase::RateLimit, false) => "the client's rate limit is used up",
        (Phase::Proof, true) => "code, refresh token or user hold",
        (Phase::Proof, false) => "code, refresh token, verifier or user do not hold",
        (Phase::SignIn, true) => "the user is signed in",
        (Phase::SignIn, false) => "the user is not signed in",
        (Phase::Consent, true) => "the user allows it",
        (Phase::Consent, false) => "the user does not allow it",
    }
}

fn ids(ids: &issuer::TokenIds) -> Option<TokenIds> {
    let of = |id: &Option<String>| id.clone();
    let there = !ids.are_none();
    there.then(|| TokenIds { access_token: of(&ids.access), id_token: of(&ids.id), refresh_token: of(&ids.refresh) })
}
