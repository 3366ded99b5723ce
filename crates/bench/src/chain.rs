//! A request that is sent again and again, each time with a value out of the answer to the last: a refresh token and
//! its successors.

use std::ops::Range;

/// The next request, and where its value stands.
#[derive(Clone, Debug)]
pub struct Chain {
    request: Vec<u8>,
    value: Range<usize>,
    /// What stands before the successor in an answer.
    mark: Vec<u8>,
}

impl Chain {
    /// A chain that begins with `request`, a form in which `name` is the last parameter. Answers are JSON with a member
    /// of the same name.
    pub fn new(request: &str, name: &str) -> Result<Self, String> {
        let field = format!("&{name}=");
        let start = request.rfind(&field).ok_or_else(|| format!("the request has no `{field}`"))? + field.len();
        let mark = format!("\"{name}\":\"").into_bytes();
        Ok(Self { request: request.as_bytes().to_vec(), value: start..request.len(), mark })
    }

    /// What to send next.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Takes the successor out of an answer. One of another length is an error, for the request states its own.
    pub fn follow(&mut self, answer: &[u8]) -> Result<(), String> {
        let found = answer.windows(self.mark.len()).position(|bytes| bytes == self.mark);
        let rest = found.and_then(|at| answer.get(at + self.mark.len()..)).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == b'"').ok_or("the answer has no successor")?;
        let place = &mut self.request[self.value.clone()];
        if end != place.len() {
            return Err(format!("a successor of {end} bytes came after {}", place.len()));
        }
        place.copy_from_slice(&rest[..end]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_request_has_the_successor() {
        let mut chain =
            Chain::new("POST / …\r\n\r\ngrant_type=refresh_token&refresh_token=aaa", "refresh_token").unwrap();
        chain.follow(br#"HTTP/1.1 200 OK {"access_token":"x","refresh_token":"bbb","scope":"s"}"#).unwrap();
        assert!(chain.request().ends_with(b"\r\n\r\ngrant_type=refresh_token&refresh_token=bbb"));
        chain.follow(br#"{"refresh_token":"ccc"}"#).unwrap();
        assert!(chain.request().ends_with(b"&refresh_token=ccc"));
    }

    #[test]
    fn an_answer_without_a_successor_that_fits_is_an_error() {
        let mut chain = Chain::new("a=b&refresh_token=aaa", "refresh_token").unwrap();
        for answer in [&br#"{"refresh_token":"bbbb"}"#[..], br#"{"refresh_token":"bb"#, b"{}", b""] {
            assert!(chain.follow(answer).is_err(), "{answer:?}");
        }
        assert!(chain.request().ends_with(b"=aaa"));
        assert!(Chain::new("a=b", "refresh_token").is_err());
    }
}
