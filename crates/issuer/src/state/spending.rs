//! The first use of a code or refresh token.

use super::{Moment, RequestId};
use grant::{Millis, Seconds};

/// The first use of a code or refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spending {
    /// When it was, milliseconds since the epoch.
    pub at: i64,
    /// By which attempt.
    pub request: RequestId,
}

impl Spending {
    /// A use so long ago that it is not known when it was, nor by which attempt.
    pub const FORGOTTEN: Self = Self { at: i64::MIN, request: RequestId([0; 16]) };

    /// Whether a repeat at `moment` is within `grace` of it. Moments of requests that run side by side may
    /// come in either order, so the distance counts.
    pub fn has_grace(self, moment: Moment, grace: Seconds) -> bool {
        let distance = moment.millis.abs_diff(self.at);
        u64::try_from(Millis::from(grace).0).is_ok_and(|grace| distance < grace)
    }
}
