//! How long calls to a store take, by operation and outcome, for both stores alike.

use issuer::said::is_news;
use issuer::state::StoreError;
use metrics::Histogram;
use std::cell::RefCell;
use std::time::Duration;

/// How long a call took, and what came of it.
const SECONDS: &str = "idp_gateway_store_seconds";
/// Whether calls are refused without asking: there from the start, whichever the store.
const BREAKER: &str = "idp_gateway_store_breaker_state";
/// Replicas that live.
const REPLICAS: &str = "idp_gateway_replicas";

/// How often the store had lost what it kept: there from the start.
const LOST: &str = "idp_gateway_store_lost_total";

/// What came of a call.
const OUTCOMES: [&str; 3] = ["ok", "unavailable", "corrupt"];

/// The histograms of one operation, by outcome.
type Meters = [Option<Histogram>; OUTCOMES.len()];

thread_local! {
    /// Each thread keeps what it has found: neither a lock nor a look-up by label is in the way of a call. Operations are
    /// few and named in the code.
    static METERS: RefCell<Vec<(&'static str, Meters)>> = const { RefCell::new(Vec::new()) };
}

/// Notes a call.
pub(crate) fn observe<T>(operation: &'static str, took: Duration, outcome: &Result<T, StoreError>) {
    let outcome = match outcome {
        Ok(_) => 0,
        Err(StoreError::Unavailable(_) | StoreError::Newer { .. }) => 1,
        Err(StoreError::Corrupt(_)) => 2,
    };
    METERS.with_borrow_mut(|all| {
        // By address: the same name at another place of the code has an entry of its own, over the same histogram.
        let known = all.iter().position(|(name, _)| std::ptr::eq(*name, operation));
        let at = known.unwrap_or_else(|| {
            all.push((operation, Meters::default()));
            all.len() - 1
        });
        let meter = all[at].1[outcome].get_or_insert_with(
            || metrics::histogram!(SECONDS, "operation" => operation, "outcome" => OUTCOMES[outcome]),
        );
        meter.record(took.as_secs_f64());
    });
}

/// The state of the breaker.
pub(crate) fn set_breaker(is_open: bool) {
    metrics::gauge!(BREAKER).set(f64::from(u8::from(is_open)));
}

/// How many keys the Redis has, those of others included.
pub(crate) fn set_keys(count: u64) {
    #[expect(clippy::cast_precision_loss, reason = "keys are far fewer than 2^52")]
    metrics::gauge!("idp_gateway_store_keys").set(count as f64);
}

/// How long the store's file is.
pub(crate) fn set_bytes(length: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a file is far shorter than 2^52 bytes")]
    metrics::gauge!("idp_gateway_store_bytes").set(length as f64);
}

/// How many replicas live, this one included.
pub(crate) fn set_replicas(count: u32) {
    metrics::gauge!(REPLICAS).set(f64::from(count));
}

/// Has the loss of what a store kept be counted from now on.
pub(crate) fn count_losses() {
    metrics::counter!(LOST).increment(0);
}

/// Notes that the store with the mark `known` has lost what it kept, or is no more what is followed; once for each mark
/// that takes its place.
pub(crate) fn note_lost(known: &str, mark: &str) {
    if is_news(&(LOST, mark)) {
        metrics::counter!(LOST).increment(1);
        tracing::error!(
            known,
            mark,
            "Redis has lost all that it kept, or is another than before: signing keys and run-time changes are put back \
             from memory; codes, refresh tokens, sessions, consents and personal access tokens are gone"
        );
    }
}
