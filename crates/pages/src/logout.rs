//! Sign-out.

use crate::Frame;
use askama::Template;

/// The page on which a user signs out.
#[derive(Clone, Debug, Template)]
#[template(path = "logout.html")]
pub struct Logout<'a> {
    /// What all pages share.
    pub frame: Frame<'a>,
    /// Before or after.
    pub step: LogoutStep<'a>,
}

/// Before or after a sign-out.
#[derive(Clone, Debug)]
pub enum LogoutStep<'a> {
    /// Asks whether to. The form has the field `csrf`.
    Ask {
        /// The name of the user.
        name: &'a str,
        /// Where the form is posted.
        action: &'a str,
        /// Field `csrf`.
        csrf: &'a str,
    },
    /// Says that the user is signed out.
    Done,
}
