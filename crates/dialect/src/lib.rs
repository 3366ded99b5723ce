//! What a vendor's dialect is: the [`Dialect`] trait, neutral wire types, and readers of forms, JSON and
//! credentials that refuse what is ambiguous.
//!
//! A dialect is pure and synchronous: bytes in, [`grant::Call`] out; [`grant::Reply`] in, bytes out.

mod asked;
pub mod assertion;
mod assertion_terms;
pub mod authorize;
pub mod basic;
pub mod bearer;
pub mod calls;
pub mod claims_request;
pub mod credentials;
mod device_terms;
mod form;
mod json;
mod media;
mod names;
mod pattern;
pub mod proof;
pub mod respond;
mod route;
pub mod settings;
pub mod shown;
pub mod texts;
mod token_call;
mod trait_;
mod wire;

pub use asked::{Asked, Nothing};
pub use form::Form;
pub use json::{Json, JsonObject};
pub use media::has_media_type;
pub use names::intern;
pub use pattern::PathPattern;
pub use route::{Route, check_method};
pub use settings::{Setting, SettingsError, SettingsMap, SettingsReader};
pub use shown::Shown;
pub use token_call::{BodyFormat, ClientPlace, TokenCall};
pub use trait_::{Context, ContractText, Dialect, DialectKind, PageRoutes};
pub use wire::{WireRequest, WireResponse, has_no_content};
