//! How many requests scenarios keep waiting at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many requests may wait or hang at once.
pub(crate) const MOST: usize = 10_000;

/// The requests that wait or hang.
#[derive(Debug, Default)]
pub(crate) struct Waiting(AtomicUsize);

/// One of them.
pub(crate) struct Place<'a>(&'a Waiting);

impl Waiting {
    /// A place for one more, unless too many wait already.
    pub(crate) fn enter(&self) -> Option<Place<'_>> {
        let place = Place(self);
        (self.0.fetch_add(1, Ordering::Relaxed) < MOST).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
