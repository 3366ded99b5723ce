//! The account.

use crate::{Frame, PatError, Pats, Person, Scope};
use askama::Template;

/// The page on which a user sees and ends sessions, clients' access and personal access tokens.
///
/// Every form has the fields `csrf` and `do`: `sign_out`; `end_session` with `id`, the session's `sid`; `withdraw` with
/// `id`, the client's; `revoke_pat` with `id`, the token's; `make_pat` with `name`, `scope` once for each scope, and
/// `days`.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct Account<'a> {
    /// What all pages share.
    pub frame: Frame<'a>,
    /// The user.
    pub user: Person<'a>,
    /// Where the forms are posted.
    pub action: &'a str,
    /// Field `csrf`.
    pub csrf: &'a str,
    /// The user's sessions.
    pub sessions: Vec<SessionRow<'a>>,
    /// The clients that the user allowed something.
    pub apps: Vec<AppRow<'a>>,
    /// Personal access tokens; `None` where the vendor has none.
    pub pats: Option<Pats<'a>>,
}

impl Account<'_> {
    /// Whether the page comes back because what was asked for was not done.
    fn refused(&self) -> bool {
        self.pats.as_ref().is_some_and(|pats| pats.form.error.is_some())
    }
}

/// A session. Times are in seconds since the epoch.
#[derive(Clone, Debug)]
pub struct SessionRow<'a> {
    /// Its `sid`.
    pub id: &'a str,
    /// The browser.
    pub agent: &'a str,
    /// When the user signed in.
    pub signed_in_at: i64,
    /// When it ends.
    pub ends_at: i64,
    /// Whether it is the one of this browser.
    pub this_browser: bool,
}

/// A client that the user allowed something.
#[derive(Clone, Debug)]
pub struct AppRow<'a> {
    /// The client's identifier.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it may do.
    pub scopes: Vec<Scope<'a>>,
    /// Since when, in seconds since the epoch.
    pub since: i64,
    /// Whether it is not asked about again.
    pub remembered: bool,
    /// Whether it holds a refresh token.
    pub offline: bool,
}
