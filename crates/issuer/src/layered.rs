//! A map of what the configuration says, with changes over it.

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Changes by key; `None` is a removal.
pub type Changed<T> = HashMap<Arc<str>, Option<Arc<T>>>;

/// A map of many under a map of few changes; `None` among the changes is a removal.
#[derive(Debug)]
pub(crate) struct Layered<T> {
    pub(crate) base: Arc<HashMap<Arc<str>, Arc<T>>>,
    pub(crate) changes: ArcSwap<Changed<T>>,
    writing: Mutex<()>,
}

impl<T> Layered<T> {
    pub(crate) fn new(items: impl Iterator<Item = (Arc<str>, T)>) -> Self {
        Self::over(Arc::new(items.map(|(key, item)| (key, Arc::new(item))).collect()))
    }

    fn over(base: Arc<HashMap<Arc<str>, Arc<T>>>) -> Self {
        Self { base, changes: ArcSwap::default(), writing: Mutex::new(()) }
    }

    pub(crate) fn beside(&self) -> Self {
        Self::over(Arc::clone(&self.base))
    }

    pub(crate) fn get(&self, key: &str) -> Option<Arc<T>> {
        let changes = self.changes.load();
        if !changes.is_empty()
            && let Some(changed) = changes.get(key)
        {
            return changed.clone();
        }
        self.base.get(key).cloned()
    }

    pub(crate) fn is_unchanged(&self, key: &str) -> bool {
        !self.changes.load().contains_key(key)
    }

    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        let changes = self.changes.load();
        let unchanged = self.base.iter().filter(|(key, _)| !changes.contains_key(*key)).map(|(_, item)| item);
        unchanged.chain(changes.values().flatten()).cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        let changes = self.changes.load();
        let replaced = changes.keys().filter(|key| self.base.contains_key(*key)).count();
        self.base.len() - replaced + changes.values().flatten().count()
    }

    pub(crate) fn set(&self, key: Arc<str>, item: Option<Arc<T>>) {
        self.change(|changes| drop(changes.insert(key, item)));
    }

    pub(crate) fn forget(&self, key: &str) {
        self.change(|changes| drop(changes.remove(key)));
    }

    fn change(&self, change: impl FnOnce(&mut Changed<T>)) {
        let _one_at_a_time = self.writing.lock();
        let mut changes = HashMap::clone(&self.changes.load());
        change(&mut changes);
        self.changes.store(Arc::new(changes));
    }

    pub(crate) fn remove(&self, key: &str) -> bool {
        let there = self.get(key).is_some();
        if there {
            self.set(key.into(), None);
        }
        there
    }

    pub(crate) fn extend(&self, more: Changed<T>, keeps: bool) {
        self.change(|changes| {
            if !keeps {
                changes.clear();
            }
            changes.extend(more);
        });
    }

    pub(crate) fn replace(&self, changes: Changed<T>) {
        let _one_at_a_time = self.writing.lock();
        self.changes.store(Arc::new(changes));
    }
}
