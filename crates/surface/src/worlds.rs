//! The namespaces under one configuration.

use crate::world::World;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// All namespaces, by name.
#[derive(Debug)]
pub struct Worlds {
    all: RwLock<HashMap<Arc<str>, Arc<World>>>,
    /// How many there may be.
    pub most: usize,
    /// When the store was last asked about one that is not known here.
    looked: Mutex<Option<Instant>>,
}

/// What is wrong with a request that names a namespace of which there is none.
pub const NO_NAMESPACE: &str = "there is no namespace of the name that path, Host or header says";

/// Between two such looks.
const LOOK: Duration = Duration::from_millis(50);

impl Worlds {
    pub(crate) fn new(most: usize) -> Self {
        Self { all: RwLock::default(), most, looked: Mutex::default() }
    }

    /// The one of that name, until it ends.
    pub fn get(&self, name: &str) -> Option<Arc<World>> {
        self.all.read().get(name).filter(|world| !world.is_over()).cloned()
    }

    /// The one of that name, whether or not it has ended.
    pub fn find(&self, name: &str) -> Option<Arc<World>> {
        self.all.read().get(name).cloned()
    }

    /// The one of that owner.
    pub fn of_owner(&self, owner: &str) -> Option<Arc<World>> {
        let found = self.find(owner.split_once('.')?.0)?;
        found.record().is_some_and(|record| *record.owner() == *owner).then_some(found)
    }

    /// Whether the store may be asked about a namespace that is not known here: seldom, for strangers may name any.
    pub(crate) fn may_look(&self) -> bool {
        let mut looked = self.looked.lock();
        let may = looked.is_none_or(|last| last.elapsed() >= LOOK);
        if may {
            *looked = Some(Instant::now());
        }
        may
    }

    /// All, those that have ended and are not forgotten yet among them.
    pub fn all(&self) -> Vec<Arc<World>> {
        self.all.read().values().cloned().collect()
    }

    /// How many have not ended.
    pub(crate) fn living(&self) -> usize {
        self.all.read().values().filter(|world| !world.is_over()).count()
    }

    /// Those that have ended and are not forgotten yet.
    pub fn ended(&self) -> Vec<Arc<World>> {
        self.all.read().values().filter(|world| world.is_over()).cloned().collect()
    }

    /// Serves a namespace; the gateway outside any is none.
    pub fn put(&self, world: World) -> Arc<World> {
        let world = Arc::new(world);
        if let Some(name) = world.name() {
            self.all.write().insert(Arc::clone(name), Arc::clone(&world));
        }
        world
    }

    /// Serves this very namespace no more.
    pub fn remove(&self, world: &World) {
        let mut all = self.all.write();
        let id = |world: &World| world.record().map(|record| record.id);
        if let Some(name) = world.name()
            && all.get(name).is_some_and(|there| id(there) == id(world))
        {
            all.remove(name);
        }
    }
}

/// Whether a text can name a namespace: 1 to 32 of a to z, 0 to 9 and `-`, with a letter or digit at both ends.
pub fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_label_of_dns() {
        for good in ["a", "0", "k3f9", "pr-123", &"a".repeat(32)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "ä", "~a", &"a".repeat(33)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
