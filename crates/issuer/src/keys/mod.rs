//! Keys: made on first need, kept in the store, ready to sign and check.

pub(crate) mod client;
pub(crate) mod forge;
mod hmac;
pub(crate) mod jwt;
mod key;
mod own;
mod pss;
mod ring;

pub use client::client_keys;
pub use key::{KeyError, SigningKey};
pub use own::{OwnKey, OwnKeys};
pub use ring::KeyRing;
pub(crate) use ring::say_made;
