//! Steps whose outcome is open: those in flight, and those to be taken back because nobody got their answer.

use super::names::Key;
use super::script::{Call, Script};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;

/// How many steps may wait to be taken back: what comes beyond them stays as Redis has it.
const MOST: usize = 10_000;

/// What takes a step back if it has run, and else does nothing.
#[derive(Clone)]
pub(super) struct Back {
    pub(super) script: &'static Script,
    pub(super) call: Call<'static>,
    /// When the step cannot run any more.
    pub(super) after: Instant,
}

/// The open steps of this process.
#[derive(Default)]
pub(super) struct Steps {
    open: Mutex<Open>,
    /// How many are to be taken back: most of the time none.
    owed: AtomicUsize,
}

#[derive(Default)]
struct Open {
    /// Steps that were ever begun.
    begun: u64,
    /// By number: when it began, and what takes it back once its caller is gone.
    steps: BTreeMap<u64, (Instant, Option<Back>)>,
    /// How many steps on a key are to be taken back.
    keys: HashMap<Key, usize>,
}

impl Steps {
    /// Begins a step. Unless it is [closed](Step::close) it is taken back.
    pub(super) fn begin(&self, back: Back) -> Step<'_> {
        let mut open = self.open.lock();
        open.begun += 1;
        let number = open.begun;
        open.steps.insert(number, (Instant::now(), None));
        Step { steps: self, number, back: Some(back) }
    }

    /// Has that done in the background which its caller could not do.
    pub(super) fn owe(&self, back: Back) {
        drop(self.begin(back));
    }

    /// Whether a step on one of those keys is still to be taken back.
    pub(super) fn owes(&self, keys: &[Key]) -> bool {
        if self.owed.load(Ordering::Acquire) == 0 {
            return false;
        }
        let open = self.open.lock();
        keys.iter().any(|key| open.keys.contains_key(key))
    }

    /// Those that cannot run any more and are to be taken back.
    pub(super) fn due(&self) -> Vec<(u64, Back)> {
        if self.owed.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let (open, now) = (self.open.lock(), Instant::now());
        let due = open.steps.iter().filter_map(|(number, (_, back))| Some((*number, back.as_ref()?)));
        due.filter(|(_, back)| back.after <= now).map(|(number, back)| (number, back.clone())).collect()
    }

    /// Notes that a step was taken back, or had not run.
    pub(super) fn settle(&self, number: u64) {
        let mut open = self.open.lock();
        let Some((_, Some(back))) = open.steps.remove(&number) else { return };
        self.owed.fetch_sub(1, Ordering::Release);
        for key in back.call.keys() {
            if let Some(count) = open.keys.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    open.keys.remove(key);
                }
            }
        }
    }

    /// How many were ever begun, and since when not all are settled: all that began before then are.
    pub(super) fn settled_until(&self) -> (u64, Instant) {
        let (open, now) = (self.open.lock(), Instant::now());
        (open.begun, open.steps.values().next().map_or(now, |(began, _)| *began))
    }

    /// Whether none is open and none has begun beyond that many.
    pub(super) fn is_idle(&self, begun: u64) -> bool {
        let open = self.open.lock();
        open.begun == begun && open.steps.is_empty()
    }

    fn leave(&self, number: u64, back: Back) {
        let mut open = self.open.lock();
        if self.owed.load(Ordering::Acquire) >= MOST {
            open.steps.remove(&number);
            drop(open);
            tracing::warn!(step = back.script.name, "too many steps wait to be taken back: this one stays");
            return;
        }
        self.owed.fetch_add(1, Ordering::Release);
        for key in back.call.keys() {
            *open.keys.entry(key.clone()).or_default() += 1;
        }
        if let Some((_, owed)) = open.steps.get_mut(&number) {
            *owed = Some(back);
        }
    }
}

/// A step in flight. Dropped with its caller, it is taken back too: nobody got its answer.
pub(super) struct Step<'a> {
    steps: &'a Steps,
    number: u64,
    back: Option<Back>,
}

impl Step<'_> {
    /// Notes that its outcome is known, or that it has not run.
    pub(super) fn close(mut self) {
        self.back = None;
        self.steps.open.lock().steps.remove(&self.number);
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            self.steps.leave(self.number, back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::UNDO;
    use super::*;

    fn back(key: &str) -> Back {
        let keys = [Key::raw(key.into())];
        Back { script: &UNDO, call: Call::on(&keys).kept(), after: Instant::now() }
    }

    #[test]
    fn s06_what_is_not_closed_is_owed_to_its_key_until_it_is_settled() {
        let steps = Steps::default();
        let [a, b] = ["a", "b"].map(|name| [Key::raw(name.into())]);
        steps.begin(back("a")).close();
        assert!(!steps.owes(&a) && steps.is_idle(1));
        drop((steps.begin(back("a")), steps.begin(back("a")), steps.begin(back("b"))));
        let due = steps.due();
        assert_eq!(due.len(), 3);
        steps.settle(due[0].0);
        assert!(steps.owes(&a) && steps.owes(&b));
        steps.settle(due[1].0);
        steps.settle(due[1].0);
        assert!(!steps.owes(&a) && steps.owes(&b) && !steps.is_idle(4));
        steps.settle(due[2].0);
        assert!(!steps.owes(&b) && steps.is_idle(4) && steps.due().is_empty());
    }

    #[test]
    fn s06_a_step_is_vouched_for_once_it_is_settled() {
        let steps = Steps::default();
        let before = Instant::now();
        let first = steps.begin(back("a"));
        let during = Instant::now();
        drop(first);
        let (_, until) = steps.settled_until();
        assert!(before <= until && until <= during);
        steps.due().into_iter().for_each(|(number, _)| steps.settle(number));
        assert!(steps.settled_until().1 > during);
    }

    #[test]
    fn s06_no_more_wait_than_there_is_room_for() {
        let steps = Steps::default();
        (0..=MOST).for_each(|_| steps.owe(back("a")));
        assert_eq!(steps.due().len(), MOST);
    }
}
