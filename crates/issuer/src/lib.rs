//! The one core issuer: phases, clients, codes, tokens, keys, rate limits and the clock, over store traits.
//!
//! It knows no vendor, no HTTP and no vendor's JSON shape: what a dialect wants comes through [`grant::Profile`].

pub mod clock;
pub mod state;
