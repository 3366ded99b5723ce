//! What a vendor answers beside what a mount does: where they differ, and whether that was documented.

mod body;
mod compare;
mod marks;
mod stand_in;
mod trial;

pub use compare::{Difference, Kind, Side, differences};
pub use marks::{Area, is_documented};
pub use stand_in::StandIns;
pub use trial::{Trial, trial};
