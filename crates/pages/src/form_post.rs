//! The answer to a client in a form that the browser posts.

use askama::Template;

/// The page whose form takes an answer to the client (OAuth 2.0 Form Post Response Mode). It goes by itself where
/// scripts run, and by its one button where they do not.
#[derive(Clone, Debug, Template)]
#[template(path = "form_post.html")]
pub struct FormPost<'a> {
    /// The client's redirect URI.
    pub action: &'a str,
    /// Names and values of the answer.
    pub fields: Vec<(&'a str, &'a str)>,
}

impl FormPost<'_> {
    /// The page's one script, the same on every page.
    const SCRIPT: &'static str = "document.forms[0].submit();";
    /// What allows that script and no other (Content Security Policy Level 3, `script-src`).
    pub const SCRIPT_HASH: &'static str = "sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ=";
}
