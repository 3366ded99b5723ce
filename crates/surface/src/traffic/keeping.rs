//! Puts a request and its answer where they are kept.

use super::members::Members;
use super::{Body, Half, Kept, LENGTH, MOST, Shape, Slot, small};
use dialect::{Form, JsonObject, Shown, WireRequest, WireResponse};
use grant::is_usual_name;

/// Members of a refusal: what a client is told of one is a constant of its dialect.
const REFUSAL: &[Shown] = &[
    Shown::any("error"),
    Shown::any("error_description"),
    Shown::any("error_uri"),
    Shown::any("message"),
    Shown::any("title"),
    Shown::any("detail"),
    Shown::any("code"),
    Shown::any("status"),
];

/// Whether a header field, by its name in lower case, holds no secret.
fn is_open(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "accept"
            | "accept-encoding"
            | "connection"
            | "content-type"
            | "content-length"
            | "content-encoding"
            | "user-agent"
            | "origin"
            | "access-control-request-method"
            | "access-control-request-headers"
            | "access-control-allow-origin"
            | "access-control-allow-methods"
            | "access-control-allow-headers"
            | "access-control-expose-headers"
            | "vary"
            | "allow"
            | "cache-control"
            | "pragma"
            | "retry-after"
            | "www-authenticate"
    )
}

/// A request that waits for its answer, to be kept with it.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(super) text: String,
    pub(super) slots: Vec<Slot>,
    request: Half,
}

impl Keeping {
    /// Of a request.
    pub(crate) fn request(request: &WireRequest<'_>, shown: &[Shown]) -> Self {
        let (text, slots) = (String::with_capacity(512), Vec::with_capacity(32));
        let mut keeping = Self { text, slots, request: Half::default() };
        let headers = keeping.headers(request.headers.iter().copied());
        let query = request.query.map_or(0, |query| keeping.query(query, shown));
        let media = request.header("content-type").ok().flatten();
        // The strict reader knows what can be read in two ways; the other gives values.
        let json = |body: &[u8]| JsonObject::read(body).is_ok();
        let body = keeping.body(media, request.body, shown, json);
        keeping.request = Half { headers, query, body };
        keeping
    }

    /// The same with the answer, which a dialect wrote. What is kept takes no more memory than it needs.
    pub(crate) fn answer(mut self, response: &WireResponse, shown: &[Shown]) -> Kept {
        let headers = self.headers(response.headers.iter().map(|(name, value)| (&**name, value.as_bytes())));
        let is_refusal = response.status >= 400;
        let shown = if is_refusal { &[shown, REFUSAL].concat() } else { shown };
        let body = self.body(response.header("content-type"), &response.body, shown, |_| true);
        let answer = Half { headers, query: 0, body };
        Kept { text: (&*self.text).into(), slots: (&*self.slots).into(), request: self.request, answer }
    }

    /// Puts a name where it looks like one. Gives its length, 0 where it does not.
    pub(super) fn name(&mut self, name: &str) -> u8 {
        if !is_usual_name(name) {
            return 0;
        }
        self.text.push_str(name);
        small(name.len())
    }

    /// Puts a value behind its name, or nothing where it is not shown.
    pub(super) fn value(&mut self, name: u8, shape: Shape, shown: &str, length: usize) {
        self.text.push_str(shown);
        let (value, length) = (small(shown.len()), u32::try_from(length).unwrap_or(u32::MAX));
        self.slots.push(Slot { name, shape, members: None, value, length });
    }

    /// Puts a value that is a text.
    pub(super) fn string(&mut self, name: u8, value: &str, is_shown: bool) {
        let (shape, shown) = if is_shown { (Shape::Text, value) } else { (Shape::Hidden, "") };
        self.value(name, shape, shown, value.len());
    }

    fn headers<'h>(&mut self, headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> u8 {
        let header = |(name, value)| self.header(name, value);
        small(headers.take(MOST).map(header).count())
    }

    fn header(&mut self, name: &str, value: &[u8]) {
        let from = self.text.len();
        self.text.push_str(name);
        self.text[from..].make_ascii_lowercase();
        let (is_known, shown) = match &self.text[from..] {
            own if is_open(own) => (true, visible(value).filter(|value| value.len() <= LENGTH)),
            "authorization" => (true, visible(value).and_then(scheme)),
            own => (is_usual_name(own), None),
        };
        if !is_known {
            self.text.truncate(from);
        }
        let own = small(self.text.len() - from);
        let shape = if shown.is_some() { Shape::Text } else { Shape::Hidden };
        self.value(own, shape, shown.unwrap_or_default(), value.len());
    }

    /// `is_clear` says whether JSON can be read in one way alone.
    fn body(
        &mut self,
        media: Option<&str>,
        body: &[u8],
        shown: &[Shown],
        is_clear: impl Fn(&[u8]) -> bool,
    ) -> Option<Body> {
        if body.is_empty() {
            return None;
        }
        let media = media.and_then(|value| value.split(';').next()).map(|media| media.trim().to_ascii_lowercase());
        let is_one = |media: &String| {
            media.len() <= 64 && media.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.".contains(&b))
        };
        let media = media.filter(is_one);
        if let Some(media) = &media {
            self.string(0, media, true);
        }
        let members = match media.as_deref() {
            Some(Form::MEDIA_TYPE) => Form::read(body).ok().map(|form| self.form(&form, shown)),
            Some(media) if media.ends_with("json") && is_clear(body) => Members { keeping: self, shown }.of(body),
            _ => None,
        };
        Some(Body { has_media: media.is_some(), length: u32::try_from(body.len()).unwrap_or(u32::MAX), members })
    }

    /// A query that can be read in two ways is shown in none: it is one member without a name.
    fn query(&mut self, query: &str, shown: &[Shown]) -> u8 {
        if let Ok(form) = Form::read(query.as_bytes()) {
            return self.form(&form, shown);
        }
        self.string(0, query, false);
        1
    }

    fn form(&mut self, form: &Form<'_>, shown: &[Shown]) -> u8 {
        let member = |name: &str| {
            let value = form.get(name).unwrap_or_default();
            let is_shown = value.len() <= LENGTH && admits(shown, name, value);
            let name = self.name(name);
            self.string(name, value, is_shown);
        };
        small(form.names().take(MOST).map(member).count())
    }
}

fn visible(value: &[u8]) -> Option<&str> {
    // Without a stop at the first: so many bytes are looked at in one step.
    let is_visible = value.iter().fold(true, |all, b| all & matches!(b, b' '..=b'~'));
    std::str::from_utf8(value).ok().filter(|_| is_visible)
}

fn scheme(value: &str) -> Option<&'static str> {
    let scheme = value.split(' ').next().unwrap_or_default();
    ["basic", "bearer"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
}

pub(super) fn admits(all: &[Shown], name: &str, value: &str) -> bool {
    all.iter().any(|shown| shown.name == name && shown.admits(value))
}
