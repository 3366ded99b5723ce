//! What went wrong.

use crate::Frame;
use askama::Template;

/// The page of a request that cannot be answered to the client.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// What all pages share.
    pub frame: Frame<'a>,
    /// What happened, for a user.
    pub heading: &'a str,
    /// The standard's word for it, such as `invalid_request`.
    pub code: &'a str,
    /// What was wrong, for a developer.
    pub sentence: &'a str,
    /// What to do about it, for a developer.
    pub remedy: Option<&'a str>,
    /// The client, where the request names one.
    pub client_id: Option<&'a str>,
    /// What the gateway's log calls the request.
    pub reference: &'a str,
    /// When it happened, in seconds since the epoch.
    pub at: i64,
}
