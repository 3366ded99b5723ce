//! What a caller of the admin API may do.

/// What a token may do, and what a call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Looks at what there is; no secret is shown.
    Read,
    /// Reads the metrics.
    Metrics,
    /// Uses what is there for tests: clock, scenarios, codes, tokens, reset.
    Test,
    /// Everything: changes clients, users, settings and keys, and reads secrets.
    All,
}

impl Right {
    /// Every right.
    pub const EVERY: [Self; 4] = [Self::Read, Self::Metrics, Self::Test, Self::All];

    /// Its name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Metrics => "metrics",
            Self::Test => "test",
            Self::All => "all",
        }
    }

    /// The right of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|right| right.as_str() == name)
    }

    /// Whether who has `held` may do what needs this.
    pub fn is_in(self, held: &[Self]) -> bool {
        held.contains(&self) || held.contains(&Self::All)
    }
}
