//! The run-time changes as the store keeps them, remembered in case it loses them.

use issuer::state::{Override, OverrideKind, Realm};
use std::collections::HashMap;

/// What is kept, by whose it is, its kind and which.
#[derive(Debug, Default)]
pub(super) struct Remembered(HashMap<(Realm, OverrideKind, String), Option<String>>);

impl Remembered {
    pub(super) fn put(&mut self, change: &Override) {
        let Override { realm, kind, id, body } = change.clone();
        self.0.insert((realm, kind, id), body);
    }

    pub(super) fn forget(&mut self, realm: &Realm, kind: OverrideKind, id: &str) {
        self.0.remove(&(realm.clone(), kind, id.to_owned()));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn replace(&mut self, all: Vec<Override>) {
        self.0 = all.into_iter().map(|Override { realm, kind, id, body }| ((realm, kind, id), body)).collect();
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Override> {
        self.0.iter().map(|((realm, kind, id), body)| Override {
            realm: realm.clone(),
            kind: *kind,
            id: id.clone(),
            body: body.clone(),
        })
    }

    /// Those that take something away.
    pub(super) fn removals(&self) -> impl Iterator<Item = Override> {
        let removed = self.0.iter().filter(|(_, body)| body.is_none());
        removed.map(|((realm, kind, id), _)| Override { realm: realm.clone(), kind: *kind, id: id.clone(), body: None })
    }
}
