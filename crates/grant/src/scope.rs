//! Scopes and ordered sets of them (RFC 6749 section 3.3).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::Arc;

/// One scope token: one or more of `%x21 / %x23-5B / %x5D-7E`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Arc<str>);

impl Scope {
    /// The scope named `text`, or `None` where RFC 6749's grammar does not admit it.
    pub fn new(text: &str) -> Option<Self> {
        let admitted = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        (!text.is_empty() && text.bytes().all(admitted)).then(|| Self(text.into()))
    }

    /// The scope's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, shared rather than copied.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| de::Error::custom("not a scope token"))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Scope {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Scope {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// Scopes in the order they were asked or granted, each once. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Scopes(Arc<Vec<Scope>>);

impl Scopes {
    /// More distinct scopes than any vendor knows; a longer list is not read on.
    pub const MAX: usize = 256;

    /// An empty set.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads a space-separated list (RFC 6749 section 3.3); repeated names collapse to their first place.
    /// The error is the first word that is no scope token, or the first beyond [`Scopes::MAX`].
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scopes = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let scope = Scope::new(word).filter(|_| scopes.len() < Self::MAX).ok_or_else(|| word.to_owned())?;
            scopes.push(scope);
        }
        Ok(scopes)
    }

    /// Whether `scope` is among them.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|s| s == scope)
    }

    /// The first of these that is not among `granted`.
    pub fn first_outside<'a>(&'a self, granted: &Self) -> Option<&'a Scope> {
        self.0.iter().find(|scope| !granted.contains(scope.as_str()))
    }

    /// The scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends `scope` unless it is there already.
    pub fn push(&mut self, scope: Scope) {
        if !self.contains(scope.as_str()) {
            Arc::make_mut(&mut self.0).push(scope);
        }
    }

    /// The space-separated form.
    pub fn joined(&self) -> String {
        let mut text = String::with_capacity(self.0.iter().map(|s| s.as_str().len() + 1).sum());
        for scope in self {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(scope.as_str());
        }
        text
    }
}

/// As the space-separated form.
impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.joined())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(|_| de::Error::custom("not a list of scopes"))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(iter: I) -> Self {
        let mut scopes = Self::default();
        for scope in iter {
            scopes.push(scope);
        }
        scopes
    }
}

impl<'a> IntoIterator for &'a Scopes {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_repeats_collapse() {
        let scopes = Scopes::parse("b a  b c").unwrap();
        assert_eq!(scopes.joined(), "b a c");
        assert!(scopes.contains("c") && !scopes.contains("d"));
    }

    #[test]
    fn what_the_grammar_does_not_admit_is_named() {
        assert_eq!(Scopes::parse("ok b\"d").unwrap_err(), "b\"d");
        assert_eq!(Scopes::parse("tab\there").unwrap_err(), "tab\there");
        assert!(Scope::new("").is_none() && Scope::new("back\\slash").is_none() && Scope::new("é").is_none());
    }

    #[test]
    fn the_first_scope_outside_a_grant_is_found() {
        let granted = Scopes::parse("a b").unwrap();
        assert_eq!(Scopes::parse("b c d").unwrap().first_outside(&granted).unwrap(), &"c");
        assert!(Scopes::parse("b a").unwrap().first_outside(&granted).is_none());
    }
}
