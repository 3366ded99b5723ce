//! What every request handler shares.

use crate::health::Health;
use crate::journal::{Budget, Journal, Journals, Peers};
use crate::meter::Meter;
use crate::mounts::Mounts;
use crate::proxies::Proxies;
use crate::public_url::PublicUrl;
use crate::refusal_log::RefusalLog;
use crate::waiting::Waiting;
use crate::world::{Kept, Rules, World};
use crate::worlds::Worlds;
use actix_web::{HttpRequest, HttpResponse};
use configuration::host::is_loopback;
use configuration::settings::{self, Settings};
use configuration::{AdminToken, Agreement, Config, Links};
use issuer::Issuer;
use listener::Refused;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tracing::field::display;

/// The gateway under one configuration. A request is answered under one of these from its first byte to its last.
#[derive(Debug)]
pub struct App {
    /// What is outside any namespace.
    pub world: Arc<World>,
    /// The namespaces.
    pub worlds: Worlds,
    /// How requests are read.
    pub limits: Limits,
    /// Whose forwarding headers are believed.
    pub proxies: Proxies,
    /// Where each request is told of, beside the journal.
    pub told: Told,
    /// Where the gateway is reached from outside.
    pub public: PublicUrl,
    /// What is not the public URL's in issuers and links: what the start said, whatever is configured later.
    pub links: Links,
    /// Where the public listener is.
    pub listen: SocketAddr,
    /// The settings of the process.
    pub settings: Settings,
    /// Who may call the admin API.
    pub admin_tokens: Vec<AdminToken>,
    /// How long the gateway says that it is not ready before it stops.
    pub drain_delay: Duration,
    /// Which refusals are logged.
    pub refusal_log: Arc<RefusalLog>,
    /// What is known of its health.
    pub health: Arc<Health>,
    /// The journals of other replicas; `None` where there are no others.
    pub peers: Option<Arc<Peers>>,
    /// What other replicas must be configured with too; empty where there are none.
    pub agreement: Arc<Agreement>,
    /// Counts requests to the gateway's own endpoints.
    pub(crate) own_meter: Arc<Meter>,
    /// Counts requests that lead nowhere.
    pub(crate) nowhere_meter: Arc<Meter>,
    /// The requests that scenarios of all worlds keep waiting.
    pub(crate) waiting: Arc<Waiting>,
    phase: Arc<Phase>,
}

/// How far the gateway is on its way to its end.
#[derive(Debug, Default)]
struct Phase {
    at: AtomicU8,
    changed: Notify,
}

/// Where each request is told of.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Whether its answer names it by its id.
    pub in_answer: bool,
    /// Whether it is a line of the log.
    pub in_log: bool,
}

/// Bounds on what a client may send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest body that is read, in bytes.
    pub body: usize,
    /// How long a whole body may take.
    pub body_timeout: Duration,
}

/// What follows 0, in which it serves: it serves, and says that it is not ready.
const DRAINING: u8 = 1;
/// Serves what comes on the connections that there are, and closes each after its answer.
const CLOSING: u8 = 2;

impl App {
    /// The gateway that `config` describes, over `issuer`.
    pub fn new(config: Config, issuer: Issuer) -> Self {
        Self::build(config, Arc::new(issuer), None)
    }

    /// The same gateway under another configuration, in all worlds. What it counts and remembers goes on, and so do the
    /// keys of mounts that stay; run-time changes are to be put in force anew.
    pub fn succeeded_by(&self, config: Config) -> Self {
        let next = Self {
            refusal_log: Arc::clone(&self.refusal_log),
            health: Arc::clone(&self.health),
            own_meter: Arc::clone(&self.own_meter),
            nowhere_meter: Arc::clone(&self.nowhere_meter),
            waiting: Arc::clone(&self.waiting),
            peers: self.peers.clone(),
            phase: Arc::clone(&self.phase),
            links: self.links.clone(),
            ..Self::build(config, Arc::clone(&self.world.issuer), Some(&self.world))
        };
        for world in self.worlds.all().iter().filter_map(|world| world.succeeded_beside(&next.world)) {
            next.worlds.put(world);
        }
        next
    }

