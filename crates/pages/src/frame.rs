//! What all pages share.

use std::borrow::Cow;

/// What all pages of a mount share.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The name that the pages bear.
    pub brand: &'a str,
    /// The URL of the image beside the name.
    pub logo: Option<&'a str>,
    /// The URL of [`stylesheet`](crate::stylesheet).
    pub stylesheet: Cow<'a, str>,
    /// The URL of the mount's own [`theme`](crate::theme).
    pub theme: Option<Cow<'a, str>>,
    /// Who is signed in. The page says so at its foot.
    pub user: Option<Signed<'a>>,
}

impl<'a> Frame<'a> {
    /// The URL of the account page of who is signed in.
    pub(crate) fn account_url(&self) -> Option<&'a str> {
        self.user.as_ref()?.account_url
    }
}

/// Who is signed in, and where they can go.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// The name to show.
    pub name: &'a str,
    /// The URL of the account page.
    pub account_url: Option<&'a str>,
    /// The URL of the sign-out page.
    pub logout_url: Option<&'a str>,
}

/// A user of the mount.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    /// `sub` of the user.
    pub sub: &'a str,
    /// The name to show.
    pub name: &'a str,
    /// The name to sign in with.
    pub username: &'a str,
}

impl Person<'_> {
    /// What stands in for a picture: the first character of the name.
    pub(crate) fn initial(&self) -> String {
        self.name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default()
    }
}

/// A scope in words.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it permits, to complete "… would like to"; its name does where there are no words.
    pub title: Option<&'a str>,
}
