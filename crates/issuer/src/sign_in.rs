//! Signs users in by name and password, and slows down those who guess.

use crate::ids;
use crate::state::{Hit, LimitOutcome, Realm, RequestId};
use crate::turns::{Turn, Turns};
use crate::{At, Directory};
use grant::{Refusal, Seconds, Secret, User};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

/// User names share so many counters for each source, so that guessed names cost no memory.
const COUNTERS: u16 = 4096;

/// Passwords are checked on as many cores as there are: each takes 19 MiB or more, and some milliseconds of a core.
static CHECKS: LazyLock<Turns> = LazyLock::new(|| Turns::new(available_parallelism().map_or(1, usize::from)));

/// When whoever found no room in the line may come again.
const BUSY: Seconds = Seconds(2);

/// Why a user was not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Name or password is wrong, or the user is disabled: one answer for all. The cause is for the log.
    Wrong(String),
    /// Not now.
    Wait {
        /// How long until the next attempt may be made, at least a second.
        retry_after: Seconds,
        /// Why, for the log.
        why: &'static str,
    },
    /// It could not be found out.
    Failed(Refusal),
}

impl From<Refusal> for SignInError {
    fn from(error: Refusal) -> Self {
        Self::Failed(error)
    }
}

/// An attempt to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The name that was typed.
    pub username: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// Where it comes from: an address, or a browser in which this very user has signed in before.
    pub source: &'a str,
    /// How many attempts of the name may fail in a minute at the source; 0 is any number.
    pub failures: u32,
}

impl At<'_> {
    /// The user whom name and password prove.
    ///
    /// Each source has counters and turns of its own, so that a stranger who guesses neither locks the owner out nor
    /// keeps the owner waiting. Both go by real time: they protect the gateway, whatever its clock shows.
    pub async fn sign_in(self, attempt: Attempt<'_>) -> Result<Arc<User>, SignInError> {
        let counters = counters(&attempt);
        let name = format!("{} {}", self.mount.name, bucket(attempt.username, attempt.source));
        let Some(turn) = CHECKS.take(attempt.source, &name).await else {
            return Err(SignInError::Wait { retry_after: BUSY, why: "too many sign-ins from this source are waiting" });
        };
        if let Some(retry_after) = self.wait(&counters).await? {
            return Err(SignInError::Wait { retry_after, why: "too many attempts failed" });
        }
        let user = self.mount.directory.find_by_username(attempt.username);
        // The turn is kept until the failure is counted.
        let (right, _turn) = check(&self.mount.directory, user.as_deref(), attempt.password.clone(), turn).await?;
        let why = match user {
            Some(user) if right && !user.disabled => return Ok(user),
            Some(user) if right => format!("user `{}` is disabled", user.sub),
            Some(user) => format!("the password of user `{}` is wrong", user.sub),
            None => "the user name is unknown".to_owned(),
        };
        self.fail(&counters).await?;
        Err(SignInError::Wrong(why))
    }

    /// Counts a failure in each, or in none: who is told to come again counts once.
    pub(crate) async fn fail(self, counters: &[Counter]) -> Result<(), Refusal> {
        let mut taken = Vec::new();
        for counter in counters {
            match self.count(counter).await {
                Ok(LimitOutcome::Taken(ticket)) => taken.push((counter, ticket)),
                Ok(LimitOutcome::Full { .. }) => {}
                Err(error) => {
                    for (counter, ticket) in taken {
                        self.store().undo(&self.guard(), &counter.key, ticket).await?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// How long until the next attempt may be made, where too many have failed.
    pub(crate) async fn wait(self, counters: &[Counter]) -> Result<Option<Seconds>, Refusal> {
        for counter in counters {
            match self.count(counter).await? {
                // Only looked at: what has not failed is not counted.
                LimitOutcome::Taken(ticket) => self.store().undo(&self.guard(), &counter.key, ticket).await?,
                LimitOutcome::Full { wait } => return Ok(Some(wait.told())),
            }
        }
        Ok(None)
    }

    pub(crate) async fn count(self, counter: &Counter) -> Result<LimitOutcome, Refusal> {
        let Counter { key, count, window } = counter;
        let (request, moment) = (RequestId(ids::random()), self.issuer.clock.real_now());
        let hit = Hit { request, moment, key, count: *count, window: *window };
        Ok(self.store().hit(&self.guard(), hit).await?)
    }

    /// Whose counters go by real time: those of a mount's clients go by its clock.
    fn guard(self) -> Realm {
        Realm::of_mount(&format!("{}\u{1}guard", self.realm().as_str()))
    }
}

/// A counter of failures: how many there may be in how long a time.
pub(crate) struct Counter {
    pub(crate) key: String,
    pub(crate) count: u32,
    pub(crate) window: Seconds,
}

/// The counters of an attempt: two of the name at its source, and one of all names there.
fn counters(attempt: &Attempt<'_>) -> Vec<Counter> {
    let Attempt { username, source, failures, .. } = attempt;
    if *failures == 0 {
        return Vec::new();
    }
    let of_name = bucket(username, source);
    [
        (format!("{of_name} minute"), 1, Seconds::MINUTE),
        (format!("{of_name} hour"), 6, Seconds::HOUR),
        (format!("{source} all"), 20, Seconds::MINUTE),
    ]
    .map(|(key, times, window)| Counter { key, count: failures.saturating_mul(times), window })
    .into()
}

/// What an attempt counts as, among the names at its source.
fn bucket(username: &str, source: &str) -> String {
    let digest = Sha256::digest(username.as_bytes());
    let bucket = u16::from_be_bytes([digest[0], digest[1]]) % COUNTERS;
    format!("{source} {bucket}")
}

/// Whether `given` is the user's password. The turn lasts as long as the check does, though the client be gone.
async fn check(
    directory: &Directory,
    user: Option<&User>,
    given: Secret,
    turn: Turn,
) -> Result<(bool, Turn), SignInError> {
    let (dearest, known) = (directory.dearest(), user.and_then(|user| user.password.clone()));
    let checked = tokio::task::spawn_blocking(move || (dearest.check(known.as_ref(), &given), turn));
    checked.await.map_err(|error| SignInError::Failed(Refusal::internal(format!("checking a password: {error}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_few_and_apart_by_source() {
        assert_eq!(bucket("alice", "10.0.0.1"), bucket("alice", "10.0.0.1"));
        assert_ne!(bucket("alice", "10.0.0.1"), bucket("alice", "10.0.0.2"));
        let names = (0..20_000).map(|n| bucket(&format!("user{n}"), "s"));
        assert!(names.collect::<std::collections::HashSet<_>>().len() <= usize::from(COUNTERS));
    }

    #[test]
    fn n13_the_setting_turns_the_counters_up_and_off() {
        let password = Secret::from("x");
        let counts = |failures| {
            let attempt = Attempt { username: "alice", password: &password, source: "s", failures };
            counters(&attempt).iter().map(|counter| counter.count).collect::<Vec<_>>()
        };
        assert_eq!([counts(0), counts(5), counts(1000)], [vec![], vec![5, 30, 100], vec![1000, 6000, 20_000]]);
    }
}
