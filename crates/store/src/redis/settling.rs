//! Steps whose answers are lost: each is taken back, and nobody judges by it before.
//!
//! A gateway knows of a step in flight alone whether it was answered. So it tells the others until when its steps are
//! settled: answered, or taken back. A repeat of what a step has spent that is not settled is neither granted nor a replay:
//! it is to be sent again.

use super::Core;
use super::client::Repeat;
use super::script::{Call, Script, TAKE_BACK};
use deadpool_redis::redis::{FromRedisValue, cmd};
use issuer::state::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// Between two looks at what is to be settled.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a replica that is silent may still settle its steps. Then it has ended, and they stay as they are.
const GONE: Duration = Duration::from_mins(1);
/// How long after a failure of Redis the others may be expected to be as far.
const RECOVERY: Duration = Duration::from_secs(5);

/// Whether a task settles steps.
#[derive(Clone, Default)]
pub(super) struct Keeper(Arc<AtomicBool>);

/// A keeper at work. Its task may end with its thread, and another begins.
struct AtWork(Arc<Core>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.keeper.0.store(false, Ordering::Release);
    }
}

impl Core {
    /// Runs a script that is taken back where its caller does not get its answer.
    pub(super) async fn step<T: FromRedisValue>(
        self: &Arc<Self>,
        script: &'static Script,
        call: Call<'_>,
        back: (&'static Script, Call<'_>),
    ) -> Result<T, StoreError> {
        self.keep();
        self.client.step(script, call, back).await
    }

    /// Has that done later which could not be done now.
    pub(super) fn owe(self: &Arc<Self>, script: &'static Script, call: Call<'_>) {
        self.client.owe(script, call);
        self.keep();
    }

    /// Runs a script that spends what may be spent once; without `back` it only asks about it.
    pub(super) async fn spend(
        self: &Arc<Self>,
        script: &'static Script,
        call: Call<'_>,
        back: Option<Call<'_>>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let call = call.arg(&self.replica);
        let answer = self.spend_as(script, call.clone().arg(""), back.clone()).await?;
        let [b"open", by, at] = [0, 1, 2].map(|n| answer.get(n).map_or(&[][..], Vec::as_slice)) else {
            return Ok(answer);
        };
        let at = std::str::from_utf8(at).ok().and_then(|at| at.parse().ok());
        let is_settled = self.is_settled(&String::from_utf8_lossy(by), at.unwrap_or_default()).await?;
        if is_settled {
            return self.spend_as(script, call.arg("1"), back).await;
        }
        Err(StoreError::Unavailable(format!("{}: it is not known yet whether its use was answered", script.name)))
    }

    async fn spend_as(
        self: &Arc<Self>,
        script: &'static Script,
        call: Call<'_>,
        back: Option<Call<'_>>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        match back {
            Some(back) => self.step(script, call, (&TAKE_BACK, back)).await,
            None => self.client.run(script, call, Repeat::Safe).await,
        }
    }

    /// Whether what a replica did at that moment, microseconds by Redis's clock, is settled, or never will be.
    async fn is_settled(&self, replica: &str, at: i64) -> Result<bool, StoreError> {
        let mut command = cmd("GET");
        command.arg(self.names.settled(replica).as_bytes());
        let until: Option<i64> = self.client.send("settled", &command).await?;
        let gone = i64::try_from(GONE.as_micros()).unwrap_or(i64::MAX);
        Ok(match until {
            Some(until) => at < until,
            None => self.client.redis_time() - at > gone && self.client.is_steady_for(RECOVERY),
        })
    }

    /// Settles what can be settled before this process ends.
    pub(super) async fn settle_last(&self) {
        let (begun, _) = self.client.settled_until();
        if !self.client.is_idle(begun) {
            self.client.settle_once_over().await;
        }
        // Where it cannot be told, the others wait a minute.
        let _ = self.tell_settled(self.client.settled_until().1).await;
    }

    /// Sees to it that steps are settled, and that the others are told.
    fn keep(self: &Arc<Self>) {
        if self.keeper.0.swap(true, Ordering::AcqRel) {
            return;
        }
        let work = AtWork(Arc::clone(self));
        tokio::spawn(async move {
            loop {
                sleep(PAUSE).await;
                work.0.client.settle().await;
                let (begun, until) = work.0.client.settled_until();
                if work.0.tell_settled(until).await.is_ok() && work.0.client.is_idle(begun) {
                    let core = Arc::clone(&work.0);
                    drop(work);
                    if !core.client.is_idle(begun) {
                        core.keep();
                    }
                    return;
                }
            }
        });
    }

    async fn tell_settled(&self, until: i64) -> Result<(), StoreError> {
        let mut command = cmd("SET");
        command
            .arg(self.names.settled(&self.replica).as_bytes())
            .arg(until)
            .arg("PX")
            .arg(u64::try_from(GONE.as_millis()).unwrap_or(u64::MAX));
        self.client.send("tell_settled", &command).await
    }
}
