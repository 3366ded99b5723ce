//! The rate limit of an authenticated, entitled client: only tokens that are issued count.

use crate::At;
use crate::ids;
use crate::state::{Hit, LimitOutcome, LimitTicket, RequestId};
use grant::{Client, RateLimit, Refusal, RefusalKind};
use std::time::Instant;
use tracing::Instrument;

/// Takes a place in the client's window; `None` where it has no limit.
pub(super) async fn take_place(at: At<'_>, client: &Client) -> Result<Option<LimitTicket>, Refusal> {
    let limit = client.rate_limit.unwrap_or(at.hooks.policy().rate_limit);
    let RateLimit::Rolling { count, window } = limit else { return Ok(None) };
    let hit = Hit { request: RequestId(ids::random()), moment: at.now, key: client.id.as_str(), count, window };
    let started = Instant::now();
    let span = tracing::trace_span!(target: "trace", "limiter");
    let outcome = at.store().hit(at.realm(), hit).instrument(span).await;
    at.issuer.limiter.stop(started);
    match outcome? {
        LimitOutcome::Taken(ticket) => Ok(Some(ticket)),
        LimitOutcome::Full { wait } => {
            at.mount.refused.count();
            let retry_after = wait.told();
            let cause = format!("client `{}` used its {limit}; a place is free in {retry_after} s", client.id);
            Err(Refusal::new(RefusalKind::RateLimited { retry_after }, cause))
        }
    }
}

/// Gives a place back after the grant failed. A store that cannot take it back leaves the place taken.
pub(super) async fn give_back(at: At<'_>, client: &Client, ticket: LimitTicket) {
    if let Err(error) = at.store().undo(at.realm(), client.id.as_str(), ticket).await {
        tracing::warn!(mount = at.mount.name, client = %client.id, %error, "a refused grant stays counted");
    }
}
