//! Where a request reached its mount: what links and cookies are made of. Never of a Host.

use crate::mounts::Mount;
use crate::page::Page;
use dialect::{Dialect, Route};
use grant::Endpoint;

/// The base by which a mount was reached, and whether its pages are the vendor's or the gateway's own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// Below a base, at the paths of the vendor's framework.
    Vendor {
        /// `/{mount}`, or nothing.
        base: &'a str,
    },
    /// Under `/_gateway/`.
    Gateway,
}

impl Place<'_> {
    /// The path of a page.
    pub(crate) fn page(self, mount: &Mount, dialect: &dyn Dialect, page: Page) -> String {
        match (self, dialect.pages()) {
            (Self::Vendor { base }, Some(routes)) => format!("{base}{}", page.of(routes)),
            _ => format!("/_gateway/{}/{}", page.as_str(), mount.name()),
        }
    }

    /// The path of the authorization endpoint.
    pub(crate) fn authorize(self, mount: &Mount, dialect: &dyn Dialect) -> String {
        let route = Route::find(dialect.routes(), Endpoint::Authorize);
        match (self, route) {
            (Self::Vendor { base }, Some(route)) => format!("{base}{}", route.path),
            _ => format!("/_gateway/authorize/{}", mount.name()),
        }
    }

    /// The `Path` of its cookies: they go no further than its pages.
    pub(super) const fn cookie_path(&self) -> &str {
        match self {
            Self::Vendor { base } if base.is_empty() => "/",
            Self::Vendor { base } => base,
            Self::Gateway => "/_gateway",
        }
    }
}
