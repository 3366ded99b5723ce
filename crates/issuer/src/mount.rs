//! What the issuer knows of a mount: one vendor's auth surface with clients, users and keys of its own.

use crate::directory::Directory;
use crate::keys::KeyRing;
use crate::state::Realm;
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
    pub keys: KeyRing,
}

impl Mount {
    /// A mount with these clients and users.
    pub fn new(name: &str, issuer: &str, clients: Vec<Client>, users: Vec<User>) -> Self {
        let realm = Realm::of_mount(name);
        Self {
            name: name.to_owned(),
            keys: KeyRing::new(realm.clone()),
            realm,
            issuer: issuer.into(),
            directory: Directory::new(clients, users),
        }
    }
}
