//! Assertions: JWTs by which clients prove who they are, or ask for tokens (RFC 7521, RFC 7523).

use crate::{Claims, Seconds};

/// An algorithm by which a client may sign (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// HMAC with SHA-256, by the client's secret.
    Hs256,
}

impl AssertionAlg {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::Hs256];

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Hs256 => "HS256",
        }
    }

    /// The algorithm of that `alg` value.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    /// The kind of key that it wants; `None` where it wants a secret.
    pub const fn key_kind(self) -> Option<KeyKind> {
        match self {
            Self::Rs256 | Self::Ps256 => Some(KeyKind::Rsa),
            Self::Es256 => Some(KeyKind::P256),
            Self::Hs256 => None,
        }
    }
}

/// A kind of public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// An elliptic curve, P-256.
    P256,
}

/// A public key of a client, which checks the client's assertions.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientKey {
    /// Its identifier, by which an assertion names it.
    pub kid: Option<Box<str>>,
    /// The one algorithm that it is used with; `None`: any of its kind.
    pub alg: Option<AssertionAlg>,
    /// Its kind.
    pub kind: KeyKind,
    /// The key itself: a `SubjectPublicKeyInfo` in DER (RFC 5280 section 4.1).
    pub spki: Vec<u8>,
    /// The key as it was registered (RFC 7517).
    pub jwk: Claims,
}

impl ClientKey {
    /// How many a client may have at a time.
    pub const MOST: usize = 16;
}

/// What a mount asks of assertions of one use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionTerms {
    /// What `aud` may be: one of these, as one text.
    pub audiences: Vec<Audience>,
    /// How far ahead `exp` may be.
    pub longest: Seconds,
    /// Whether there must be a `jti`. One that is there is good once, whether or not it must be.
    pub wants_jti: bool,
    /// Whether a client's own must name the client as its subject (`sub`), and not as its issuer alone.
    pub wants_sub: bool,
}

/// Something that an assertion's `aud` may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The mount's issuer.
    Issuer,
    /// The URL of the mount's token endpoint: the issuer, and this path.
    TokenEndpoint(Box<str>),
    /// The host of the issuer, with its port where it has one, and no scheme.
    Host,
    /// This very text.
    Exact(Box<str>),
}

/// How a mount gives tokens for assertions (RFC 7523 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BearerTerms {
    /// What it asks of them.
    pub assertions: AssertionTerms,
    /// Whether one must say whom it is about; where it need not, one that does not is about its client.
    pub wants_subject: bool,
    /// Whether the user that one names must have consented to the client before, unless the client is trusted.
    pub wants_consent: bool,
}
