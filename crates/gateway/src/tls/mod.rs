//! TLS of the public listener: its certificate, from files or of the development CA, replaced while it serves.
//!
//! TLS 1.2 and 1.3, HTTP/1.1 alone: on HTTP/2 the framework tells no client that the gateway is about to stop.

pub(crate) mod development;
mod keeper;

pub(crate) use keeper::{Keeper, Source};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use std::sync::Arc;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// What the listener needs to answer with whatever certificate `keeper` has in force.
pub(crate) fn server_config(keeper: Arc<Keeper>) -> Result<ServerConfig, rustls::Error> {
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&versions)?;
    Ok(builder.with_no_client_auth().with_cert_resolver(keeper))
}
