//! How much memory journals may take together: the oldest entry of all of them makes room first.

use super::{Entry, Journal};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// How many entries may be in the order that are no more.
const SLACK: usize = 1024;

/// What journals share. Each keeps its last [`Budget::LEAST`] entries whatever they take.
#[derive(Debug)]
pub struct Budget {
    /// How much they may take, in bytes.
    most: usize,
    taken: AtomicUsize,
    /// How many entries made room.
    dropped: AtomicU64,
    /// All entries in the order in which they were made, each by its journal and its number there.
    order: Mutex<VecDeque<(Weak<Journal>, u64)>>,
}

impl Budget {
    /// How many entries each journal keeps at least.
    pub const LEAST: usize = 100;

    /// One of so many bytes.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: AtomicUsize::default(), dropped: AtomicU64::default(), order: Mutex::default() })
    }

    /// Whether there is room for nothing, not for the least either.
    pub(super) const fn is_none(&self) -> bool {
        self.most == 0
    }

    /// Counts a new entry, for which the oldest ones make room. Gives one of those, whose memory can be used again.
    pub(super) fn make_room(&self, size: usize) -> Option<Arc<Entry>> {
        let mut taken = self.taken.fetch_add(size, Ordering::Relaxed) + size;
        if taken <= self.most {
            return None;
        }
        let (mut order, mut room) = (self.order.lock(), None);
        while taken > self.most
            && let Some((journal, number)) = order.pop_front()
        {
            let (freed, entry) = journal.upgrade().map_or((0, None), |journal| journal.forget(number));
            taken = self.give_back(freed);
            room = entry.or(room);
        }
        room
    }

    /// Puts a new entry into the order.
    pub(super) fn note(&self, journal: &Weak<Journal>, number: u64) {
        let mut order = self.order.lock();
        order.push_back((Weak::clone(journal), number));
        // What was cleared, or ended with its journal, is still in the order.
        if order.len() > 2 * (self.taken.load(Ordering::Relaxed) / size_of::<Entry>()) + SLACK {
            order.retain(|(journal, number)| journal.upgrade().is_some_and(|journal| journal.has(*number)));
        }
    }

    /// How many entries are in the order.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.order.lock().len()
    }

    /// Counts an entry that made room.
    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// How many made room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Counts what is gone; how much is taken then.
    pub(super) fn give_back(&self, size: usize) -> usize {
        self.taken.fetch_sub(size, Ordering::Relaxed).saturating_sub(size)
    }
}
