//! The ways to ask for a token that the gateway knows, and what each rests on.

use crate::{Refusal, Secret, TokenExchange};

/// A grant type by its name on the wire (RFC 6749).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantType {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 6749 section 4.3.
    Password,
    /// RFC 7523 section 2.1.
    JwtBearer,
    /// RFC 8628 section 3.4.
    DeviceCode,
    /// RFC 8693.
    TokenExchange,
}

impl GrantType {
    /// Every grant type.
    pub const ALL: [Self; 7] = [
        Self::ClientCredentials,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::Password,
        Self::JwtBearer,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    /// Those of an app and of users who sign in at a page: all that most vendors have.
    pub const USUAL: [Self; 3] = [Self::ClientCredentials, Self::AuthorizationCode, Self::RefreshToken];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::Password => "password",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// Whether a client with neither secret nor key may use it.
    pub const fn is_for_public_clients(self) -> bool {
        !matches!(self, Self::ClientCredentials | Self::JwtBearer | Self::TokenExchange)
    }

    /// The grant type of that name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }
}

/// What a token request rests on.
#[derive(Debug)]
pub enum Proof {
    /// The client's own authority.
    ClientCredentials,
    /// A code that a user's consent gave.
    AuthorizationCode {
        /// The code.
        code: Secret,
        /// The redirect URI that the code was sent to.
        redirect_uri: String,
        /// The PKCE verifier (RFC 7636).
        verifier: Option<Secret>,
    },
    /// A refresh token.
    Refresh {
        /// The token.
        token: Secret,
    },
    /// A user's name and password.
    Password {
        /// The name that the user signs in with.
        username: String,
        /// The password.
        password: Secret,
    },
    /// An assertion that a key of the client's signed.
    JwtBearer {
        /// The assertion, a JWT.
        assertion: Secret,
    },
    /// What a user allowed a device that polls.
    DeviceCode {
        /// The device code.
        code: Secret,
    },
    /// Tokens that the mount issued before.
    TokenExchange(Box<TokenExchange>),
    /// A grant that lacks what it rests on; raised by the proof phase, once the client is known to be entitled to it.
    Incomplete {
        /// The grant.
        grant_type: GrantType,
        /// What it lacks.
        error: Refusal,
    },
}

impl Proof {
    /// The proof of a grant, or what it lacks.
    pub fn complete(grant_type: GrantType, proof: Result<Self, Refusal>) -> Self {
        proof.unwrap_or_else(|error| Self::Incomplete { grant_type, error })
    }

    /// The grant type it belongs to.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::ClientCredentials => GrantType::ClientCredentials,
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::Refresh { .. } => GrantType::RefreshToken,
            Self::Password { .. } => GrantType::Password,
            Self::JwtBearer { .. } => GrantType::JwtBearer,
            Self::DeviceCode { .. } => GrantType::DeviceCode,
            Self::TokenExchange(_) => GrantType::TokenExchange,
            Self::Incomplete { grant_type, .. } => *grant_type,
        }
    }
}
