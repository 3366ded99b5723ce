//! The forms of the pages: read, and held to the browser and the session that they were given to.

use super::{Page, PageRefusal, Visit};
use dialect::{WireRequest, has_media_type};
use grant::{GrantError, Scope, Scopes, Secret};
use issuer::{Seal, Session};
use zeroize::Zeroizing;

/// A form of a page. Boxes that are ticked share a name, so that one may be there more than once.
pub(super) struct PageForm(Vec<(String, Zeroizing<String>)>);

impl PageForm {
    pub(super) fn read(wire: &WireRequest<'_>) -> Result<Self, PageRefusal> {
        if !has_media_type(wire, dialect::Form::MEDIA_TYPE) {
            return Err(PageRefusal::Unreadable("The form was not sent as a form."));
        }
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(wire.body).map_err(|_| PageRefusal::Unreadable("The form cannot be read."))?;
        Ok(Self(fields.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect()))
    }

    /// The value of `name`; an empty one counts as absent, and so does one that is there twice.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        values.next().filter(|value| values.next().is_none() && !value.is_empty())
    }

    /// All values of `name`.
    pub(super) fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn secret(&self, name: &str) -> Secret {
        Secret::from(self.one(name).unwrap_or_default())
    }

    /// The scopes whose boxes are ticked.
    pub(super) fn scopes(&self) -> Scopes {
        self.all("scope").filter_map(Scope::new).take(Scopes::MAX).collect()
    }

    /// The authorization request that the form carries on.
    pub(super) fn request(&self) -> &str {
        self.one("request").unwrap_or_default()
    }

    /// Refuses a form that this browser, in this session, was not given for this page and request.
    pub(super) async fn check(
        &self,
        visit: &Visit<'_>,
        page: Page,
        session: Option<&Session>,
    ) -> Result<(), PageRefusal> {
        let parts = parts(visit, page, session, self.request());
        let brought = self.one("csrf").unwrap_or_default();
        let own = visit.app.issuer.is_sealed(&visit.mount.core, Seal::Form, &parts, brought).await?;
        if own { Ok(()) } else { Err(PageRefusal::Forged) }
    }
}

/// What a form of `page` brings back to show that it is one.
pub(super) async fn csrf(
    visit: &Visit<'_>,
    page: Page,
    session: Option<&Session>,
    request: &str,
) -> Result<String, GrantError> {
    visit.app.issuer.seal(&visit.mount.core, Seal::Form, &parts(visit, page, session, request)).await
}

fn parts<'s>(visit: &'s Visit<'_>, page: Page, session: Option<&'s Session>, request: &'s str) -> [&'s str; 4] {
    [visit.browser(), session.map_or("", |session| session.record.sid.as_str()), page.as_str(), request]
}

/// The authorization request in the query of a page.
pub(super) fn request_of(wire: &WireRequest<'_>) -> String {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(wire.query.unwrap_or_default()).unwrap_or_default();
    fields.into_iter().find(|(name, _)| name == "request").map(|(_, value)| value).unwrap_or_default()
}

/// Why a page has nothing to show for a request that does not hold, or does so no more.
pub(super) const fn gone() -> PageRefusal {
    PageRefusal::Unreadable("The request that led here cannot be read. Start again from the application.")
}
