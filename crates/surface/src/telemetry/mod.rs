//! What is counted and traced of each request. Exporters of traces and the log are the gateway's.

mod catalogue;
pub mod metrics;
pub mod process;
pub mod trace;

/// The target of the access log's lines, which no level silences.
pub const ACCESS: &str = "access";
