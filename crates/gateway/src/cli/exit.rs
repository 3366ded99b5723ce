//! What the status of a command that did not go well says.

use crate::output;
use crate::table::{plain, plain_lines};
use admin_api::Problem;
use std::process::ExitCode;

/// The gateway was not reached, or what answers is none.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreached(pub(super) String);

/// The command was written in a way that cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// It does not hold, and that was said already.
#[derive(Debug, thiserror::Error)]
#[error("it does not hold")]
pub(super) struct DoesNotHold;

/// Says what went wrong, and gives the status for it: 1 where the gateway refuses or something does not hold, 2 for a
/// command that is written wrongly (as clap ends with), 3 where no gateway was reached.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if error.is::<DoesNotHold>() {
        return ExitCode::FAILURE;
    }
    match error.downcast_ref::<Problem>() {
        Some(problem) => output::error(&format!("error: {}; {}", plain(&problem.detail), plain(&problem.remedy))),
        None => output::error(&plain_lines(&format!("error: {error:#}"))),
    }
    if error.is::<Unreached>() {
        ExitCode::from(3)
    } else if error.is::<Usage>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}
