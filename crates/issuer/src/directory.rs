//! The clients and users of a mount: those of the configuration, and the changes made at run time over them.
//!
//! A look-up takes the same time however many there are; a change copies the changes alone.

use crate::password::Dearest;
use arc_swap::ArcSwap;
use grant::{Client, Origins, User};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Clients by id, users by `sub` and by user name.
#[derive(Debug)]
pub struct Directory {
    clients: Layered<Client>,
    users: Layered<User>,
    usernames: ArcSwap<HashMap<Arc<str>, Arc<str>>>,
    dearest: Arc<Dearest>,
    /// Who of the configuration's clients names an origin, and the origins that changed clients name.
    origins: HashMap<Box<str>, Vec<Arc<str>>>,
    changed_origins: ArcSwap<HashSet<Box<str>>>,
    /// `sub` of the first users of the configuration, in its order.
    first: Vec<Arc<str>>,
}

impl Directory {
    /// How many users can be offered by name.
    pub const OFFERED: usize = 12;

    /// A directory of what the configuration says.
    pub fn new(clients: Vec<Client>, users: Vec<User>) -> Self {
        let mut origins: HashMap<Box<str>, Vec<Arc<str>>> = HashMap::new();
        for client in &clients {
            for origin in client.allowed_origins.iter() {
                origins.entry(origin.into()).or_default().push(client.id.shared());
            }
        }
        let directory = Self {
            origins,
            changed_origins: ArcSwap::default(),
            first: users.iter().take(Self::OFFERED).map(|user| Arc::clone(&user.sub)).collect(),
            clients: Layered::new(clients.into_iter().map(|client| (client.id.shared(), client))),
            users: Layered::new(users.into_iter().map(|user| (Arc::clone(&user.sub), user))),
            usernames: ArcSwap::default(),
            dearest: Arc::default(),
        };
        for user in directory.users.base.values() {
            directory.dearest.note(user.password.as_ref());
        }
        directory.index_usernames();
        directory
    }

