//! How Redis keys are named.
//!
//! `{prefix}:{epoch}:{{tag}}{kind}…`, where the tag decides the slot in a Cluster: a family's state has a tag of its
//! own, so has each client's log of grants; what a mount's users own shares the mount's tag. A reset begins a new
//! epoch. What outlives a reset, and what all replicas follow, is named `{prefix}:{{shared}}…`.

use issuer::state::{FamilyId, HandleHash, Realm};

/// The name of a Redis key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(Vec<u8>);

impl Key {
    /// A key that Redis has named.
    pub(super) fn raw(name: Vec<u8>) -> Self {
        Self(name)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Names keys.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// What the names of all that is kept begin with: of a namespace, within those of the store.
    prefix: String,
    /// What the names of that begin with which replicas share, whatever namespace it is about.
    base: String,
}

/// What a user owns, found by the hash of a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owned {
    Session,
    Pat,
}

/// What a key of an epoch names, but for lists and logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Family(Realm, FamilyId),
    Owned(Realm, Owned, HandleHash),
    /// With the user.
    Consents(Realm, String),
    /// With user and client.
    ConsentFamilies(Realm, String, String),
}

impl Owned {
    const fn letter(self) -> char {
        match self {
            Self::Session => 's',
            Self::Pat => 'p',
        }
    }
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), base: prefix.to_owned() }
    }

    /// Names the keys of a namespace.
    pub(super) fn of_namespace(&self, owner: &str) -> Self {
        Self { prefix: format!("{}:~{owner}", self.base), base: self.base.clone() }
    }

    /// A pattern that all keys match which are named here, but for what replicas share.
    pub(super) fn pattern(&self) -> String {
        format!("{}:*", self.escaped())
    }

    fn tagged(&self, epoch: u64, tag: &str, rest: &[u8]) -> Key {
        let mut key = format!("{}:{epoch}:{{{tag}}}", self.prefix).into_bytes();
        key.extend_from_slice(rest);
        Key(key)
    }

    /// What a mount's users own. The slash keeps the tag of a realm with an empty name from being empty, which is none.
    fn of_realm(&self, epoch: u64, realm: &Realm, rest: &[u8]) -> Key {
        self.tagged(epoch, &format!("{}/", realm.as_str()), rest)
    }

    /// What is kept in the slot of the log.
    fn kept(&self, rest: &str) -> Key {
        Key(format!("{}:{{shared}}{rest}", self.prefix).into_bytes())
    }

    /// What replicas share.
    fn shared(&self, rest: &str) -> Key {
        Key(format!("{}:{{shared}}{rest}", self.base).into_bytes())
    }

    /// The namespaces.
    pub(super) fn namespaces(&self) -> Key {
        self.shared("namespaces")
    }

    /// All of a family's state.
    pub(super) fn family(&self, epoch: u64, realm: &Realm, family: FamilyId) -> Key {
        self.tagged(epoch, &format!("{}/{:015x}", realm.as_str(), family.0), b"f")
    }

    /// The log of a client's grants.
    pub(super) fn limit(&self, epoch: u64, realm: &Realm, key: &str) -> Key {
        self.tagged(epoch, &format!("{}/{key}", realm.as_str()), b"l")
    }

    /// A session or a personal access token.
    pub(super) fn owned(&self, epoch: u64, realm: &Realm, kind: Owned, handle: HandleHash) -> Key {
        let mut rest = vec![kind.letter() as u8];
        rest.extend_from_slice(&handle.0);
        self.of_realm(epoch, realm, &rest)
    }

    /// The sessions or personal access tokens of a user.
    pub(super) fn owned_by(&self, epoch: u64, realm: &Realm, kind: Owned, subject: &str) -> Key {
        self.of_realm(epoch, realm, format!("u{}{subject}", kind.letter()).as_bytes())
    }

    /// The consents of a user.
    pub(super) fn consents(&self, epoch: u64, realm: &Realm, subject: &str) -> Key {
        self.of_realm(epoch, realm, format!("c{subject}").as_bytes())
    }

    /// The families that came of a user's consent to a client.
    pub(super) fn consent_families(&self, epoch: u64, realm: &Realm, subject: &str, client_id: &str) -> Key {
        let rest = format!("d{}:{subject}{client_id}", subject.len());
        self.of_realm(epoch, realm, rest.as_bytes())
    }

    /// A pattern that all keys of an epoch match.
    pub(super) fn epoch_pattern(&self, epoch: u64) -> String {
        format!("{}:{epoch}:*", self.escaped())
    }

    /// The prefix as a pattern that it alone matches.
    fn escaped(&self) -> String {
        self.prefix.chars().flat_map(|c| "*?[]\\^".contains(c).then_some('\\').into_iter().chain([c])).collect()
    }

    /// A pattern that the keys of all realms match, which a reset leaves.
    pub(super) fn signing_keys_pattern(&self) -> String {
        format!("{}:keys:*", self.escaped())
    }

    /// What a key of an epoch names; `None` for a log of grants.
    pub(super) fn parse(&self, epoch: u64, key: &Key) -> Option<Named> {
        let rest = key.0.strip_prefix(format!("{}:{epoch}:{{", self.prefix).as_bytes())?;
        let at = rest.iter().position(|byte| *byte == b'}')?;
        let (tag, rest) = (std::str::from_utf8(&rest[..at]).ok()?, &rest[at + 1..]);
        let (realm, family) = tag.rsplit_once('/')?;
        let realm = Realm::of_mount(realm);
        if rest == b"f" {
            return Some(Named::Family(realm, FamilyId(u64::from_str_radix(family, 16).ok()?)));
        }
        let (letter, rest) = rest.split_first().filter(|_| family.is_empty())?;
        let text = || std::str::from_utf8(rest).ok();
        Some(match letter {
            b's' => Named::Owned(realm, Owned::Session, HandleHash(rest.try_into().ok()?)),
            b'p' => Named::Owned(realm, Owned::Pat, HandleHash(rest.try_into().ok()?)),
            b'c' => Named::Consents(realm, text()?.to_owned()),
            b'd' => {
                let (length, both) = text()?.split_once(':')?;
                let (subject, client_id) = both.split_at_checked(length.parse().ok()?)?;
                Named::ConsentFamilies(realm, subject.to_owned(), client_id.to_owned())
            }
            _ => return None,
        })
    }

    /// A realm's keys, which a reset leaves.
    pub(super) fn signing_keys(&self, realm: &Realm) -> Key {
        Key(format!("{}:keys:{{{}}}", self.prefix, realm.as_str()).into_bytes())
    }

    /// The epoch of the keys that a reset forgets.
    pub(super) fn epoch(&self) -> Key {
        self.kept("epoch")
    }

    /// The version of names and values; there is none where it is the first.
    pub(super) fn format(&self) -> Key {
        self.shared("format")
    }

    /// The run-time changes.
    pub(super) fn overrides(&self) -> Key {
        self.kept("overrides")
    }

    /// The log of what replicas changed.
    pub(super) fn log(&self) -> Key {
        self.shared("log")
    }

    /// What replicas send all of them beside changes, for those that start later too.
    pub(super) fn kept_letters(&self) -> Key {
        self.shared("letters:kept")
    }

    /// What replicas send all of them beside changes.
    pub(super) fn letters(&self) -> Key {
        self.shared("letters")
    }

    /// What they send one of them.
    pub(super) fn letters_to(&self, replica: &str) -> Key {
        self.shared(&format!("letters:{replica}"))
    }

    /// What is written to see whether something can be.
    pub(super) fn probe(&self) -> Key {
        self.shared("probe")
    }

    /// The live replicas.
    pub(super) fn replicas(&self) -> Key {
        self.shared("replicas")
    }

    /// Until when the steps of a replica are settled.
    pub(super) fn settled(&self, replica: &str) -> Key {
        self.shared(&format!("settled:{replica}"))
    }

    /// What the replicas have declared.
    pub(super) fn declared(&self) -> Key {
        self.shared("declared")
    }

    /// What tells this store from any other.
    pub(super) fn mark(&self) -> Key {
        self.shared("mark")
    }

    /// Run-time changes that are made ready to take the place of those there are.
    pub(super) fn staged(&self, by: &str) -> Key {
        self.shared(&format!("staged:{by}"))
    }

    /// The scenarios.
    pub(super) fn scenarios(&self) -> Key {
        self.kept("scenarios")
    }

    /// How often scenarios have acted.
    pub(super) fn scenario_uses(&self) -> Key {
        self.kept("uses")
    }
}
