//! Outcomes forced on purpose: a scenario matches requests and makes them fail.

use crate::state::Store;
use arc_swap::ArcSwap;
use grant::{Endpoint, GrantType, Refusal, RefusalKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// How often it acts; `None` is for ever.
    pub times: Option<u64>,
    /// What it does.
    pub outcome: Outcome,
}

/// What a scenario does to a request. An outcome is no error: each says at which places of a request's way it acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Refuses the request before the phases: nothing is checked, spent or minted.
    Error(RefusalKind),
}

/// An outcome that was chosen for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The scenario's number.
    pub scenario: u64,
    /// What it does.
    pub outcome: Outcome,
}

impl Forced {
    /// What it does before the phases of the request.
    pub fn before_phases(&self) -> Result<(), Refusal> {
        match &self.outcome {
            Outcome::Error(kind) => Err(Refusal::new(kind.clone(), format!("forced by scenario {}", self.scenario))),
        }
    }
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

/// The scenarios in force, oldest first. [`Scenarios::are_none`] costs one load.
#[derive(Debug, Default)]
pub struct Scenarios(ArcSwap<Vec<Active>>);

#[derive(Debug)]
struct Active {
    id: u64,
    scenario: Scenario,
    /// The store has said that it has no use left.
    is_used_up: AtomicBool,
}

impl Scenarios {
    /// Puts these in force, with their numbers, in place of those before.
    pub fn replace(&self, all: impl IntoIterator<Item = (u64, Scenario)>) {
        let active = |(id, scenario)| Active { id, scenario, is_used_up: AtomicBool::new(false) };
        self.0.store(Arc::new(all.into_iter().map(active).collect()));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.load().len()
    }

    /// Whether there is none at all.
    pub fn are_none(&self) -> bool {
        self.0.load().is_empty()
    }

    /// The outcome of the oldest scenario that matches and has uses left, spending one. Uses are counted in the store,
    /// so that replicas share them; it is an error where the store cannot count.
    pub async fn choose(&self, subject: Subject<'_>, store: &dyn Store) -> Result<Option<Forced>, Refusal> {
        let all = self.0.load_full();
        for active in all.iter().filter(|active| active.scenario.matches(subject)) {
            if active.may_act(store).await? {
                return Ok(Some(Forced { scenario: active.id, outcome: active.scenario.outcome.clone() }));
            }
        }
        Ok(None)
    }
}

impl Active {
    async fn may_act(&self, store: &dyn Store) -> Result<bool, Refusal> {
        let Some(times) = self.scenario.times else { return Ok(true) };
        if self.is_used_up.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let may = store.use_scenario(self.id, times).await?;
        if !may {
            self.is_used_up.store(true, Ordering::Relaxed);
        }
        Ok(may)
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
