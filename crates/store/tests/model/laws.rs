//! What must hold of a whole history whatever the reference says, from its answers alone.

use crate::calls::{Answer, Call, Token};
use crate::explain::Made;
use issuer::state::{RedeemOutcome, RotateOutcome, SpendOutcome};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A call as it went, with the place of its group among all.
pub(crate) struct Event {
    pub(crate) group: usize,
    pub(crate) made: Made,
    /// Made after the history, to see which handles are alive.
    pub(crate) is_audit: bool,
}

/// The first law that is broken.
pub(crate) fn broken(events: &[Event]) -> Option<String> {
    redeemed_twice(events)
        .or_else(|| forked(events))
        .or_else(|| revived(events))
        .or_else(|| over_the_limit(events))
        .or_else(|| refused_for_nothing(events))
}

const fn is_grant(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Redeemed(RedeemOutcome::Granted(_))
            | Answer::Rotated(RotateOutcome::Granted(_))
            | Answer::Spent(SpendOutcome::Granted)
    )
}

fn grants(events: &[Event]) -> impl Iterator<Item = &Event> {
    events.iter().filter(|event| event.made.answer.as_ref().is_some_and(is_grant))
}

/// A code is redeemed by one request.
fn redeemed_twice(events: &[Event]) -> Option<String> {
    let mut by: BTreeMap<u64, u64> = BTreeMap::new();
    grants(events).find_map(|event| {
        let Call::Redeem { family, request, .. } = event.made.call else { return None };
        let first = *by.entry(family).or_insert(request);
        (first != request).then(|| format!("the code of family {family} is redeemed by requests {first} and {request}"))
    })
}

/// A handle is spent by one request; others are granted it within the grace alone. A family has one handle alive.
fn forked(events: &[Event]) -> Option<String> {
    let mut uses: BTreeMap<Token, Vec<(u64, i64, i64)>> = BTreeMap::new();
    for event in events {
        let Made { call: Call::Rotate { request, now, token, successor: Some(_), grace, .. }, answer } = &event.made
        else {
            continue;
        };
        // One whose answer was lost may have spent it.
        let may_be_first = answer.is_none();
        if may_be_first || grants(std::slice::from_ref(event)).next().is_some() {
            uses.entry(*token).or_default().push((*request, *now, *grace));
        }
    }
    for (token, uses) in &uses {
        let explains = |&(first, at, _): &(u64, i64, i64)| {
            uses.iter().all(|&(request, now, grace)| request == first || (now - at).abs() < grace * 1000)
        };
        let known = uses.iter().map(|(request, ..)| request).collect::<BTreeSet<_>>().len();
        if known > 1 && !uses.iter().any(explains) {
            return Some(format!("{token:?} is spent by more than one request: (request, now, grace) {uses:?}"));
        }
    }
    let mut alive: BTreeMap<u64, u64> = BTreeMap::new();
    grants(events).filter(|event| event.is_audit).find_map(|event| {
        let Call::Rotate { token, .. } = event.made.call else { return None };
        let other = alive.insert(token.family, token.number)?;
        Some(format!("family {} has two handles alive: {other} and {}", token.family, token.number))
    })
}

/// A family whose end was told grants nothing to a request that comes after.
fn revived(events: &[Event]) -> Option<String> {
    let mut ended: HashMap<u64, usize> = HashMap::new();
    let mut begun: HashMap<u64, usize> = HashMap::new();
    for event in events {
        let Made { call, answer } = &event.made;
        if let Some(request) = call.request() {
            begun.entry(request).or_insert(event.group);
        }
        let family = match (call, answer) {
            (Call::Redeem { family, .. }, Some(Answer::Redeemed(RedeemOutcome::Replayed)))
            | (Call::RevokeFamily { family }, Some(Answer::Done))
            | (Call::Spend { family, .. }, Some(Answer::Spent(SpendOutcome::Reused)))
            | (Call::RevokeHandle { token: Token { family, .. }, .. }, Some(Answer::Was(true)))
            | (Call::Rotate { token: Token { family, .. }, .. }, Some(Answer::Rotated(RotateOutcome::Reused))) => {
                family
            }
            _ => continue,
        };
        ended.entry(*family).or_insert(event.group);
    }
    grants(events).find_map(|event| {
        let (Call::Redeem { request, family, .. }
        | Call::Rotate { request, token: Token { family, .. }, .. }
        | Call::Spend { request, family, .. }) = event.made.call
        else {
            return None;
        };
        let end = *ended.get(&family)?;
        (begun[&request] > end).then(|| format!("family {family} ended in group {end} and grants request {request}"))
    })
}

/// The places taken in each log: moment and request, with the group of the last answer that told of it.
fn places(events: &[Event]) -> BTreeMap<u8, BTreeMap<(i64, u64), usize>> {
    let mut places: BTreeMap<u8, BTreeMap<_, _>> = BTreeMap::new();
    for event in events {
        if let Made { call: Call::Hit { key, request, .. }, answer: Some(Answer::Taken { at }) } = event.made {
            places.entry(key).or_default().insert((at, request), event.group);
        }
    }
    places
}

/// When places were first given back, by group.
fn given_back(events: &[Event]) -> BTreeMap<(i64, u64), usize> {
    let mut given_back = BTreeMap::new();
    for event in events {
        if let Call::Undo { request, at, .. } = event.made.call {
            given_back.entry((at, request)).or_insert(event.group);
        }
    }
    given_back
}

/// No window has more than the count.
fn over_the_limit(events: &[Event]) -> Option<String> {
    let limit = events.iter().find_map(|event| match event.made.call {
        Call::Hit { limit, .. } => Some(limit),
        _ => None,
    })?;
    let given_back = given_back(events);
    for (key, places) in places(events) {
        let kept: Vec<_> = places.keys().filter(|place| !given_back.contains_key(place)).collect();
        for &&(start, _) in &kept {
            let window = start..start + limit.window_millis();
            let within: Vec<_> = kept.iter().filter(|(at, _)| window.contains(at)).collect();
            if within.len() > limit.count as usize {
                return Some(format!("client {key} has more than {limit:?} from {start} on: {within:?}"));
            }
        }
    }
    None
}

/// Who is told that a window is full finds the count taken, and is told to wait no longer than a window.
fn refused_for_nothing(events: &[Event]) -> Option<String> {
    let (taken, given_back) = (places(events), given_back(events));
    events.iter().find_map(|event| {
        let Made { call: Call::Hit { key, now, limit, .. }, answer: Some(Answer::Full { wait }) } = event.made else {
            return None;
        };
        let may_count = |place: &(i64, u64), told: usize| {
            (now - place.0).abs() < limit.window_millis()
                && given_back.get(place).is_none_or(|&group| group >= event.group || told >= group)
        };
        let known =
            taken.get(&key).map_or(0, |places| places.iter().filter(|(at, told)| may_count(at, **told)).count());
        let unknown = events.iter().filter(|other| match other.made {
            Made { call: Call::Hit { key: of, now: at, .. }, answer: None } => {
                of == key && (now - at).abs() < limit.window_millis()
            }
            _ => false,
        });
        let most = known + unknown.count();
        let is_odd = most < limit.count as usize || !(1..2 * limit.window_millis()).contains(&wait);
        is_odd
            .then(|| format!("client {key} is told at {now} to wait {wait} ms with at most {most} of {limit:?} taken"))
    })
}
