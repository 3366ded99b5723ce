//! Magic clients: they give the commonest outcomes of a token request with no call of the admin API.

use grant::{Client, ClientSecret, Flaw, GrantType, Hooks, RateLimit, RefusalKind, Seconds, SecretDigest, TokenKind};
use issuer::bend::Bend;
use issuer::scenario::{Act, Canned, Commit, Manner, Outcome, Step};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Why their secrets would not hold on a public address.
pub(super) const WEAK: Option<&str> = Some("is a magic client's, which everyone knows");

/// A magic client.
struct Magic {
    id: &'static str,
    does: Does,
}

/// What becomes of its token requests.
enum Does {
    /// The first are refused or answered so, so many of them (`None`: all); the others are served.
    Acts(Option<u64>, fn() -> Outcome),
    /// So many are granted within a window of time.
    Limit(&'static str),
    /// They are served, but of tokens that stand on a grant they lose the answer.
    Loses,
    /// No refresh token comes with what is granted.
    WithholdsRefresh,
}

/// All of them. The page `docs/magic-clients.md` says the same in a table.
const ALL: [Magic; 12] = [
    Magic { id: "fail-unavailable", does: Does::Acts(None, unavailable) },
    Magic { id: "fail-twice-then-ok", does: Does::Acts(Some(2), unavailable) },
    Magic { id: "rate-limited-after-2", does: Does::Limit("2/1m") },
    Magic { id: "slow-3s", does: Does::Acts(None, || Outcome { delay: Duration::from_secs(3), act: Act::Pass }) },
    Magic { id: "hang", does: Does::Acts(None, || at_once(Act::Hang)) },
    Magic { id: "html-502", does: Does::Acts(None, || at_once(Act::Answer(Arc::new(page())))) },
    Magic { id: "truncated", does: Does::Acts(None, || at_once(Act::Truncate(20))) },
    Magic { id: "lost-answer", does: Does::Loses },
    Magic { id: "expired-token", does: Does::Acts(None, || flawed(Flaw::Expired)) },
    Magic { id: "unknown-key", does: Does::Acts(None, || flawed(Flaw::UnknownKey)) },
    Magic { id: "wrong-issuer", does: Does::Acts(None, || flawed(Flaw::WrongIssuer)) },
    Magic { id: "no-refresh", does: Does::WithholdsRefresh },
];

fn at_once(act: Act) -> Outcome {
    Outcome { delay: Duration::ZERO, act }
}

fn unavailable() -> Outcome {
    at_once(Act::Error(RefusalKind::Unavailable { retry_after: Seconds(1) }))
}

fn flawed(flaw: Flaw) -> Outcome {
    at_once(Act::Flaw(Arc::new(Bend { flaw: Some((flaw, TokenKind::Access)), ..Bend::default() })))
}

/// What a balancer answers whose servers are gone.
fn page() -> Canned {
    Canned {
        status: 502,
        headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
        body: b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n".to_vec(),
    }
}

/// The magic clients that a mount of that dialect can have, each with its manner where it has one. They may do what
/// `like` may, and act by their own authority where the dialect has that grant.
pub(super) fn of(like: &Client, dialect: &dyn Hooks) -> impl Iterator<Item = (Client, Option<Manner>)> {
    let capabilities = dialect.capabilities();
    let refreshes = capabilities.refresh_for_all || like.grants.contains(&GrantType::RefreshToken);
    let mut grants = like.grants.clone();
    if !grants.contains(&GrantType::ClientCredentials) && capabilities.grants.contains(&GrantType::ClientCredentials) {
        grants.push(GrantType::ClientCredentials);
    }
    let like = Client { grants, ..like.clone() };
    let can = move |magic: &Magic| refreshes || !matches!(magic.does, Does::WithholdsRefresh);
    ALL.into_iter().filter(can).map(move |magic| magic.client(&like))
}

impl Magic {
    fn client(self, like: &Client) -> (Client, Option<Manner>) {
        let secret = SecretDigest::new(Sha256::digest(format!("{}-secret", self.id)).into());
        let client = Client {
            id: self.id.into(),
            name: None,
            secrets: vec![ClientSecret::from(secret)],
            rate_limit: match self.does {
                Does::Limit(limit) => limit.parse().ok(),
                _ => Some(RateLimit::Unlimited),
            },
            ..like.clone()
        };
        (client, self.does.manner())
    }
}

impl Does {
    fn manner(self) -> Option<Manner> {
        let always = |outcome| vec![Step { times: None, outcome }];
        let (steps, spares) = match self {
            Self::Limit(_) => return None,
            Self::Acts(None, outcome) => (always(outcome()), None),
            Self::Acts(times, outcome) => {
                let first = Step { times, outcome: outcome() };
                (vec![first, Step { times: None, outcome: at_once(Act::Pass) }], None)
            }
            // Without the answer to its code a client has no refresh token whose answer it could lose.
            Self::Loses => (always(at_once(Act::Drop(Commit::After))), Some(GrantType::AuthorizationCode)),
            Self::WithholdsRefresh => {
                let bend = Bend { withholds_refresh: true, ..Bend::default() };
                (always(at_once(Act::Flaw(Arc::new(bend)))), None)
            }
        };
        Some(Manner { steps, spares })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;
    use dialect::SettingsMap;
    use grant::Remarks;

    #[test]
    fn every_dialect_takes_them_and_the_manual_lists_them() {
        let manual = include_str!("../../../docs/magic-clients.md");
        let rows: Vec<_> =
            manual.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(id, _)| id).collect();
        assert_eq!(rows, ALL.map(|magic| magic.id));
        for kind in registry::DIALECTS {
            let dialect = kind.build(&SettingsMap::new()).unwrap();
            let mut like = Client::new("app");
            like.claims.set("customerId", "bits:customer::1".into());
            let made: Vec<_> = of(&like, &*dialect).collect();
            assert!(made.len() >= ALL.len() - 1, "{}", kind.id);
            for (client, manner) in made {
                let mut remarks = Remarks::default();
                let secret = format!("{}-secret", client.id);
                dialect.check_client(&client, Some(&secret), &mut remarks);
                assert!(remarks.faults.is_empty(), "{}: {:?}", kind.id, remarks.faults);
                assert_eq!(manner.is_none(), client.rate_limit != Some(RateLimit::Unlimited), "{}", client.id);
            }
        }
    }
}
