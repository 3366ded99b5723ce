//! An entry as one replica sends it to another.

use super::{Entry, More};
use crate::seen::Seen;
use crate::traffic::Kept;
use dialect::intern;
use grant::{RefusalKind, Scopes, Seconds};
use issuer::scenario::By;
use issuer::state::FamilyId;
use issuer::{Clue, Decisions, TokenIds};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What request and answer may take, in bytes, to go along.
const TRAFFIC: usize = 16 * 1024;

/// One entry. What nobody learned is left out.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Carried {
    /// Its number where it was made.
    pub(super) number: u64,
    id: String,
    at: i64,
    clock: i64,
    took_us: u64,
    mount: Option<String>,
    dialect: Option<String>,
    endpoint: String,
    method: String,
    path: String,
    client_id: Option<String>,
    user: Option<String>,
    grant: Option<String>,
    auth: Option<String>,
    secret: Option<usize>,
    proxy_request_id: Option<String>,
    pkce: Option<String>,
    scope_asked: Option<Scopes>,
    scope: Option<Scopes>,
    issued: TokenIds,
    presented: TokenIds,
    phases: Decisions,
    status: u16,
    error: Option<String>,
    cause: Option<String>,
    is_shown: bool,
    forced_by: Option<(By, u32)>,
    refusal: Option<RefusalKind>,
    clue: Option<Clue>,
    seen: Seen,
    family: Option<FamilyId>,
    lifetime: Option<Seconds>,
    code_age: Option<Seconds>,
    nonce: Option<u64>,
    demanded: Option<Scopes>,
    has_state: bool,
    has_secret_in_query: bool,
    is_foreign_page: bool,
    traffic: Option<Kept>,
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn known(name: Option<&str>) -> Option<&'static str> {
    name.map(intern)
}

impl From<&Entry> for Carried {
    fn from(entry: &Entry) -> Self {
        let more = &entry.more;
        Self {
            number: entry.number,
            id: entry.id.to_string(),
            at: entry.at,
            clock: entry.clock,
            took_us: u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX),
            mount: owned(entry.mount.as_deref()),
            dialect: owned(entry.dialect),
            endpoint: entry.endpoint.to_owned(),
            method: entry.method.to_owned(),
            path: entry.path.clone(),
            client_id: owned(entry.client_id.as_deref()),
            user: owned(entry.user.as_deref()),
            grant: owned(entry.grant),
            auth: owned(entry.auth),
            secret: entry.secret,
            proxy_request_id: owned(entry.proxy_request_id.as_deref()),
            pkce: owned(entry.pkce),
            scope_asked: entry.scope_asked.clone(),
            scope: entry.scope.clone(),
            issued: entry.issued.clone(),
            presented: entry.presented.clone(),
            phases: entry.phases,
            status: entry.status,
            error: owned(entry.error),
            cause: entry.cause.clone().map(Cow::into_owned),
            is_shown: entry.is_shown,
            forced_by: entry.forced_by.clone(),
            refusal: more.refusal.as_deref().cloned(),
            clue: more.clue.as_deref().cloned(),
            seen: more.seen,
            family: more.family,
            lifetime: more.lifetime,
            code_age: more.code_age,
            nonce: more.nonce,
            demanded: more.demanded.clone(),
            has_state: more.has_state,
            has_secret_in_query: more.has_secret_in_query,
            is_foreign_page: more.is_foreign_page,
            traffic: entry.traffic.as_deref().filter(|traffic| traffic.size() <= TRAFFIC).cloned(),
        }
    }
}

impl Carried {
    /// The entry in a journal here, of the namespace of that name; `of` is the replica that it is of.
    pub(super) fn entry(self, namespace: Option<Arc<str>>, of: &Arc<str>) -> Entry {
        Entry {
            number: 0,
            size: 0,
            id: Uuid::try_parse(&self.id).unwrap_or_default(),
            namespace,
            replica: Some(Arc::clone(of)),
            is_of_another: true,
            at: self.at,
            clock: self.clock,
            took: Duration::from_micros(self.took_us),
            mount: self.mount.map(Into::into),
            dialect: known(self.dialect.as_deref()),
            endpoint: intern(&self.endpoint),
            method: intern(&self.method),
            path: self.path,
            client_id: self.client_id.map(Into::into),
            user: self.user.map(Into::into),
            grant: known(self.grant.as_deref()),
            auth: known(self.auth.as_deref()),
            secret: self.secret,
            proxy_request_id: self.proxy_request_id.map(Into::into),
            pkce: known(self.pkce.as_deref()),
            scope_asked: self.scope_asked,
            scope: self.scope,
            issued: self.issued,
            presented: self.presented,
            phases: self.phases,
            status: self.status,
            error: known(self.error.as_deref()),
            cause: self.cause.map(Cow::Owned),
            is_shown: self.is_shown,
            forced_by: self.forced_by,
            more: More {
                refusal: self.refusal.map(Box::new),
                clue: self.clue.map(Box::new),
                seen: self.seen,
                family: self.family,
                lifetime: self.lifetime,
                code_age: self.code_age,
                nonce: self.nonce,
                demanded: self.demanded,
                has_state: self.has_state,
                has_secret_in_query: self.has_secret_in_query,
                is_foreign_page: self.is_foreign_page,
            },
            traffic: self.traffic.map(Box::new),
        }
    }
}
