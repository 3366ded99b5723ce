//! The pages that users see.

use dialect::PageRoutes;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// Signs a user in.
    Login,
    /// Asks a user for consent.
    Consent,
    /// Shows sessions, consents and personal access tokens.
    Account,
    /// Signs a user out.
    Logout,
    /// Says what was wrong with an authorization request.
    Error,
    /// Lets a user decide on a device.
    Device,
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 6] = [Self::Login, Self::Consent, Self::Account, Self::Logout, Self::Error, Self::Device];

    /// The name under `/_gateway/`, and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::Account => "account",
            Self::Logout => "logout",
            Self::Error => "error",
            Self::Device => "device",
        }
    }

    /// The page of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.as_str() == name)
    }

    /// Where a vendor's framework has it; `None` where it has none.
    pub const fn of(self, routes: &PageRoutes) -> Option<&'static str> {
        Some(match self {
            Self::Login => routes.login,
            Self::Consent => routes.consent,
            Self::Account => routes.account,
            Self::Logout => routes.logout,
            Self::Error => routes.error,
            Self::Device => return routes.device,
        })
    }

    /// All pages of a vendor's framework with their paths.
    pub(crate) fn ways(routes: &PageRoutes) -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.into_iter().filter_map(|page| Some((page.of(routes)?, page)))
    }

    /// The methods it serves, as in `Allow`.
    pub(crate) const fn methods(self) -> &'static str {
        match self {
            Self::Error => "GET",
            _ => "GET, POST",
        }
    }
}
