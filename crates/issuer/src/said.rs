//! What is told once, however often it is met.

use parking_lot::Mutex;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

/// How many such things are remembered; beyond that, some may be told again.
const REMEMBERED: usize = 16_384;

/// Whether this process meets `what` for the first time: rows that do not fit are met at each reading of all rows.
pub fn is_news(what: &impl Hash) -> bool {
    static SAID: LazyLock<Mutex<HashSet<u64>>> = LazyLock::new(Mutex::default);
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let mut said = SAID.lock();
    if said.len() >= REMEMBERED {
        said.clear();
    }
    said.insert(hasher.finish())
}
