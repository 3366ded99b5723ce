//! What the phase knows that refuses a request, for whoever explains it to a person. No step reads it.

use crate::assertion_fault::AssertionFault;
use grant::{Fault, Seconds, SecretDigest, TokenKind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The longest text of a stranger's that is kept, in bytes.
const LENGTH: usize = 300;

/// What is wrong, as data. Texts are a stranger's: they are compared with what is known, and shown to nobody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Clue {
    /// The secret is none of the client's.
    WrongSecret {
        /// Its digest, by which it can be told whose it is. It leaves the process with nobody.
        #[serde(skip, default = "nobodys")]
        digest: SecretDigest,
        /// Whether it is the client's once it is percent-decoded.
        is_encoded: bool,
    },
    /// What the sender of a wrong secret may have done to it.
    OddSecret(Cow<'static, str>, #[serde(skip, default = "nobodys")] SecretDigest),
    /// The code was used before.
    SpentCode,
    /// The code has ended.
    ExpiredCode,
    /// The code was issued to another client.
    CodeOfAnother,
    /// The code was sent to another redirect URI than this.
    CodeSentElsewhere(Box<str>),
    /// The code is bound to a challenge, and there is no verifier.
    NoVerifier,
    /// There is a verifier, and the code is bound to no challenge.
    NoChallenge,
    /// The verifier is the challenge itself.
    PlainVerifier,
    /// The verifier is that of another challenge.
    OtherVerifier,
    /// The verifier has not a verifier's form.
    OddVerifier,
    /// The user did not decide on the device in time.
    ExpiredDevice,
    /// The device polled too soon: so long must be between two polls now.
    PolledTooSoon(Seconds),
    /// The refresh token was used before.
    SpentRefresh,
    /// The refresh token has ended.
    ExpiredRefresh,
    /// The refresh token was issued to another client.
    RefreshOfAnother,
    /// This redirect URI is none of the client's.
    UnknownRedirect(Box<str>),
    /// What was presented as an access token is this.
    NotAccess(TokenKind),
    /// What was presented as a token is a code or an opaque refresh token.
    Handle,
    /// The token ended so long ago.
    Expired(Seconds),
    /// The token begins so long from now.
    Early(Seconds),
    /// The token names this issuer, or no key of the mount signed it.
    Foreign(Box<str>),
    /// The assertion does not hold.
    Assertion(Box<AssertionFault>),
}

impl Clue {
    /// What is wrong with what a grant rests on, for vendors that tell it.
    pub fn fault(&self) -> Option<Fault> {
        Some(match self {
            Self::SpentCode | Self::SpentRefresh => Fault::Spent,
            Self::ExpiredCode | Self::ExpiredRefresh => Fault::Expired,
            Self::CodeOfAnother | Self::RefreshOfAnother => Fault::Client,
            Self::CodeSentElsewhere(_) => Fault::RedirectUri,
            Self::NoVerifier | Self::NoChallenge | Self::PlainVerifier | Self::OtherVerifier | Self::OddVerifier => {
                Fault::Verifier
            }
            Self::Assertion(fault) => fault.told(),
            _ => return None,
        })
    }

    /// How long a device that polled too soon is to wait between two polls from now on.
    pub const fn interval(&self) -> Option<Seconds> {
        match self {
            Self::PolledTooSoon(seconds) => Some(*seconds),
            _ => None,
        }
    }
}

/// A digest that is of no secret.
const fn nobodys() -> SecretDigest {
    SecretDigest::new([0; 32])
}

/// A stranger's text, cut where it is long.
pub(crate) fn cut(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(LENGTH)].into()
}
