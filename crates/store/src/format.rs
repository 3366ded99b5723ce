//! The formats of what a store and a backup hold. A store says its own; what was made by this program is of the newest.

use issuer::said::is_news;

/// The first, and that of a store which does not say.
pub(crate) const FIRST: u32 = 1;
/// Chains of refresh tokens are bounded: the newest number that was used stands beside the first of a chain, and the
/// uses of most others are forgotten. An earlier program would take those for tokens that were never used.
pub(crate) const CHAINS: u32 = 2;
/// The newest that this program reads.
pub(crate) const NEWEST: u32 = CHAINS;

/// Says once of a store of an earlier format what it misses.
pub(crate) fn note(place: &str, format: u32) {
    if format < NEWEST && is_news(&(place, format)) {
        tracing::info!(
            "the store {place} is of format {format}, and each use of a refresh token is kept until its family ends: once no \
             earlier version is at work on it, run idp-gateway store upgrade"
        );
    }
}
