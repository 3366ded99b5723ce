//! The public listener: vendor surfaces and the gateway's own.

pub mod body;
mod browser;
mod cors;
mod gateway_surface;
mod handler;
mod vendor;

pub use handler::handle;
