//! The certificate in force.

use super::development;
use arc_swap::ArcSwap;
use configuration::Config;
use configuration::TlsConfig;
use configuration::tls::{Fault, Files, Pair};
use configuration::watch::Watch;
use configuration::when;
use issuer::clock::real_seconds;
use parking_lot::Mutex;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// When the certificate in force ends, seconds since the epoch.
const EXPIRY: &str = "idp_gateway_tls_certificate_expiry_seconds";
/// How often another was put in force, or refused.
const RELOADS: &str = "idp_gateway_tls_certificate_reloads_total";

/// Where a certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Files that somebody renews.
    Files(Files),
    /// The development CA in this folder, for these names.
    Development {
        /// The state folder.
        folder: PathBuf,
        /// Host names and addresses.
        names: Vec<String>,
    },
}

impl Source {
    /// What a configuration asks for.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        Some(match config.server.tls.as_ref()? {
            TlsConfig::Files(files) => Self::Files(files.clone()),
            TlsConfig::Development { folder } => {
                Self::Development { folder: folder.clone(), names: development::names(config) }
            }
        })
    }

    fn load(&self) -> Result<Pair, Fault> {
        match self {
            Self::Files(files) => {
                let loaded = files.load()?;
                for (_, warning) in loaded.warnings {
                    tracing::warn!("{warning}");
                }
                Ok(loaded.pair)
            }
            Self::Development { folder, names } => development::certificate(folder, names),
        }
    }

    fn watch(&self) -> Watch {
        Watch::new(match self {
            Self::Files(files) => files.stamps(),
            Self::Development { .. } => BTreeMap::new(),
        })
    }
}

/// Answers each handshake with the certificate in force, which may be replaced meanwhile: connections that exist are
/// not touched.
#[derive(Debug)]
pub(crate) struct Keeper {
    current: ArcSwap<Pair>,
    source: Mutex<(Source, Watch)>,
}

impl Keeper {
    /// Loads the first certificate; without one there is nothing to serve with.
    pub(crate) fn new(source: Source) -> Result<Self, Fault> {
        let watch = source.watch();
        let pair = source.load()?;
        let keeper = Self { current: ArcSwap::from_pointee(pair), source: Mutex::new((source, watch)) };
        keeper.publish();
        for outcome in ["applied", "refused"] {
            metrics::counter!(RELOADS, "outcome" => outcome).increment(0);
        }
        Ok(keeper)
    }

    /// Loads anew, from `source` where one is given. A pair that does not serve is refused, and said; the one in force
    /// stays.
    pub(crate) fn reload(&self, source: Option<Source>) {
        let mut own = self.source.lock();
        if let Some(source) = source {
            *own = (source.clone(), source.watch());
        } else {
            own.1 = own.0.watch();
        }
        let outcome = match own.0.load() {
            Ok(pair) => {
                let until = when::minute(pair.not_after);
                self.current.store(Arc::new(pair));
                self.publish();
                tracing::info!(until, "TLS certificate reloaded");
                "applied"
            }
            Err(fault) => {
                tracing::error!("TLS certificate refused, the one in force stays: {fault}");
                "refused"
            }
        };
        metrics::counter!(RELOADS, "outcome" => outcome).increment(1);
    }

    /// Looks whether another certificate is due: the files have changed, or the development certificate nears its end.
    pub(crate) fn tend(&self) {
        let due = {
            let (source, watch) = &mut *self.source.lock();
            match source {
                Source::Files(_) => watch.has_changed(),
                Source::Development { .. } => {
                    self.current.load().not_after - real_seconds() < development::RENEW_BEFORE
                }
            }
        };
        if due {
            self.reload(None);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a date in seconds is far below 2^52")]
    fn publish(&self) {
        metrics::gauge!(EXPIRY).set(self.current.load().not_after as f64);
    }
}

impl ResolvesServerCert for Keeper {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().key))
    }
}
