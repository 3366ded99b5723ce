//! The public listener: vendor surfaces and the gateway's own.

mod answered;
pub mod body;
mod browser;
mod exchange;
mod gateway_surface;
mod handler;
mod vendor;

pub use handler::handle;
