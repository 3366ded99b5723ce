//! Replicas of one gateway over one store: each puts in force what the others change.

mod agreement;
pub(crate) mod letters;
mod member;
mod remembered;

use actix_web::web;
use anyhow::Context;
use issuer::state::{Change, Changes, Position, Pulse, Told};
use member::Member;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use surface::live::Live;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often a replica says that it lives while it is busy: it counts as gone after two seconds of silence.
const BEAT: Duration = Duration::from_millis(500);
/// Pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// Follows the changes of all replicas; never ends. `synced` becomes true once everything that the store keeps is in
/// force for the first time.
pub(crate) async fn follow(live: web::Data<Live>, changes: Arc<dyn Changes>, synced: watch::Sender<bool>) {
    let mut follower = Follower::new(Member::new(live, Arc::clone(&changes), synced), changes);
    loop {
        follower.turn().await;
    }
}

/// What changes are put in force in.
trait Replica {
    /// Puts changes in force, in their order; the positions of those that do not fit here. An error says that not all of
    /// them are in force: they come again.
    async fn put_in_force(&mut self, changes: &[Told]) -> anyhow::Result<Vec<Position>>;

    /// Says whether every change that is known of is in force.
    fn set_current(&self, is_current: bool);

    /// Says whether what the others change is not seen.
    fn set_cut_off(&self, is_cut_off: bool);

    /// Sees to what the other replicas make necessary.
    async fn see_to(&mut self, pulse: Pulse);
}

/// Has a replica follow.
struct Follower<R> {
    replica: R,
    changes: Arc<dyn Changes>,
    /// Up to where all is in force.
    in_force: Option<Position>,
    /// What fails, as far as it has been told since it last went well.
    failing: Vec<String>,
}

impl<R: Replica> Follower<R> {
    const fn new(replica: R, changes: Arc<dyn Changes>) -> Self {
        Self { replica, changes, in_force: None, failing: Vec::new() }
    }

    /// One look at the changes. What fails is tried again by the next.
    async fn turn(&mut self) {
        match self.step().await {
            Ok(pulse) => {
                if !std::mem::take(&mut self.failing).is_empty() {
                    tracing::info!("following what other replicas change again");
                }
                let Self { replica, changes, .. } = self;
                beating(&**changes, replica.see_to(pulse)).await;
            }
            Err(error) => {
                let what = error.to_string();
                if !self.failing.contains(&what) {
                    tracing::error!("{error:#}");
                    self.failing.push(what);
                }
                sleep(PAUSE).await;
            }
        }
    }

    async fn step(&mut self) -> anyhow::Result<Pulse> {
        let Self { replica, changes, in_force, .. } = self;
        let due = beating(&**changes, changes.next()).await.inspect_err(|_| replica.set_cut_off(true));
        let due = due.context("what other replicas change is not seen")?;
        // A lost connection alone is no news: everything is read again, and nothing is known to be missing.
        let is_lost = due.changes.iter().any(|told| told.change == Change::Lost);
        if is_lost || in_force.as_ref() != Some(&due.position) {
            replica.set_current(false);
        }
        let left_out = beating(&**changes, replica.put_in_force(&due.changes))
            .await
            .context("what other replicas have changed is not in force, and tried again")?;
        *in_force = Some(due.position.clone());
        replica.set_current(true);
        let pulse = changes.applied(due.position, left_out).await;
        replica.set_cut_off(pulse.is_err());
        pulse.context("the other replicas are not told what is in force")
    }
}

/// Does `work`, and says that this replica lives for as long as it takes.
async fn beating<T>(changes: &dyn Changes, work: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        done = work => done,
        never = beat_on(changes) => match never {},
    }
}

async fn beat_on(changes: &dyn Changes) -> Infallible {
    loop {
        sleep(BEAT).await;
        // A failure is told of by whoever fails to follow.
        let _ = changes.beat().await;
    }
}

#[cfg(test)]
mod model;
