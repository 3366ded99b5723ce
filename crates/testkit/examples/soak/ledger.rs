//! What became of every request, and the tokens that were granted.

use parking_lot::Mutex;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::fmt::{Display, Write};
use std::hash::BuildHasher;

/// Wrong answers that are kept.
const KEPT: usize = 50;

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// It was answered, and right.
    Right,
    /// It was told to come again.
    ToldToWait,
    /// Its connection ended without an answer.
    Unanswered,
    /// A refresh token whose answer was lost had been spent.
    SpentWithItsAnswer,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    /// What happens, and by kind of request what became of those that came meanwhile.
    rows: Vec<(&'static str, BTreeMap<&'static str, [u64; 4]>)>,
    granted: HashSet<u64>,
    hasher: RandomState,
    wrong: Vec<String>,
}

impl Ledger {
    /// From now on something fails, or has failed last.
    pub(crate) fn begin(&self, fault: &'static str) {
        self.0.lock().rows.push((fault, BTreeMap::new()));
    }

    pub(crate) fn count(&self, kind: &'static str, fate: Fate) {
        let mut book = self.0.lock();
        if book.rows.is_empty() {
            book.rows.push(("nothing", BTreeMap::new()));
        }
        if let Some((_, kinds)) = book.rows.last_mut() {
            kinds.entry(kind).or_default()[fate as usize] += 1;
        }
    }

    /// Takes a token that was granted; false where it was before.
    pub(crate) fn is_new(&self, token: &str) -> bool {
        let mut book = self.0.lock();
        let hash = book.hasher.hash_one(token);
        book.granted.insert(hash)
    }

    pub(crate) fn blame(&self, why: &dyn Display) {
        let mut book = self.0.lock();
        if book.wrong.len() < KEPT {
            let during = book.rows.last().map_or("nothing", |(fault, _)| fault);
            let why = format!("during {during}: {why}");
            book.wrong.push(why);
        }
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.0.lock().wrong.clone()
    }

    /// By fault, and by kind of request: what became of them.
    pub(crate) fn table(&self) -> String {
        let book = self.0.lock();
        let (mut by_fault, mut by_kind) = (BTreeMap::<_, [u64; 4]>::new(), BTreeMap::<_, [u64; 4]>::new());
        for (fault, kinds) in &book.rows {
            for (kind, counts) in kinds {
                for (at, count) in counts.iter().enumerate() {
                    by_fault.entry(*fault).or_default()[at] += count;
                    by_kind.entry(*kind).or_default()[at] += count;
                }
            }
        }
        let head = "right | told 503 | no answer | spent with its answer |\n|---|---:|---:|---:|---:|\n";
        let mut table = format!("{} tokens, no two alike\n\n| request | {head}", book.granted.len());
        for (name, [right, waits, lost, spent]) in by_kind {
            let _ = writeln!(table, "| {name} | {right} | {waits} | {lost} | {spent} |");
        }
        let _ = write!(table, "\n| the minute of | {head}");
        for (name, [right, waits, lost, spent]) in by_fault {
            let _ = writeln!(table, "| {name} | {right} | {waits} | {lost} | {spent} |");
        }
        table
    }
}
