//! What the issuer knows of a mount: one vendor's auth surface with clients, users and keys of its own.

use crate::directory::Directory;
use crate::expiry::Expiry;
use crate::keys::{KeyRing, OwnKeys};
use crate::meter::Refused;
use crate::scenario::Manners;
use crate::state::{Realm, Store};
use grant::{Client, User};
use std::sync::Arc;

/// A mount.
#[derive(Debug)]
pub struct Mount {
    /// Its name, unique in the gateway.
    pub name: String,
    /// What its state belongs to.
    pub realm: Realm,
    /// Its issuer identifier, the `iss` of its tokens.
    pub issuer: Arc<str>,
    /// Its clients and users.
    pub directory: Directory,
    /// Its keys.
    pub keys: Arc<KeyRing>,
    /// What was expired of its tokens.
    pub expiry: Expiry,
    /// How the token requests of some of its clients go.
    pub manners: Arc<Manners>,
    /// The grants that a rate limit refused.
    pub(crate) refused: Refused,
}

impl Mount {
    /// A mount with these clients and users.
    pub fn new(name: &str, issuer: &str, clients: Vec<Client>, users: Vec<User>) -> Self {
        let realm = Realm::of_mount(name);
        Self {
            name: name.to_owned(),
            keys: Arc::new(KeyRing::new(realm.clone())),
            realm,
            issuer: issuer.into(),
            directory: Directory::new(clients, users),
            expiry: Expiry::default(),
            manners: Arc::default(),
            refused: Refused::of_mount(name),
        }
    }

    /// The mount with these keys of the configuration file, of which the first signs.
    pub fn with_own_keys(mut self, own: OwnKeys) -> Self {
        self.keys = Arc::new(KeyRing::new(self.realm.clone()).with_own(own));
        self
    }

    /// The mount in a namespace, with what the configuration says of it and nothing that was changed since. `issuer` is
    /// its identifier there. Where a store is given, in which this mount's keys are kept, the first RSA key is a copy of
    /// the one that signs here.
    pub(crate) fn in_namespace(&self, owner: &str, issuer: Arc<str>, copied: Option<Arc<dyn Store>>) -> Self {
        let realm = Realm::new(Some(owner), &self.name);
        let ring = KeyRing::in_namespace(realm.clone());
        let keys = match copied {
            Some(store) => ring.after(Arc::clone(&self.keys), store),
            None => ring,
        };
        Self {
            name: self.name.clone(),
            keys: Arc::new(keys),
            realm,
            issuer,
            directory: self.directory.beside(),
            expiry: Expiry::default(),
            manners: Arc::clone(&self.manners),
            refused: self.refused.clone(),
        }
    }

    /// Takes the keys that the same mount had `before`, so that they are not loaded anew. Under another issuer they are: a
    /// ring remembers which tokens it has found to be its issuer's.
    pub fn keep_keys_of(&mut self, before: &Self) {
        if before.realm == self.realm && before.issuer == self.issuer && before.keys.has_the_own_of(&self.keys) {
            self.keys = Arc::clone(&before.keys);
        }
    }
}
