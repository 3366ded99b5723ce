//! An answer that is broken off on purpose.

use std::cell::Cell;
use std::rc::Rc;

/// Breaks off the answer to the request under way, among its connection's data; the connection is closed then.
#[derive(Clone, Debug, Default)]
pub struct Cut(Rc<Cell<Whole>>);

/// How much of an answer is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Whole {
    /// All of it.
    #[default]
    All,
    /// No byte.
    Nothing,
    /// Its head, of whose end so many bytes were just sent, and so many bytes of its body.
    Head(usize, usize),
    /// So many bytes more of its body.
    Body(usize),
}

/// What a head ends with.
const END: &[u8] = b"\r\n\r\n";

impl Cut {
    /// Sends no byte.
    pub fn whole(&self) {
        self.0.set(Whole::Nothing);
    }

    /// Sends the head, and of the body only so many bytes.
    pub fn body_after(&self, bytes: usize) {
        self.0.set(Whole::Head(0, bytes));
    }

    pub(crate) fn is_there(&self) -> bool {
        self.0.get() != Whole::All
    }

    /// How many of the bytes that come next are sent.
    pub(crate) fn admits(&self, bytes: &[u8]) -> usize {
        self.0.get().after(bytes).0
    }

    /// These were sent.
    pub(crate) fn sent(&self, bytes: &[u8]) {
        self.0.set(self.0.get().after(bytes).1);
    }
}

impl Whole {
    /// How many of these bytes are sent, and what holds once they are.
    fn after(self, bytes: &[u8]) -> (usize, Self) {
        match self {
            Self::All => (bytes.len(), self),
            Self::Nothing => (0, self),
            Self::Body(left) => {
                let sent = left.min(bytes.len());
                (sent, Self::Body(left - sent))
            }
            Self::Head(mut matched, left) => {
                for (index, byte) in bytes.iter().enumerate() {
                    matched = if END.get(matched) == Some(byte) { matched + 1 } else { usize::from(*byte == b'\r') };
                    if matched == END.len() {
                        let head = index + 1;
                        let (body, rest) = Self::Body(left).after(&bytes[head..]);
                        return (head + body, rest);
                    }
                }
                (bytes.len(), Self::Head(matched, left))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_cut_wherever_the_writes_end() {
        let answer = b"HTTP/1.1 200 OK\r\na: b\r\n\r\n0123456789";
        for size in 1..=answer.len() {
            let cut = Cut::default();
            cut.body_after(4);
            let mut sent = Vec::new();
            for piece in answer.chunks(size) {
                let admitted = &piece[..cut.admits(piece)];
                cut.sent(admitted);
                sent.extend_from_slice(admitted);
            }
            assert!(sent.ends_with(b"\r\n\r\n0123"), "{size}: {}", String::from_utf8_lossy(&sent));
        }
    }
}
