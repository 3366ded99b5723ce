//! What clients do that they should not: rules over the entries that there are, each with where it is written.

mod authorizing;
mod requesting;
mod spending;

use admin_api::Misuse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use surface::journal::Entry;
use surface::world::World;

/// A rule.
struct Rule {
    name: &'static str,
    says: &'static str,
    reference: &'static str,
    find: fn(&World, &[Arc<Entry>]) -> Vec<Seen>,
}

/// An entry that shows misuse.
struct Seen {
    entry: Arc<Entry>,
    /// What is special about it.
    detail: Option<String>,
}

impl From<&Arc<Entry>> for Seen {
    fn from(entry: &Arc<Entry>) -> Self {
        Self { entry: Arc::clone(entry), detail: None }
    }
}

/// How many numbers are told of each.
const MOST: usize = 100;

const RULES: &[Rule] = &[
    Rule {
        name: "token_fetched_again",
        says: "A token was fetched again while more than half of the last one's life was left: keep it until it ends.",
        reference: "RFC 6749 section 5.1: expires_in is the lifetime in seconds of the access token",
        find: requesting::fetched_again,
    },
    Rule {
        name: "credentials_twice",
        says: "Credentials came in header and body: send them in one place.",
        reference: "RFC 6749 section 2.3: the client MUST NOT use more than one authentication method in each request",
        find: requesting::credentials_twice,
    },
    Rule {
        name: "no_state",
        says: "An authorization request had no state: send one that is bound to the user's session, and check it.",
        reference: "RFC 6749 section 10.12: the client MUST implement CSRF protection for its redirection URI",
        find: authorizing::no_state,
    },
    Rule {
        name: "no_pkce",
        says: "An authorization request had no code_challenge: send one, and the verifier with the code.",
        reference: "RFC 9700 section 2.1.1: public clients MUST use PKCE, confidential clients are recommended to",
        find: authorizing::no_pkce,
    },
    Rule {
        name: "plain_pkce",
        says: "The code_challenge was the verifier itself (plain): send its SHA-256 (S256).",
        reference: "RFC 7636 section 4.2: if the client is capable of using S256, it MUST use S256",
        find: authorizing::plain_pkce,
    },
    Rule {
        name: "spent_refresh_token",
        says: "A refresh token was used that had been used before: keep the newest, and refresh one at a time.",
        reference: "RFC 9700 section 4.14.2: reuse of a rotated refresh token revokes what descends from it",
        find: spending::spent_refresh_token,
    },
    Rule {
        name: "expired_token",
        says: "An access token was used after its end: get a new one before that.",
        reference: "RFC 6750 section 3.1: the client MAY request a new access token and retry",
        find: spending::expired_token,
    },
    Rule {
        name: "keys_fetched_per_request",
        says: "The keys were fetched five times and more within a minute: keep them, and fetch anew when a kid is not among them.",
        reference: "OpenID Connect Core section 10.1.1: the verifier goes back to the jwks_uri when it sees an unfamiliar kid",
        find: requesting::keys_again,
    },
    Rule {
        name: "late_code",
        says: "A code was redeemed after more than half of its life: redeem it at once.",
        reference: "RFC 6749 section 4.1.2: the authorization code MUST expire shortly after it is issued",
        find: spending::late_code,
    },
    Rule {
        name: "secret_in_query",
        says: "A credential was in a URL, which logs and histories keep: send it in the body or a header.",
        reference: "RFC 6749 section 2.3.1: the parameters MUST NOT be included in the request URI; RFC 9700 section 4.3.2",
        find: requesting::secret_in_query,
    },
    Rule {
        name: "scope_wider_than_used",
        says: "Tokens have scopes that no resource ever demanded: ask for no more than is needed.",
        reference: "RFC 9700 section 2.3: privileges SHOULD be restricted to the minimum required",
        find: spending::wide_scope,
    },
    Rule {
        name: "nonce_twice",
        says: "Two codes were asked for with the same nonce: make a new one for each authorization request.",
        reference: "OpenID Connect Core section 15.5.2: the nonce includes per-session state and is unguessable",
        find: authorizing::nonce_twice,
    },
];

/// What `entries`, oldest first, show, in the order of the rules, by mount and client.
pub(crate) fn find(world: &World, entries: &[Arc<Entry>]) -> Vec<Misuse> {
    RULES.iter().flat_map(|rule| by_client(rule, (rule.find)(world, entries))).collect()
}

fn by_client(rule: &Rule, seen: Vec<Seen>) -> Vec<Misuse> {
    let mut groups: BTreeMap<_, Vec<Seen>> = BTreeMap::new();
    for one in seen {
        let key = (one.entry.mount.clone(), one.entry.client_id.clone());
        groups.entry(key).or_default().push(one);
    }
    groups.values().filter_map(|seen| misuse(rule, seen)).collect()
}

/// What entries of one mount and client show.
fn misuse(rule: &Rule, seen: &[Seen]) -> Option<Misuse> {
    let of = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let first = &seen.first()?.entry;
    let details: BTreeSet<_> = seen.iter().filter_map(|one| one.detail.as_deref()).collect();
    let says: Vec<_> = std::iter::once(rule.says).chain(details).collect();
    let numbers = seen.iter().skip(seen.len().saturating_sub(MOST)).map(|one| one.entry.number);
    Some(Misuse {
        rule: rule.name.to_owned(),
        says: says.join(" "),
        reference: rule.reference.to_owned(),
        mount: of(&first.mount),
        client_id: of(&first.client_id),
        count: seen.len(),
        numbers: numbers.collect(),
    })
}

/// The entries that are so.
fn all(entries: &[Arc<Entry>], is_so: impl Fn(&Entry) -> bool) -> Vec<Seen> {
    entries.iter().filter(|entry| is_so(entry)).map(Seen::from).collect()
}
