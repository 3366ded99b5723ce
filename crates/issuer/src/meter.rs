//! What the issuer counts and times. The meters are taken once, from whichever recorder the process has installed by
//! then: what is counted on the way of a request is one addition, with no look-up by label.

use metrics::{Counter, Histogram};
use std::fmt;
use std::time::Instant;

/// Times steps.
#[derive(Clone)]
pub(crate) struct Stopwatch(Histogram);

impl Stopwatch {
    /// Times signatures by that algorithm.
    pub(crate) fn of_signatures(algorithm: &'static str) -> Self {
        Self(metrics::histogram!("idp_gateway_sign_seconds", "algorithm" => algorithm))
    }

    /// Times hits of rate limits.
    pub(crate) fn of_limiter() -> Self {
        Self(metrics::histogram!("idp_gateway_limiter_seconds"))
    }

    /// Notes a step that began then and ends now.
    pub(crate) fn stop(&self, started: Instant) {
        self.0.record(started.elapsed().as_secs_f64());
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopwatch")
    }
}

/// Counts the grants that a rate limit refused.
#[derive(Clone)]
pub(crate) struct Refused(Counter);

impl Refused {
    /// Those of a mount.
    pub(crate) fn of_mount(name: &str) -> Self {
        Self(metrics::counter!("idp_gateway_limiter_refused_total", "mount" => name.to_owned()))
    }

    /// Counts one.
    pub(crate) fn count(&self) {
        self.0.increment(1);
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refused")
    }
}
