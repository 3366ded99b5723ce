//! The clock of all minting and checking.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use crate::overrides;
use admin_api::{ClockAdvance, ClockChange, ClockView, operations};
use grant::Seconds;
use issuer::clock::{Clock, ClockState};
use issuer::state::Moment;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::at_once(&operations::GET_CLOCK, |call, ()| Ok(view(call.world.issuer.clock.now()))),
        Route::new(&operations::SET_CLOCK, set_clock),
        Route::new(&operations::DELETE_CLOCK, delete_clock),
        Route::new(&operations::ADVANCE_CLOCK, advance_clock),
    ]
}

async fn set_clock(call: &Call, change: ClockChange) -> Result<ClockView, Problem> {
    let state = match change {
        ClockChange::Freeze(at) => ClockState::Frozen(at.saturating_mul(1000)),
        ClockChange::Offset(seconds) => ClockState::Offset(Seconds(seconds).into()),
    };
    put(call, state).await
}

async fn delete_clock(call: &Call, (): ()) -> Result<(), Problem> {
    let before = view(call.world.issuer.clock.now());
    overrides::set_clock(&call.world, None).await?;
    call.changes.note(&before, &view(call.world.issuer.clock.now()));
    Ok(())
}

async fn advance_clock(call: &Call, ClockAdvance { seconds }: ClockAdvance) -> Result<ClockView, Problem> {
    if seconds < 0 {
        let remedy = "send 0 or more; PUT /v1/clock sets an earlier moment";
        return Err(Problem::bad_request("`seconds` is negative, and a clock advances", remedy));
    }
    put(call, Clock::advanced(call.world.issuer.clock.state(), Seconds(seconds).into())).await
}

async fn put(call: &Call, state: ClockState) -> Result<ClockView, Problem> {
    let clock = &call.world.issuer.clock;
    let before = clock.now();
    check(state, before)?;
    overrides::set_clock(&call.world, Some(state)).await?;
    let after = view(clock.now());
    call.changes.note(&view(before), &after);
    Ok(after)
}

/// The clock stays between 1970 and the end of the year 9999, so that every time it gives can be written.
fn check(state: ClockState, now: Moment) -> Result<(), Problem> {
    let real = match now.clock {
        ClockState::Offset(offset) => Some(now.millis.saturating_sub(offset.0)),
        ClockState::Frozen(_) => None,
    };
    let then = match (state, real) {
        (ClockState::Frozen(at), _) => at,
        (ClockState::Offset(offset), Some(real)) => offset.after(real),
        // Real time is not known from a frozen clock; a fresh one tells it.
        (ClockState::Offset(offset), None) => offset.after(Clock::default().now().millis),
    };
    if (0..=Clock::MAX_SECONDS).contains(&then.div_euclid(1000)) {
        return Ok(());
    }
    let remedy = format!("choose a moment from 0 to {} (the end of the year 9999)", Clock::MAX_SECONDS);
    Err(Problem::bad_request("the clock would leave the years 1970 to 9999", remedy))
}

fn view(now: Moment) -> ClockView {
    let state = match now.clock {
        ClockState::Frozen(at) => ClockChange::Freeze(at.div_euclid(1000)),
        ClockState::Offset(offset) => ClockChange::Offset(offset.whole_seconds().0),
    };
    ClockView { now: now.seconds(), state }
}
