//! What operators see of a gateway that runs: logs and metrics.

mod catalogue;
mod listener;
mod logs;
pub mod metrics;

pub(crate) use listener::server as metrics_server;
pub use logs::start;
