//! The gateway: configuration, routing, HTTP, the admin API and the command line.

pub mod admin;
mod announce;
pub mod app;
pub mod cli;
pub mod config;
pub mod http;
mod jwks;
pub mod mounts;
pub mod overrides;
mod problem;
pub mod registry;
mod serve;
mod telemetry;

pub use serve::serve;
