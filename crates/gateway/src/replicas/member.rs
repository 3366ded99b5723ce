//! This gateway as one of the replicas.

use super::Replica;
use super::agreement::Comparison;
use super::remembered::Remembered;
use actix_web::web;
use admin::{namespaces, overrides, scenarios, void};
use configuration::Agreement;
use grant::RefusalKind;
use issuer::clock::ClockState;
use issuer::said::is_news;
use issuer::state::{Change, Changes, Override, Peer, Position, Pulse, Realm, Told};
use std::sync::Arc;
use std::time::{Duration, Instant};
use surface::app::App;
use surface::live::Live;
use surface::mounts::Mount;
use surface::world::World;
use tokio::sync::watch;

/// How often what a shifted clock keeps alive is kept from being collected. The store's margin is a day.
const TEND: Duration = Duration::from_hours(1);
/// Changes that do nothing are forgotten so many at a time: following goes on between.
const COLLECTED: usize = 64;

/// The gateway that follows.
pub(super) struct Member {
    live: web::Data<Live>,
    changes: Arc<dyn Changes>,
    /// Whether all has been in force once.
    synced: watch::Sender<bool>,
    remembered: Remembered,
    comparison: Comparison,
    /// Under which configuration all changes that do nothing are forgotten.
    swept: Option<Arc<Agreement>>,
    has_keys: bool,
    /// When what a shifted clock keeps alive was last seen to, and under which clock.
    tended: Option<(Instant, ClockState)>,
}

impl Replica for Member {
    async fn put_in_force(&mut self, changes: &[Told]) -> anyhow::Result<Vec<Position>> {
        let mut left_out = Vec::new();
        if changes.is_empty() {
            return Ok(left_out);
        }
        self.swept = None;
        // Not while the configuration is replaced: what is changed must be what stays. Keys do, and a rotation waits for
        // them while it has the right to change.
        let live = self.live.clone();
        let are_keys = changes.iter().all(|told| matches!(told.change, Change::Keys(_)));
        let _change = if are_keys { None } else { Some(live.change().await) };
        let app = live.app();
        for told in changes {
            if !self.put(&app, &told.change).await? {
                left_out.push(told.position.clone());
            }
        }
        Ok(left_out)
    }

    fn set_current(&self, is_current: bool) {
        self.live.app().health.behind(!is_current);
        if is_current {
            self.synced.send_if_modified(|synced| !std::mem::replace(synced, true));
        }
    }

    fn set_cut_off(&self, is_cut_off: bool) {
        self.live.app().health.cut_off(is_cut_off);
    }

    async fn see_to(&mut self, pulse: Pulse) {
        let app = self.live.app();
        app.world.issuer.clock.follow(pulse.now);
        if !std::mem::replace(&mut self.has_keys, true) {
            let app = Arc::clone(&app);
            // In the background: what other replicas change does not wait for keys.
            actix_web::rt::spawn(async move { app.world.prepare_keys().await });
        }
        self.tend(&app);
        let alike = self.comparison.look(&app.agreement, &*self.changes, &pulse.peers).await;
        let swept = match alike {
            Ok(true) => self.sweep(&app, &pulse.peers).await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = swept {
            tracing::debug!("what replicas have in common is looked at again: {error:#}");
        }
    }
}

impl Member {
    pub(super) fn new(live: web::Data<Live>, changes: Arc<dyn Changes>, synced: watch::Sender<bool>) -> Self {
        let (remembered, comparison) = (Remembered::default(), Comparison::new());
        Self { live, changes, synced, remembered, comparison, swept: None, has_keys: false, tended: None }
    }

