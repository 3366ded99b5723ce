//! Where a gateway keeps its state: the embedded store, and the Redis store that replicas share.
//!
//! No store knows a vendor, reads a clock or sees a code or refresh token in the clear.

pub mod carry;
pub mod cursor;
mod embedded;
mod format;
mod limits;
mod meter;
mod record;
mod redis;
mod scenarios;

pub use embedded::{Embedded, OpenError};
pub use redis::{Certificates, LimiterFallback, Redis, RedisOptions, RedisUrl, UrlError, refresh_script};
