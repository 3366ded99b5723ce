//! Passwords, and the back-off of those who guess them.

use crate::ids;
use crate::keys::unavailable;
use crate::state::{Hit, LimitOutcome, LimitTicket, Moment, RequestId};
use crate::{Issuer, Mount};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use grant::{GrantError, Password, Secret, User};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// Attempts that may fail within so many seconds, for one user name from one source.
const FAILURES: [(u32, u32); 2] = [(5, 60), (30, 3600)];

/// User names share so many counters for each source, so that guessed names cost no memory.
const COUNTERS: u16 = 4096;

/// Passwords checked at a time: each takes 19 MiB and some milliseconds of a core.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// Compared with where there is nothing to compare with, so that an unknown user costs what a wrong password costs.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| Argon2::default().hash_password(b"nobody").ok().map(|hash| hash.to_string()));

/// Why a user was not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Name or password is wrong, or the user is disabled: one answer for all. The cause is for the log.
    Wrong(String),
    /// Too many attempts failed.
    Wait {
        /// Seconds until the next may be made, at least 1.
        seconds: i64,
    },
    /// It could not be found out.
    Failed(GrantError),
}

impl Issuer {
    /// The user whom name and password prove.
    ///
    /// `source` is where the attempt comes from: an address, or a browser in which the user has signed in before. Each
    /// source has counters of its own, so that a stranger who guesses does not lock the owner out.
    pub async fn sign_in(
        &self,
        mount: &Mount,
        username: &str,
        password: &Secret,
        source: &str,
    ) -> Result<Arc<User>, SignInError> {
        let moment = self.clock.now();
        let key = counter(username, source);
        // Counted before it is known to fail, so that attempts side by side cannot slip through together.
        let places = self.take_places(mount, &key, moment).await?;
        let user = mount.directory.find_by_username(username);
        let known = user.as_ref().and_then(|user| user.password.clone());
        let right = check(known, password.clone()).await.map_err(SignInError::Failed)?;
        let why = match user {
            Some(user) if right && !user.disabled => {
                for (at, ticket) in places.into_iter().enumerate() {
                    // A counter that cannot be set back is only stricter than it need be.
                    let _ = self.store.undo(&mount.realm, &format!("{key}{at}"), ticket).await;
                }
                return Ok(user);
            }
            Some(user) if right => format!("user `{}` is disabled", user.sub),
            Some(user) => format!("the password of user `{}` is wrong", user.sub),
            None => "the user name is unknown".to_owned(),
        };
        Err(SignInError::Wrong(why))
    }

    async fn take_places(&self, mount: &Mount, key: &str, moment: Moment) -> Result<Vec<LimitTicket>, SignInError> {
        let mut places = Vec::with_capacity(FAILURES.len());
        for (at, (count, window)) in FAILURES.into_iter().enumerate() {
            let hit = Hit { request: RequestId(ids::random()), moment, key: &format!("{key}{at}"), count, window };
            match self.store.hit(&mount.realm, hit).await.map_err(|error| SignInError::Failed(unavailable(error)))? {
                LimitOutcome::Taken(ticket) => places.push(ticket),
                LimitOutcome::Full { wait_millis } => {
                    return Err(SignInError::Wait { seconds: wait_millis.saturating_add(999) / 1000 });
                }
            }
        }
        Ok(places)
    }
}

/// The counter of an attempt. No client's id, whose counters lie beside these, has a control character.
fn counter(username: &str, source: &str) -> String {
    let digest = Sha256::digest(username.as_bytes());
    let bucket = u16::from_be_bytes([digest[0], digest[1]]) % COUNTERS;
    format!("\u{1}sign-in {source} {bucket} ")
}

/// Whether `given` is the password. An Argon2 hash is made whatever there is to compare with.
async fn check(known: Option<Password>, given: Secret) -> Result<bool, GrantError> {
    let broken = |what: String| GrantError::internal(format!("checking a password: {what}"));
    let _one_of_few = CHECKS.acquire().await.map_err(|error| broken(error.to_string()))?;
    let checked = tokio::task::spawn_blocking(move || {
        let given = given.expose_secret().as_bytes();
        let (hash, plain) = match &known {
            Some(Password::Argon2(hash)) => (Some(hash), None),
            Some(Password::Plain(plain)) => (NOBODY.as_ref(), Some(plain)),
            None => (NOBODY.as_ref(), None),
        };
        let hash = PasswordHash::new(hash.map_or("", String::as_str)).map_err(|error| error.to_string())?;
        let matches = Argon2::default().verify_password(given, &hash).is_ok();
        let same = |plain: &Secret| {
            bool::from(Sha256::digest(plain.expose_secret().as_bytes()).as_slice().ct_eq(&Sha256::digest(given)))
        };
        Ok::<_, String>(match &known {
            Some(Password::Argon2(_)) => matches,
            _ => plain.is_some_and(same),
        })
    });
    checked.await.map_err(|error| broken(error.to_string()))?.map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_in_either_form_and_nobody_has_one() {
        let hash = Argon2::default().hash_password(b"right").unwrap().to_string();
        for (known, given, right) in [
            (Some(Password::Plain("right".into())), "right", true),
            (Some(Password::Plain("right".into())), "wrong", false),
            (Some(Password::Argon2(hash.clone())), "right", true),
            (Some(Password::Argon2(hash)), "wrong", false),
            (None, "nobody", false),
            (Some(Password::Plain("right".into())), "nobody", false),
        ] {
            assert_eq!(check(known, given.into()).await.unwrap(), right, "{given}");
        }
    }

    #[test]
    fn counters_are_few_and_apart_by_source() {
        assert_eq!(counter("alice", "10.0.0.1"), counter("alice", "10.0.0.1"));
        assert_ne!(counter("alice", "10.0.0.1"), counter("alice", "10.0.0.2"));
        let names = (0..20_000).map(|n| counter(&format!("user{n}"), "s"));
        assert!(names.collect::<std::collections::HashSet<_>>().len() <= usize::from(COUNTERS));
    }
}
