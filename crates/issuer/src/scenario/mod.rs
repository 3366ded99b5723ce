//! Outcomes forced on purpose: a scenario matches requests and does something to them.

mod chance;
mod in_force;
mod manner;
mod outcome;

pub use chance::Chance;
pub use in_force::Scenarios;
pub use manner::{Manner, Manners};
pub use outcome::{Act, By, Canned, Commit, Forced, Outcome};

use crate::clock::real_millis;
use grant::GrantType;

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
