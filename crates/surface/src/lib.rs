//! The public listener: mounts, the way of a request through them, users who sign in, and what is written down of each.

pub mod app;
pub(crate) mod exchange;
pub(crate) mod facts;
pub(crate) mod forced;
pub mod health;
pub mod http;
pub mod journal;
pub mod jwks;
pub mod live;
pub mod meter;
pub mod mounts;
pub mod page;
pub mod problem;
pub mod proxies;
pub mod public_url;
pub(crate) mod readiness;
pub mod refusal_log;
pub mod seen;
pub mod sign_in;
pub mod telemetry;
pub(crate) mod traffic;
pub(crate) mod waiting;
pub(crate) mod ways;
pub(crate) mod wire;
pub mod world;
pub mod worlds;
