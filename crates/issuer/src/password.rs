//! Passwords, and what it costs to check one.
//!
//! Every check in a mount costs what its dearest hash costs, so that the time says neither who exists nor how a password
//! is kept.

use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use grant::{Password, Secret};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};
use subtle::ConstantTimeEq;

/// The most memory that a hash may take, in KiB.
const MOST_MEMORY: u32 = 256 * 1024;
/// The most that a hash may fill over all of its passes, in KiB: about a second of a core.
const MOST_WORK: u32 = 1024 * 1024;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    /// KiB of memory.
    memory: u32,
    /// How often the memory is filled.
    passes: u32,
}

impl Cost {
    const DEFAULT: Self = Self { memory: Params::DEFAULT_M_COST, passes: Params::DEFAULT_T_COST };

    fn of(params: &Params) -> Self {
        Self { memory: params.m_cost(), passes: params.t_cost() }
    }

    fn of_password(password: &Password) -> Option<Self> {
        let Password::Argon2(hash) = password else { return None };
        Some(Self::of(&Params::try_from(&PasswordHash::new(hash).ok()?).ok()?))
    }

    /// KiB filled over all passes.
    const fn work(self) -> u32 {
        self.memory.saturating_mul(self.passes)
    }

    /// Takes as long as a hash of that cost.
    fn spend(self, given: &[u8]) {
        if let Ok(params) = Params::new(self.memory, self.passes, 1, None) {
            let mut unused = [0; Params::DEFAULT_OUTPUT_LEN];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            // Without the memory for it there is nothing to compare either way.
            let _ = argon2.hash_password_into(given, b"nobody's own salt", &mut unused);
        }
    }
}

/// Checks that a text is an Argon2id hash which a sign-in can afford; the error says what to change.
pub fn check_hash(text: &str) -> Result<(), String> {
    let hash = PasswordHash::new(text).ok();
    let hash = hash.filter(|hash| hash.algorithm.as_str() == "argon2id" && hash.salt.is_some() && hash.hash.is_some());
    let Some(cost) = hash.and_then(|hash| Params::try_from(&hash).ok()).map(|params| Cost::of(&params)) else {
        return Err("must be an Argon2id hash as a PHC string, `$argon2id$v=19$…`, as `idp-gateway hash-secret \
                    --password` prints"
            .to_owned());
    };
    if cost.memory > MOST_MEMORY || cost.work() > MOST_WORK {
        return Err(format!(
            "`m={},t={}` is dearer than a sign-in may be: m is {MOST_MEMORY} KiB at most, and m times t {MOST_WORK} \
             KiB; hash the password anew, as `idp-gateway hash-secret --password` does",
            cost.memory, cost.passes
        ));
    }
    Ok(())
}

/// The cost of the dearest hash among a mount's users.
#[derive(Debug)]
pub(crate) struct Dearest {
    memory: AtomicU32,
    passes: AtomicU32,
}

impl Default for Dearest {
    fn default() -> Self {
        let Cost { memory, passes } = Cost::DEFAULT;
        Self { memory: memory.into(), passes: passes.into() }
    }
}

impl Dearest {
    fn get(&self) -> Cost {
        Cost { memory: self.memory.load(Ordering::Relaxed), passes: self.passes.load(Ordering::Relaxed) }
    }

    /// Another that costs as much.
    pub(crate) fn copy(&self) -> Self {
        let Cost { memory, passes } = self.get();
        Self { memory: memory.into(), passes: passes.into() }
    }

    /// Takes a password into account. One that goes is not: the check is dearer than it need be until a restart.
    pub(crate) fn note(&self, password: Option<&Password>) {
        if let Some(cost) = password.and_then(Cost::of_password).filter(|cost| cost.work() > self.get().work()) {
            self.memory.store(cost.memory, Ordering::Relaxed);
            self.passes.store(cost.passes, Ordering::Relaxed);
        }
    }

    /// Whether `given` is the password. It takes the time of the dearest hash: not for an async worker.
    pub(crate) fn check(&self, known: Option<&Password>, given: &Secret) -> bool {
        let given = given.expose_secret().as_bytes();
        let dearest = self.get();
        match known {
            None => {
                dearest.spend(given);
                false
            }
            Some(Password::Plain(plain)) => {
                dearest.spend(given);
                let digest = Sha256::digest(plain.expose_secret().as_bytes());
                bool::from(digest.as_slice().ct_eq(&Sha256::digest(given)))
            }
            Some(password @ Password::Argon2(hash)) => {
                let right =
                    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(given, &hash).is_ok());
                let rest = dearest.work().saturating_sub(Cost::of_password(password).map_or(0, Cost::work));
                let memory = rest.min(dearest.memory);
                if memory >= Params::MIN_M_COST {
                    Cost { memory, passes: rest / memory }.spend(given);
                }
                right
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordHasher;

    fn hashed(memory: u32, passes: u32) -> String {
        let params = Params::new(memory, passes, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password(b"right").unwrap().to_string()
    }

    #[test]
    fn a_password_is_right_in_either_form_and_nobody_has_one() {
        let hash = hashed(8, 1);
        let dearest = Dearest { memory: 64.into(), passes: 3.into() };
        for (known, given, right) in [
            (Some(Password::Plain("right".into())), "right", true),
            (Some(Password::Plain("right".into())), "wrong", false),
            (Some(Password::Argon2(hash.clone())), "right", true),
            (Some(Password::Argon2(hash)), "wrong", false),
            (None, "nobody", false),
            (Some(Password::Plain("right".into())), "nobody", false),
        ] {
            assert_eq!(dearest.check(known.as_ref(), &given.into()), right, "{given}");
        }
    }

    #[test]
    fn n20_a_hash_that_a_sign_in_cannot_afford_is_refused_with_the_remedy() {
        let with = |params: &str| {
            format!("$argon2id$v=19${params}$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        };
        for good in ["m=8,t=1,p=1", "m=19456,t=2,p=1", "m=65536,t=3,p=4", "m=262144,t=4,p=1"] {
            assert_eq!(check_hash(&with(good)), Ok(()), "{good}");
        }
        for dear in ["m=1073741824,t=2,p=1", "m=262145,t=1,p=1", "m=262144,t=5,p=1", "m=8,t=4294967295,p=1"] {
            let why = check_hash(&with(dear)).unwrap_err();
            assert!(why.contains("hash-secret --password") && why.contains("262144 KiB at most"), "{dear}: {why}");
        }
        for odd in ["", "canary", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$AAAA", "$argon2id$v=19$m=1,t=1,p=1"] {
            let why = check_hash(odd).unwrap_err();
            assert!(why.contains("must be an Argon2id hash") && !why.contains("canary"), "{why}");
        }
    }

    #[test]
    fn n20_the_dearest_hash_of_a_mount_sets_what_every_check_costs() {
        let dearest = Dearest::default();
        assert_eq!(dearest.get(), Cost::DEFAULT);
        for (password, cost) in [
            (Password::Argon2(hashed(8, 1)), Cost::DEFAULT),
            (Password::Argon2(hashed(20_000, 2)), Cost { memory: 20_000, passes: 2 }),
            (Password::Plain("right".into()), Cost { memory: 20_000, passes: 2 }),
            (Password::Argon2(hashed(19_456, 3)), Cost { memory: 19_456, passes: 3 }),
        ] {
            dearest.note(Some(&password));
            assert_eq!(dearest.get(), cost);
        }
    }
}