    fn build(config: Config, issuer: Arc<Issuer>, before: Option<&World>) -> Self {
        let is_shared = issuer.changes().is_some();
        let agreement = if is_shared { Agreement::of(&config) } else { Agreement::default() };
        let peers = if before.is_some() { None } else { peers(&issuer, &config) };
        let Config { settings, server, admin, mounts, .. } = config;
        let mounts = Mounts::new(mounts, &server.public_url, before.map(|before| &before.mounts));
        let rules = Rules {
            refuse_weak_secrets: !is_loopback(server.listen.ip()) && !server.allow_weak_secrets,
            test_features: admin.test_features,
        };
        let budget = || Kept::within(Budget::new(settings.value(settings::JOURNAL_MEMORY)));
        let kept = before.map_or_else(budget, World::kept);
        Self {
            world: Arc::new(World::unnamed(issuer, mounts, rules, &server.public_url, kept)),
            worlds: Worlds::new(settings.value(settings::MAX_NAMESPACES)),
            limits: Limits {
                body: settings.value(settings::BODY_LIMIT),
                body_timeout: settings.millis(settings::BODY_TIMEOUT_MS),
            },
            proxies: Proxies::new(server.trusted_proxies),
            told: Told {
                in_answer: settings.value(settings::REQUEST_ID),
                in_log: settings.value(settings::ACCESS_LOG),
            },
            public: PublicUrl::new(&server.public_url),
            links: server.links,
            listen: server.listen,
            admin_tokens: admin.tokens,
            drain_delay: settings.millis(settings::DRAIN_DELAY_MS),
            refusal_log: Arc::default(),
            health: Arc::default(),
            own_meter: Arc::new(Meter::own()),
            nowhere_meter: Arc::new(Meter::nowhere()),
            waiting: Arc::default(),
            agreement: Arc::new(agreement),
            peers,
            phase: Arc::default(),
            settings,
        }
    }

    /// The answer to a request to another listener that nothing reads, which is logged like any refusal. Its connection
    /// is closed.
    pub fn refuse(&self, request: &HttpRequest, refused: Refused) -> HttpResponse {
        let (status, source) = (refused.status(), request.peer_addr().map(|peer| peer.ip()));
        if self.refusal_log.admits(None, source) {
            let address = source.map(display);
            tracing::info!(status = status.as_u16(), cause = refused.cause(), address, "refused");
        }
        HttpResponse::build(status).finish()
    }

    /// From now on the gateway says that it is not ready: it is about to stop.
    pub fn drain(&self) {
        self.phase.at.fetch_max(DRAINING, Ordering::Relaxed);
        self.phase.changed.notify_waiters();
    }

    /// From now on each connection is closed after its next answer.
    pub fn close(&self) {
        self.phase.at.fetch_max(CLOSING, Ordering::Relaxed);
    }

    /// Whether the gateway is about to stop.
    pub fn is_draining(&self) -> bool {
        self.phase.at.load(Ordering::Relaxed) >= DRAINING
    }

    /// Waits until the gateway is about to stop.
    pub async fn stopping(&self) {
        let changed = self.phase.changed.notified();
        if !self.is_draining() {
            changed.await;
        }
    }

    /// Whether connections are closed after their next answer.
    pub fn is_closing(&self) -> bool {
        self.phase.at.load(Ordering::Relaxed) >= CLOSING
    }
}

/// The other replicas' journals, where there may be others.
fn peers(issuer: &Issuer, config: &Config) -> Option<Arc<Peers>> {
    let settings = &config.settings;
    let is_shared = settings.text(settings::STORE_JOURNAL) == Some("shared");
    let rate = is_shared.then(|| settings.value(settings::STORE_JOURNAL_RATE));
    Some(Arc::new(Peers::new(issuer.relay()?, issuer.changes()?, &config.store.replica(), rate)))
}

impl Journals for App {
    fn journal(&self, owner: &str) -> Option<(Option<Arc<str>>, Arc<Journal>)> {
        let world = if owner.is_empty() { Arc::clone(&self.world) } else { self.worlds.of_owner(owner)? };
        Some((world.name().cloned(), Arc::clone(&world.journal)))
    }

    fn owners(&self) -> Vec<String> {
        let named = self.worlds.all().into_iter().filter_map(|world| Some(world.issuer.owner()?.to_string()));
        std::iter::once(String::new()).chain(named).collect()
    }
}
