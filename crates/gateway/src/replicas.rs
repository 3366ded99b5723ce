//! Replicas of one gateway over one store: each puts in force what the others change.

use actix_web::web;
use admin::{overrides, scenarios};
use issuer::clock::ClockState;
use issuer::state::{Change, Changes};
use std::sync::Arc;
use std::time::{Duration, Instant};
use surface::app::App;
use surface::health::Health;
use surface::live::Live;
use surface::mounts::Mount;
use tokio::sync::watch;

/// How often what a shifted clock keeps alive is kept from being collected. The store's margin is a day.
const TEND: Duration = Duration::from_hours(1);

/// Follows the changes of all replicas; never ends. `synced` becomes true once everything that the store keeps is in
/// force for the first time.
pub(crate) async fn follow(live: web::Data<Live>, changes: Arc<dyn Changes>, synced: watch::Sender<bool>) {
    let mut follower = Follower { live, changes, tended: None, is_cut_off: false };
    loop {
        match follower.step().await {
            Ok(()) => {
                follower.health().behind(false);
                follower.health().cut_off(false);
                if !synced.send_replace(true) {
                    let app = follower.live.app();
                    // In the background: what other replicas change does not wait for keys.
                    actix_web::rt::spawn(async move { app.prepare_keys().await });
                }
                if std::mem::take(&mut follower.is_cut_off) {
                    tracing::info!("following what other replicas change again");
                }
            }
            Err(error) => {
                follower.health().cut_off(true);
                if !std::mem::replace(&mut follower.is_cut_off, true) {
                    tracing::error!("what other replicas change is not seen: {error:#}");
                }
            }
        }
    }
}

struct Follower {
    live: web::Data<Live>,
    changes: Arc<dyn Changes>,
    /// When what a shifted clock keeps alive was last seen to, and under which clock.
    tended: Option<(Instant, ClockState)>,
    is_cut_off: bool,
}

impl Follower {
    fn health(&self) -> Arc<Health> {
        Arc::clone(&self.live.app().health)
    }

    async fn step(&mut self) -> anyhow::Result<()> {
        let (changes, position) = self.changes.next().await?;
        if !changes.is_empty() {
            // Not while the configuration is replaced: what is changed must be what stays.
            let change = self.live.change().await;
            let app = change.app();
            for told in &changes {
                put_in_force(&app, told).await?;
            }
        }
        let app = self.live.app();
        app.issuer.clock.follow(self.changes.applied(position).await?);
        self.tend(&app);
        Ok(())
    }

    fn tend(&mut self, app: &App) {
        let clock = app.issuer.clock.state();
        let is_done = |(at, under): &(Instant, ClockState)| at.elapsed() < TEND && *under == clock;
        // The first look finds nothing to do at real time, nor does any after it.
        let was_real = self.tended.is_none_or(|(_, under)| under == ClockState::Offset(0));
        if self.tended.as_ref().is_some_and(is_done) || (was_real && clock == ClockState::Offset(0)) {
            return;
        }
        self.tended = Some((Instant::now(), clock));
        let (changes, now) = (Arc::clone(&self.changes), app.issuer.clock.now().seconds());
        actix_web::rt::spawn(async move {
            if let Err(error) = changes.tend(now).await {
                tracing::warn!(%error, "what a shifted clock keeps alive could not be looked after");
            }
        });
    }
}

async fn refresh_keys(app: &App, mount: &Mount) -> anyhow::Result<()> {
    app.issuer.refresh_keys(&mount.core).await.map_err(|error| anyhow::anyhow!(error.cause))
}

async fn put_in_force(app: &App, told: &Change) -> anyhow::Result<()> {
    match told {
        Change::Put(change) => {
            if let Err(why) = overrides::apply(app, change) {
                let (mount, kind, id) = (change.realm.as_str(), change.kind.as_str(), &*change.id);
                tracing::warn!(mount, kind, id, "a change of another replica does not fit and is left out: {why:#}");
            }
        }
        Change::Keys(realm) => {
            if let Some(mount) = app.mounts.all().iter().find(|mount| mount.core.realm == *realm) {
                refresh_keys(app, mount).await?;
            }
        }
        Change::Scenarios => scenarios::load(app).await?,
        Change::Reset => overrides::forget_all(app)?,
        // What was forgotten leaves what the file says; the store says what else is left.
        Change::Forgotten { .. } => overrides::load(app).await?,
        Change::Everything => {
            overrides::load(app).await?;
            for mount in app.mounts.all() {
                refresh_keys(app, mount).await?;
            }
        }
    }
    Ok(())
}
