//! A replica among others, from its start to its end.

use crate::replicas;
use actix_web::web;
use issuer::state::Changes;
use std::sync::Arc;
use std::time::Duration;
use surface::live::Live;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long the start waits for a store that replicas share.
const SYNC: Duration = Duration::from_secs(2);

/// Follows what other replicas change, until its end.
pub(crate) struct Following {
    changes: Arc<dyn Changes>,
    task: JoinHandle<()>,
    letters: JoinHandle<()>,
    is_synced: watch::Receiver<bool>,
}

impl Following {
    pub(crate) fn start(live: &web::Data<Live>, changes: Arc<dyn Changes>) -> Self {
        live.app().health.behind(true);
        let (synced, is_synced) = watch::channel(false);
        let task = actix_web::rt::spawn(replicas::follow(live.clone(), Arc::clone(&changes), synced));
        let letters = actix_web::rt::spawn(replicas::letters::exchange(live.clone(), is_synced.clone()));
        Self { changes, task, letters, is_synced }
    }

    /// Waits until what the store keeps is in force, where the store answers.
    pub(crate) async fn sync(&mut self) {
        if tokio::time::timeout(SYNC, self.is_synced.wait_for(|synced| *synced)).await.is_err() {
            tracing::error!("the store does not answer: not ready until it does");
        }
    }

    /// Follows no more, and says so to the others.
    pub(crate) async fn end(self) {
        self.task.abort();
        self.letters.abort();
        self.changes.leave().await;
    }
}
