//! The clients and users of a mount: those of the configuration, and the changes made at run time over them.
//!
//! A look-up takes the same time however many there are; a change copies the changes alone.

use crate::layered::{Changed, Layered};
use crate::password::Dearest;
use arc_swap::ArcSwap;
use grant::{Client, Origins, User};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Clients by id, users by `sub` and by user name.
#[derive(Debug)]
pub struct Directory {
    clients: Layered<Client>,
    users: Layered<User>,
    dearest: Arc<Dearest>,
    /// What is found by something other than its key among those of the configuration, which namespaces share.
    configured: Arc<Index>,
    /// The names of the users that were changed.
    changed_usernames: ArcSwap<Usernames>,
    /// The origins that changed clients name.
    changed_origins: ArcSwap<HashSet<Box<str>>>,
}

/// `sub` by user name.
type Usernames = HashMap<Arc<str>, Arc<str>>;

/// What is found by something other than its key.
#[derive(Debug, Default)]
struct Index {
    usernames: Usernames,
    /// Who names an origin.
    origins: HashMap<Box<str>, Vec<Arc<str>>>,
    /// `sub` of the first users, in the order of the configuration.
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
        let configured = Index {
            usernames: users.iter().map(|user| (Arc::clone(&user.username), Arc::clone(&user.sub))).collect(),
            origins,
            first: users.iter().take(Self::OFFERED).map(|user| Arc::clone(&user.sub)).collect(),
        };
        let dearest = Dearest::default();
        for user in &users {
            dearest.note(user.password.as_ref());
        }
        Self {
            clients: Layered::new(clients.into_iter().map(|client| (client.id.shared(), client))),
            users: Layered::new(users.into_iter().map(|user| (Arc::clone(&user.sub), user))),
            dearest: Arc::new(dearest),
            configured: Arc::new(configured),
            changed_usernames: ArcSwap::default(),
            changed_origins: ArcSwap::default(),
        }
    }

    /// Another directory over the same configuration, which it shares, with no changes.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            clients: self.clients.beside(),
            users: self.users.beside(),
            dearest: Arc::new(self.dearest.copy()),
            configured: Arc::clone(&self.configured),
            changed_usernames: ArcSwap::default(),
            changed_origins: ArcSwap::default(),
        }
    }

    /// The client of that id.
    pub fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.clients.get(id)
    }

    /// Whether a client names `origin` among those of its pages.
    pub fn admits(&self, origin: &str) -> bool {
        let (changed, is_own) = (self.changed_origins.load(), |id: &Arc<str>| self.clients.is_unchanged(id));
        let mut names = Origins::naming(origin);
        let origins = &self.configured.origins;
        names.any(|name| changed.contains(name) || origins.get(name).is_some_and(|ids| ids.iter().any(is_own)))
    }

    /// Whether a page of any origin is admitted by a client.
    pub fn admits_any(&self) -> bool {
        !self.configured.origins.is_empty() || !self.changed_origins.load().is_empty()
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
        if let Some(sub) = self.changed_usernames.load().get(name) {
            return self.user(sub);
        }
        let sub = self.configured.usernames.get(name)?;
        self.users.is_unchanged(sub).then(|| self.user(sub)).flatten()
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
        self.configured.first.iter().filter_map(|sub| self.user(sub)).filter(|user| !user.disabled).collect()
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

    /// Puts clients, or takes them away, in one step; those changed before stay as they are with `keeps`, else what the
    /// configuration says of them holds again.
    pub fn put_clients(&self, clients: Changed<Client>, keeps: bool) {
        self.clients.extend(clients, keeps);
        self.index_origins();
    }

    /// The same of users.
    pub fn put_users(&self, users: Changed<User>, keeps: bool) {
        for user in users.values().flatten() {
            self.dearest.note(user.password.as_ref());
        }
        self.users.extend(users, keeps);
        self.index_usernames();
    }

    /// Whether a client is the configuration's own, unchanged.
    pub fn is_configured(&self, client: &Arc<Client>) -> bool {
        self.clients.base.get(client.id.as_str()).is_some_and(|own| Arc::ptr_eq(own, client))
    }

    /// The ids of the configuration's clients.
    pub fn configured_clients(&self) -> impl Iterator<Item = &Arc<str>> {
        self.clients.base.keys()
    }

    /// The `sub`s of the configuration's users.
    pub fn configured_users(&self) -> impl Iterator<Item = &Arc<str>> {
        self.users.base.keys()
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
        let changes = self.users.changes.load();
        let users = changes.values().flatten();
        let index = users.map(|user| (Arc::clone(&user.username), Arc::clone(&user.sub))).collect();
        self.changed_usernames.store(Arc::new(index));
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
    fn directories_beside_each_other_share_the_configuration_alone() {
        let one = Directory::new(vec![Client::new("a")], vec![user("1", "alice"), user("2", "bob")]);
        one.put_user(user("1", "alicia"));
        let other = one.beside();
        assert!(Arc::ptr_eq(&one.clients.base, &other.clients.base) && Arc::ptr_eq(&one.users.base, &other.users.base));
        other.put_client(Client::new("c"));
        other.remove_user("2");
        assert!(other.find_user("alice").is_some() && one.find_user("alice").is_none());
        assert!(one.client("c").is_none() && one.find_user("bob").is_some() && other.find_user("bob").is_none());
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
