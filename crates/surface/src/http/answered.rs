//! An answer and what it is counted as.

use crate::meter::{Meter, Outcome, Target};
use dialect::WireResponse;
use grant::GrantError;

/// A response, and what became of the request.
pub(super) struct Answered<'a> {
    pub(super) response: WireResponse,
    pub(super) meter: &'a Meter,
    pub(super) target: Target,
    pub(super) outcome: Outcome,
}

impl<'a> Answered<'a> {
    /// One that is counted by its status.
    pub(super) fn by_status(meter: &'a Meter, target: Target, response: WireResponse) -> Self {
        let outcome = Outcome::of_status(response.status);
        Self { response, meter, target, outcome }
    }
}

/// What a request comes to that was refused for `error`, or served.
pub(super) fn outcome(error: Option<&GrantError>, forced: bool) -> Outcome {
    match error {
        None => Outcome::SERVED,
        Some(_) if forced => Outcome::FORCED,
        Some(error) => Outcome::refused(&error.kind),
    }
}
