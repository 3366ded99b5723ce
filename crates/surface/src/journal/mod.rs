//! The journal: what became of the last requests, and why. In memory, of this process and of what other replicas send;
//! no credential is in it.
//!
//! Whoever reads it takes a few entries at a time, so that no request waits for a reader.

mod budget;
mod carried;
mod entry;
mod outbox;
mod peers;

pub use budget::Budget;
pub use entry::{Entry, More};
pub use peers::{Journals, Peers};

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use tokio::sync::Notify;

/// How many entries are taken at a time.
const CHUNK: usize = 128;

/// The last requests.
#[derive(Debug)]
pub struct Journal {
    this: Weak<Self>,
    budget: Arc<Budget>,
    kept: Mutex<Kept>,
    /// How many wait for what is to come. While there are none, nobody is told of an entry.
    followers: AtomicUsize,
    grown: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    /// Their numbers rise.
    entries: VecDeque<Arc<Entry>>,
    /// What they take, in bytes.
    size: usize,
    count: u64,
}

impl Journal {
    /// An empty one, which shares a budget.
    pub fn new(budget: Arc<Budget>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            budget,
            kept: Mutex::default(),
            followers: AtomicUsize::default(),
            grown: Notify::default(),
        })
    }

    /// Another, empty, which shares the same budget.
    pub fn beside(&self) -> Arc<Self> {
        Self::new(Arc::clone(&self.budget))
    }

    /// Whether entries are kept at all.
    pub fn is_kept(&self) -> bool {
        !self.budget.is_none()
    }

    /// Adds an entry; its number and its size are given here.
    pub fn push(&self, mut entry: Entry) -> Arc<Entry> {
        let size = entry.measure();
        entry.size = size;
        let room = self.budget.make_room(size);
        let mut entry = placed(entry, room);
        let number = {
            let mut kept = self.kept.lock();
            kept.count += 1;
            kept.size += size;
            let number = kept.count;
            if let Some(entry) = Arc::get_mut(&mut entry) {
                entry.number = number;
            }
            kept.entries.push_back(Arc::clone(&entry));
            number
        };
        self.budget.note(&self.this, number);
        // Who follows is counted before it looks: what it does not see finds it counted.
        if self.followers.load(Ordering::SeqCst) > 0 {
            self.grown.notify_waiters();
        }
        entry
    }

    /// All entries, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = Arc<Entry>> + '_ {
        let mut before = u64::MAX;
        let chunks = std::iter::from_fn(move || {
            let chunk = self.before(before);
            before = chunk.last()?.number;
            Some(chunk)
        });
        chunks.flatten()
    }

    /// All entries beyond that number, oldest first.
    pub fn oldest_first(&self, since: u64) -> impl Iterator<Item = Arc<Entry>> + '_ {
        let mut since = since;
        let chunks = std::iter::from_fn(move || {
            let chunk = self.after(since);
            since = chunk.last()?.number;
            Some(chunk)
        });
        chunks.flatten()
    }

    /// The entries of this replica beyond that number, oldest first: the last of them, so many at most.
    fn own_after(&self, number: u64, most: usize) -> Vec<Arc<Entry>> {
        let mut own: Vec<_> = self.oldest_first(number).filter(|entry| !entry.is_of_another).collect();
        own.drain(..own.len().saturating_sub(most));
        own
    }

    fn before(&self, number: u64) -> Vec<Arc<Entry>> {
        let kept = self.kept.lock();
        let end = kept.entries.partition_point(|entry| entry.number < number);
        kept.entries.range(end.saturating_sub(CHUNK)..end).rev().cloned().collect()
    }

    fn after(&self, number: u64) -> Vec<Arc<Entry>> {
        let kept = self.kept.lock();
        let start = kept.entries.partition_point(|entry| entry.number <= number);
        kept.entries.range(start..).take(CHUNK).cloned().collect()
    }

    /// Follows what comes beyond that number.
    pub fn follow(&self, since: u64) -> Option<Follower> {
        let journal = self.this.upgrade()?;
        journal.followers.fetch_add(1, Ordering::SeqCst);
        Some(Follower { journal, since })
    }

    /// The number of the last entry, kept or not.
    pub fn last(&self) -> u64 {
        self.kept.lock().count
    }

    /// How many made room for newer ones since the process started, in all journals that share its budget.
    pub fn dropped(&self) -> u64 {
        self.budget.dropped()
    }

    /// Forgets all entries.
    pub fn clear(&self) {
        let freed = {
            let mut kept = self.kept.lock();
            kept.entries.clear();
            std::mem::take(&mut kept.size)
        };
        self.budget.give_back(freed);
    }

    /// Whether it still has the entry of that number.
    fn has(&self, number: u64) -> bool {
        self.kept.lock().entries.front().is_some_and(|first| first.number <= number)
    }

    /// Forgets the entries up to that number, but for the last few. Gives how many bytes they took, and the last of them.
    fn forget(&self, number: u64) -> (usize, Option<Arc<Entry>>) {
        let mut kept = self.kept.lock();
        let (before, mut last) = (kept.size, None);
        while kept.entries.len() > Budget::LEAST
            && kept.entries.front().is_some_and(|entry| entry.number <= number)
            && let Some(entry) = kept.entries.pop_front()
        {
            kept.size = kept.size.saturating_sub(entry.size);
            self.budget.drop_one();
            last = Some(entry);
        }
        (before - kept.size, last)
    }
}

