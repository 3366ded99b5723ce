//! Whether the gateway lives, serves and is ready: three questions, for those who restart it, who send it requests, and
//! who want all of it.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// What must be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is not about to stop.
    Running,
    /// The store takes a small write.
    Store,
    /// The keys that the store has were read.
    Keys,
    /// All that replicas are known to have changed is in force.
    Changes,
    /// What replicas change is followed.
    Log,
}

impl Check {
    /// All of them, in the order in which a failure is told.
    pub const ALL: [Self; 5] = [Self::Running, Self::Store, Self::Keys, Self::Changes, Self::Log];

    /// Its name in answers, log and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Store => "store",
            Self::Keys => "keys",
            Self::Changes => "changes",
            Self::Log => "log",
        }
    }

    /// What is the case where it fails.
    pub(crate) const fn fault(self) -> &'static str {
        match self {
            Self::Running => "draining",
            Self::Store => "store unavailable",
            Self::Keys => "keys cannot be read",
            Self::Changes => "changes of replicas are not in force",
            Self::Log => "changes of replicas are not seen",
        }
    }
}

/// What is asked of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the process answers: where not, a restart helps.
    Live,
    /// Whether requests may be sent to it: where not, another replica serves them better.
    Serving,
    /// Whether all of it works, the store that replicas share included: where not, somebody has to look.
    Ready,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Live, Self::Serving, Self::Ready];

    /// Its name: the last segment of its path below `/_gateway/health/`, and the status where the answer is yes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Serving => "serving",
            Self::Ready => "ready",
        }
    }

    /// The question of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// What the process knows of its health, whatever its configuration.
#[derive(Debug, Default)]
pub struct Health {
    is_behind: AtomicBool,
    is_cut_off: AtomicBool,
    pub(crate) look: tokio::sync::Mutex<Option<Look>>,
    /// The failures that the log has.
    pub(crate) told: Mutex<Vec<Check>>,
}

/// What became of the last look at the store.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) at: Instant,
    pub(crate) failed: Option<(Check, Arc<str>)>,
}

impl Health {
    /// Whether replicas are known to have changed what is not in force here; before the first look at the changes that
    /// is so. To be said of what lasts: balancers take a replica that is behind for gone.
    pub fn behind(&self, is_behind: bool) {
        self.is_behind.store(is_behind, Ordering::Relaxed);
    }

    /// Whether what replicas change is not seen.
    pub fn cut_off(&self, is_cut_off: bool) {
        self.is_cut_off.store(is_cut_off, Ordering::Relaxed);
    }

    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    pub(crate) fn is_cut_off(&self) -> bool {
        self.is_cut_off.load(Ordering::Relaxed)
    }
}
