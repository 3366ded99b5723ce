//! Scenarios of one process, in memory.

use issuer::state::ScenarioRecord;
use parking_lot::Mutex;
use std::collections::HashMap;

/// All scenarios, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Scenarios(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    all: Vec<ScenarioRecord>,
    /// Requests counted under names of the configuration file.
    counts: HashMap<String, u64>,
}

impl Scenarios {
    pub(crate) fn add(&self, body: String) -> u64 {
        let mut kept = self.0.lock();
        kept.last += 1;
        let id = kept.last;
        kept.all.push(ScenarioRecord { id, body, seen: 0, used: 0 });
        id
    }

    pub(crate) fn list(&self) -> Vec<ScenarioRecord> {
        self.0.lock().all.clone()
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut kept = self.0.lock();
        let before = kept.all.len();
        kept.all.retain(|record| record.id != id);
        kept.all.len() < before
    }

    pub(crate) fn clear(&self) {
        self.0.lock().all.clear();
    }

    /// Puts these in the place of all there are.
    pub(crate) fn replace(&self, all: Vec<ScenarioRecord>) {
        let mut kept = self.0.lock();
        kept.last = all.iter().map(|record| record.id).max().unwrap_or(0).max(kept.last);
        kept.all = all;
        kept.counts.clear();
    }

    /// Forgets all, and how many there were.
    pub(crate) fn reset(&self) {
        *self.0.lock() = Kept::default();
    }

    /// Counts a request that one matches; its number.
    pub(crate) fn see(&self, id: u64) -> u64 {
        self.0.lock().find(id).map_or(0, |record| {
            record.seen += 1;
            record.seen
        })
    }

    /// Counts a request under a name; its number.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let mut kept = self.0.lock();
        let count = kept.counts.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Counts a use, unless all are used; its number.
    pub(crate) fn spend(&self, id: u64, times: Option<u64>, sees: bool) -> Option<u64> {
        let mut kept = self.0.lock();
        let record = kept.find(id).filter(|record| times.is_none_or(|times| record.used < times))?;
        if sees {
            record.seen += 1;
        }
        record.used += 1;
        Some(record.used)
    }
}

impl Kept {
    fn find(&mut self, id: u64) -> Option<&mut ScenarioRecord> {
        self.all.iter_mut().find(|record| record.id == id)
    }
}
