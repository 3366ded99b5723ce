//! Where a refresh token stands in the chain of its family.

/// Where a refresh token stands in the chain of its family, by which a store remembers the uses of the first token and
/// of the last ones alone. `T` is what names a token in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<T> {
    /// The first of the chain is of generation 1, its successor of generation 2.
    pub generation: u64,
    /// The first of the chain, whose use is always remembered.
    pub first: T,
    /// For how many generations the use of any other is remembered.
    pub kept: u64,
    /// The one whose use is forgotten when this one is used, where there is one.
    pub forgotten: Option<T>,
}

impl<T> Link<T> {
    /// Whether the token was used so long ago that its use is forgotten. `newest` is the newest generation that was used.
    /// A token beyond that, of which a store knows nothing, is one that it has lost.
    pub fn is_forgotten(&self, newest: Option<u64>) -> bool {
        self.generation > 1 && newest.is_some_and(|newest| self.generation.saturating_add(self.kept) <= newest)
    }

    /// The same by other names.
    pub fn map<U>(&self, name: impl Fn(&T) -> U) -> Link<U> {
        Link {
            generation: self.generation,
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
        let link = |generation| Link { generation, first: (), kept: 31, forgotten: None };
        let forgotten: Vec<u64> = (1..=40).filter(|n| link(*n).is_forgotten(Some(35))).collect();
        assert_eq!(forgotten, [2, 3, 4]);
        assert!(!link(2).is_forgotten(None) && !link(u64::MAX).is_forgotten(Some(u64::MAX - 1)));
    }
}
