//! What must hold of a whole history whatever the reference says, from its answers alone.

use super::calls::{Answer, Call, Fault, Token};
use super::explain::Made;
use issuer::state::{RedeemOutcome, RotateOutcome, SpendOutcome};
use std::collections::{BTreeMap, HashMap};

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
        .or_else(|| decided_twice(events))
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

/// A code is redeemed by one request, whoever asks about it.
fn redeemed_twice(events: &[Event]) -> Option<String> {
    let mut by: BTreeMap<u64, u64> = BTreeMap::new();
    grants(events).find_map(|event| {
        let Call::Redeem { family, request, fault, .. } = event.made.call else { return None };
        if fault == Fault::Asks {
            return None;
        }
        let first = *by.entry(family).or_insert(request);
        (first != request).then(|| format!("the code of family {family} is redeemed by requests {first} and {request}"))
    })
}

/// What a device asks for is decided by one request.
fn decided_twice(events: &[Event]) -> Option<String> {
    let mut by: BTreeMap<u64, u64> = BTreeMap::new();
    events.iter().find_map(|event| {
        let Made { call: Call::Decide { family, request, .. }, answer: Some(Answer::Was(true)) } = event.made else {
            return None;
        };
        let first = *by.entry(family).or_insert(request);
        (first != request)
            .then(|| format!("the device of family {family} is decided by requests {first} and {request}"))
    })
}

/// A handle is spent by one request; others are granted it within the grace alone. A family has one handle alive.
fn forked(events: &[Event]) -> Option<String> {
    let mut uses: BTreeMap<Token, Vec<(u64, i64, i64, bool)>> = BTreeMap::new();
    for event in events {
        let Made { call: Call::Rotate { request, now, token, successor: Some(_), grace, .. }, answer } = &event.made
        else {
            continue;
        };
        // One whose answer was lost may have spent it, or not.
        let is_granted = grants(std::slice::from_ref(event)).next().is_some();
        if answer.is_none() || is_granted {
            uses.entry(*token).or_default().push((*request, *now, *grace, is_granted));
        }
    }
    for (token, uses) in &uses {
        let granted = || uses.iter().filter(|(.., is_granted)| *is_granted);
        let explains = |&(first, at, ..): &(u64, i64, i64, bool)| {
            granted().all(|&(request, now, grace, _)| request == first || (now - at).abs() < grace * 1000)
        };
        if granted().count() > 0 && !uses.iter().any(explains) {
            return Some(format!(
                "{token:?} is spent by more than one request: (request, now, grace, granted) {uses:?}"
            ));
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
        let ((Call::Redeem { family, .. }, Some(Answer::Redeemed(RedeemOutcome::Replayed)))
        | (Call::RevokeFamily { family }, Some(Answer::Done))
        | (Call::Spend { family, .. }, Some(Answer::Spent(SpendOutcome::Reused)))
        | (Call::RevokeHandle { token: Token { family, .. }, .. }, Some(Answer::Was(true)))
        | (Call::Rotate { token: Token { family, .. }, .. }, Some(Answer::Rotated(RotateOutcome::Reused)))) =
            (call, answer)
        else {
            continue;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calls::{Client, Limit, record};
    use crate::model::reference::terms;

    fn event(group: usize, call: Call, answer: Answer) -> Event {
        Event { group, made: Made { call, answer: Some(answer) }, is_audit: false }
    }

    fn redeem(group: usize, request: u64) -> Event {
        let call = Call::Redeem { request, now: 0, family: 1, client: Client::Owner, fault: Fault::None, refresh: 9 };
        event(group, call, Answer::Redeemed(RedeemOutcome::Granted(record(1, 0))))
    }

    fn rotate(group: usize, request: u64, now: i64, number: u64) -> Event {
        let (token, client, fault) = (Token { family: 1, number }, Client::Owner, Fault::None);
        let call =
            Call::Rotate { request, now, token, client, fault, successor: Some(number + 1), grace: 10, place: None };
        event(group, call, Answer::Rotated(RotateOutcome::Granted(terms(record(1, 0)))))
    }

    fn hit(request: u64, at: i64) -> Event {
        let call = Call::Hit { request, now: at, key: 0, limit: Limit { count: 2, window: 3 } };
        event(0, call, Answer::Taken { at })
    }

    fn says(events: &[Event]) -> String {
        broken(events).unwrap_or_default()
    }

    #[test]
    fn each_law_speaks_where_it_is_broken_and_is_silent_elsewhere() {
        assert_eq!(says(&[redeem(0, 1), redeem(1, 1)]), "", "a repeat");
        assert!(says(&[redeem(0, 1), redeem(1, 2)]).contains("is redeemed by requests 1 and 2"));

        assert_eq!(says(&[rotate(0, 1, 0, 9), rotate(1, 2, 9_999, 9)]), "", "within the grace");
        assert!(says(&[rotate(0, 1, 0, 9), rotate(1, 2, 10_000, 9)]).contains("spent by more than one request"));
        let lost = Event { made: Made { answer: None, ..rotate(0, 1, 0, 9).made }, ..rotate(0, 1, 0, 9) };
        assert_eq!(says(&[lost, rotate(1, 2, 10_000, 9)]), "", "the first may not have come");

        let audit = |number| Event { is_audit: true, ..rotate(5, number, 0, number) };
        assert_eq!(says(&[audit(9)]), "");
        assert!(says(&[audit(9), audit(10)]).contains("two handles alive: 9 and 10"));

        let end = || event(1, Call::RevokeFamily { family: 1 }, Answer::Done);
        assert_eq!(says(&[rotate(0, 1, 0, 9), end(), rotate(2, 1, 0, 9)]), "", "a repeat of what was granted before");
        assert!(says(&[end(), rotate(2, 1, 0, 9)]).contains("ended in group 1 and grants request 1"));

        assert_eq!(says(&[hit(1, 0), hit(2, 0), hit(3, 3_000)]), "");
        assert!(says(&[hit(1, 0), hit(2, 0), hit(3, 2_999)]).contains("has more than"));
        let full = event(
            0,
            Call::Hit { request: 3, now: 5, key: 0, limit: Limit { count: 2, window: 3 } },
            Answer::Full { wait: 100 },
        );
        assert!(says(&[hit(1, 0), full]).contains("is told at 5 to wait"));
    }
}
