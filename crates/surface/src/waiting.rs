//! How many requests scenarios keep waiting at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many requests may wait or hang at once.
const MOST: usize = 10_000;
/// How many of them may be those of one namespace.
const OF_NAMESPACE: usize = 1_000;

/// The requests that wait or hang.
#[derive(Debug)]
pub(crate) struct Waiting {
    now: AtomicUsize,
    pub(crate) most: usize,
}

/// One of them.
pub(crate) struct Place<'a>(&'a Waiting);

impl Default for Waiting {
    fn default() -> Self {
        Self { now: AtomicUsize::new(0), most: MOST }
    }
}

impl Waiting {
    /// Those of one namespace, which leaves room for others.
    pub(crate) const fn of_namespace() -> Self {
        Self { now: AtomicUsize::new(0), most: OF_NAMESPACE }
    }

    /// A place for one more, unless too many wait already.
    pub(crate) fn enter(&self) -> Option<Place<'_>> {
        let place = Place(self);
        (self.now.fetch_add(1, Ordering::Relaxed) < self.most).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_namespace_leaves_room_for_others_and_places_are_given_back() {
        let (own, all) = (Waiting::of_namespace(), Waiting::default());
        let places: Vec<_> = (0..OF_NAMESPACE).map(|_| (own.enter(), all.enter())).collect();
        assert!(places.iter().all(|(own, all)| own.is_some() && all.is_some()));
        assert!(own.enter().is_none() && all.enter().is_some());
        drop(places);
        assert!(own.enter().is_some());
    }
}
