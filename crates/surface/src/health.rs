//! Whether the gateway lives, serves and is ready: three questions, for those who restart it, who send it requests, and
//! who want all of it.

use crate::app::App;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a look at the store holds: each writes a little, and strangers may ask as often as they like.
const HOLDS: Duration = Duration::from_secs(1);
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(2);

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
    const fn fault(self) -> &'static str {
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
    look: tokio::sync::Mutex<Option<Look>>,
    /// The failures that the log has.
    told: parking_lot::Mutex<Vec<Check>>,
}

/// What became of the last look at the store.
#[derive(Clone, Debug)]
struct Look {
    at: Instant,
    failed: Option<(Check, Arc<str>)>,
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
}

impl App {
    /// The answer to a question: its status and its body, which has nothing of the cause.
    pub async fn health(&self, question: Question) -> (u16, Value) {
        let failed = match question {
            Question::Live => Vec::new(),
            Question::Serving => self.not_serving(),
            Question::Ready => self.not_ready().await,
        };
        match failed.first() {
            None => (200, json!({ "status": question.as_str() })),
            Some(first) => {
                let names = failed.iter().map(|check| check.as_str());
                (503, json!({ "status": first.fault(), "failed": names.collect::<Vec<_>>() }))
            }
        }
    }

    /// What keeps requests from being sent here. That the store does not answer does not: what needs no state goes on,
    /// and the other replicas would have no more of it.
    pub fn not_serving(&self) -> Vec<Check> {
        let fails = |check: &Check| match check {
            Check::Running => self.is_draining(),
            Check::Changes => self.health.is_behind.load(Ordering::Relaxed),
            Check::Store | Check::Keys | Check::Log => false,
        };
        Check::ALL.into_iter().filter(fails).collect()
    }

    /// What keeps it from being ready. The store is asked once a second at most.
    pub async fn not_ready(&self) -> Vec<Check> {
        let look = self.look().await;
        let not_serving = self.not_serving();
        let fails = |check: &Check| match check {
            Check::Running | Check::Changes => not_serving.contains(check),
            Check::Store | Check::Keys => look.failed.as_ref().is_some_and(|(failed, _)| failed == check),
            Check::Log => self.health.is_cut_off.load(Ordering::Relaxed),
        };
        let failed: Vec<_> = Check::ALL.into_iter().filter(fails).collect();
        self.tell(&failed, look.failed.map(|(_, cause)| cause).as_deref());
        failed
    }

    async fn look(&self) -> Look {
        // Who comes while somebody looks waits for what that one finds.
        let mut last = self.health.look.lock().await;
        if let Some(look) = last.as_ref().filter(|look| look.at.elapsed() < HOLDS) {
            return look.clone();
        }
        let outcome = timeout(PATIENCE, self.look_at_store()).await;
        let outcome = outcome.unwrap_or_else(|_| Err((Check::Store, format!("no answer within {PATIENCE:?}"))));
        let failed = outcome.err().map(|(check, cause)| (check, cause.into()));
        last.insert(Look { at: Instant::now(), failed }).clone()
    }

    async fn look_at_store(&self) -> Result<(), (Check, String)> {
        self.issuer.probe().await.map_err(|error| (Check::Store, error.to_string()))?;
        for mount in self.mounts.all() {
            // In memory after the first time.
            let read = self.issuer.read_keys(&mount.core).await;
            read.map_err(|error| (Check::Keys, format!("{}: {}", mount.name(), error.cause)))?;
        }
        Ok(())
    }

    /// Has a change of readiness in the log and the metrics.
    fn tell(&self, failed: &[Check], cause: Option<&str>) {
        for check in Check::ALL {
            let passes = f64::from(u8::from(!failed.contains(&check)));
            metrics::gauge!("idp_gateway_check", "check" => check.as_str()).set(passes);
        }
        let mut told = self.health.told.lock();
        if *told == failed {
            return;
        }
        failed.clone_into(&mut told);
        let names = failed.iter().map(|check| check.as_str()).collect::<Vec<_>>().join(", ");
        match failed {
            [] => tracing::info!("ready"),
            _ => tracing::warn!(failed = names, cause, "not ready"),
        }
    }
}
