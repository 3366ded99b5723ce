//! The end: told to balancers first, then to clients, and only then a closed door.

use crate::notify;
use crate::parent::Parent;
use actix_web::dev::ServerHandle;
use metrics::Gauge;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use surface::live::Live;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep};

/// How long clients have to come to know, by the answer to their next request, that their connection is closed. One
/// that is idle for so long is closed without.
const LINGER: Duration = Duration::from_secs(1);
/// How often to look whether all connections are gone.
const STEP: Duration = Duration::from_millis(20);

/// SIGXFSZ, on Linux: a file has met the process's limit (`RLIMIT_FSIZE`).
const FILE_TOO_LONG: i32 = 25;

/// The connections that there are.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    count: Arc<AtomicUsize>,
    gauge: Gauge,
    /// How many are kept.
    most: usize,
}

/// One connection, counted for as long as it is there.
#[derive(Debug)]
pub(crate) struct Counted(Connections);

impl Connections {
    /// None yet, of which `most` are to be kept.
    pub(crate) fn new(most: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "descriptors are far fewer than 2^52")]
        metrics::gauge!("idp_gateway_connections_max").set(most as f64);
        Self { count: Arc::default(), gauge: metrics::gauge!("idp_gateway_connections"), most }
    }

    /// How many are kept.
    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    /// Counts one more; whether it is one too many.
    pub(crate) fn count(&self) -> (Counted, bool) {
        self.gauge.increment(1.0);
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        (Counted(self.clone()), before >= self.most)
    }

    fn are_gone(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.gauge.decrement(1.0);
    }
}

/// SIGTERM and SIGINT, and the parent's end.
#[derive(Debug)]
pub(crate) struct Stop {
    parent: Option<Parent>,
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// From now on these signals do not end the process.
    pub(crate) fn new(parent: Option<Parent>) -> std::io::Result<Self> {
        // A file that may not grow any more fails its write, and ends nobody: the handler stays.
        drop(signal(SignalKind::from_raw(FILE_TOO_LONG))?);
        Ok(Self { parent, terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The next signal.
    pub(crate) async fn signal(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for the signal, then until listeners may be closed: readiness has failed for the configured time, and
    /// clients have been told. A second signal ends that wait.
    pub(crate) async fn wait(&mut self, live: &Live, connections: &Connections) {
        match self.parent.take() {
            Some(parent) => tokio::select! {
                () = self.signal() => {}
                () = parent.wait() => {}
            },
            None => self.signal().await,
        }
        let app = live.app();
        app.drain();
        notify::tell(notify::STOPPING);
        tracing::info!(drain_delay_ms = app.drain_delay.as_millis(), "stopping: no longer ready");
        let told = async {
            sleep(app.drain_delay).await;
            app.close();
            let started = Instant::now();
            while !connections.are_gone() && started.elapsed() < LINGER {
                sleep(STEP).await;
            }
        };
        tokio::select! {
            () = told => {}
            () = self.signal() => {
                app.close();
                tracing::info!("a second signal: no longer waiting");
            }
        }
        tracing::info!("stopping: closing the listeners, finishing what is under way");
    }

    /// Ends the servers, which finish what is under way; returns where another signal comes before.
    pub(crate) async fn finish(&mut self, servers: [ServerHandle; 2]) {
        let finishing = async {
            for server in servers {
                server.stop(true).await;
            }
            // They end by themselves.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = finishing => {}
            () = self.signal() => tracing::warn!("another signal: ending with requests under way"),
        }
    }
}