    /// The client of that id.
    pub fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.clients.get(id)
    }

    /// Whether a client names `origin` among those of its pages.
    pub fn admits(&self, origin: &str) -> bool {
        let (changed, is_own) = (self.changed_origins.load(), |id: &Arc<str>| self.clients.is_unchanged(id));
        let mut names = Origins::naming(origin);
        names.any(|name| changed.contains(name) || self.origins.get(name).is_some_and(|ids| ids.iter().any(is_own)))
    }

    /// Whether a page of any origin is admitted by a client.
    pub fn admits_any(&self) -> bool {
        !self.origins.is_empty() || !self.changed_origins.load().is_empty()
    }

    /// The client of that id as the configuration says it, whatever was changed since.
    pub fn configured_client(&self, id: &str) -> Option<Arc<Client>> {
        self.clients.base.get(id).cloned()
    }

    /// Whether a change of that client is in force.
    pub fn is_client_changed(&self, id: &str) -> bool {
        !self.clients.is_unchanged(id)
    }

    /// Whether a change of that user is in force.
    pub fn is_user_changed(&self, sub: &str) -> bool {
        !self.users.is_unchanged(sub)
    }

    /// The user of that `sub` as the configuration says it, whatever was changed since.
    pub fn configured_user(&self, sub: &str) -> Option<Arc<User>> {
        self.users.base.get(sub).cloned()
    }

    /// The user of that `sub`.
    pub fn user(&self, sub: &str) -> Option<Arc<User>> {
        self.users.get(sub)
    }

    /// The user of that `sub` or, failing that, of that user name.
    pub fn find_user(&self, name: &str) -> Option<Arc<User>> {
        self.user(name).or_else(|| self.find_by_username(name))
    }

    /// The user of that user name.
    pub fn find_by_username(&self, name: &str) -> Option<Arc<User>> {
        self.user(self.usernames.load().get(name)?)
    }

    /// Another user who could be found by one of this user's names.
    pub fn namesake(&self, user: &User) -> Option<Arc<User>> {
        let found = [self.find_user(&user.username), self.find_by_username(&user.sub)];
        found.into_iter().flatten().find(|other| other.sub != user.sub)
    }

    /// What checking a password costs.
    pub(crate) fn dearest(&self) -> Arc<Dearest> {
        Arc::clone(&self.dearest)
    }

    /// The first users of the configuration, those disabled or removed since left out.
    pub fn offered_users(&self) -> Vec<Arc<User>> {
        self.first.iter().filter_map(|sub| self.user(sub)).filter(|user| !user.disabled).collect()
    }

    /// All clients, in no order.
    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.clients.all()
    }

    /// All users, in no order.
    pub fn users(&self) -> Vec<Arc<User>> {
        self.users.all()
    }

    /// How many clients there are.
    pub fn client_count(&self) -> usize {
        self.clients.len()
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Puts a client in place of the one of its id.
    pub fn put_client(&self, client: Client) {
        self.clients.set(client.id.shared(), Some(Arc::new(client)));
        self.index_origins();
    }

    /// Removes a client; whether there was one.
    pub fn remove_client(&self, id: &str) -> bool {
        let removed = self.clients.remove(id);
        self.index_origins();
        removed
    }

    /// Forgets how a client was changed: what the configuration says of it holds again.
    pub fn forget_client(&self, id: &str) {
        self.clients.forget(id);
        self.index_origins();
    }

    /// Puts a user in place of the one of its `sub`.
    pub fn put_user(&self, user: User) {
        self.dearest.note(user.password.as_ref());
        self.users.set(Arc::clone(&user.sub), Some(Arc::new(user)));
        self.index_usernames();
    }

    /// Removes a user; whether there was one.
    pub fn remove_user(&self, sub: &str) -> bool {
        let removed = self.users.remove(sub);
        self.index_usernames();
        removed
    }

    /// Forgets how a user was changed: what the configuration says of it holds again.
    pub fn forget_user(&self, sub: &str) {
        self.users.forget(sub);
        self.index_usernames();
    }

    /// Puts these changes in force in place of all that were made before, each kind in one step; `None` is a removal.
    pub fn replace(&self, clients: Changed<Client>, users: Changed<User>) {
        for user in users.values().flatten() {
            self.dearest.note(user.password.as_ref());
        }
        self.clients.replace(clients);
        self.index_origins();
        self.users.replace(users);
        self.index_usernames();
    }

    /// Forgets every change: what the configuration says holds again.
    pub fn reset(&self) {
        self.replace(Changed::new(), Changed::new());
    }

    fn index_origins(&self) {
        let changes = self.clients.changes.load();
        let origins = changes.values().flatten().flat_map(|client| client.allowed_origins.iter());
        self.changed_origins.store(Arc::new(origins.map(Into::into).collect()));
    }

    fn index_usernames(&self) {
        let index = self.users.all().into_iter().map(|user| (Arc::clone(&user.username), Arc::clone(&user.sub)));
        self.usernames.store(Arc::new(index.collect()));
    }
}

/// Changes by key; `None` is a removal.
pub type Changed<T> = HashMap<Arc<str>, Option<Arc<T>>>;

/// A map of many under a map of few changes; `None` among the changes is a removal.
#[derive(Debug)]
struct Layered<T> {
    base: HashMap<Arc<str>, Arc<T>>,
    changes: ArcSwap<Changed<T>>,
    writing: Mutex<()>,
}

impl<T> Layered<T> {
    fn new(items: impl Iterator<Item = (Arc<str>, T)>) -> Self {
        let base = items.map(|(key, item)| (key, Arc::new(item))).collect();
        Self { base, changes: ArcSwap::default(), writing: Mutex::new(()) }
    }

    fn get(&self, key: &str) -> Option<Arc<T>> {
        let changes = self.changes.load();
        if !changes.is_empty()
            && let Some(changed) = changes.get(key)
        {
            return changed.clone();
        }
        self.base.get(key).cloned()
    }

    fn is_unchanged(&self, key: &str) -> bool {
        !self.changes.load().contains_key(key)
    }

    fn all(&self) -> Vec<Arc<T>> {
        let changes = self.changes.load();
        let unchanged = self.base.iter().filter(|(key, _)| !changes.contains_key(*key)).map(|(_, item)| item);
        unchanged.chain(changes.values().flatten()).cloned().collect()
    }

    fn len(&self) -> usize {
        let changes = self.changes.load();
        let replaced = changes.keys().filter(|key| self.base.contains_key(*key)).count();
        self.base.len() - replaced + changes.values().flatten().count()
    }

