//! What an answer may say again of the request that it answers.

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
}
