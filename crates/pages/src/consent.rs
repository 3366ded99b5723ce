//! Consent.

use crate::{Frame, Person, Scope};
use askama::Template;
use std::borrow::Cow;

/// The page on which a user allows a client what it asks for, or not.
///
/// Its form has the fields `csrf`, `scope` once for each scope that is allowed, `remember=1` where ticked,
/// and `decision`, which is `allow` or `deny`.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    /// What all pages share.
    pub frame: Frame<'a>,
    /// The client's name.
    pub client: &'a str,
    /// The host that the user is sent back to.
    pub host: &'a str,
    /// The user.
    pub user: Person<'a>,
    /// The URL at which another user can sign in and go on.
    pub other_account_url: Option<&'a str>,
    /// Where the form is posted: the page itself, with the request in its query.
    pub action: &'a str,
    /// Field `csrf`.
    pub csrf: &'a str,
    /// What the client asks for.
    pub scopes: Vec<ScopeChoice<'a>>,
    /// Whether `remember` is ticked.
    pub remember: bool,
}

/// A scope to allow, or not.
#[derive(Clone, Debug)]
pub struct ScopeChoice<'a> {
    /// The scope.
    pub scope: Scope<'a>,
    /// The user's own facts that it opens.
    pub facts: Vec<Fact<'a>>,
    /// Whether it cannot be unticked; it is submitted all the same.
    pub required: bool,
    /// Whether it is ticked.
    pub checked: bool,
}

/// A fact of the user.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    /// What it is, such as `Job title`.
    pub label: &'a str,
    /// The user's own value.
    pub value: Cow<'a, str>,
}
