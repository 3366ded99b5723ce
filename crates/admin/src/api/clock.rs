//! The clock of all minting and checking.

use super::Call;
use super::reply::{Answer, Outcome, Refusal};
use crate::overrides;
use admin_api::{ClockAdvance, ClockChange, ClockView};
use issuer::clock::{Clock, ClockState};
use issuer::state::Moment;

/// The clock: the present, and how it derives from real time.
#[utoipa::path(get, path = "/v1/clock", tag = "clock", responses((status = 200, body = ClockView, description = "The clock.")))]
pub(super) fn get_clock(call: &Call) -> Answer {
    Answer::json(&view(call.app().issuer.clock.now()))
}

/// Freezes the clock at a moment, or shifts it by an offset from real time.
#[utoipa::path(put, path = "/v1/clock", tag = "clock", request_body = ClockChange, responses((status = 200, body = ClockView, description = "The clock as it now is.")))]
pub(super) async fn set_clock(call: &Call) -> Outcome {
    let state = match call.body.json()? {
        ClockChange::Freeze(at) => ClockState::Frozen(at.saturating_mul(1000)),
        ClockChange::Offset(seconds) => ClockState::Offset(seconds.saturating_mul(1000)),
    };
    put(call, state).await
}

/// Puts the clock back to real time.
#[utoipa::path(delete, path = "/v1/clock", tag = "clock", responses((status = 204, description = "The clock shows real time.")))]
pub(super) async fn delete_clock(call: &Call) -> Outcome {
    overrides::set_clock(call.app(), None).await?;
    tracing::info!("clock back to real time");
    Ok(Answer::Empty)
}

/// Lets time pass: a frozen clock stands still at the later moment, a running one runs on from it.
#[utoipa::path(post, path = "/v1/clock/advance", tag = "clock", request_body = ClockAdvance, responses((status = 200, body = ClockView, description = "The clock as it now is.")))]
pub(super) async fn advance_clock(call: &Call) -> Outcome {
    let ClockAdvance { seconds } = call.body.json()?;
    if seconds < 0 {
        let remedy = "send 0 or more; PUT /v1/clock sets an earlier moment";
        return Err(Refusal::bad_request("`seconds` is negative, and a clock advances", remedy));
    }
    put(call, Clock::advanced(call.app().issuer.clock.state(), seconds.saturating_mul(1000))).await
}

async fn put(call: &Call, state: ClockState) -> Outcome {
    let clock = &call.app().issuer.clock;
    check(state, clock.now())?;
    overrides::set_clock(call.app(), Some(state)).await?;
    let now = clock.now();
    tracing::info!(now = now.seconds(), state = ?state, "clock set");
    Ok(Answer::json(&view(now)))
}

/// The clock stays between 1970 and the end of the year 9999, so that every time it gives can be written.
fn check(state: ClockState, now: Moment) -> Result<(), Refusal> {
    let real = match now.clock {
        ClockState::Offset(offset) => Some(now.millis.saturating_sub(offset)),
        ClockState::Frozen(_) => None,
    };
    let then = match (state, real) {
        (ClockState::Frozen(at), _) => at,
        (ClockState::Offset(offset), Some(real)) => real.saturating_add(offset),
        // Real time is not known from a frozen clock; a fresh one tells it.
        (ClockState::Offset(offset), None) => Clock::default().now().millis.saturating_add(offset),
    };
    if (0..=Clock::MAX_SECONDS).contains(&then.div_euclid(1000)) {
        return Ok(());
    }
    let remedy = format!("choose a moment from 0 to {} (the end of the year 9999)", Clock::MAX_SECONDS);
    Err(Refusal::bad_request("the clock would leave the years 1970 to 9999", remedy))
}

fn view(now: Moment) -> ClockView {
    let state = match now.clock {
        ClockState::Frozen(at) => ClockChange::Freeze(at.div_euclid(1000)),
        ClockState::Offset(offset) => ClockChange::Offset(offset.div_euclid(1000)),
    };
    ClockView { now: now.seconds(), state }
}
