//! One of every refusal whose answer a pack may word by itself.

use crate::errors::{Case, KINDS};
use dialect::{Asked, Nothing};
use grant::{RefusalKind, RequestFault, ScopeFault, TokenFault};
use std::borrow::Cow;

/// Kinds of refusal that a resource alone has.
const OF_RESOURCES: [&str; 3] = ["invalid_token", "insufficient_scope", "user_required"];
/// Kinds that it has beside the endpoints that take credentials.
const EVERYWHERE: [&str; 2] = ["unavailable", "internal"];

/// A refusal with neutral data.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The row of `errors` or `resource_errors` that is nearest to it: `invalid_request.missing`.
    pub key: String,
    /// What happened.
    pub kind: RefusalKind,
    is_client_known: bool,
}

impl Sample {
    /// What is known of the request that was refused.
    pub fn asked(&self) -> &'static dyn Asked {
        if self.is_client_known { &Nothing } else { &Stranger }
    }

    /// Whether it is an answer of the endpoints that take credentials.
    pub fn is_of_token(&self) -> bool {
        !OF_RESOURCES.contains(&self.kind.code())
    }

    /// Whether it is an answer of resources.
    pub fn is_of_resource(&self) -> bool {
        OF_RESOURCES.contains(&self.kind.code()) || EVERYWHERE.contains(&self.kind.code())
    }
}

/// One of every kind, and of every case whose answer may differ, in the order of the manual.
pub fn all() -> Vec<Sample> {
    let field = || "field".into();
    let faults = [
        RequestFault::Missing(field()),
        RequestFault::Repeated(field()),
        RequestFault::Malformed(field()),
        RequestFault::CredentialsTwice,
    ];
    let more = faults.into_iter().map(RefusalKind::InvalidRequest);
    let tokens = [TokenFault::Missing, TokenFault::Expired].map(RefusalKind::InvalidToken);
    let unknown_scope = RefusalKind::InvalidScope(ScopeFault::Unknown("scope".into()));
    let known = RefusalKind::samples().into_iter().chain(more).chain(tokens).chain([unknown_scope]);
    let stranger = Sample::of(RefusalKind::InvalidClient, false);
    let mut all: Vec<_> = known.map(|kind| Sample::of(kind, true)).chain([stranger]).collect();
    all.sort_by_key(|sample| KINDS.iter().position(|(kind, ..)| *kind == sample.kind.code()));
    all
}

impl Sample {
    fn of(kind: RefusalKind, is_client_known: bool) -> Self {
        let case = Case::of(&kind, is_client_known);
        let key = [case.kind, case.which].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        Self { key, kind, is_client_known }
    }
}

/// A request of a client that the mount does not have.
#[derive(Clone, Copy, Debug)]
struct Stranger;

impl Asked for Stranger {
    fn now(&self) -> i64 {
        Nothing.now()
    }

    fn header(&self, name: &str) -> Option<&str> {
        Nothing.header(name)
    }

    fn client(&self) -> Option<Cow<'_, str>> {
        Nothing.client()
    }

    fn is_client_known(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_there_once_for_each_case_and_each_is_answered_somewhere() {
        let all = all();
        let keys: BTreeSet<_> = all.iter().map(|sample| &*sample.key).collect();
        assert_eq!(keys.len(), all.len(), "{keys:?}");
        for (kind, ..) in KINDS {
            assert!(all.iter().any(|sample| sample.kind.code() == *kind), "{kind}");
        }
        for key in ["invalid_client", "invalid_client.unknown", "invalid_request.missing", "invalid_token.expired"] {
            assert!(keys.contains(key), "{key} of {keys:?}");
        }
        assert!(all.iter().all(|sample| sample.is_of_token() || sample.is_of_resource()));
    }
}
