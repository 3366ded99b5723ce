//! Outcomes forced on purpose: a scenario matches requests and does something to them.

mod chance;
mod manner;
mod outcome;

pub use chance::Chance;
pub use manner::{Manner, Manners};
pub use outcome::{Act, By, Canned, Commit, Forced, Outcome};

use crate::clock::real_millis;
use crate::state::Store;
use arc_swap::ArcSwap;
use grant::{GrantType, Refusal};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many of the requests that a scenario acted on are remembered.
const FIRED: usize = 100;

/// What a scenario matches, and what it does. A condition that is `None` matches everything.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The mount's name.
    pub mount: Option<String>,
    /// The name of the endpoint or page.
    pub target: Option<&'static str>,
    /// The client that the request names.
    pub client_id: Option<String>,
    /// The user that the request speaks for, by `sub`.
    pub user: Option<String>,
    /// The grant type.
    pub grant: Option<GrantType>,
    /// How many requests that match it lets pass first.
    pub after: u64,
    /// On which of the others it acts; on all where it is `None`.
    pub chance: Option<Chance>,
    /// When it ends by itself, milliseconds of real time since the epoch.
    pub ends_at: Option<i64>,
    /// What it does, step by step; not empty.
    pub steps: Vec<Step>,
}

/// What a scenario does to a number of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// To how many; `None` is for ever, in the last step alone.
    pub times: Option<u64>,
    /// What.
    pub outcome: Outcome,
}

/// What is known of a request when scenarios are asked.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The mount's name.
    pub mount: &'a str,
    /// The name of the endpoint or page.
    pub target: &'static str,
    /// The client that the request names, authenticated or not.
    pub client_id: Option<&'a str>,
    /// The user that it speaks for.
    pub user: Option<&'a str>,
    /// The grant type.
    pub grant: Option<GrantType>,
}

/// The scenarios in force, oldest first. [`Scenarios::are_none`] costs one load.
#[derive(Debug, Default)]
pub struct Scenarios(ArcSwap<Vec<Arc<Active>>>);

#[derive(Debug)]
struct Active {
    id: u64,
    scenario: Scenario,
    /// The store has said that it has no use left.
    is_used_up: AtomicBool,
    /// The journal's numbers of the last requests that it acted on.
    fired: Mutex<VecDeque<u64>>,
}

