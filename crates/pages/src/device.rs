//! Devices without a browser: a user types a code here and decides.

use crate::login::wait;
use crate::{Frame, Person, ScopeChoice};
use askama::Template;

/// The page on which a user allows a device what it asks for, or not.
#[derive(Clone, Debug, Template)]
#[template(path = "device.html")]
pub struct Device<'a> {
    /// What all pages share.
    pub frame: Frame<'a>,
    /// How far it is.
    pub step: DeviceStep<'a>,
}

/// How far a user is with a device.
#[derive(Clone, Debug)]
pub enum DeviceStep<'a> {
    /// Asks for the code. The form has the fields `csrf` and `user_code`.
    Enter {
        /// Where the form is posted.
        action: &'a str,
        /// Field `csrf`.
        csrf: &'a str,
        /// What was typed before.
        code: &'a str,
        /// What was wrong with it.
        error: Option<DeviceError>,
    },
    /// Asks for the decision.
    Ask(Box<DeviceAsk<'a>>),
    /// Says what was decided.
    Done {
        /// The client's name.
        client: &'a str,
        /// Whether it was allowed.
        allowed: bool,
    },
}

/// What a device asks for. Its form has the fields `csrf`, `scope` once for each scope that is allowed, and `decision`,
/// which is `allow` or `deny`.
#[derive(Clone, Debug)]
pub struct DeviceAsk<'a> {
    /// The name of the client that runs on it.
    pub client: &'a str,
    /// The code that the device shows.
    pub code: &'a str,
    /// The user.
    pub user: Person<'a>,
    /// Where the form is posted: the page itself, with the code in its query.
    pub action: &'a str,
    /// Field `csrf`.
    pub csrf: &'a str,
    /// What the client asks for.
    pub scopes: Vec<ScopeChoice<'a>>,
}

/// What was wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// No device waits that shows it.
    Unknown,
    /// There were too many wrong ones.
    Wait {
        /// When to try again, in seconds from now.
        seconds: u64,
    },
}

impl DeviceError {
    fn sentence(self) -> String {
        match self {
            Self::Unknown => "No device waits with this code. Compare it with the one that your device shows; it may \
                              also have ended, and your device can show another."
                .to_owned(),
            Self::Wait { seconds } => format!("Too many codes were wrong. Try again in {}.", wait(seconds)),
        }
    }
}
