//! How many connections there may be, for each takes a file descriptor.

use configuration::settings::{self, Settings};
use surface::telemetry::process;

/// What the gateway takes beside those, at most: 96 connections of the listener for admin calls, of which some wait and some
/// follow, and 32 of the one for metrics, where health is asked too; its workers, connections to Redis, files; and connections that are one too many.
const RESERVE: usize = 192;
/// Connections beyond the most that are answered once.
pub(crate) const SPARE: usize = 16;
/// Where the system says no limit.
const USUAL: usize = 1024;

/// Connections of the public listener.
pub(crate) fn max_connections(settings: &Settings) -> usize {
    settings.get(settings::MAX_CONNECTIONS).unwrap_or_else(|| left_of(process::max_descriptors().unwrap_or(USUAL)))
}

/// What `limit` leaves: half of it where it is small.
fn left_of(limit: usize) -> usize {
    limit.saturating_sub(RESERVE).max(limit / 2)
}
