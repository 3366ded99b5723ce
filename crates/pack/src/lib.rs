//! Vendors as data: a pack says, in TOML, how a vendor departs from the standard, and becomes a dialect.
//!
//! A pack has no code: paths, names and templates with typed holes, made into their parts when the pack is read. The
//! manual is `docs/packs.md`.

mod about;
mod answer;
mod authorize;
mod base;
mod call;
mod claims;
mod compiled;
mod contracts;
mod departures;
mod device;
mod dialect_of;
mod endpoints;
mod errors;
mod examples;
mod exchange;
mod fields;
mod file;
mod form;
mod hooks_of;
mod mac;
mod names_of;
mod ordered;
mod pack;
mod proof;
pub mod reference;
pub mod refusals;
mod request;
mod routes;
mod rule;
mod settings;
pub mod shipped;
mod source;
mod template;
mod tokens;

pub use about::{About, Head};
pub use departures::Departure;
pub use examples::{Example, Examples};
pub use pack::Pack;
pub use source::{LONGEST, PackError, PackErrors};

/// The JSON Schema of a pack's file, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(file::File).to_value()
}
