//! Where one request ends and the next one begins.

use crate::head::{self, Body, MAX_HEAD};
use crate::refused::Refused;
use std::borrow::Cow;

/// The longest line before a chunk, with its extensions, in bytes.
const MAX_LINE: usize = 4 * 1024;

/// What becomes of the bytes at hand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many of them go on as they are.
    Pass(usize),
    /// So many of them go on as these.
    Replace(usize, Cow<'static, [u8]>),
    /// They are too few to tell.
    More,
    /// The request before must be answered first.
    Wait,
    /// They can be no body: nothing more can be read.
    Broken,
    /// They follow a request that was refused.
    Discard,
}

/// What is expected next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Head,
    Body(u64),
    /// The line before a chunk.
    Chunk,
    Data(u64),
    /// The line's end after a chunk.
    DataEnd,
    Trailers,
    /// Nothing: a request was refused.
    Refused,
    Broken,
}

/// Follows the bytes of a connection.
#[derive(Debug)]
pub(crate) struct Framing {
    place: Place,
    /// A request has been passed on that is not answered.
    is_asked: bool,
}

impl Framing {
    pub(crate) fn new() -> Self {
        Self { place: Place::Head, is_asked: false }
    }

    /// An answer is on its way: the next request may follow.
    pub(crate) fn answered(&mut self) {
        self.is_asked = false;
    }

