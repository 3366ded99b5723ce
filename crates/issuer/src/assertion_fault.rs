//! What can be wrong with an assertion, as data.

use grant::{Fault, Seconds};
use serde::{Deserialize, Serialize};

/// What is wrong with an assertion, as data. No text of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssertionFault {
    /// It is no JWT that can be read.
    Unreadable,
    /// Its header has `crit`, `b64`, `enc` or `zip`.
    ChangesMeaning,
    /// Its `alg` is none that is served for this kind of client.
    Algorithm,
    /// The client has no keys.
    NoKeys,
    /// The client is not registered for `client_secret_jwt`.
    NoMacSecret,
    /// Its `kid` is none of the client's, which are these.
    UnknownKid(Vec<String>),
    /// None of the keys that it may be of made its signature.
    WrongKey {
        /// Whether it named a key of the client's.
        is_named: bool,
    },
    /// This claim does not name the client.
    NotTheClient(Claim),
    /// Its `aud` is not what it must be.
    Audience {
        /// What it names.
        named: NamedAudience,
        /// What it must be: one of these.
        wanted: Vec<String>,
    },
    /// It has no `exp` that is a number.
    NoExpiry,
    /// It ended so long ago.
    Expired(Seconds),
    /// Its `exp` is further ahead than it may be.
    TooLong {
        /// How far it is.
        ahead: Seconds,
        /// How far it may be.
        most: Seconds,
    },
    /// It begins, or was made, so long from now.
    Early(Seconds),
    /// It has no `sub` that is a text.
    NoSubject,
    /// It has no `jti`.
    NoJti,
    /// It was used before.
    Replayed,
}

/// A claim that names the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// Who made it.
    Iss,
    /// Whom it is about.
    Sub,
}

impl Claim {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iss => "iss",
            Self::Sub => "sub",
        }
    }
}

/// What the `aud` of an assertion names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamedAudience {
    /// Nothing: it is missing, or empty.
    Nothing,
    /// Several things, or one in a list.
    List,
    /// The mount's issuer.
    Issuer,
    /// Something below the mount's issuer, such as its token endpoint.
    Endpoint,
    /// What it must be, but for a slash at the end.
    Slash,
    /// Something else.
    Another,
}

impl AssertionFault {
    /// What of it a vendor may tell.
    pub(crate) const fn told(&self) -> Fault {
        match self {
            Self::Unreadable | Self::ChangesMeaning => Fault::Unreadable,
            Self::Algorithm | Self::NoKeys | Self::NoMacSecret | Self::UnknownKid(_) | Self::WrongKey { .. } => {
                Fault::Signature
            }
            Self::NotTheClient(_) => Fault::Issuer,
            Self::Audience { .. } => Fault::Audience,
            Self::NoExpiry | Self::TooLong { .. } | Self::Early(_) => Fault::Time,
            Self::Expired(_) => Fault::Expired,
            Self::NoSubject => Fault::Subject,
            Self::NoJti => Fault::Jti,
            Self::Replayed => Fault::Spent,
        }
    }

    /// Why, for the log: completes "the assertion …".
    pub(crate) fn cause(&self) -> String {
        let text = match self {
            Self::Unreadable => "is no JWT that can be read",
            Self::ChangesMeaning => "has crit, b64, enc or zip in its header, which change what it means",
            Self::Algorithm => "has an alg that is not served",
            Self::NoKeys => "is of a client that has no jwks",
            Self::NoMacSecret => "has a MAC, and the client is not registered for client_secret_jwt",
            Self::UnknownKid(_) => "has a kid that is none of the client's keys",
            Self::WrongKey { is_named: true } => "was not signed by the client's key that it names",
            Self::WrongKey { is_named: false } => "was signed by no key of the client's",
            Self::NotTheClient(claim) => return format!("has an {} that is not the client's id", claim.as_str()),
            Self::Audience { wanted, .. } => return format!("has an aud that is not {}", wanted.join(" or ")),
            Self::NoExpiry => "has no exp that is a number",
            Self::Expired(ago) => return format!("expired {ago} s ago"),
            Self::TooLong { ahead, most } => return format!("ends in {ahead} s, and {most} s are the most"),
            Self::Early(wait) => return format!("is not valid for another {wait} s"),
            Self::NoSubject => "has no sub that is a text",
            Self::NoJti => "has no jti that is a text",
            Self::Replayed => "was used before: its jti is good once",
        };
        text.to_owned()
    }
}
