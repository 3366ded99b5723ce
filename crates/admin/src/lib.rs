//! The admin API: its calls, and what they change over what the file says.

mod api;
mod change;
mod entry;
mod expiry;
mod journal;
pub mod kept;
pub mod namespaces;
pub mod overrides;
mod place;
pub mod scenarios;
mod sets;
mod state;
pub mod told;
pub mod void;

pub use api::{Local, server};
pub use change::ChangeError;

/// The target of the audit's lines, which no level silences.
pub const AUDIT: &str = "audit";
