//! What the pages of a mount show.

use super::Visit;
use dialect::Dialect;
use grant::{Brand, Client, User};

/// The look of the mount's pages.
pub(super) fn brand<'v>(visit: &'v Visit<'_>) -> Option<&'v Brand> {
    visit.dialect.policy().sign_in.as_ref().map(|terms| &terms.brand)
}

/// What all pages of the mount share.
pub(super) fn frame<'v>(visit: &'v Visit<'_>, user: Option<pages::Signed<'v>>) -> pages::Frame<'v> {
    let brand = brand(visit);
    let themed = brand.is_some_and(|brand| brand.color.is_some());
    pages::Frame {
        brand: brand.and_then(|brand| brand.name.as_deref()).unwrap_or(visit.mount.kind.vendor),
        logo: brand.and_then(|brand| brand.logo.as_deref()),
        stylesheet: visit.place.own("pages.css").into(),
        theme: themed.then(|| visit.place.own(&format!("theme/{}.css", visit.mount.name())).into()),
        user,
    }
}

/// The name that a user is shown by: the one among the facts that says most, else the user name.
pub(super) fn display_name(user: &User) -> String {
    let fact = |name| user.claims.str(name).filter(|text| !text.is_empty());
    let parts = [fact("given_name").or_else(|| fact("first_name")), fact("family_name").or_else(|| fact("last_name"))];
    match (fact("name"), parts) {
        (Some(name), _) => name.to_owned(),
        (None, [Some(first), Some(last)]) => format!("{first} {last}"),
        (None, [Some(one), None] | [None, Some(one)]) => one.to_owned(),
        _ => user.username.to_string(),
    }
}

/// A client's name for users.
pub(super) fn client_name(client: &Client) -> &str {
    client.name.as_deref().unwrap_or(client.id.as_str())
}

/// A scope in words.
pub(super) fn scope<'v>(dialect: &'v dyn Dialect, name: &'v str) -> pages::Scope<'v> {
    pages::Scope { name, title: dialect.scope_text(name).map(|text| text.title) }
}
