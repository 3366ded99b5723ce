//! Secrets as text, on their way to a digest.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use zeroize::Zeroizing;

/// A secret in the clear: zeroized when dropped, `[REDACTED]` in Debug.
///
/// It serialises in the clear, because a client of the admin API has to send it; the server answers with views that
/// hold no secret.
#[derive(Clone, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, format = Password)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The secret in the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

/// Serde's own message for a value of the wrong type quotes the value; this one must not.
struct SecretVisitor;

impl SecretVisitor {
    fn refuse<T, E: de::Error>() -> Result<T, E> {
        Err(E::custom("a secret must be a string, in quotes"))
    }
}

impl Visitor<'_> for SecretVisitor {
    type Value = SecretText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<SecretText, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<SecretText, E> {
        Ok(text.into())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<SecretText, E> {
        Self::refuse()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretText, E> {
        Self::refuse()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<SecretText, E> {
        Self::refuse()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<SecretText, E> {
        Self::refuse()
    }

    fn visit_unit<E: de::Error>(self) -> Result<SecretText, E> {
        Self::refuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_errors_never_show_the_secret() {
        let secret: SecretText = serde_json::from_str(r#""canary-7""#).unwrap();
        assert_eq!(secret.expose(), "canary-7");
        assert_eq!(format!("{secret:?}"), "[REDACTED]");
        for bad in ["715517", "-715517", "7155.17", r#"["canary-7"]"#, r#"{"canary-7":1}"#] {
            let error = serde_json::from_str::<SecretText>(bad).unwrap_err().to_string();
            assert!(!error.contains("7155") && !error.contains("canary"), "{error}");
        }
    }
}
