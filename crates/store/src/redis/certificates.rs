//! By what a Redis over TLS is known, and by what the gateway is.

use deadpool_redis::redis::{ClientTlsConfig, TlsCertificates};
use std::fmt;
use zeroize::Zeroizing;

/// What is shown and trusted where Redis speaks TLS, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificates {
    /// The CAs that Redis's certificate may be of, in the place of the system's.
    pub ca: Option<Vec<u8>>,
    /// The gateway's own chain, and its private key.
    pub client: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl Certificates {
    pub(super) fn of_client(&self) -> TlsCertificates {
        let client_tls = self
            .client
            .as_ref()
            .map(|(chain, key)| ClientTlsConfig { client_cert: chain.clone(), client_key: key.to_vec() });
        TlsCertificates { client_tls, root_cert: self.ca.clone() }
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}
