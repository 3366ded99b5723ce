//! Every metric there is: its name, kind, unit and meaning, and the buckets of histograms.
//!
//! The names are those that the places use which count: here, in the issuer and in the store. The operator's manual has
//! the same list with the labels, and a test compares the two with what a gateway serves.

use metrics::Unit;

/// What a metric is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Observations, counted by upper bound in seconds.
    Histogram(&'static [f64]),
}

/// A metric.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    unit: Unit,
    help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit: Unit::Count, help }
}

const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, help }
}

const fn seconds(name: &'static str, buckets: &'static [f64], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram(buckets), unit: Unit::Seconds, help }
}

/// A token takes some 20 µs of one core, one that waits for a disk or for Redis milliseconds, a password a quarter of
/// a second.
const REQUEST: &[f64] =
    &[0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// HMAC takes half a microsecond, RSA a few hundred.
const SIGN: &[f64] = &[
    0.000_000_5,
    0.000_001,
    0.000_002_5,
    0.000_005,
    0.000_01,
    0.000_025,
    0.000_05,
    0.0001,
    0.000_25,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
];
/// In memory it takes less than a microsecond.
const LIMITER: &[f64] =
    &[0.000_001, 0.000_01, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];
const STORE: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// All of them.
pub(super) const METRICS: &[Metric] = &[
    gauge("idp_gateway_build_info", Unit::Count, "Always 1; the labels have the version and the commit."),
    gauge("process_start_time_seconds", Unit::Seconds, "When the process started, Unix time."),
    counter("process_cpu_seconds_total", "Processor time, user and system, in whole seconds."),
    gauge("process_resident_memory_bytes", Unit::Bytes, "Resident memory."),
    gauge("process_open_fds", Unit::Count, "Open file descriptors."),
    gauge("process_max_fds", Unit::Count, "How many file descriptors may be open."),
    gauge("idp_gateway_connections", Unit::Count, "Connections of the public listener."),
    gauge("idp_gateway_connections_max", Unit::Count, "How many of them are kept."),
    gauge("idp_gateway_store_bytes", Unit::Bytes, "The length of the embedded store's file."),
    gauge("idp_gateway_store_keys", Unit::Count, "Keys in the Redis, those of others included."),
    gauge(
        "idp_gateway_signing_key_created_seconds",
        Unit::Seconds,
        "When the youngest key that signs was made, Unix time.",
    ),
    gauge("idp_gateway_ready", Unit::Count, "1 while all checks pass, else 0."),
    gauge("idp_gateway_serving", Unit::Count, "1 while requests may be sent here, else 0."),
    gauge("idp_gateway_check", Unit::Count, "1 while the check passes, else 0."),
    counter("idp_gateway_requests_total", "Requests that were answered."),
    seconds("idp_gateway_request_seconds", REQUEST, "From a request's head to its answer."),
    gauge("idp_gateway_requests_in_flight", Unit::Count, "Requests that are being answered."),
    counter("idp_gateway_tokens_total", "Token requests that were granted."),
    seconds("idp_gateway_sign_seconds", SIGN, "How long signatures took."),
    seconds("idp_gateway_limiter_seconds", LIMITER, "How long hits of a rate limit took."),
    counter("idp_gateway_limiter_refused_total", "Grants that a rate limit refused."),
    counter("idp_gateway_refusals_unlogged_total", "Refusals beyond the rate at which they are logged."),
    counter("idp_gateway_log_lines_dropped_total", "Log lines that found too many waiting to be written."),
    counter("idp_gateway_journal_dropped_total", "Journal entries that made room for newer ones."),
    counter(
        "idp_gateway_journal_unshared_total",
        "Journal entries that no other replica was told of, where the journal is shared.",
    ),
    gauge("idp_gateway_test_features", Unit::Count, "1 while what is there for tests is in force, else 0."),
    gauge("idp_gateway_clock_frozen", Unit::Count, "1 while the clock stands still, else 0."),
    gauge("idp_gateway_clock_ahead_seconds", Unit::Seconds, "How far the clock is ahead of real time."),
    gauge("idp_gateway_scenarios", Unit::Count, "Scenarios in force."),
    gauge("idp_gateway_namespaces", Unit::Count, "Namespaces that have not ended."),
    gauge("idp_gateway_namespaces_max", Unit::Count, "How many of them there may be."),
    seconds("idp_gateway_store_seconds", STORE, "How long calls to the store took."),
    counter("idp_gateway_store_retries_total", "Calls to Redis that were sent a second time."),
    gauge("idp_gateway_store_breaker_state", Unit::Count, "0 while calls go to the store, 1 while they are refused."),
    counter("idp_gateway_limiter_fallback_total", "Hits of a rate limit while Redis did not answer."),
    gauge("idp_gateway_replicas", Unit::Count, "Replicas that live, this one included."),
    gauge(
        "idp_gateway_replicas_differing",
        Unit::Count,
        "Other replicas that live and are configured otherwise than this one.",
    ),
    counter("idp_gateway_store_lost_total", "How often Redis had lost all that it kept, or was another."),
    counter("idp_gateway_changes_applied_total", "Changes of other replicas and of this one that were put in force."),
    counter("idp_gateway_trace_exports_total", "Batches of spans for the collector, by what came of them."),
    counter("idp_gateway_config_reloads_total", "Configurations read anew, by what came of them."),
    counter("idp_gateway_tls_certificate_reloads_total", "Certificates loaded anew, by what came of them."),
    gauge(
        "idp_gateway_tls_certificate_expiry_seconds",
        Unit::Seconds,
        "When the certificate in force expires, Unix time.",
    ),
];

/// Tells the recorder in force about all of them.
pub(super) fn describe() {
    for Metric { name, kind, unit, help } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *unit, *help),
            Kind::Gauge => metrics::describe_gauge!(*name, *unit, *help),
            Kind::Histogram(_) => metrics::describe_histogram!(*name, *unit, *help),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_prometheus_own_and_buckets_rise() {
        for metric in METRICS {
            let name = metric.name;
            assert!(name.starts_with("idp_gateway_") || name.starts_with("process_"), "{name}");
            match metric.kind {
                Kind::Counter => assert!(name.ends_with("_total"), "{name}"),
                Kind::Gauge => assert!(!name.ends_with("_total"), "{name}"),
                Kind::Histogram(buckets) => {
                    assert!(name.ends_with("_seconds"), "{name}");
                    assert!(buckets.windows(2).all(|pair| pair[0] < pair[1]), "{name}");
                }
            }
        }
        let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len(), "a name is there twice");
    }
}
