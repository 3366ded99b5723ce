//! Drives stores through a history, and asks the reference and the laws about every answer.

use super::calls::{Answer, Call, Client, Fault, Place, Replica, Token};
use super::explain::{self, Made};
use super::history::{Action, DEVICES, FAMILIES, History, KEYS, Move, Next, Step};
use super::laws::{self, Event};
use super::reference::Reference;
use super::world::World;
use issuer::state::{Realm, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Barrier;

/// What is known on the way through a history.
struct Driver<'a> {
    world: &'a World,
    history: &'a History,
    realm: Realm,
    /// Milliseconds after the suite's present.
    clock: i64,
    /// The states in which the stores may be.
    states: HashSet<Reference>,
    events: Vec<Event>,
    groups: usize,
    requests: u64,
    /// Every handle that was ever offered to a store, by family, oldest first.
    offered: BTreeMap<u64, Vec<u64>>,
    /// The handles derived from a code or handle.
    derived: BTreeMap<(u64, u8), u64>,
    /// Every call that can be repeated, oldest first.
    repeatable: Vec<Call>,
    undone: BTreeSet<(u8, u64, i64)>,
    is_audit: bool,
}

/// Runs a history in a realm of its own; the error is the counterexample.
pub(crate) async fn run(world: &World, history: &History) -> Result<(), String> {
    static REALMS: AtomicU64 = AtomicU64::new(0);
    let mut driver = Driver {
        world,
        history,
        realm: Realm::of_mount(&format!("model{}", REALMS.fetch_add(1, Ordering::Relaxed))),
        clock: 0,
        states: HashSet::from([Reference::default()]),
        events: Vec::new(),
        groups: 0,
        requests: 0,
        offered: BTreeMap::new(),
        derived: BTreeMap::new(),
        repeatable: Vec::new(),
        undone: BTreeSet::new(),
        is_audit: false,
    };
    for family in 0..FAMILIES - 1 {
        driver.alone(Call::Put { family, now: 0 }).await?;
    }
    driver.alone(Call::PutDevice { family: DEVICES.start, now: 0 }).await?;
    for step in &history.steps {
        match step {
            Step::Pass(millis) => driver.clock += millis,
            Step::Together { moves, lost } => driver.together(moves, *lost).await?,
        }
    }
    driver.audit().await?;
    laws::broken(&driver.events).map_or(Ok(()), Err)
}

/// The answer, though it may take a while until what was lost before is settled.
async fn in_time(call: &Call, replica: &Replica, realm: &Realm) -> Result<Answer, StoreError> {
    let started = Instant::now();
    loop {
        match call.perform(replica, realm).await {
            Err(StoreError::Unavailable(_)) if started.elapsed() < Duration::from_secs(30) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            answer => return answer,
        }
    }
}

