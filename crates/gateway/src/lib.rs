//! The gateway as a process: it serves, follows its files and its fellows, and has a command line.

pub(crate) mod announce;
pub mod cli;
pub(crate) mod descriptors;
pub(crate) mod door;
pub(crate) mod following;
pub(crate) mod listeners;
pub(crate) mod notify;
pub(crate) mod output;
pub(crate) mod parent;
pub(crate) mod reload;
pub(crate) mod replicas;
pub(crate) mod roots;
pub(crate) mod serve;
pub(crate) mod stop;
pub(crate) mod table;
pub mod telemetry;
pub(crate) mod tls;

/// The commit that the program was built from, or `unknown`.
pub(crate) const COMMIT: &str = env!("IDP_GATEWAY_COMMIT");
