//! Scenarios of one process, in memory.

use issuer::state::ScenarioRecord;
use parking_lot::Mutex;

/// All scenarios, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Scenarios(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    all: Vec<ScenarioRecord>,
}

impl Scenarios {
    pub(crate) fn add(&self, body: String) -> u64 {
        let mut kept = self.0.lock();
        kept.last += 1;
        let id = kept.last;
        kept.all.push(ScenarioRecord { id, body, used: 0 });
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

    /// Forgets all, and how many there were.
    pub(crate) fn reset(&self) {
        *self.0.lock() = Kept::default();
    }

    /// Counts a use, unless all are used.
    pub(crate) fn spend(&self, id: u64, times: u64) -> bool {
        let mut kept = self.0.lock();
        let Some(record) = kept.all.iter_mut().find(|record| record.id == id && record.used < times) else {
            return false;
        };
        record.used += 1;
        true
    }
}
