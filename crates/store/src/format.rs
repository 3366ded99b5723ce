//! The formats of what a store and a backup hold. A store says its own; what was made by this program is of the newest.

/// The first, and that of a store which does not say.
pub(crate) const FIRST: u32 = 1;
/// Chains of refresh tokens are bounded: the newest generation that was used stands beside the first of a chain, and the
/// uses of most others are forgotten. An earlier program would take those for tokens that were never used.
pub(crate) const CHAINS: u32 = 2;
/// The newest that this program reads.
pub(crate) const NEWEST: u32 = CHAINS;
