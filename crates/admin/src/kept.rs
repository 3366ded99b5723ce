//! What the store keeps from before, over what the configuration says.

use crate::overrides::KeptClock;
use configuration::when;
use issuer::state::{OverrideKind, Store, StoreError};

/// How much is kept, and of what.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The clock in words; `None` at real time.
    clock: Option<String>,
    scenarios: usize,
    clients: usize,
    users: usize,
    settings: usize,
    expiries: usize,
}

impl Kept {
    /// Asks the store.
    pub async fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let mut kept = Self { scenarios: store.scenarios().await?.len(), ..Self::default() };
        for change in store.overrides().await? {
            match change.kind {
                OverrideKind::Client => kept.clients += 1,
                OverrideKind::User => kept.users += 1,
                OverrideKind::Settings => kept.settings += 1,
                // Under an empty id there is a count, which does nothing by itself.
                OverrideKind::Expiry => kept.expiries += usize::from(!change.id.is_empty()),
                OverrideKind::Clock => kept.clock = change.body.as_deref().and_then(clock),
            }
        }
        Ok(kept)
    }

    /// What is kept, what of it is in force, and how to forget it; `None` where nothing is kept. The clock and the
    /// scenarios are in force with test features alone.
    pub fn line(&self, test_features: bool) -> Option<String> {
        let count = |n: usize, noun: &str| (n > 0).then(|| format!("{n} {noun}{}", if n == 1 { "" } else { "s" }));
        let of_tests = [self.clock.clone(), count(self.scenarios, "scenario")];
        let others = [
            count(self.clients, "changed client"),
            count(self.users, "changed user"),
            (self.settings > 0)
                .then(|| format!("changed settings of {}", count(self.settings, "mount").unwrap_or_default())),
            count(self.expiries, "expiry mark"),
        ];
        let list = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let (in_force, idle) = if test_features {
            (list(of_tests.into_iter().chain(others).collect()), String::new())
        } else {
            (list(others.into()), list(of_tests.into()))
        };
        let in_force = Some(in_force).filter(|parts| !parts.is_empty()).map(|parts| {
            format!(
                "Kept from before and in force: {parts}. POST /v1/reset on the admin API forgets it all; DELETE /v1/clock the \
                 clock alone."
            )
        });
        let idle = Some(idle)
            .filter(|parts| !parts.is_empty())
            .map(|parts| format!("Kept from before and not in force, for admin.test_features is false: {parts}."));
        let lines: Vec<_> = in_force.into_iter().chain(idle).collect();
        (!lines.is_empty()).then(|| lines.join(" "))
    }
}

fn clock(body: &str) -> Option<String> {
    match serde_json::from_str(body).ok()? {
        KeptClock::FrozenMs(at) => Some(format!("the clock stands still at {}", when::minute(at.div_euclid(1000)))),
        KeptClock::OffsetMs(0) => None,
        KeptClock::OffsetMs(offset) => {
            let (amount, side) = (offset.unsigned_abs() / 1000, if offset < 0 { "behind" } else { "ahead of" });
            Some(format!("the clock is {amount} s {side} real time"))
        }
    }
}
