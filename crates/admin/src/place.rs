//! The names of users that are put at the same time.

use crate::change::ChangeError;
use grant::{Client, User};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, LazyLock};
use surface::mounts::Mount;
use tokio::sync::{Mutex, MutexGuard};

/// What is put under names of which another may be put meanwhile.
pub(crate) trait Named {
    /// The names that no other of the mount may have.
    fn names(&self) -> Vec<Arc<str>>;
    /// Refuses one that another of the mount leaves no place for.
    fn check_place(&self, mount: &Mount) -> Result<(), ChangeError>;
}

impl Named for Client {
    fn names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn check_place(&self, _: &Mount) -> Result<(), ChangeError> {
        Ok(())
    }
}

impl Named for User {
    fn names(&self) -> Vec<Arc<str>> {
        vec![Arc::clone(&self.sub), Arc::clone(&self.username)]
    }

    fn check_place(&self, mount: &Mount) -> Result<(), ChangeError> {
        match mount.core.directory.namesake(self) {
            None => Ok(()),
            Some(owner) => {
                let [sub, username, owner] = [&self.sub, &self.username, &owner.sub].map(ToString::to_string);
                Err(ChangeError::NameTaken { sub, username, owner })
            }
        }
    }
}

/// Keeps the names of one that is to be put from any other until it is in force; refused where another has one.
pub(crate) async fn take(mount: &Mount, entry: &impl Named) -> Result<Vec<MutexGuard<'static, ()>>, ChangeError> {
    static PLACES: LazyLock<[Mutex<()>; 64]> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let place = |name: &Arc<str>| usize::from(hasher.hash_one((mount.name(), name)).to_be_bytes()[0] % 64);
    // In order, so that no two wait for each other.
    let places: BTreeSet<_> = entry.names().iter().map(place).collect();
    let mut taken = Vec::with_capacity(places.len());
    for place in places {
        taken.push(PLACES[place].lock().await);
    }
    entry.check_place(mount).map(|()| taken)
}
