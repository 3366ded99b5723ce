//! Where a refresh token stands in the chain of its family.

/// Where a refresh token stands in the chain of its family, by which a store remembers the uses of the first token and
/// of the last ones alone. `T` is what names a token in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<T> {
    /// The first of the chain is number 1, its successor number 2.
    pub number: u64,
    /// The first of the chain, whose use is always remembered.
    pub first: T,
    /// For how many successors the use of any other is remembered.
    pub kept: u64,
    /// The one whose use is forgotten when this one is used, where there is one.
    pub forgotten: Option<T>,
}

impl<T> Link<T> {
    /// Whether the token was used so long ago that its use is forgotten. `newest` is the highest number that was used.
    /// A token beyond that, of which a store knows nothing, is one that it has lost.
    pub fn is_forgotten(&self, newest: Option<u64>) -> bool {
        self.number > 1 && newest.is_some_and(|newest| self.number.saturating_add(self.kept) <= newest)
    }

    /// The same by other names.
    pub fn map<U>(&self, name: impl Fn(&T) -> U) -> Link<U> {
        Link {
            number: self.number,
            first: name(&self.first),
            kept: self.kept,
            forgotten: self.forgotten.as_ref().map(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_the_first_and_the_last_are_remembered() {
        let link = |number| Link { number, first: (), kept: 31, forgotten: None };
        let forgotten: Vec<u64> = (1..=40).filter(|n| link(*n).is_forgotten(Some(35))).collect();
        assert_eq!(forgotten, [2, 3, 4]);
        assert!(!link(2).is_forgotten(None) && !link(u64::MAX).is_forgotten(Some(u64::MAX - 1)));
    }
}
