//! The admin API: its calls, and what they change over what the file says.

mod api;
mod change;
mod entry;
pub mod kept;
pub mod overrides;
pub mod scenarios;

pub use api::{Local, server};
pub use change::ChangeError;
