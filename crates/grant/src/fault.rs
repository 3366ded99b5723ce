//! What can be wrong with what a grant rests on, for vendors that tell it.

use crate::GrantType;

/// What is wrong with a code, a refresh token or an assertion. Only a dialect whose vendor tells it says so to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It was used before.
    Spent,
    /// Its time is over.
    Expired,
    /// It was issued to another client.
    Client,
    /// The redirect URI is not the one that the code was sent to.
    RedirectUri,
    /// The verifier is missing, or not that of the code's challenge.
    Verifier,
    /// The assertion is no JWT that can be read.
    Unreadable,
    /// No key of the client's made the assertion's signature, by an algorithm that is served.
    Signature,
    /// The assertion's `iss` names no client, or another.
    Issuer,
    /// The assertion's `aud` is not what it must be.
    Audience,
    /// The assertion's `exp` is missing or too far ahead, or its time has not come.
    Time,
    /// The assertion has no `sub` that is a text.
    Subject,
    /// The assertion has no `jti`.
    Jti,
}

impl Fault {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spent => "spent",
            Self::Expired => "expired",
            Self::Client => "client",
            Self::RedirectUri => "redirect_uri",
            Self::Verifier => "verifier",
            Self::Unreadable => "unreadable",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Time => "time",
            Self::Subject => "subject",
            Self::Jti => "jti",
        }
    }

    /// Those that what a grant of that type rests on can have.
    pub const fn of(grant: GrantType) -> &'static [Self] {
        match grant {
            GrantType::AuthorizationCode => {
                &[Self::Spent, Self::Expired, Self::Client, Self::RedirectUri, Self::Verifier]
            }
            GrantType::RefreshToken => &[Self::Spent, Self::Expired, Self::Client],
            GrantType::DeviceCode => &[Self::Client],
            GrantType::JwtBearer => &[
                Self::Spent,
                Self::Expired,
                Self::Unreadable,
                Self::Signature,
                Self::Issuer,
                Self::Audience,
                Self::Time,
                Self::Subject,
                Self::Jti,
            ],
            GrantType::ClientCredentials | GrantType::Password | GrantType::TokenExchange => &[],
        }
    }
}
