//! Requests and responses without a web framework.

use grant::Refusal;
use std::borrow::Cow;

/// A request as it came, its body read whole.
#[derive(Clone, Copy)]
pub struct WireRequest<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The vendor's path, without the mount's prefix and without the query.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: Option<&'a str>,
    /// Header fields as they came; names in lower case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> WireRequest<'a> {
    /// The one value of header `name` (lower case). An error where it is there twice or is not visible ASCII.
    pub fn header(&self, name: &'static str) -> Result<Option<&'a str>, Refusal> {
        let mut values = self.headers.iter().filter(|(key, _)| *key == name).map(|(_, value)| *value);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Refusal::repeated(name));
        }
        let visible = |b: &u8| matches!(b, b' '..=b'~' | b'\t');
        match std::str::from_utf8(value) {
            Ok(text) if value.iter().all(visible) => Ok(Some(text.trim())),
            _ => Err(Refusal::malformed(name, "is a header that is not visible ASCII")),
        }
    }
}

impl std::fmt::Debug for WireRequest<'_> {
    /// Method and path alone: query, headers and body may hold credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WireRequest").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Whether answers of that status have no content, so that the bytes of one would be read as the next answer (RFC 9112
/// section 6.3); or none by their meaning (RFC 9110 section 15.3.6).
pub const fn has_no_content(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 205 | 304)
}

/// A response before it meets a web framework. `Content-Length` and `Date` are the gateway's to add.
#[derive(Clone, PartialEq, Eq)]
pub struct WireResponse {
    /// The status code.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl WireResponse {
    /// An empty response with that status.
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first value of header `name`, compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

impl std::fmt::Debug for WireResponse {
    /// Without the body, which may hold tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WireResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
