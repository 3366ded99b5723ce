//! The database over a damaged file: redb may panic, and panic again when what it gave is dropped meanwhile, for its
//! locks are poisoned. A second panic would abort the process.

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What redb gave. Dropping it never panics.
pub(super) struct Calm<T>(Option<T>);

impl<T> Calm<T> {
    pub(super) const fn new(given: T) -> Self {
        Self(Some(given))
    }

    #[expect(clippy::expect_used, reason = "it is taken out where this is consumed or dropped, and nowhere else")]
    pub(super) fn into_inner(mut self) -> T {
        self.0.take().expect("what was given")
    }
}

impl<T> Drop for Calm<T> {
    fn drop(&mut self) {
        let given = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(given)));
    }
}

impl<T> Deref for Calm<T> {
    type Target = T;

    #[expect(clippy::expect_used, reason = "as above")]
    fn deref(&self) -> &T {
        self.0.as_ref().expect("what was given")
    }
}

impl<T> DerefMut for Calm<T> {
    #[expect(clippy::expect_used, reason = "as above")]
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("what was given")
    }
}
