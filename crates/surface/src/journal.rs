//! The journal: what became of the last requests, and why. In memory, of this process alone; no credential is in it.

use parking_lot::Mutex;
use std::borrow::Cow;
use std::collections::VecDeque;

/// Entries kept; the oldest makes room.
pub const LENGTH: usize = 2_000;

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: one more for each request since the process started.
    pub number: u64,
    /// When it was answered by the gateway's clock, milliseconds since the epoch.
    pub at: i64,
    /// The mount's name.
    pub mount: String,
    /// The endpoint or page.
    pub endpoint: &'static str,
    /// The client that it names, authenticated or not.
    pub client_id: Option<String>,
    /// The grant type that it names.
    pub grant: Option<&'static str>,
    /// The status it was answered with.
    pub status: u16,
    /// The kind of its refusal.
    pub error: Option<&'static str>,
    /// Why it was refused, or what is odd about it.
    pub cause: Option<Cow<'static, str>>,
    /// What the error page called it.
    pub reference: Option<String>,
    /// Whether a scenario raised the refusal.
    pub forced: bool,
}

/// The last requests.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Entry>,
    count: u64,
    dropped: u64,
}

impl Journal {
    /// Adds an entry; its number is given here.
    pub fn push(&self, entry: Entry) {
        let mut kept = self.0.lock();
        kept.count += 1;
        let number = kept.count;
        if kept.entries.len() == LENGTH {
            kept.entries.pop_front();
            kept.dropped += 1;
        }
        kept.entries.push_back(Entry { number, ..entry });
    }

    /// Up to `limit` entries that `wanted` admits, newest first.
    pub fn find(&self, limit: usize, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.0.lock().entries.iter().rev().filter(|entry| wanted(entry)).take(limit).cloned().collect()
    }

    /// How many made room for newer ones since the process started.
    pub fn dropped(&self) -> u64 {
        self.0.lock().dropped
    }

    /// Forgets all entries.
    pub fn clear(&self) {
        self.0.lock().entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(status: u16) -> Entry {
        Entry {
            number: 0,
            at: 0,
            mount: "bits".into(),
            endpoint: "token",
            client_id: None,
            grant: None,
            status,
            error: None,
            cause: None,
            reference: None,
            forced: false,
        }
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_make_room() {
        let journal = Journal::default();
        for _ in 0..LENGTH {
            journal.push(entry(200));
        }
        journal.push(entry(400));
        let all = journal.find(usize::MAX, |_| true);
        assert_eq!((all.len(), all[0].status, all[0].number), (LENGTH, 400, LENGTH as u64 + 1));
        assert_eq!(all.last().unwrap().number, 2);
        assert_eq!(journal.find(5, |entry| entry.status == 400).len(), 1);
        assert_eq!(journal.dropped(), 1);
        journal.clear();
        journal.push(entry(200));
        assert_eq!(journal.find(9, |_| true)[0].number, LENGTH as u64 + 2, "numbers go on");
    }
}
