//! The answers about health: what a gateway under its configuration finds when it is asked.

use crate::app::App;
use crate::health::{Check, Look, Question};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a look at the store holds: each writes a little, and strangers may ask as often as they like.
const HOLDS: Duration = Duration::from_secs(1);
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(2);

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
            Check::Changes => self.health.lags(),
            Check::Store | Check::Keys | Check::Log => false,
        };
        Check::ALL.into_iter().filter(fails).collect()
    }

    /// What keeps it from being ready. The store is asked once a second at most.
    pub async fn not_ready(&self) -> Vec<Check> {
        let look = self.look().await;
        let not_serving = self.not_serving();
        let fails = |check: &Check| match check {
            Check::Running => not_serving.contains(check),
            Check::Changes => self.health.is_behind(),
            Check::Store | Check::Keys => look.failed.as_ref().is_some_and(|(failed, _)| failed == check),
            Check::Log => self.health.is_cut_off(),
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
        let began = Instant::now();
        let outcome = timeout(PATIENCE, self.look_at_store()).await;
        let outcome = outcome.unwrap_or_else(|_| Err((Check::Store, format!("no answer within {PATIENCE:?}"))));
        let failed = outcome.err().map(|(check, cause)| (check, cause.into()));
        last.insert(Look { at: Instant::now(), took: began.elapsed(), failed }).clone()
    }

    /// How long the store took for a small write when it was last asked; `None` where it failed, or nobody asked yet.
    pub async fn store_took(&self) -> Option<Duration> {
        self.health.look.lock().await.as_ref().filter(|look| look.failed.is_none()).map(|look| look.took)
    }

    async fn look_at_store(&self) -> Result<(), (Check, String)> {
        self.world.issuer.probe().await.map_err(|error| (Check::Store, error.to_string()))?;
        for mount in self.world.mounts.all() {
            // In memory after the first time.
            let read = self.world.issuer.read_keys(&mount.core).await;
            let made = read.map_err(|error| (Check::Keys, format!("{}: {}", mount.name(), error.cause)))?;
            #[expect(clippy::cast_precision_loss, reason = "a date in seconds is far below 2^52")]
            if let Some(made) = made {
                metrics::gauge!("idp_gateway_signing_key_created_seconds", "mount" => mount.name().to_owned())
                    .set(made as f64);
            }
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
        if failed.is_empty() {
            tracing::info!("ready");
        } else {
            tracing::warn!(failed = names, cause, "not ready");
        }
    }
}
