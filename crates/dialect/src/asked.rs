//! What an answer may say again of the request that it answers.

use grant::{Fault, GrantType, Seconds};
use std::borrow::Cow;
use std::fmt::Debug;

/// What is known of a request when its answer is written. All of it came from outside, the time apart.
pub trait Asked: Debug {
    /// The gateway's clock, seconds since the epoch.
    fn now(&self) -> i64;

    /// The one value of header `name` (lower case), where it is visible ASCII.
    fn header(&self, name: &str) -> Option<&str>;

    /// The client that the request names, where it is known by now.
    fn client(&self) -> Option<Cow<'_, str>>;

    /// Whether the mount has that client.
    fn is_client_known(&self) -> bool;

    /// The grant that the request names, where it is known by now.
    fn grant(&self) -> Option<GrantType>;

    /// What is wrong with what that grant rests on, where that is known.
    fn fault(&self) -> Option<Fault>;

    /// How long a device that polled too soon is to wait between two polls from now on.
    fn interval(&self) -> Option<Seconds>;
}

/// A request of which nothing is known.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Asked for Nothing {
    fn now(&self) -> i64 {
        0
    }

    fn header(&self, _: &str) -> Option<&str> {
        None
    }

    fn client(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn is_client_known(&self) -> bool {
        true
    }

    fn grant(&self) -> Option<GrantType> {
        None
    }

    fn fault(&self) -> Option<Fault> {
        None
    }

    fn interval(&self) -> Option<Seconds> {
        None
    }
}
