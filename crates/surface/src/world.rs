//! A world: what one namespace has of its own, or the gateway outside any. What the file says is shared by all.

use crate::journal::{Budget, Journal};
use crate::mounts::{Mount, Mounts};
use crate::waiting::Waiting;
use actix_web::http::Uri;
use issuer::Issuer;
use issuer::state::{NamespaceRecord, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// One namespace under one configuration, or the gateway outside any.
#[derive(Debug)]
pub struct World {
    /// The issuer with its store, clock and scenarios.
    pub issuer: Arc<Issuer>,
    /// The mounts and the ways to them.
    pub mounts: Mounts,
    /// What became of the last requests.
    pub journal: Arc<Journal>,
    /// What holds in every world alike.
    pub rules: Rules,
    /// Where it is reached: the public URL, and below it what names the namespace.
    pub base: String,
    /// The requests that its scenarios keep waiting.
    pub(crate) waiting: Arc<Waiting>,
    namespace: Option<Namespace>,
}

/// What holds in every world of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether a secret that could be guessed is refused: the public listener is not on loopback.
    pub refuse_weak_secrets: bool,
    /// Whether what is there for tests is in force.
    pub test_features: bool,
}

/// What a world keeps under whatever configuration.
#[derive(Debug)]
pub(crate) struct Kept {
    journal: Arc<Journal>,
    waiting: Arc<Waiting>,
}

impl Kept {
    /// Nothing yet, with a journal that takes from a budget.
    pub(crate) fn within(budget: Arc<Budget>) -> Self {
        Self { journal: Journal::new(budget), waiting: Arc::default() }
    }
}

/// What makes a world one of many.
#[derive(Clone, Debug)]
struct Namespace {
    record: NamespaceRecord,
    /// When it ends, milliseconds of real time since the epoch: one for the same namespace under every configuration.
    ends_at: Arc<AtomicI64>,
}

impl World {
    /// The gateway outside any namespace.
    pub(crate) fn unnamed(issuer: Arc<Issuer>, mounts: Mounts, rules: Rules, public_url: &str, kept: Kept) -> Self {
        let Kept { journal, waiting } = kept;
        Self { issuer, mounts, journal, rules, base: public_url.to_owned(), waiting, namespace: None }
    }

    /// What goes on under another configuration.
    pub(crate) fn kept(&self) -> Kept {
        Kept { journal: Arc::clone(&self.journal), waiting: Arc::clone(&self.waiting) }
    }

    /// A namespace as the file says it, beside the gateway outside any.
    pub fn beside(unnamed: &Self, record: NamespaceRecord) -> Result<Self, StoreError> {
        let issuer = Arc::new(unnamed.issuer.in_namespace(&record)?);
        let namespace = Namespace { ends_at: Arc::new(AtomicI64::new(record.ends_at)), record };
        let kept = Kept { journal: unnamed.journal.beside(), waiting: Arc::new(Waiting::of_namespace()) };
        Ok(Self::made(unnamed, issuer, namespace, kept))
    }

    /// The same namespace beside another configuration. What it counts and remembers goes on, and so do the keys of
    /// mounts that stay; its run-time changes are to be put in force anew.
    pub(crate) fn succeeded_beside(&self, unnamed: &Self) -> Option<Self> {
        let namespace = self.namespace.clone()?;
        let mut next = Self::made(unnamed, Arc::clone(&self.issuer), namespace, self.kept());
        next.mounts.keep_keys_of(&self.mounts);
        Some(next)
    }

    fn made(unnamed: &Self, issuer: Arc<Issuer>, namespace: Namespace, kept: Kept) -> Self {
        let record = &namespace.record;
        let base = format!("{}/~{}", unnamed.base, record.name);
        let mounts = unnamed.mounts.beside(&base, |mount| {
            let issuer_there = if is_url(&mount.core.issuer) {
                format!("{base}/{}", mount.name()).into()
            } else {
                Arc::clone(&mount.core.issuer)
            };
            // What another namespace of that name issued may still be about, and so may what a mount of that issuer did.
            let copies_keys = record.is_drawn && is_url(&mount.core.issuer);
            unnamed.issuer.mount_in(&issuer, &mount.core, issuer_there, copies_keys)
        });
        let Kept { journal, waiting } = kept;
        Self { issuer, mounts, journal, rules: unnamed.rules, base, waiting, namespace: Some(namespace) }
    }

    /// The namespace's name; `None` outside any.
    pub fn name(&self) -> Option<&Arc<str>> {
        self.namespace.as_ref().map(|namespace| &namespace.record.name)
    }

    /// The namespace as it is kept; `None` outside any.
    pub fn record(&self) -> Option<NamespaceRecord> {
        let Namespace { record, ends_at } = self.namespace.as_ref()?;
        Some(NamespaceRecord { ends_at: ends_at.load(Ordering::Relaxed), ..record.clone() })
    }

    /// The host, with the port of the public URL, at which a mount of a namespace is reached: the one for this machine
    /// alone, unless that is another mount's.
    pub fn host_of(&self, mount: &Mount) -> Option<String> {
        let local = format!("{}.localhost", mount.name());
        let is_taken =
            self.mounts.all().iter().any(|other| other.name() != mount.name() && other.hosts.contains(&local));
        let host = if is_taken { mount.hosts.first()? } else { &local };
        let uri: Uri = self.base.parse().ok()?;
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}.{host}{port}", self.name()?))
    }

    /// Has it end at another time.
    pub fn extend(&self, ends_at: i64) {
        if let Some(namespace) = &self.namespace {
            namespace.ends_at.store(ends_at, Ordering::Relaxed);
        }
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.namespace
            .as_ref()
            .is_some_and(|namespace| self.issuer.clock.real_now().millis >= namespace.ends_at.load(Ordering::Relaxed))
    }

    /// Makes the keys that are missing, so that no token waits for them.
    pub async fn prepare_keys(&self) {
        for mount in self.mounts.all() {
            if let Err(error) = self.issuer.at(&mount.core, &*mount.dialect()).jwks().await {
                tracing::error!(mount = mount.name(), cause = &*error.cause, "keys cannot be prepared");
            }
        }
    }
}

/// Whether an issuer says where it is. One that is a name is no other's in any namespace.
fn is_url(issuer: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| issuer.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}
