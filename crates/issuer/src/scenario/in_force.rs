//! The scenarios in force, found by what a request is about: a thousand of other tests cost it nothing.

use super::{By, Forced, Scenario, Subject};
use crate::state::Store;
use arc_swap::ArcSwap;
use grant::Refusal;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many of the requests that a scenario acted on are remembered.
const FIRED: usize = 100;

/// The scenarios in force. [`Scenarios::are_none`] costs one load.
#[derive(Debug, Default)]
pub struct Scenarios(ArcSwap<Table>);

/// Each stands in one list: that of its client, else of its user, else of its mount. Lists hold places in `all`.
#[derive(Debug, Default)]
struct Table {
    /// Oldest first, so by rising numbers.
    all: Vec<Active>,
    by_client: HashMap<String, Vec<usize>>,
    by_user: HashMap<String, Vec<usize>>,
    by_mount: HashMap<String, Vec<usize>>,
    rest: Vec<usize>,
    /// The mounts (`None` is all) of those that ask for a user and name no client.
    users_asked: HashSet<Option<String>>,
}

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
    /// Puts these in force, with their numbers, which rise, in place of those before.
    pub fn replace(&self, all: impl IntoIterator<Item = (u64, Scenario)>) {
        let before = self.0.load();
        let mut table = Table::default();
        for (id, scenario) in all {
            let fired = before.active(id).map(|active| active.fired.lock().clone()).unwrap_or_default();
            table.add(Active { id, scenario, is_used_up: AtomicBool::new(false), fired: Mutex::new(fired) });
        }
        self.0.store(Arc::new(table));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.load().all.len()
    }

    /// Whether there is none at all.
    pub fn are_none(&self) -> bool {
        self.0.load().all.is_empty()
    }

    /// Whether one may ask for the user of such requests.
    pub fn ask_for_user(&self, subject: Subject<'_>) -> bool {
        self.0.load().ask_for_user(subject)
    }

    /// The outcome of the oldest scenario that matches and acts on this request, spending a use. Uses are counted in
    /// the store, so that replicas share them; it is an error where the store cannot count.
    pub async fn choose(&self, subject: Subject<'_>, store: &dyn Store) -> Result<Option<Forced>, Refusal> {
        let table = self.0.load_full();
        for active in table.matching(subject) {
            if let Some(forced) = active.act(store).await? {
                return Ok(Some(forced));
            }
        }
        Ok(None)
    }

    /// Notes the journal's number of a request that a scenario acted on.
    pub fn note(&self, id: u64, number: u64) {
        if let Some(active) = self.0.load().active(id) {
            let mut fired = active.fired.lock();
            fired.truncate(FIRED - 1);
            fired.push_front(number);
        }
    }

    /// The journal's numbers of the last requests that a scenario acted on in this process, newest first.
    pub fn fired(&self, id: u64) -> Vec<u64> {
        let table = self.0.load();
        table.active(id).map(|active| active.fired.lock().iter().copied().collect()).unwrap_or_default()
    }
}

impl Table {
    fn add(&mut self, active: Active) {
        let Scenario { client_id, user, mount, .. } = &active.scenario;
        let list = match (client_id, user, mount) {
            (Some(client), ..) => self.by_client.entry(client.clone()).or_default(),
            (None, Some(user), mount) => {
                self.users_asked.insert(mount.clone());
                self.by_user.entry(user.clone()).or_default()
            }
            (None, None, Some(mount)) => self.by_mount.entry(mount.clone()).or_default(),
            (None, None, None) => &mut self.rest,
        };
        list.push(self.all.len());
        self.all.push(active);
    }

    fn active(&self, id: u64) -> Option<&Active> {
        self.all.binary_search_by_key(&id, |active| active.id).ok().and_then(|place| self.all.get(place))
    }

    fn of_client(&self, subject: Subject<'_>) -> &[usize] {
        subject.client_id.and_then(|client| self.by_client.get(client)).map_or(&[], Vec::as_slice)
    }

    /// Those that match, oldest first.
    fn matching(&self, subject: Subject<'_>) -> impl Iterator<Item = &Active> {
        let of_user = subject.user.and_then(|user| self.by_user.get(user)).map_or(&[][..], Vec::as_slice);
        let of_mount = self.by_mount.get(subject.mount).map_or(&[][..], Vec::as_slice);
        let mut places = [self.of_client(subject), of_user, of_mount, self.rest.as_slice()].concat();
        places.sort_unstable();
        let all = places.into_iter().filter_map(|place| self.all.get(place));
        all.filter(move |active| active.scenario.matches(subject))
    }

    fn ask_for_user(&self, subject: Subject<'_>) -> bool {
        let asks = |place: &usize| {
            let scenario = self.all.get(*place).map(|active| &active.scenario);
            let user = scenario.and_then(|scenario| scenario.user.as_deref());
            user.is_some() && scenario.is_some_and(|scenario| scenario.matches(Subject { user, ..subject }))
        };
        let is_asked =
            || self.users_asked.contains(&None) || self.users_asked.contains(&Some(subject.mount.to_owned()));
        self.of_client(subject).iter().any(asks) || (!self.users_asked.is_empty() && is_asked())
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

#[cfg(test)]
mod tests {
    use super::super::{Act, Outcome, Step};
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn condition() -> impl Strategy<Value = Option<String>> {
        proptest::option::of("[ab]")
    }

    fn scenario() -> impl Strategy<Value = Scenario> {
        (condition(), proptest::option::of(Just("token")), condition(), condition()).prop_map(
            |(mount, target, client_id, user)| {
                let outcome = Outcome { delay: Duration::ZERO, act: Act::Pass };
                let steps = vec![Step { times: None, outcome }];
                Scenario { mount, target, client_id, user, grant: None, after: 0, chance: None, ends_at: None, steps }
            },
        )
    }

    proptest! {
        /// The lists are a short way to what a look at each scenario would find.
        #[test]
        fn those_that_match_are_found_in_their_order(
            all in proptest::collection::vec(scenario(), 0..12),
            (mount, client, user) in ("[ab]", condition(), condition()),
        ) {
            let mut table = Table::default();
            for (id, scenario) in (1..).zip(all.clone()) {
                let (is_used_up, fired) = (AtomicBool::new(false), Mutex::default());
                table.add(Active { id, scenario, is_used_up, fired });
            }
            let (client_id, user) = (client.as_deref(), user.as_deref());
            let subject = Subject { mount: &mount, target: "token", client_id, user, grant: None };
            let found: Vec<u64> = table.matching(subject).map(|active| active.id).collect();
            let wanted: Vec<u64> =
                (1..).zip(&all).filter(|(_, scenario)| scenario.matches(subject)).map(|(id, _)| id).collect();
            prop_assert_eq!(found, wanted);
            let asks = all.iter().any(|scenario| {
                let user = scenario.user.as_deref();
                user.is_some() && scenario.matches(Subject { user, ..subject })
            });
            prop_assert!(!asks || table.ask_for_user(subject));
            prop_assert!((1..).zip(&all).all(|(id, _)| table.active(id).is_some_and(|active| active.id == id)));
        }
    }
}
