//! Outcomes forced on purpose: a scenario matches requests and makes them fail.

use arc_swap::ArcSwap;
use grant::{Endpoint, GrantError, GrantErrorKind, GrantType};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a scenario matches, and what it does. A field that is `None` matches everything.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The mount's name.
    pub mount: Option<String>,
    /// The endpoint.
    pub endpoint: Option<Endpoint>,
    /// The client that the request names.
    pub client_id: Option<String>,
    /// The grant type.
    pub grant: Option<GrantType>,
    /// How often it still acts; `None` is for ever.
    pub times: Option<u64>,
    /// The error it raises.
    pub error: GrantErrorKind,
}

/// What is known of a request when scenarios are asked.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The mount's name.
    pub mount: &'a str,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The client that the request names, authenticated or not.
    pub client_id: Option<&'a str>,
    /// The grant type.
    pub grant: Option<GrantType>,
}

/// The scenarios in force, oldest first. Asking costs one load where there are none.
#[derive(Debug, Default)]
pub struct Scenarios {
    active: ArcSwap<Vec<Arc<Active>>>,
    next_id: AtomicU64,
}

#[derive(Debug)]
struct Active {
    id: u64,
    scenario: Scenario,
    /// Uses left; `u64::MAX` is for ever.
    left: AtomicU64,
}

impl Scenarios {
    /// Adds a scenario; its id.
    pub fn add(&self, scenario: Scenario) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed) + 1;
        let left = AtomicU64::new(scenario.times.unwrap_or(u64::MAX));
        let active = Arc::new(Active { id, scenario, left });
        self.active.rcu(|all| all.iter().cloned().chain([Arc::clone(&active)]).collect::<Vec<_>>());
        id
    }

    /// The scenarios with their ids, `times` being the uses left.
    pub fn list(&self) -> Vec<(u64, Scenario)> {
        let left = |active: &Active| active.scenario.times.map(|_| active.left.load(Ordering::Relaxed));
        let all = self.active.load();
        all.iter().map(|active| (active.id, Scenario { times: left(active), ..active.scenario.clone() })).collect()
    }

    /// Removes one; whether it was there.
    pub fn remove(&self, id: u64) -> bool {
        let there = self.active.load().iter().any(|active| active.id == id);
        self.active.rcu(|all| all.iter().filter(|active| active.id != id).cloned().collect::<Vec<_>>());
        there
    }

    /// Removes all.
    pub fn clear(&self) {
        self.active.store(Arc::default());
    }

    /// Raises the error of the oldest scenario that matches and has uses left, spending one.
    pub fn force(&self, subject: Subject<'_>) -> Result<(), GrantError> {
        let all = self.active.load();
        if all.is_empty() {
            return Ok(());
        }
        for active in all.iter().filter(|active| active.scenario.matches(subject)) {
            let spend = |left: u64| match left {
                0 => None,
                u64::MAX => Some(u64::MAX),
                left => Some(left - 1),
            };
            if active.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok() {
                let cause = format!("forced by scenario {}", active.id);
                return Err(GrantError::new(active.scenario.error.clone(), cause));
            }
        }
        Ok(())
    }
}

impl Scenario {
    fn matches(&self, subject: Subject<'_>) -> bool {
        self.mount.as_deref().is_none_or(|mount| mount == subject.mount)
            && self.endpoint.is_none_or(|endpoint| endpoint == subject.endpoint)
            && self.client_id.as_deref().is_none_or(|id| subject.client_id == Some(id))
            && self.grant.is_none_or(|grant| subject.grant == Some(grant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(mount: Option<&str>, times: Option<u64>) -> Scenario {
        let mount = mount.map(str::to_owned);
        Scenario { mount, endpoint: None, client_id: None, grant: None, times, error: GrantErrorKind::Internal }
    }

    const TOKEN: Subject<'static> = Subject { mount: "bits", endpoint: Endpoint::Token, client_id: None, grant: None };

    #[test]
    fn acts_as_often_as_it_says_on_what_it_matches() {
        let scenarios = Scenarios::default();
        scenarios.add(scenario(Some("other"), None));
        scenarios.add(scenario(Some("bits"), Some(2)));
        let outcomes = [(); 3].map(|()| scenarios.force(TOKEN).is_err());
        assert_eq!(outcomes, [true, true, false]);
        assert_eq!(scenarios.list()[1].1.times, Some(0));
    }

    #[test]
    fn is_gone_once_removed() {
        let scenarios = Scenarios::default();
        let id = scenarios.add(scenario(None, None));
        assert!(scenarios.force(TOKEN).is_err() && scenarios.force(TOKEN).is_err());
        assert!(scenarios.remove(id) && !scenarios.remove(id));
        assert!(scenarios.force(TOKEN).is_ok());
    }
}