    /// Whether nothing more is read of the connection, whatever the client sends.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.place, Place::Refused | Place::Broken)
    }

    /// The same, and nothing stands in the place of a request.
    pub(crate) fn is_broken(&self) -> bool {
        self.place == Place::Broken
    }

    /// Whether it is the client's turn to send a head.
    pub(crate) fn awaits_head(&self) -> bool {
        self.place == Place::Head && !self.is_asked
    }

    /// Whether a request's body has not come to its end.
    pub(crate) fn is_in_body(&self) -> bool {
        !self.is_over() && self.place != Place::Head
    }

    /// Nothing more is read.
    pub(crate) fn end(&mut self) {
        self.place = Place::Broken;
    }

    /// The head that stands in the place of one that is refused; nothing more is read.
    pub(crate) fn refuse(&mut self, refused: Refused) -> &'static [u8] {
        (self.place, self.is_asked) = (Place::Refused, true);
        refused.head()
    }

    /// How many of these bytes, from the first on, go on as they are.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut passed = 0;
        while passed < bytes.len() {
            // What needs more than passing on is looked at again where it is kept.
            let before = (self.place, self.is_asked);
            if let Step::Pass(more) = self.step(&bytes[passed..]) {
                passed += more;
            } else {
                (self.place, self.is_asked) = before;
                break;
            }
        }
        passed
    }

    /// What becomes of the first of these bytes, of which there is at least one.
    pub(crate) fn step(&mut self, bytes: &[u8]) -> Step {
        match self.place {
            Place::Head if self.is_asked => Step::Wait,
            Place::Head => self.head(bytes),
            Place::Body(left) => self.data(left, bytes, Place::Body, Place::Head),
            Place::Data(left) => self.data(left, bytes, Place::Data, Place::DataEnd),
            Place::Chunk => self.chunk(bytes),
            Place::DataEnd if bytes.starts_with(b"\r\n") => self.pass_to(Place::Chunk, 2),
            Place::DataEnd if bytes == b"\r" => Step::More,
            Place::Trailers => self.trailers(bytes),
            Place::DataEnd | Place::Broken => self.broken(),
            Place::Refused => Step::Discard,
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Step {
        let head = match head::read(bytes) {
            Ok(Some(head)) => head,
            Ok(None) => return Step::More,
            Err(refused) => return Step::Replace(bytes.len(), self.refuse(refused).into()),
        };
        self.is_asked = true;
        self.place = match head.body {
            Body::Length(0) => Place::Head,
            Body::Length(length) => Place::Body(length),
            Body::Chunked => Place::Chunk,
        };
        match head.without_upgrade {
            Some(other) => Step::Replace(head.length, other.into()),
            None => Step::Pass(head.length),
        }
    }

    fn data(&mut self, left: u64, bytes: &[u8], more: fn(u64) -> Place, then: Place) -> Step {
        let passed = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left - passed as u64;
        self.pass_to(if left == 0 { then } else { more(left) }, passed)
    }

    fn chunk(&mut self, bytes: &[u8]) -> Step {
        let end = match httparse::parse_chunk_size(bytes) {
            Ok(httparse::Status::Complete((end, size))) => (end, size),
            Ok(httparse::Status::Partial) if bytes.len() < MAX_LINE => return Step::More,
            _ => return self.broken(),
        };
        // What the framework's decoder refuses beyond that.
        let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
        if !bytes[0].is_ascii_hexdigit() || bytes[..end.0 - 2].iter().any(is_control) {
            return self.broken();
        }
        self.pass_to(if end.1 == 0 { Place::Trailers } else { Place::Data(end.1) }, end.0)
    }

    /// Lines until an empty one, as the framework's decoder reads them.
    fn trailers(&mut self, bytes: &[u8]) -> Step {
        let mut line = 0;
        while let Some(length) = memchr::memchr(b'\r', &bytes[line..]) {
            let end = line + length;
            match bytes.get(end + 1) {
                Some(b'\n') if length == 0 => return self.pass_to(Place::Head, end + 2),
                Some(b'\n') => line = end + 2,
                Some(_) => return self.broken(),
                None => break,
            }
        }
        if bytes.len() < MAX_HEAD { Step::More } else { self.broken() }
    }

    fn pass_to(&mut self, place: Place, passed: usize) -> Step {
        self.place = place;
        Step::Pass(passed)
    }

    fn broken(&mut self) -> Step {
        self.end();
        Step::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    /// Where a chunked body ends; `None` where it is broken or does not end.
    fn end(body: &str) -> Option<usize> {
        let bytes = [HEAD, body.as_bytes()].concat();
        let mut framing = Framing::new();
        let passed = framing.pass(&bytes);
        (framing.place == Place::Head).then(|| passed - HEAD.len())
    }

    #[test]
    fn a_chunked_body_ends_where_its_chunks_end() {
        for whole in [
            "0\r\n\r\n",
            "3\r\na=b\r\n0\r\n\r\n",
            "a ;x=\"y\"\r\n0123456789\r\n00\r\n\r\n",
            "3\r\n\r\n0\r\n0\r\nA: b\r\nC: \n d\r\n\r\n",
        ] {
            assert_eq!(end(&format!("{whole}GET")), Some(whole.len()), "{whole}");
            assert_eq!(end(&whole[..whole.len() - 1]), None, "{whole}");
        }
        for broken in [
            "ZZ\r\n",
            "\r\n\r\n",
            ";\r\n\r\n",
            "3\na=b\n0\n\n",
            "3\r\na=bc\r\n0\r\n\r\n",
            "0;\u{1}\r\n\r\n",
            "0\r\n\ra",
        ] {
            assert_eq!(end(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn one_request_at_a_time() {
        let one = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let (mut framing, two) = (Framing::new(), one.repeat(2));
        assert_eq!(framing.pass(&two), one.len());
        assert_eq!(framing.step(&two[one.len()..]), Step::Wait);
        framing.answered();
        assert_eq!(framing.pass(&two[one.len()..]), one.len());
    }

    #[test]
    fn nothing_is_read_after_a_refusal() {
        let mut framing = Framing::new();
        assert_eq!(framing.pass(b"\x01"), 0);
        assert!(matches!(framing.step(b"\x01GET"), Step::Replace(4, _)));
        assert_eq!((framing.step(b"GET"), framing.is_over()), (Step::Discard, true));
    }
}
