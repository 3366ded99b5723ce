//! What tests share and no gateway has: the gateway as a process with clients of its surfaces, the contracts of dialects
//! with what plays them, and real servers beside it.
//!
//! The README says what is where.

pub mod admin;
pub mod agent;
pub mod assertion;
pub mod browser;
pub mod config;
pub mod contract;
pub mod dialects;
pub mod fixture;
pub mod gateway;
pub mod http;
mod mounts;
pub mod replay;
mod servers;
pub mod suite;
pub mod tls;
pub mod token_call;
pub mod tree;
pub mod vendor;

pub use pairs::{self, jwt};
pub use servers::{Cluster, Fault, Proxy, Redis, SentinelSet, Stall, TlsFiles, pause, ports, program, wait_until};
