//! Whether some order of calls that ran side by side explains their answers (linearizability).

use super::calls::{Answer, Call};
use super::reference::Reference;
use std::collections::HashSet;

/// A call as it went.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) call: Call,
    /// `None` where the caller did not learn it.
    pub(crate) answer: Option<Answer>,
}

/// A state on the way through a group: which calls have been answered, and how often each has acted besides.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    state: Reference,
    /// A call that is never answered is taken back instead.
    answered: Vec<bool>,
    unanswered: Vec<u8>,
}

/// The states in which a store may be after the group, given those in which it may have been before; none where
/// nothing explains the answers.
///
/// Each call acts once at the moment that its answer tells of. Where replies were lost, a store asks once more within
/// the same call, so that it may have acted before or after without its answer having come; `lost` is how many
/// replies certainly were. A call that has no answer at all is taken back after that.
pub(crate) fn after(before: &HashSet<Reference>, group: &[Made], lost: u64) -> HashSet<Reference> {
    let start = |state: &Reference| Place {
        state: state.clone(),
        answered: vec![false; group.len()],
        unanswered: vec![0; group.len()],
    };
    let mut open: Vec<Place> = before.iter().map(start).collect();
    let mut seen: HashSet<Place> = open.iter().cloned().collect();
    let mut after = HashSet::new();
    while let Some(place) = open.pop() {
        let acted: u64 = place.unanswered.iter().map(|&times| u64::from(times)).sum();
        if acted >= lost && place.answered.iter().all(|answered| *answered) {
            after.insert(place.state.clone());
        }
        for next in group.iter().enumerate().flat_map(|(at, made)| steps(&place, at, made, lost > 0)) {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    after
}

/// What the call at that place may do next.
fn steps(place: &Place, at: usize, made: &Made, may_be_lost: bool) -> Vec<Place> {
    let mut state = place.state.clone();
    let mut steps = Vec::new();
    let answer = state.apply(&made.call);
    if !place.answered[at] && made.answer.as_ref() == Some(&answer) {
        let mut next = Place { state: state.clone(), ..place.clone() };
        next.answered[at] = true;
        steps.push(next);
    }
    let (attempts, is_over) = match (&made.answer, &made.call) {
        // It is answered before it is done, and sent until it is.
        (Some(_), Call::Undo { .. }) => (8, false),
        (Some(_), _) => (1, false),
        (None, _) => (2, place.answered[at]),
    };
    if made.answer.is_none() && !place.answered[at] {
        let mut next = place.clone();
        next.state.take_back(&made.call);
        next.answered[at] = true;
        steps.push(next);
    }
    if may_be_lost && !is_over && place.unanswered[at] < attempts {
        let mut next = Place { state, ..place.clone() };
        next.unanswered[at] += 1;
        steps.push(next);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calls::{Client, Fault, record};
    use issuer::state::RedeemOutcome;

    fn redeem(request: u64, answer: Option<RedeemOutcome>) -> Made {
        let call = Call::Redeem { request, now: 0, family: 1, client: Client::Owner, fault: Fault::None, refresh: 10 };
        Made { call, answer: answer.map(Answer::Redeemed) }
    }

    fn granted() -> RedeemOutcome {
        RedeemOutcome::Granted(record(1, 0))
    }

    /// How many states a code that was put and these calls may lead to.
    fn explained(group: &[Made], lost: u64) -> usize {
        let mut state = Reference::default();
        state.apply(&Call::Put { family: 1, now: 0 });
        after(&HashSet::from([state]), group, lost).len()
    }

    #[test]
    fn one_of_two_redemptions_is_granted_in_either_order() {
        let replayed = || RedeemOutcome::Replayed;
        assert_eq!(explained(&[redeem(1, Some(granted())), redeem(2, Some(replayed()))], 0), 1);
        assert_eq!(explained(&[redeem(1, Some(replayed())), redeem(2, Some(granted()))], 0), 1);
        assert_eq!(explained(&[redeem(1, Some(granted())), redeem(2, Some(granted()))], 0), 0);
        assert_eq!(explained(&[redeem(1, Some(replayed())), redeem(2, Some(replayed()))], 0), 0);
        assert_eq!(explained(&[redeem(1, Some(granted())), redeem(1, Some(granted()))], 0), 1, "the same request");
    }

    #[test]
    fn an_answer_that_was_lost_may_have_been_any() {
        assert_eq!(explained(&[redeem(1, Some(granted()))], 1), 1, "granted, and granted again");
        assert_eq!(explained(&[redeem(1, Some(RedeemOutcome::Replayed))], 1), 0, "the first outcome is kept");
        assert_eq!(explained(&[redeem(1, None)], 0), 1, "never sent");
        assert_eq!(explained(&[redeem(1, None), redeem(2, Some(RedeemOutcome::Replayed))], 1), 1);
        assert_eq!(explained(&[redeem(1, None), redeem(2, Some(granted()))], 1), 2, "before it, or a replay after it");
    }
}
