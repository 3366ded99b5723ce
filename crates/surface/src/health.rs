//! Whether the gateway lives, serves and is ready: three questions, for those who restart it, who send it requests, and
//! who want all of it.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long a replica that has been current serves while a change is put in force: every change makes it late for a
/// moment, and balancers take it out at one failure.
const MOMENT: Duration = Duration::from_secs(1);

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
    changes: Mutex<Changes>,
    is_cut_off: AtomicBool,
    pub(crate) look: tokio::sync::Mutex<Option<Look>>,
    /// The failures that the log has.
    pub(crate) told: Mutex<Vec<Check>>,
}

/// How what replicas are known to have changed stands here.
#[derive(Debug, Default)]
struct Changes {
    /// Since when some of it is not in force.
    behind_since: Option<Instant>,
    /// Whether all of it was once.
    has_been_current: bool,
}

/// What became of the last look at the store.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) at: Instant,
    /// How long it took, a small write and all.
    pub(crate) took: Duration,
    pub(crate) failed: Option<(Check, Arc<str>)>,
}

impl Health {
    /// Says whether replicas are known to have changed what is not in force here; before the first look at the changes
    /// that is so.
    pub fn behind(&self, is_behind: bool) {
        let mut changes = self.changes.lock();
        changes.has_been_current |= !is_behind;
        changes.behind_since = is_behind.then(|| changes.behind_since.unwrap_or_else(Instant::now));
    }

    /// Whether what replicas change is not seen.
    pub fn cut_off(&self, is_cut_off: bool) {
        self.is_cut_off.store(is_cut_off, Ordering::Relaxed);
    }

    pub(crate) fn is_behind(&self) -> bool {
        self.changes.lock().behind_since.is_some()
    }

    /// Whether another replica serves better: this one is behind for longer than a change takes, or was never current.
    pub(crate) fn lags(&self) -> bool {
        let changes = self.changes.lock();
        changes.behind_since.is_some_and(|since| !changes.has_been_current || since.elapsed() > MOMENT)
    }

    pub(crate) fn is_cut_off(&self) -> bool {
        self.is_cut_off.load(Ordering::Relaxed)
    }
}
