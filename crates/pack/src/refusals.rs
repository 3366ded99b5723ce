//! One of every refusal whose answer a pack may word by itself.

use crate::errors::{self, Case, INVALID_GRANT, KINDS};
use crate::file::Row;
use dialect::{Asked, Nothing};
use grant::{Fault, GrantType, RefusalKind, RequestFault, Scope, ScopeFault, Seconds, TokenFault};
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
    asked: Told,
}

impl Sample {
    /// What is known of the request that was refused.
    pub const fn asked(&self) -> &dyn Asked {
        &self.asked
    }

    /// Whether it is an answer of the endpoints that take credentials.
    fn is_of_token(&self) -> bool {
        !OF_RESOURCES.contains(&self.kind.code())
    }

    /// Whether it is an answer of resources.
    fn is_of_resource(&self) -> bool {
        OF_RESOURCES.contains(&self.kind.code()) || EVERYWHERE.contains(&self.kind.code())
    }
}

/// One of every kind, and of every case whose answer may differ, in the order of the manual.
fn all() -> Vec<Sample> {
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
    let stranger = Sample::of(RefusalKind::InvalidClient, Told { is_stranger: true, ..Told::default() });
    let mut all: Vec<_> = known.map(|kind| Sample::of(kind, Told::default())).chain([stranger]).collect();
    sort(&mut all);
    all
}

/// Those of the endpoints that take credentials, one of each row of `errors` among them.
pub(crate) fn of_token(errors: &Row) -> Vec<Sample> {
    with_rows(all().into_iter().filter(Sample::is_of_token).collect(), errors, |kind| !OF_RESOURCES.contains(&kind))
}

/// Those of resources, one of each row of `resource_errors` among them.
pub(crate) fn of_resource(errors: &Row) -> Vec<Sample> {
    with_rows(all().into_iter().filter(Sample::is_of_resource).collect(), errors, errors::is_of_resource)
}

fn with_rows(mut all: Vec<Sample>, errors: &Row, is_told: fn(&str) -> bool) -> Vec<Sample> {
    let mut keys = Vec::new();
    gather(errors, &mut Vec::new(), &mut keys);
    for key in keys.iter().filter(|key| is_told(key[0])) {
        if let Some(sample) = Sample::of_row(key).filter(|sample| all.iter().all(|known| known.key != sample.key)) {
            all.push(sample);
        }
    }
    sort(&mut all);
    all
}

/// The keys of all rows below one.
fn gather<'r>(row: &'r Row, above: &mut Vec<&'r str>, keys: &mut Vec<Vec<&'r str>>) {
    for (name, row) in &row.rows.0 {
        above.push(name);
        keys.push(above.clone());
        gather(row, above, keys);
        above.pop();
    }
}

fn sort(samples: &mut [Sample]) {
    samples.sort_by_key(|sample| KINDS.iter().position(|(kind, ..)| *kind == sample.kind.code()));
}

impl Sample {
    fn of(kind: RefusalKind, asked: Told) -> Self {
        let case = Case::of(&kind, &asked);
        let parts = [case.kind, case.which].into_iter().filter(|part| !part.is_empty());
        Self { key: parts.collect::<Vec<_>>().join("."), kind, asked }
    }

    /// The refusal that a row of that key answers; `None` where the rows below it answer all of it.
    fn of_row(key: &[&str]) -> Option<Self> {
        let (kind, case, inner) = (key[0], key.get(1).copied(), key.get(2).copied());
        let field = || inner.unwrap_or("field").to_owned().into();
        let mut asked = Told::default();
        let kind = match (kind, case) {
            ("invalid_request", Some(case)) => RefusalKind::InvalidRequest(match case {
                "missing" => RequestFault::Missing(field()),
                "repeated" => RequestFault::Repeated(field()),
                "malformed" => RequestFault::Malformed(field()),
                "missing_claim" => RequestFault::MissingClaim(field()),
                "invalid_claim" => RequestFault::InvalidClaim(field()),
                "credentials_twice" if inner.is_none() => RequestFault::CredentialsTwice,
                "unreadable" if inner.is_none() => RequestFault::Unreadable,
                _ => return None,
            }),
            ("invalid_scope", Some(case)) if inner.is_none() => RefusalKind::InvalidScope(match case {
                "unknown" => ScopeFault::Unknown("scope".into()),
                "not_here" => ScopeFault::NotHere(Scope::new("scope")?),
                "exclusive" => ScopeFault::Exclusive(Scope::new("scope")?),
                "none_left" => ScopeFault::NoneLeft,
                _ => return None,
            }),
            ("invalid_token", Some(case)) if inner.is_none() => RefusalKind::InvalidToken(match case {
                "missing" => TokenFault::Missing,
                "invalid" => TokenFault::Invalid,
                "expired" => TokenFault::Expired,
                _ => return None,
            }),
            ("invalid_client", Some("unknown")) if inner.is_none() => {
                asked.is_stranger = true;
                RefusalKind::InvalidClient
            }
            (INVALID_GRANT, Some(case)) => {
                let grant = errors::rests_on(case)?;
                asked.grant = Some(grant);
                if let Some(inner) = inner {
                    asked.fault = Some(*Fault::of(grant).iter().find(|fault| fault.as_str() == inner)?);
                }
                RefusalKind::InvalidGrant
            }
            (kind, None) if !["invalid_request", "invalid_scope", "invalid_token"].contains(&kind) => {
                RefusalKind::from_code(kind)?
            }
            _ => return None,
        };
        Some(Self { key: key.join("."), kind, asked })
    }
}

/// A request of which that much is known.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// Its client is none that the mount has.
    is_stranger: bool,
    grant: Option<GrantType>,
    fault: Option<Fault>,
}

impl Asked for Told {
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
        !self.is_stranger
    }

    fn grant(&self) -> Option<GrantType> {
        self.grant
    }

    fn fault(&self) -> Option<Fault> {
        self.fault
    }

    fn interval(&self) -> Option<Seconds> {
        Nothing.interval()
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
