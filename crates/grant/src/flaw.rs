//! What may be wrong with tokens and keys on purpose, for validators to notice.

/// What is wrong with a token on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It ended an hour ago.
    Expired,
    /// It begins in an hour.
    NotYetValid,
    /// `aud` is another's.
    WrongAudience,
    /// `iss` is another's.
    WrongIssuer,
    /// A key signed it that nobody publishes.
    UnknownKey,
    /// A claim was added after it was signed.
    Tampered,
    /// `alg` is `none`, and there is no signature.
    AlgNone,
    /// `alg` is HS256, with the public key in PEM as the secret.
    Hs256WithPublicKey,
    /// The header names no key.
    NoKid,
    /// The header's `typ` is another.
    WrongTyp,
    /// The ID token is in the access token's place.
    IdTokenAsAccess,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 11] = [
        Self::Expired,
        Self::NotYetValid,
        Self::WrongAudience,
        Self::WrongIssuer,
        Self::UnknownKey,
        Self::Tampered,
        Self::AlgNone,
        Self::Hs256WithPublicKey,
        Self::NoKid,
        Self::WrongTyp,
        Self::IdTokenAsAccess,
    ];

    /// Its name in scenarios and orders.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::WrongAudience => "wrong_audience",
            Self::WrongIssuer => "wrong_issuer",
            Self::UnknownKey => "unknown_key",
            Self::Tampered => "tampered",
            Self::AlgNone => "alg_none",
            Self::Hs256WithPublicKey => "hs256_with_public_key",
            Self::NoKid => "no_kid",
            Self::WrongTyp => "wrong_typ",
            Self::IdTokenAsAccess => "id_token_as_access",
        }
    }

    /// The flaw of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.as_str() == name)
    }
}

/// What is wrong with published keys on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFlaw {
    /// The one that was made last is not among them, as in a cache of before the last rotation.
    Stale,
    /// The one that signs is not among them.
    Missing,
}

impl KeyFlaw {
    /// Every flaw.
    pub const ALL: [Self; 2] = [Self::Stale, Self::Missing];

    /// Its name in scenarios.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stale => "stale_keys",
            Self::Missing => "missing_key",
        }
    }

    /// The flaw of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_have_names_of_their_own() {
        for flaw in Flaw::ALL {
            assert_eq!(Flaw::parse(flaw.as_str()), Some(flaw));
        }
        assert_eq!(Flaw::parse("none"), None);
    }
}
