//! What a client sent, fit to be said back to it and to be logged.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A name that a client sent. It is at most [`Echo::LONGEST`] characters, and holds none but those that RFC 6749
/// section 5.2 admits in an `error_description`: a longer one ends in `...`, another character is `?`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Echo(Cow<'static, str>);

impl Echo {
    /// The longest, in characters: longer than any name that a vendor knows.
    pub const LONGEST: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_admitted(c: char) -> bool {
    matches!(c, ' '..='~') && c != '"' && c != '\\'
}

impl<T: Into<Cow<'static, str>>> From<T> for Echo {
    fn from(text: T) -> Self {
        let text = text.into();
        if text.len() <= Self::LONGEST && text.chars().all(is_admitted) {
            return Self(text);
        }
        let is_cut = text.chars().nth(Self::LONGEST).is_some();
        let kept = if is_cut { Self::LONGEST - 3 } else { Self::LONGEST };
        let clean = text.chars().take(kept).map(|c| if is_admitted(c) { c } else { '?' });
        Self(Cow::Owned(clean.chain(if is_cut { "..." } else { "" }.chars()).collect()))
    }
}

impl PartialEq<str> for Echo {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Echo {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refusal, RefusalKind, RequestFault, ScopeFault};

    #[test]
    fn n32_what_is_said_back_is_short_and_clean() {
        for (sent, said) in [
            ("grant_type", "grant_type".to_owned()),
            ("a\"b\\c\r\n\u{7f}é€", "a?b?c?????".to_owned()),
            (&"n".repeat(64), "n".repeat(64)),
            (&"é".repeat(64), "?".repeat(64)),
            (&"n".repeat(65), format!("{}...", "n".repeat(61))),
            (&"\"".repeat(30_000), format!("{}...", "?".repeat(61))),
        ] {
            assert_eq!(Echo::from(sent.to_owned()), said.as_str());
        }
    }

    #[test]
    fn n32_no_error_keeps_a_name_as_it_was_sent() {
        let sent = "\"".repeat(30_000);
        let scope = Refusal::unknown_scope(&sent);
        assert!(scope.cause.len() < 200, "the log has no more of it");
        let RefusalKind::InvalidScope(ScopeFault::Unknown(said)) = scope.kind else { panic!("{scope:?}") };
        assert_eq!(said.as_str().len(), Echo::LONGEST);
        for error in [Refusal::repeated(sent.clone()), Refusal::malformed(sent.clone(), "is odd")] {
            let (RefusalKind::InvalidRequest(RequestFault::Repeated(said) | RequestFault::Malformed(said)), true) =
                (error.kind, error.cause.len() < 200)
            else {
                panic!("{}", error.cause)
            };
            assert_eq!(said.as_str().len(), Echo::LONGEST);
        }
    }
}
