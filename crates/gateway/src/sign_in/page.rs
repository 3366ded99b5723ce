//! The pages that users see.

use super::Visit;
use dialect::{Dialect, PageRoutes};
use grant::{Brand, Client, User};

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
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 5] = [Self::Login, Self::Consent, Self::Account, Self::Logout, Self::Error];

    /// The name under `/_gateway/`, and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::Account => "account",
            Self::Logout => "logout",
            Self::Error => "error",
        }
    }

    /// The page of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.as_str() == name)
    }

    /// Where a vendor's framework has it.
    pub const fn of(self, routes: &PageRoutes) -> &'static str {
        match self {
            Self::Login => routes.login,
            Self::Consent => routes.consent,
            Self::Account => routes.account,
            Self::Logout => routes.logout,
            Self::Error => routes.error,
        }
    }

    /// All pages of a vendor's framework with their paths.
    pub(crate) fn ways(routes: &'static PageRoutes) -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.into_iter().map(|page| (page.of(routes), page))
    }

    /// The methods it serves, as in `Allow`.
    pub(super) const fn methods(self) -> &'static str {
        match self {
            Self::Error => "GET",
            _ => "GET, POST",
        }
    }
}

/// The path of the stylesheet of all pages.
pub(crate) const STYLESHEET: &str = "/_gateway/pages.css";

/// The look of the mount's pages.
pub(super) fn brand<'v>(visit: &'v Visit<'_>) -> Option<&'v Brand> {
    visit.dialect.policy().sign_in.as_ref().map(|terms| &terms.brand)
}

/// What all pages of the mount share.
pub(super) fn frame<'v>(visit: &'v Visit<'_>, user: Option<pages::Signed<'v>>) -> pages::Frame<'v> {
    let brand = brand(visit);
    pages::Frame {
        brand: brand.and_then(|brand| brand.name.as_deref()).unwrap_or(visit.mount.kind.vendor),
        logo: brand.and_then(|brand| brand.logo.as_deref()),
        stylesheet: STYLESHEET,
        theme: brand.and_then(|brand| brand.color.as_ref()).map(|_| visit.mount.theme_path.as_str()),
        user,
    }
}

/// The name that a user is shown by: the one among the facts that says most, else the user name.
pub(super) fn display_name(user: &User) -> String {
    let fact = |name| user.claims.str(name).filter(|text| !text.is_empty());
    let parts = [fact("given_name").or_else(|| fact("first_name")), fact("family_name").or_else(|| fact("last_name"))];
    match (fact("name"), parts) {
        (Some(name), _) => name.to_owned(),
        (None, [Some(first), Some(last)]) => format!("{first} {last}"),
        (None, [Some(one), None] | [None, Some(one)]) => one.to_owned(),
        _ => user.username.to_string(),
    }
}

/// A client's name for users.
pub(super) fn client_name(client: &Client) -> &str {
    client.name.as_deref().unwrap_or(client.id.as_str())
}

/// A scope in words.
pub(super) fn scope<'v>(dialect: &dyn Dialect, name: &'v str) -> pages::Scope<'v> {
    pages::Scope { name, title: dialect.scope_text(name).map(|text| text.title) }
}
