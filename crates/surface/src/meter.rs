//! Counts and times requests, by mount, endpoint and outcome.
//!
//! Labels are what the configuration and the code name, never what a client sends. A meter is taken once and kept where
//! its request ends: on the way of a request there is no look-up by label.

use crate::page::Page;
use grant::{Endpoint, GrantType, RefusalKind};
use metrics::{Counter, Histogram};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

/// The label of requests to the gateway's own endpoints. No mount can be named so.
const OWN: &str = "_gateway";
/// The label of requests that no mount and no endpoint of the gateway's own answers.
const NOWHERE: &str = "_none";

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Target {
    /// An endpoint.
    Endpoint(Endpoint),
    /// A page that users see.
    Page(Page),
    /// Liveness and readiness.
    Health,
    /// A stylesheet.
    Style,
    /// A path at which there is nothing.
    #[default]
    Nothing,
}

impl Target {
    const COUNT: usize = Endpoint::ALL.len() + Page::ALL.len() + 3;

    /// Its name in labels, log and journal.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint(endpoint) => endpoint.as_str(),
            Self::Page(page) => page.as_str(),
            Self::Health => "health",
            Self::Style => "style",
            Self::Nothing => "none",
        }
    }

    /// Its place among all.
    const fn index(self) -> usize {
        match self {
            Self::Endpoint(endpoint) => endpoint as usize,
            Self::Page(page) => Endpoint::ALL.len() + page as usize,
            Self::Health => Self::COUNT - 3,
            Self::Style => Self::COUNT - 2,
            Self::Nothing => Self::COUNT - 1,
        }
    }
}

impl From<Endpoint> for Target {
    fn from(endpoint: Endpoint) -> Self {
        Self::Endpoint(endpoint)
    }
}

impl From<Page> for Target {
    fn from(page: Page) -> Self {
        Self::Page(page)
    }
}

/// The names of what becomes of a request: these, and the codes of refusals.
static OUTCOMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let refusals = RefusalKind::samples();
    ["served", "forced", "not_found"].into_iter().chain(refusals.iter().map(RefusalKind::code)).collect()
});

/// The names of what can be wrong with a request, as entries of the journal have them.
pub fn errors() -> impl Iterator<Item = &'static str> {
    OUTCOMES.iter().copied().filter(|name| ![Outcome::SERVED.0, Outcome::FORCED.0].contains(name))
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome(&'static str);

impl Outcome {
    /// It was served.
    pub(crate) const SERVED: Self = Self("served");
    /// A scenario refused it.
    pub(crate) const FORCED: Self = Self("forced");
    /// There is nothing at its path.
    pub(crate) const NOT_FOUND: Self = Self("not_found");

    /// It was refused for that reason.
    pub(crate) const fn refused(kind: &RefusalKind) -> Self {
        Self(kind.code())
    }

    /// What is read off the status, for answers that have no code of their own: pages and the gateway's own endpoints.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            ..400 => Self::SERVED,
            401 | 403 => Self("access_denied"),
            404 => Self::NOT_FOUND,
            405 => Self("method_not_allowed"),
            408 => Self("request_timeout"),
            413 => Self("payload_too_large"),
            429 => Self("rate_limited"),
            503 => Self("unavailable"),
            400..500 => Self("invalid_request"),
            _ => Self("internal"),
        }
    }

    /// Whether it is the gateway's own fault, or that of a part that it needs.
    pub(crate) fn is_fault(self) -> bool {
        ["internal", "unavailable"].contains(&self.as_str())
    }

    /// Its name in labels.
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }

    /// Its place among all.
    fn index(self) -> usize {
        OUTCOMES.iter().position(|name| *name == self.0).unwrap_or_default()
    }
}

/// The meters of one target.
struct OfTarget {
    outcomes: Vec<OnceLock<Counter>>,
    seconds: OnceLock<Histogram>,
}

impl Default for OfTarget {
    fn default() -> Self {
        Self { outcomes: OUTCOMES.iter().map(|_| OnceLock::new()).collect(), seconds: OnceLock::new() }
    }
}

/// The meters of a mount.
pub(crate) struct Meter {
    mount: String,
    targets: [OfTarget; Target::COUNT],
    tokens: [Counter; GrantType::ALL.len()],
}

