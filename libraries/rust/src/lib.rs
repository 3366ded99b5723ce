//! Tests against vendors' auth endpoints: a gateway that speaks their dialects, and a world of its own for each test.
//!
//! ```no_run
//! use idp_gateway_test::{Count, Error, json, world};
//!
//! fn a_token_is_asked_for_again_after_a_failure() -> Result<(), Error> {
//!     let world = world()?;
//!     let bits = world.mount("bits")?;
//!     bits.fail("unavailable", json!({ "times": 2 }))?;
//!     // … what is under test asks at bits.token_url()? …
//!     world.journal().verify(json!({ "mount": "bits", "endpoint": "token" }), Count::Exactly(3))?;
//!     Ok(())
//! }
//! ```
//! What a call of the admin API takes is given as anything that serialises to it: `json!`, or a type of [`admin_api`].
//! All calls block; in an asynchronous test they belong into `spawn_blocking` where they wait.

#![allow(
    clippy::disallowed_methods,
    reason = "it is for tests: it reads their environment, and waits on their threads"
)]

mod admin;
mod binary;
mod error;
mod gateway;
mod journal;
mod mount;
mod process;
mod world;

pub use admin::Admin;
pub use admin_api;
pub use error::{Error, Mismatch};
pub use gateway::{Gateway, Start, shared};
pub use journal::{Count, Journal, describe};
pub use mount::{Clients, Keys, Mount, Tokens, Users};
pub use serde_json::json;
pub use world::{Clock, Scenario, State, World};

/// A world in the gateway that all tests of this process share.
pub fn world() -> Result<World, Error> {
    shared()?.world()
}