impl Scenarios {
    /// Puts these in force, with their numbers, in place of those before.
    pub fn replace(&self, all: impl IntoIterator<Item = (u64, Scenario)>) {
        let before = self.0.load();
        let active = |(id, scenario)| {
            let fired = before.iter().find(|active| active.id == id).map(|active| active.fired.lock().clone());
            Arc::new(Active {
                id,
                scenario,
                is_used_up: AtomicBool::new(false),
                fired: Mutex::new(fired.unwrap_or_default()),
            })
        };
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

    /// Whether one asks for the user of such requests.
    pub fn ask_for_user(&self, subject: Subject<'_>) -> bool {
        self.0.load().iter().any(|active| {
            let scenario = &active.scenario;
            scenario.user.is_some() && scenario.matches(Subject { user: scenario.user.as_deref(), ..subject })
        })
    }

    /// The outcome of the oldest scenario that matches and acts on this request, spending a use. Uses are counted in
    /// the store, so that replicas share them; it is an error where the store cannot count.
    pub async fn choose(&self, subject: Subject<'_>, store: &dyn Store) -> Result<Option<Forced>, Refusal> {
        let all = self.0.load_full();
        for active in all.iter().filter(|active| active.scenario.matches(subject)) {
            if let Some(forced) = active.act(store).await? {
                return Ok(Some(forced));
            }
        }
        Ok(None)
    }

    /// Notes the journal's number of a request that a scenario acted on.
    pub fn note(&self, id: u64, number: u64) {
        if let Some(active) = self.0.load().iter().find(|active| active.id == id) {
            let mut fired = active.fired.lock();
            fired.truncate(FIRED - 1);
            fired.push_front(number);
        }
    }

    /// The journal's numbers of the last requests that a scenario acted on in this process, newest first.
    pub fn fired(&self, id: u64) -> Vec<u64> {
        let all = self.0.load();
        let active = all.iter().find(|active| active.id == id);
        active.map(|active| active.fired.lock().iter().copied().collect()).unwrap_or_default()
    }
}

impl Active {
    async fn act(&self, store: &dyn Store) -> Result<Option<Forced>, Refusal> {
        if self.is_used_up.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Scenario { after, chance, .. } = self.scenario;
        let is_picky = after > 0 || chance.is_some();
        if is_picky {
            let number = store.see_scenario(self.id).await?;
            // Counted among those that may act: the same requests are chosen whatever was let pass before.
            let Some(number) = number.checked_sub(after).filter(|number| *number > 0) else { return Ok(None) };
            if !chance.is_none_or(|chance| chance.acts(number)) {
                return Ok(None);
            }
        }
        let used = store.use_scenario(self.id, self.scenario.total(), !is_picky).await?;
        let forced = used.and_then(|used| self.scenario.step(used)).map(|(step, outcome)| Forced {
            by: By::Scenario(self.id),
            step,
            outcome: outcome.clone(),
        });
        self.is_used_up.fetch_or(forced.is_none(), Ordering::Relaxed);
        Ok(forced)
    }
}

impl Scenario {
    /// How often it acts; `None` is for ever.
    pub fn total(&self) -> Option<u64> {
        self.steps.iter().map(|step| step.times).try_fold(0, |sum: u64, times| Some(sum.saturating_add(times?)))
    }

    /// The step of its `used`th use, which counts from 1, with its number; `None` where it is used up.
    pub fn step(&self, used: u64) -> Option<(u32, &Outcome)> {
        step_of(&self.steps, used)
    }

    /// Whether it has ended by itself.
    pub fn is_over(&self) -> bool {
        self.ends_at.is_some_and(|end| real_millis() >= end)
    }

    fn matches(&self, subject: Subject<'_>) -> bool {
        self.mount.as_deref().is_none_or(|mount| mount == subject.mount)
            && self.target.is_none_or(|target| target == subject.target)
            && self.client_id.as_deref().is_none_or(|id| subject.client_id == Some(id))
            && self.user.as_deref().is_none_or(|user| subject.user == Some(user))
            && self.grant.is_none_or(|grant| subject.grant == Some(grant))
            && !self.is_over()
    }
}

/// The step of the `used`th use, which counts from 1, with its number; `None` where they are used up.
fn step_of(steps: &[Step], used: u64) -> Option<(u32, &Outcome)> {
    let mut last = 0_u64;
    let at = |step: &Step| {
        last = step.times.map_or(u64::MAX, |times| last.saturating_add(times));
        used <= last
    };
    let index = steps.iter().position(at)?;
    Some((u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1), &steps.get(index)?.outcome))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn scenario(times: &[Option<u64>]) -> Scenario {
        let outcome = Outcome { delay: Duration::ZERO, act: Act::Pass };
        Scenario {
            mount: None,
            target: None,
            client_id: None,
            user: None,
            grant: None,
            after: 0,
            chance: None,
            ends_at: None,
            steps: times.iter().map(|times| Step { times: *times, outcome: outcome.clone() }).collect(),
        }
    }

    #[test]
    fn each_use_has_its_step() {
        let three = scenario(&[Some(2), Some(1)]);
        let steps: Vec<_> = (1..=4).map(|used| three.step(used).map(|(step, _)| step)).collect();
        assert_eq!((three.total(), steps), (Some(3), vec![Some(1), Some(1), Some(2), None]));
        let endless = scenario(&[Some(1), None]);
        assert_eq!((endless.total(), endless.step(u64::MAX).map(|(step, _)| step)), (None, Some(2)));
    }
}