    /// Puts one change in force; whether it fits. What is of a namespace that has ended here fits.
    async fn put(&mut self, app: &App, change: &Change) -> anyhow::Result<bool> {
        match change {
            Change::Put(change) => {
                let Some(world) = world_of(app, &change.realm) else { return Ok(true) };
                if change.realm.owner().is_none() {
                    self.remembered.put(change);
                }
                if let Err(why) = overrides::apply(&world, change) {
                    overrides::leave_out(change, &why);
                    return Ok(false);
                }
            }
            Change::Forgotten { realm, kind, id } => {
                self.remembered.forget(realm, *kind, id);
                if let Some(world) = world_of(app, realm) {
                    overrides::forget(&world, realm, *kind, id)?;
                }
            }
            Change::Keys(realm) => {
                let Some(world) = world_of(app, realm) else { return Ok(true) };
                let mount = world.mounts.all().iter().find(|mount| mount.core.realm == *realm);
                return match mount {
                    Some(mount) => refresh_keys(&world, mount).await,
                    None => Ok(true),
                };
            }
            Change::Scenarios => scenarios::load(&app.world).await?,
            Change::Reset => {
                self.remembered.clear();
                overrides::forget_all(&app.world)?;
            }
            Change::Namespace(name) => namespaces::follow_one(app, name).await?,
            Change::ScenariosOf(owner) => {
                if let Some(world) = app.worlds.of_owner(owner) {
                    scenarios::load(&world).await?;
                }
            }
            Change::ResetOf(owner) => {
                if let Some(world) = app.worlds.of_owner(owner) {
                    overrides::forget_all(&world)?;
                }
            }
            Change::Unknown => return Ok(false),
            Change::Lost => self.put_back(app).await?,
            Change::Everything => self.read_everything(app).await?,
        }
        Ok(true)
    }

    async fn read_everything(&mut self, app: &App) -> anyhow::Result<()> {
        self.remembered.replace(overrides::load(&app.world).await?);
        for mount in app.world.mounts.all() {
            refresh_keys(&app.world, mount).await?;
        }
        namespaces::follow_all(app).await?;
        for world in app.worlds.all() {
            overrides::load(&world).await?;
            for mount in world.mounts.all() {
                refresh_keys(&world, mount).await?;
            }
        }
        Ok(())
    }

    /// Puts what this replica remembers into a store that has lost it. What another replica has put there stays.
    async fn put_back(&self, app: &App) -> anyhow::Result<()> {
        for mount in app.world.mounts.all() {
            app.world.issuer.put_keys_back(&mount.core).await.map_err(|error| anyhow::anyhow!(error.cause))?;
        }
        for change in self.remembered.all() {
            app.world.issuer.overrides().swap_override(None, change).await?;
        }
        Ok(())
    }

    /// Forgets changes that do nothing, where all replicas have the same file; the first of them does it for all.
    async fn sweep(&mut self, app: &App, peers: &[Peer]) -> anyhow::Result<()> {
        let is_first = peers.iter().all(|peer| self.changes.id() < peer.id.as_str());
        let is_swept = self.swept.as_ref().is_some_and(|under| Arc::ptr_eq(under, &app.agreement));
        if is_swept || !is_first {
            return Ok(());
        }
        let is_void = |change: &Override| void::is_void(&app.world, change);
        let some: Vec<_> = self.remembered.removals().filter(is_void).take(COLLECTED).collect();
        let are_all = some.len() < COLLECTED;
        void::collect(&app.world, some).await?;
        self.swept = are_all.then(|| Arc::clone(&app.agreement));
        Ok(())
    }

    fn tend(&mut self, app: &App) {
        let clock = app.world.issuer.clock.state();
        let is_done = |(at, under): &(Instant, ClockState)| at.elapsed() < TEND && *under == clock;
        // The first look finds nothing to do at real time, nor does any after it.
        let was_real = self.tended.is_none_or(|(_, under)| under == ClockState::REAL);
        if self.tended.as_ref().is_some_and(is_done) || (was_real && clock == ClockState::REAL) {
            return;
        }
        self.tended = Some((Instant::now(), clock));
        let (changes, now) = (Arc::clone(&self.changes), app.world.issuer.clock.now().seconds());
        actix_web::rt::spawn(async move {
            if let Err(error) = changes.tend(now).await {
                tracing::warn!(%error, "what a shifted clock keeps alive could not be looked after");
            }
        });
    }
}

/// What a realm belongs to; `None` where its namespace is not here.
fn world_of(app: &App, realm: &Realm) -> Option<Arc<World>> {
    match realm.owner() {
        None => Some(Arc::clone(&app.world)),
        Some(owner) => app.worlds.of_owner(owner),
    }
}

/// Reads a mount's keys anew; whether they can be used. Those that are damaged cost their mount, and no other.
async fn refresh_keys(world: &World, mount: &Mount) -> anyhow::Result<bool> {
    match world.issuer.refresh_keys(&mount.core).await {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind, RefusalKind::Unavailable { .. }) => Err(anyhow::anyhow!(error.cause)),
        Err(error) => {
            if is_news(&("keys", mount.name(), &*error.cause)) {
                tracing::error!(mount = mount.name(), cause = &*error.cause, "keys cannot be read");
            }
            Ok(false)
        }
    }
}
