//! The gateway: configuration, routing, HTTP, the admin API and the command line.

pub mod admin;
pub mod announce;
pub mod app;
pub mod cli;
pub mod config;
pub(crate) mod door;
pub mod http;
pub mod journal;
pub mod jwks;
pub mod live;
pub(crate) mod meter;
pub mod mounts;
pub mod overrides;
pub mod problem;
pub mod proxies;
pub mod refusal_log;
pub mod registry;
pub(crate) mod reload;
pub(crate) mod replicas;
pub mod scenarios;
pub(crate) mod serve;
pub mod sign_in;
pub(crate) mod stop;
pub mod telemetry;
pub mod tls;
pub(crate) mod watch;
