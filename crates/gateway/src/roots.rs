//! Whom outgoing calls trust.

use rustls::crypto::ring;
use std::sync::Arc;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The system's certificates, or those of the file that `SSL_CERT_FILE` names; `None` where there are none.
pub(crate) fn of_the_system() -> Option<TlsConfig> {
    let roots = rustls_native_certs::load_native_certs();
    if roots.certs.is_empty() {
        return None;
    }
    let roots = roots.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>();
    let config = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(roots)));
    Some(config.unversioned_rustls_crypto_provider(Arc::new(ring::default_provider())).build())
}