impl Driver<'_> {
    async fn together(&mut self, moves: &[Move], lost: u64) -> Result<(), String> {
        // A request that was answered is not made again where the answer may be lost.
        let lost = if moves.iter().any(|one| matches!(one.action, Action::Repeat { .. })) { 0 } else { lost };
        let mut calls = Vec::new();
        for one in moves {
            if let Some(call) = self.call(one) {
                if call.request().is_some() {
                    self.repeatable.push(call.clone());
                }
                calls.push((one.replica, call));
            }
        }
        if calls.is_empty() {
            return Ok(());
        }
        let unanswered = self.group(calls, lost).await?;
        for call in unanswered {
            // Whoever has no answer asks again.
            self.alone(call.again(self.clock)).await?;
        }
        // At any time, not at the end alone: what is found early is short.
        laws::broken(&self.events).map_or(Ok(()), Err)
    }

    async fn alone(&mut self, call: Call) -> Result<Answer, String> {
        self.group(vec![(0, call)], 0).await?;
        let answer = self.events.last().and_then(|event| event.made.answer.clone());
        answer.ok_or_else(|| "no answer, though no reply was lost".to_owned())
    }

    /// Makes calls side by side; those that have no answer are given back.
    async fn group(&mut self, calls: Vec<(usize, Call)>, lost: u64) -> Result<Vec<Call>, String> {
        let start = Arc::new(Barrier::new(calls.len()));
        self.world.lose(lost);
        let tasks: Vec<_> = calls
            .into_iter()
            .map(|(replica, call)| {
                let (replica, realm) = (self.world.replica(replica), self.realm.clone());
                let start = Arc::clone(&start);
                tokio::spawn(async move {
                    start.wait().await;
                    let answer = if lost > 0 {
                        call.perform(&replica, &realm).await
                    } else {
                        in_time(&call, &replica, &realm).await
                    };
                    (replica, call, answer)
                })
            })
            .collect();
        let (mut group, mut looks) = (Vec::new(), Vec::new());
        for task in tasks {
            let (replica, call, answer) = task.await.map_err(|error| error.to_string())?;
            looks.extend(call.look().map(|look| (replica, look)));
            let answer = match answer {
                Ok(answer) => Some(answer),
                Err(StoreError::Unavailable(_)) if lost > 0 => None,
                Err(error) => return Err(format!("{call:?} failed: {error}")),
            };
            group.push(Made { call, answer });
        }
        let has_failed = group.iter().any(|made| made.answer.is_none());
        let lost = self.world.settle(has_failed).await?;
        for (replica, look) in looks.into_iter().filter(|_| has_failed || lost > 0) {
            // What nobody has an answer of is taken back.
            in_time(&look, &replica, &self.realm).await.map_err(|error| format!("never settled: {error}"))?;
        }
        let after = explain::after(&self.states, &group, lost);
        if after.is_empty() {
            let states: Vec<_> = self.states.iter().take(3).collect();
            return Err(format!("no order explains {group:#?} with {lost} replies lost, from {states:#?}"));
        }
        if let Some(family) = after.iter().find_map(Reference::fork) {
            return Err(format!("family {family} may have two handles alive after {group:#?}"));
        }
        self.states = after;
        let unanswered = group.iter().filter(|made| made.answer.is_none()).map(|made| made.call.clone()).collect();
        let (group_number, is_audit) = (self.groups, self.is_audit);
        self.groups += 1;
        self.events.extend(group.into_iter().map(|made| Event { group: group_number, made, is_audit }));
        Ok(unanswered)
    }

    /// Presents every handle, and takes what is free of every limit.
    async fn audit(&mut self) -> Result<(), String> {
        self.is_audit = true;
        for (family, handles) in self.offered.clone() {
            for number in handles.into_iter().rev() {
                let (request, now, token) = (self.request(), self.clock, Token { family, number });
                let (client, fault) = (Client::Owner, Fault::None);
                let place = self.place(number);
                let (successor, grace) = (None, 0);
                self.alone(Call::Rotate { request, now, token, client, fault, successor, grace, place }).await?;
            }
        }
        let limit = self.history.limit;
        self.clock += limit.window_millis();
        for key in 0..KEYS {
            for place in 0..=limit.count {
                let hit = Call::Hit { request: self.request(), now: self.clock, key, limit };
                let answer = self.alone(hit).await?;
                let is_taken = matches!(answer, Answer::Taken { .. });
                if is_taken != (place < limit.count) {
                    return Err(format!("after a quiet window of {limit:?} call {place} gets {answer:?}"));
                }
            }
        }
        Ok(())
    }

    fn request(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    /// The handle derived from a code or handle, offered to a store from now on.
    fn derive(&mut self, family: u64, from: u64, variant: u8) -> u64 {
        let known = self.offered.entry(family).or_default();
        *self.derived.entry((from, variant)).or_insert_with(|| {
            let number = 1000 * (family + 1) + known.len() as u64;
            known.push(number);
            number
        })
    }

    /// Where a handle stands among those that it derives from, where chains are known.
    fn place(&self, number: u64) -> Option<Place> {
        let from =
            |number: u64| self.derived.iter().find(|(_, derived)| **derived == number).map(|((from, _), _)| *from);
        let mut chain: Vec<u64> = std::iter::successors(Some(number), |number| from(*number)).collect();
        // The last is the family's code.
        chain.pop();
        chain.reverse();
        Place::of(&chain).filter(|_| self.history.linked)
    }

    /// A family's handle so many before the newest.
    fn handle(&self, family: u64, back: usize) -> Option<Token> {
        let known = self.offered.get(&family)?;
        let number = *known.get(known.len().checked_sub(1 + back)?)?;
        Some(Token { family, number })
    }

    /// What a move comes to, if there is anything to it.
    fn call(&mut self, one: &Move) -> Option<Call> {
        let (now, grace) = (self.clock - one.late, self.history.grace);
        Some(match one.action {
            Action::Put { family } => Call::Put { family, now },
            Action::PutDevice { family } => Call::PutDevice { family, now },
            Action::Poll { family, client, counts } => {
                Call::Poll { request: self.request(), now, family, client, counts }
            }
            Action::Decide { family, allows } => Call::Decide { request: self.request(), now, family, allows },
            Action::Redeem { family, client, fault, variant } => {
                let refresh = self.derive(family, family, variant);
                Call::Redeem { request: self.request(), now, family, client, fault, refresh }
            }
            Action::Rotate { family, back, client, fault, next } => {
                let token = self.handle(family, back)?;
                let successor = match next {
                    Next::Same => None,
                    Next::Derived(variant) => Some(self.derive(family, token.number, variant)),
                };
                let place = self.place(token.number);
                Call::Rotate { request: self.request(), now, token, client, fault, successor, grace, place }
            }
            Action::Spend { family, token, rotate } => {
                Call::Spend { request: self.request(), now, family, token, rotate, grace, linked: self.history.linked }
            }
            Action::RevokeFamily { family } => Call::RevokeFamily { family },
            Action::RevokeHandle { family, back, client } => {
                Call::RevokeHandle { token: self.handle(family, back)?, client }
            }
            Action::RevokeToken { family, token } => Call::RevokeToken { family, token },
            Action::IsRevoked { family, token } => Call::IsRevoked { family, token },
            Action::Hit { key } => Call::Hit { request: self.request(), now, key, limit: self.history.limit },
            Action::Undo { back } => self.undo(back)?,
            Action::Repeat { back } => self.repeat(back, now)?,
        })
    }

    /// Gives back the place taken so many before the last.
    fn undo(&mut self, back: usize) -> Option<Call> {
        let taken = |event: &Event| match event.made {
            Made { call: Call::Hit { key, request, .. }, answer: Some(Answer::Taken { at }) } => {
                Some((key, request, at))
            }
            _ => None,
        };
        let (key, request, at) = self.events.iter().rev().filter_map(taken).nth(back)?;
        let is_first = self.undone.insert((key, request, at));
        (is_first || self.world.knows_hits).then_some(Call::Undo { key, request, at })
    }

    /// Makes the call anew that was made so many before the last.
    fn repeat(&self, back: usize, now: i64) -> Option<Call> {
        let call = self.repeatable.iter().rev().nth(back)?;
        let first = self.repeatable.iter().find(|first| first.request() == call.request())?;
        if let Call::Hit { now: first, limit, .. } = first {
            // After its window nobody repeats a hit.
            let is_fresh = (now - first).abs() < limit.window_millis();
            return (self.world.knows_hits && is_fresh).then(|| call.again(now));
        }
        Some(call.again(now))
    }
}
