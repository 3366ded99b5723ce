//! The forms of the pages: read, and held to the browser and the session that they were given to.

use super::cookies::Cookie;
use super::{Page, PageRefusal, Visit};
use dialect::{WireRequest, has_media_type};
use grant::{Refusal, Scope, Scopes, Secret};
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

    /// Refuses a form that this browser was not given for this page and request. Whether the session is still the one
    /// in which it was given: another tab, or time, may have changed that since.
    pub(super) async fn is_of(
        &self,
        visit: &Visit<'_>,
        page: Page,
        request: &str,
        session: Option<&Session>,
    ) -> Result<bool, PageRefusal> {
        if visit.cookie(Cookie::Browser).is_none() {
            return Err(PageRefusal::NoCookie);
        }
        let (sid, seal) = self.one("csrf").and_then(|brought| brought.split_once('.')).unwrap_or_default();
        let parts = [visit.browser(), sid, page.as_str(), request];
        let own = visit.at.is_sealed(Seal::Form, &parts, seal).await?;
        if own { Ok(sid == sid_of(session)) } else { Err(PageRefusal::Forged) }
    }
}

/// What a form of `page` brings back to show that it is one: the session that it was given in, and the seal.
pub(super) async fn csrf(
    visit: &Visit<'_>,
    page: Page,
    session: Option<&Session>,
    request: &str,
) -> Result<String, Refusal> {
    let sid = sid_of(session);
    let parts = [visit.browser(), sid, page.as_str(), request];
    Ok(format!("{sid}.{}", visit.at.seal(Seal::Form, &parts).await?))
}

fn sid_of(session: Option<&Session>) -> &str {
    session.map_or("", |session| session.record.sid.as_str())
}
