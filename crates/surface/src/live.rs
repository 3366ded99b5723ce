//! The gateway that runs: the [`App`] of the configuration in force, which is replaced as a whole.

use crate::app::App;
use arc_swap::ArcSwap;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// What the listeners serve. A request takes the [`App`] once and keeps it, so that no answer mixes two configurations.
#[derive(Debug)]
pub struct Live {
    app: ArcSwap<App>,
    changing: Mutex<()>,
}

impl Live {
    /// Serves `app` until it is replaced.
    pub fn new(app: App) -> Self {
        Self { app: ArcSwap::from_pointee(app), changing: Mutex::new(()) }
    }

    /// The gateway under the configuration in force.
    pub fn app(&self) -> Arc<App> {
        self.app.load_full()
    }

    /// Waits for the right to change something: each change looks at what there is and then puts its own in force, so
    /// that one made meanwhile would be lost. What is to be changed is taken under this ([`Change::app`]).
    pub async fn change(&self) -> Change<'_> {
        let one_at_a_time = self.changing.lock().await;
        Change { live: self, _one_at_a_time: one_at_a_time }
    }
}

/// The right to change the gateway.
#[derive(Debug)]
pub struct Change<'a> {
    live: &'a Live,
    _one_at_a_time: MutexGuard<'a, ()>,
}

impl Change<'_> {
    /// What is in force, and stays so while nobody replaces it by this value.
    pub fn app(&self) -> Arc<App> {
        self.live.app()
    }

    /// Puts another in force: every request that comes from now on is answered by it.
    pub fn replace(&self, app: App) {
        self.live.app.store(Arc::new(app));
    }
}
