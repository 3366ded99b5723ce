//! The journal: what a world was asked, and assertions about it.

use crate::admin::{query, read};
use crate::error::Mismatch;
use crate::{Error, World};
use admin_api::{JournalEntry, Misuse, Verified, operations};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// How many requests there must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many, and no more.
    Exactly(u64),
    /// So many, or more.
    AtLeast(u64),
    /// No more than so many.
    AtMost(u64),
}

impl Count {
    const fn member(self) -> (&'static str, u64) {
        match self {
            Self::Exactly(count) => ("exactly", count),
            Self::AtLeast(count) => ("at_least", count),
            Self::AtMost(count) => ("at_most", count),
        }
    }
}

/// What a world was asked.
pub struct Journal<'w> {
    pub(crate) world: &'w World,
}

impl Journal<'_> {
    /// The last hundred requests that have all that is named, newest first.
    pub fn entries(&self, filter: impl Serialize) -> Result<Vec<JournalEntry>, Error> {
        let about = &operations::READ_JOURNAL.about;
        read(about, &self.world.text(about, about.path, &query(filter), ())?)
    }

    /// The number of the newest entry, for `since` of what comes after; 0 where there is none.
    pub fn newest(&self) -> Result<u64, Error> {
        Ok(self.entries(json!({ "limit": 1 }))?.first().map_or(0, |entry| entry.number))
    }

    /// Asserts that so many requests came: `verify(json!({ "mount": "bits", "status": 200 }), Count::Exactly(1))`.
    /// [`Error::Mismatch`] shows the entries that are nearest and what differs.
    pub fn verify(&self, filter: impl Serialize, count: Count) -> Result<Verified, Error> {
        self.verify_within(filter, count, Duration::ZERO)
    }

    /// The same; waits for them, up to a minute.
    pub fn verify_within(&self, filter: impl Serialize, count: Count, within: Duration) -> Result<Verified, Error> {
        let mut spec = json!({ "where": filter, "within_ms": u64::try_from(within.as_millis()).unwrap_or(u64::MAX) });
        let (member, number) = count.member();
        spec[member] = number.into();
        match self.world.call(&operations::VERIFY_JOURNAL, &[], spec) {
            Err(Error::Refused { problem, .. }) if problem.status == 422 => {
                Err(Error::Mismatch(Mismatch { detail: problem.detail, nearest: problem.nearest.into_vec() }))
            }
            answer => answer,
        }
    }

    /// What clients do that they should not, each with where that is written.
    pub fn misuse(&self, filter: impl Serialize) -> Result<Vec<Misuse>, Error> {
        let about = &operations::FIND_MISUSE.about;
        read(about, &self.world.text(about, about.path, &query(filter), ())?)
    }

    /// The entries in another form: `har`, `curl` or `jsonl`.
    pub fn export(&self, format: &str, filter: impl Serialize) -> Result<String, Error> {
        let about = &operations::READ_JOURNAL.about;
        let mut query = query(filter);
        query.push(("format".to_owned(), format.to_owned()));
        self.world.text(about, about.path, &query, ())
    }

    /// Forgets all entries.
    pub fn clear(&self) -> Result<(), Error> {
        self.world.call(&operations::CLEAR_JOURNAL, &[], Value::Null)
    }

    /// The last requests in words, oldest first.
    pub fn describe(&self) -> Result<String, Error> {
        let entries = self.entries(json!({ "limit": 20 }))?;
        Ok(entries.iter().rev().map(describe).collect::<Vec<_>>().join("\n"))
    }
}

/// An entry in words: what was asked, what was answered, why, and what to change.
pub fn describe(entry: &JournalEntry) -> String {
    let named = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}{value}"));
    let words = [
        Some(format!("#{} {} {} -> {}", entry.number, entry.method, entry.path, entry.status)),
        entry.error.clone(),
        named("client=", &entry.client_id),
        named("grant=", &entry.grant),
        entry.forced.then(|| "(forced)".to_owned()),
    ];
    let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let lines = [Some(words), named("    cause: ", &entry.cause), named("    hint: ", &entry.hint)];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