    fn set(&self, key: Arc<str>, item: Option<Arc<T>>) {
        self.change(|changes| drop(changes.insert(key, item)));
    }

    fn forget(&self, key: &str) {
        self.change(|changes| drop(changes.remove(key)));
    }

    fn change(&self, change: impl FnOnce(&mut Changed<T>)) {
        let _one_at_a_time = self.writing.lock();
        let mut changes = HashMap::clone(&self.changes.load());
        change(&mut changes);
        self.changes.store(Arc::new(changes));
    }

    fn remove(&self, key: &str) -> bool {
        let there = self.get(key).is_some();
        if there {
            self.set(key.into(), None);
        }
        there
    }

    fn replace(&self, changes: Changed<T>) {
        let _one_at_a_time = self.writing.lock();
        self.changes.store(Arc::new(changes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::Claims;

    fn user(sub: &str, username: &str) -> User {
        let (sub, username) = (sub.into(), username.into());
        User { sub, username, password: None, disabled: false, denies_consent: false, claims: Claims::empty() }
    }

    #[test]
    fn changes_lie_over_the_file_until_they_are_reset() {
        let directory = Directory::new(vec![Client::new("a"), Client::new("b")], vec![user("1", "alice")]);
        let mut changed = Client::new("a");
        changed.disabled = true;
        directory.put_client(changed);
        directory.put_client(Client::new("c"));
        assert!(directory.remove_client("b") && !directory.remove_client("b"));
        assert!(directory.client("a").unwrap().disabled);
        assert!(directory.client("b").is_none() && directory.client("c").is_some());
        assert_eq!((directory.client_count(), directory.clients().len()), (2, 2));
        directory.reset();
        assert!(!directory.client("a").unwrap().disabled);
        assert!(directory.client("b").is_some() && directory.client("c").is_none());
    }

    #[test]
    fn n31_a_name_that_finds_another_user_is_known() {
        let directory = Directory::new(vec![], vec![user("1", "alice"), user("bob", "bob")]);
        directory.put_user(user("3", "carol"));
        for (newcomer, namesake) in [
            (user("alice", "other"), Some("1")),
            (user("carol", "carol"), Some("3")),
            (user("9", "bob"), Some("bob")),
            (user("9", "1"), Some("1")),
            (user("9", "carol"), Some("3")),
            (user("9", "new"), None),
            (user("1", "alice"), None),
            (user("bob", "robert"), None),
            (user("3", "3"), None),
        ] {
            let found = directory.namesake(&newcomer);
            assert_eq!(found.as_ref().map(|found| &*found.sub), namesake, "{newcomer:?}");
        }
    }

    #[test]
    fn n29_an_origin_is_admitted_while_a_client_names_it() {
        let client = |id: &str, origin: &str| {
            let mut client = Client::new(id);
            client.allowed_origins = grant::Origins::parse(&[origin]).unwrap();
            client
        };
        let directory = Directory::new(vec![client("a", "https://a.test"), client("b", "https://a.test")], vec![]);
        assert!(directory.admits("https://a.test") && !directory.admits("https://b.test"));
        directory.put_client(client("a", "https://b.test"));
        assert!(directory.admits("https://a.test") && directory.admits("https://b.test"), "b still names it");
        directory.remove_client("b");
        assert!(!directory.admits("https://a.test"));
        directory.put_client(client("c", "loopback"));
        assert!(directory.admits("http://localhost:5173"));
        directory.reset();
        assert!(directory.admits("https://a.test") && !directory.admits("http://localhost:5173"));
        assert!(!Directory::new(vec![Client::new("a")], vec![]).admits_any());
    }

    #[test]
    fn a_user_is_found_by_sub_and_by_name() {
        let directory = Directory::new(vec![], vec![user("1", "alice")]);
        directory.put_user(user("2", "bob"));
        directory.put_user(user("1", "alicia"));
        assert_eq!(&*directory.find_user("bob").unwrap().sub, "2");
        assert_eq!(&*directory.find_user("alicia").unwrap().sub, "1");
        assert!(directory.find_user("alice").is_none());
        assert!(directory.remove_user("2") && directory.find_user("bob").is_none());
    }
}