impl Meter {
    /// Those of the mount of that name. What its endpoints serve is there from the start, at 0: a rate over it misses no
    /// first request.
    pub(crate) fn of_mount(name: &str, endpoints: impl Iterator<Item = Endpoint>) -> Self {
        let meter = Self::bare(
            name,
            |grant| metrics::counter!("idp_gateway_tokens_total", "mount" => name.to_owned(), "grant" => grant),
        );
        for endpoint in endpoints {
            let _ = meter.outcome(endpoint.into(), Outcome::SERVED);
        }
        meter
    }

    /// Those of the gateway's own endpoints.
    pub(crate) fn own() -> Self {
        Self::bare(OWN, |_| Counter::noop())
    }

    /// Those of requests that lead nowhere.
    pub(crate) fn nowhere() -> Self {
        Self::bare(NOWHERE, |_| Counter::noop())
    }

    fn bare(name: &str, tokens: impl Fn(&'static str) -> Counter) -> Self {
        let targets = std::array::from_fn(|_| OfTarget::default());
        Self { mount: name.to_owned(), targets, tokens: GrantType::ALL.map(|grant| tokens(grant.as_str())) }
    }

    /// The label of its mount.
    pub(crate) fn mount(&self) -> &str {
        &self.mount
    }

    fn outcome(&self, target: Target, outcome: Outcome) -> &Counter {
        self.targets[target.index()].outcomes[outcome.index()].get_or_init(|| {
            let (endpoint, outcome) = (target.as_str(), outcome.as_str());
            let mount = self.mount.clone();
            metrics::counter!("idp_gateway_requests_total", "mount" => mount, "endpoint" => endpoint, "outcome" => outcome)
        })
    }

    /// Counts a request that was answered.
    pub(crate) fn count(&self, target: Target, outcome: Outcome, took: Duration) {
        self.outcome(target, outcome).increment(1);
        let seconds = self.targets[target.index()].seconds.get_or_init(|| {
            let (mount, endpoint) = (self.mount.clone(), target.as_str());
            metrics::histogram!("idp_gateway_request_seconds", "mount" => mount, "endpoint" => endpoint)
        });
        seconds.record(took.as_secs_f64());
    }

    /// Counts a token request that was granted.
    pub(crate) fn granted(&self, grant: GrantType) {
        self.tokens[grant as usize].increment(1);
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("mount", &self.mount).finish_non_exhaustive()
    }
}

/// Requests that are being answered.
static IN_FLIGHT: AtomicI64 = AtomicI64::new(0);

/// A request that is being answered, or was given up half way by its client.
#[derive(Debug)]
pub(crate) struct InFlight(());

impl InFlight {
    /// One more.
    pub(crate) fn begin() -> Self {
        IN_FLIGHT.fetch_add(1, Ordering::Relaxed);
        Self(())
    }

    /// How many there are.
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 connections")]
    pub(crate) fn now() -> f64 {
        IN_FLIGHT.load(Ordering::Relaxed) as f64
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_page_refusal_and_grant_has_a_place_of_its_own() {
        let endpoints = Endpoint::ALL.map(Target::from);
        let pages = Page::ALL.map(Target::from);
        let all = endpoints.into_iter().chain(pages).chain([Target::Health, Target::Style, Target::Nothing]);
        let places: Vec<_> = all.clone().map(Target::index).collect();
        assert_eq!(places, (0..Target::COUNT).collect::<Vec<_>>());
        let names: std::collections::BTreeSet<_> = all.map(Target::as_str).collect();
        assert_eq!(names.len(), Target::COUNT, "{names:?}");
        for kind in RefusalKind::samples() {
            assert_eq!(OUTCOMES[Outcome::refused(&kind).index()], kind.code());
        }
        for (place, grant) in GrantType::ALL.into_iter().enumerate() {
            assert_eq!(grant as usize, place);
        }
    }

    #[test]
    fn a_status_has_its_outcome() {
        for (status, name) in [
            (200, "served"),
            (303, "served"),
            (400, "invalid_request"),
            (403, "access_denied"),
            (404, "not_found"),
            (405, "method_not_allowed"),
            (408, "request_timeout"),
            (413, "payload_too_large"),
            (429, "rate_limited"),
            (500, "internal"),
            (503, "unavailable"),
        ] {
            assert_eq!(OUTCOMES[Outcome::of_status(status).index()], name, "{status}");
        }
    }
}
