//! Where a request reached its mount: what links and cookies are made of. Never of a Host.

use crate::mounts::Mount;
use crate::page::Page;
use dialect::{Dialect, Route};
use grant::Endpoint;

/// The base by which a mount was reached, and whether its pages are the vendor's or the gateway's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The path of the public URL, which a browser sees before all others: `/idp`, or nothing.
    pub(crate) root: &'a str,
    /// `/{mount}` or nothing, below which the vendor's framework has its pages; `None` under `/_gateway/`.
    pub(crate) vendor: Option<&'a str>,
}

impl Place<'_> {
    /// The path of a page.
    pub(crate) fn page(self, mount: &Mount, dialect: &dyn Dialect, page: Page) -> String {
        match (self.vendor, dialect.pages().and_then(|routes| page.of(routes))) {
            (Some(base), Some(path)) => format!("{}{base}{path}", self.root),
            _ => self.own(&format!("{}/{}", page.as_str(), mount.name())),
        }
    }

    /// The path of an endpoint that browsers are sent to.
    pub(crate) fn endpoint(self, mount: &Mount, dialect: &dyn Dialect, endpoint: Endpoint) -> String {
        let route = Route::find(dialect.routes(), endpoint);
        match (self.vendor, route) {
            (Some(base), Some(route)) => format!("{}{base}{}", self.root, route.path),
            _ => self.own(&format!("{}/{}", endpoint.as_str(), mount.name())),
        }
    }

    /// The path of what the gateway itself has under that name.
    pub(crate) fn own(self, name: &str) -> String {
        format!("{}/_gateway/{name}", self.root)
    }

    /// The `Path` of its cookies: they go no further than its pages.
    pub(super) fn cookie_path(self) -> String {
        match self.vendor {
            Some("") if self.root.is_empty() => "/".to_owned(),
            Some(base) => format!("{}{base}", self.root),
            None => format!("{}/_gateway", self.root),
        }
    }
}
