//! Personal access tokens on the account page.

use crate::Scope;

/// The section of personal access tokens.
#[derive(Clone, Debug)]
pub struct Pats<'a> {
    /// The user's tokens.
    pub rows: Vec<PatRow<'a>>,
    /// The one just made.
    pub new_token: Option<NewToken<'a>>,
    /// The form to make one.
    pub form: PatForm<'a>,
}

/// A personal access token. Times are in seconds since the epoch.
#[derive(Clone, Debug)]
pub struct PatRow<'a> {
    /// Its public identifier.
    pub id: &'a str,
    /// What the user calls it.
    pub name: &'a str,
    /// What it may do.
    pub scopes: Vec<Scope<'a>>,
    /// When it was made.
    pub made_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When it was last used.
    pub last_used: Option<i64>,
    /// Whether it has ended.
    pub expired: bool,
}

/// A personal access token that was just made: its text is shown this once.
#[derive(Clone)]
pub struct NewToken<'a> {
    /// What the user calls it.
    pub name: &'a str,
    /// Its text.
    pub token: &'a str,
}

/// The text stays out of logs.
impl std::fmt::Debug for NewToken<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewToken").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The form to make a personal access token.
#[derive(Clone, Debug)]
pub struct PatForm<'a> {
    /// What stands in `name`.
    pub name: &'a str,
    /// How many characters `name` may have.
    pub max_name: usize,
    /// The scopes that a token may have.
    pub scopes: Vec<PatScope<'a>>,
    /// What stands in `days`.
    pub days: &'a str,
    /// How many days a token may live.
    pub max_days: i64,
    /// What was wrong with the last attempt.
    pub error: Option<PatError>,
}

impl PatForm<'_> {
    /// Whether the field that is at fault is the one of `error`.
    pub(crate) fn faulty(&self, error: PatError) -> bool {
        self.error == Some(error)
    }

    /// What the user is told of the last attempt.
    pub(crate) fn sentence(&self) -> Option<String> {
        self.error.map(|error| match error {
            PatError::Name => format!("Give the token a name of 1 to {} characters.", self.max_name),
            PatError::Scopes => "Tick what the token may do.".to_owned(),
            PatError::Days => format!("The days must be a number from 1 to {}.", self.max_days),
            PatError::TooMany => "You have as many tokens as you may. Revoke one first.".to_owned(),
        })
    }
}

/// A scope that a personal access token may have.
#[derive(Clone, Debug)]
pub struct PatScope<'a> {
    /// The scope.
    pub scope: Scope<'a>,
    /// Whether it is ticked.
    pub checked: bool,
}

/// What was wrong with an attempt to make a personal access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatError {
    /// There is no name, or it is too long.
    Name,
    /// No scope is ticked, or one that a token may not have.
    Scopes,
    /// The days are no number from 1 to the most that a token may live.
    Days,
    /// The user has as many tokens as may be.
    TooMany,
}
