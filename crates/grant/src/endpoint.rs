//! The endpoints a vendor's surface may have.

/// What an endpoint is for, whatever path its vendor gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Issues tokens (RFC 6749 section 3.2).
    Token,
    /// Starts an authorization in the browser (RFC 6749 section 3.1).
    Authorize,
    /// Tells who a token speaks for (OpenID Connect Core section 5.3).
    UserInfo,
    /// Tells what a token is worth (RFC 7662).
    Introspect,
    /// Ends a token (RFC 7009).
    Revoke,
    /// Ends a session (OpenID Connect RP-Initiated Logout).
    EndSession,
    /// The provider's metadata (OpenID Connect Discovery).
    Discovery,
    /// The provider's public keys (RFC 7517).
    Jwks,
    /// Gives a device its codes (RFC 8628 section 3.1).
    DeviceAuthorization,
    /// The gateway's own forward auth, answered as the vendor's API would.
    Verify,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 10] = [
        Self::Token,
        Self::Authorize,
        Self::UserInfo,
        Self::Introspect,
        Self::Revoke,
        Self::EndSession,
        Self::Discovery,
        Self::Jwks,
        Self::DeviceAuthorization,
        Self::Verify,
    ];

    /// The name used by scenarios, journal and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Authorize => "authorize",
            Self::UserInfo => "userinfo",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::EndSession => "end_session",
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::DeviceAuthorization => "device_authorization",
            Self::Verify => "verify",
        }
    }

    /// The endpoint of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.as_str() == name)
    }
}
