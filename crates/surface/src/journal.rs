//! The journal: what became of the last requests, and why. In memory, of this process alone; no credential is in it.

use grant::Scopes;
use issuer::{Decisions, TokenIds};
use parking_lot::Mutex;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Entries kept; the oldest makes room.
pub const LENGTH: usize = 2_000;

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: one more for each request since the process started.
    pub number: u64,
    /// Its id, which the answer's header and the error page name it by.
    pub id: Uuid,
    /// The namespace that it belongs to; `None` outside any.
    pub namespace: Option<Arc<str>>,
    /// When it was answered in real time, milliseconds since the epoch.
    pub at: i64,
    /// The same by the gateway's clock.
    pub clock: i64,
    /// How long it took.
    pub took: Duration,
    /// The name of the mount that it led to.
    pub mount: Option<Arc<str>>,
    /// The endpoint or page; `none` where there is none.
    pub endpoint: &'static str,
    /// The method; `_OTHER` where it is no usual one.
    pub method: &'static str,
    /// The path, without the query.
    pub path: String,
    /// The client that it names, authenticated or not.
    pub client_id: Option<Arc<str>>,
    /// `sub` of the user that it is about.
    pub user: Option<Arc<str>>,
    /// The grant type that it names.
    pub grant: Option<&'static str>,
    /// How its client authenticates.
    pub auth: Option<&'static str>,
    /// Which of the client's secrets it has proven, from 1.
    pub secret: Option<usize>,
    /// What a trusted proxy calls it.
    pub proxy_request_id: Option<Box<str>>,
    /// The method of PKCE that it asks for or uses; `_OTHER` where it is no usual one.
    pub pkce: Option<&'static str>,
    /// The scopes that it asks for; three dots stand for those of a long list that are left out.
    pub scope_asked: Option<Scopes>,
    /// The scopes that it grants, or that the token which it presents has.
    pub scope: Option<Scopes>,
    /// The tokens that it brings about.
    pub issued: TokenIds,
    /// The tokens that it presents.
    pub presented: TokenIds,
    /// What the phases decided.
    pub phases: Decisions,
    /// The status it was answered with; 0 where no byte of an answer was sent.
    pub status: u16,
    /// The kind of its refusal.
    pub error: Option<&'static str>,
    /// Why it was refused, or what is odd about it.
    pub cause: Option<Cow<'static, str>>,
    /// Whether the error page shows its id.
    pub is_shown: bool,
    /// The scenario that acted on it, and which of its steps.
    pub forced_by: Option<(u64, u32)>,
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
    pub fn push(&self, entry: Entry) -> u64 {
        let mut kept = self.0.lock();
        kept.count += 1;
        let number = kept.count;
        if kept.entries.len() == LENGTH {
            kept.entries.pop_front();
            kept.dropped += 1;
        }
        kept.entries.push_back(Entry { number, ..entry });
        number
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
            id: Uuid::nil(),
            namespace: None,
            at: 0,
            clock: 0,
            took: Duration::ZERO,
            mount: None,
            endpoint: "token",
            method: "POST",
            path: "/bits/v1/oauth2/token".to_owned(),
            client_id: None,
            user: None,
            grant: None,
            auth: None,
            secret: None,
            proxy_request_id: None,
            pkce: None,
            scope_asked: None,
            scope: None,
            issued: TokenIds::default(),
            presented: TokenIds::default(),
            phases: Decisions::default(),
            status,
            error: None,
            cause: None,
            is_shown: false,
            forced_by: None,
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