/// The entry in memory: that of one which made room, where nobody reads it any more. A full journal is larger than the
/// processor's caches, so a place that was just fetched is used again.
fn placed(entry: Entry, room: Option<Arc<Entry>>) -> Arc<Entry> {
    let Some(mut room) = room else { return Arc::new(entry) };
    match Arc::get_mut(&mut room) {
        Some(place) => {
            *place = entry;
            room
        }
        None => Arc::new(entry),
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.budget.give_back(self.kept.get_mut().size);
    }
}

/// One that follows the journal. It misses what makes room before it looks.
#[derive(Debug)]
pub struct Follower {
    journal: Arc<Journal>,
    since: u64,
}

impl Follower {
    /// The next entries, oldest first: at least one, which may be long in coming.
    pub async fn next(&mut self) -> Vec<Arc<Entry>> {
        loop {
            let journal = Arc::clone(&self.journal);
            let mut grown = std::pin::pin!(journal.grown.notified());
            grown.as_mut().enable();
            let new = journal.after(self.since);
            if let Some(last) = new.last() {
                self.since = last.number;
                return new;
            }
            grown.await;
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.journal.followers.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(status: u16) -> Entry {
        Entry { status, ..Entry::default() }
    }

    fn numbers(journal: &Journal) -> Vec<u64> {
        journal.newest_first().map(|entry| entry.number).collect()
    }

    #[test]
    fn entries_come_in_either_order_and_numbers_go_on() {
        let journal = Journal::new(Budget::new(1 << 30));
        for _ in 0..3 * CHUNK {
            journal.push(entry(200));
        }
        let last = 3 * CHUNK as u64;
        assert_eq!(numbers(&journal), (1..=last).rev().collect::<Vec<_>>());
        let beyond: Vec<_> = journal.oldest_first(5).map(|entry| entry.number).collect();
        assert_eq!(beyond, (6..=last).collect::<Vec<_>>());
        journal.clear();
        journal.push(entry(200));
        assert_eq!((numbers(&journal), journal.dropped()), (vec![last + 1], 0));
    }

    #[test]
    fn n80_the_oldest_of_all_journals_makes_room_and_each_keeps_its_last_hundred() {
        let budget = Budget::new(1000 * entry(200).measure());
        let [one, other] = [(); 2].map(|()| Journal::new(Arc::clone(&budget)));
        for _ in 0..300 {
            one.push(entry(200));
        }
        for _ in 0..800 {
            other.push(entry(200));
        }
        assert_eq!(numbers(&one), (101..=300).rev().collect::<Vec<_>>(), "the oldest hundred made room");
        assert_eq!((numbers(&other).len(), one.dropped(), other.dropped()), (800, 100, 100));
        for _ in 0..3000 {
            other.push(entry(200));
        }
        assert_eq!((numbers(&one).len(), numbers(&other).len()), (Budget::LEAST, 900));
        drop(one);
        for _ in 0..3000 {
            other.push(entry(200));
        }
        assert_eq!(numbers(&other).len(), 1000, "what one that ended took is there for the others");
        other.clear();
        for _ in 0..1000 {
            other.push(entry(200));
        }
        assert_eq!(numbers(&other).len(), 1000, "what was cleared counts for nothing");
    }

    #[test]
    fn n80_what_is_no_more_is_not_remembered() {
        let budget = Budget::new(1 << 30);
        let lasting = Journal::new(Arc::clone(&budget));
        lasting.push(entry(200));
        for _ in 0..100 {
            let passing = lasting.beside();
            for _ in 0..100 {
                passing.push(entry(200));
            }
        }
        assert!(budget.remembered() < 2_000, "{} of journals that ended", budget.remembered());
        for _ in 0..100 {
            for _ in 0..100 {
                lasting.push(entry(200));
            }
            lasting.clear();
        }
        assert!(budget.remembered() < 2_000, "{} that were cleared", budget.remembered());
    }

    #[actix_web::test]
    async fn n80_a_follower_hears_of_what_comes_and_what_is_there() {
        let journal = Journal::new(Budget::new(1 << 20));
        journal.push(entry(200));
        let mut follower = journal.follow(0).unwrap();
        assert_eq!(follower.next().await.len(), 1);
        let waiting = async { follower.next().await.iter().map(|entry| entry.number).collect::<Vec<_>>() };
        let pushing = async {
            tokio::task::yield_now().await;
            journal.push(entry(400)).number
        };
        assert_eq!(futures_util::join!(waiting, pushing), (vec![2], 2));
    }
}
