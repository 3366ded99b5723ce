//! Sign-in.

use crate::{Frame, Person};
use askama::Template;

/// The page on which a user signs in.
///
/// Its forms have the field `csrf`, and one of: `username` and `password`; `continue=1`, to go on with
/// the session that exists; `pick`, the `sub` of one of `people`.
#[derive(Clone, Debug, Template)]
#[template(path = "login.html")]
pub struct Login<'a> {
    /// What all pages share.
    pub frame: Frame<'a>,
    /// The name of the client that sent the user.
    pub client: Option<&'a str>,
    /// Where the forms are posted: the page itself, with the request in its query.
    pub action: &'a str,
    /// Field `csrf`.
    pub csrf: &'a str,
    /// What to fill in for the user.
    pub username: Option<&'a str>,
    /// What was wrong with the last attempt.
    pub error: Option<LoginError>,
    /// Whose session exists in this browser.
    pub current: Option<Person<'a>>,
    /// The users that one click signs in.
    pub people: Vec<Person<'a>>,
}

/// What was wrong with an attempt to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// No such user, or not that password: the page does not tell which.
    Wrong,
    /// There were too many attempts.
    Wait {
        /// When to try again, in seconds from now.
        seconds: u64,
    },
}

impl Login<'_> {
    /// The field to fill first: none where a session exists, for the button to go on with it comes before.
    fn focus(&self) -> Option<&'static str> {
        match (&self.current, self.username) {
            (Some(_), _) => None,
            (None, None) => Some("username"),
            (None, Some(_)) => Some("password"),
        }
    }
}

impl LoginError {
    fn sentence(self) -> String {
        match self {
            Self::Wrong => "The username or the password is wrong.".to_owned(),
            Self::Wait { seconds } => format!("Too many attempts. Try again in {}.", wait(seconds)),
        }
    }
}

/// A wait in words: seconds, and from two minutes on minutes that are over when it is.
pub(crate) fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "1 second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_told_too_short() {
        let told = [0, 1, 2, 119, 120, 121, 3600].map(wait);
        let expected = ["1 second", "1 second", "2 seconds", "119 seconds", "2 minutes", "3 minutes", "60 minutes"];
        assert_eq!(told, expected);
    }
}
