//! The public listener: vendor surfaces and the gateway's own.

mod answered;
pub(crate) mod body;
mod browser;
mod exchange;
mod gateway_surface;
mod handler;
pub(crate) mod record;
mod vendor;

pub use handler::handle;
