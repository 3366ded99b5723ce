//! Which answer of a connection is its last.

use std::cell::Cell;

/// What a connection's stream and its answers tell each other of its end.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    is_over: Cell<bool>,
    is_in_body: Cell<bool>,
}

impl Ending {
    /// Whether nothing more is read: the answer to what has been read is the last one.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    pub(crate) fn end(&self) {
        self.is_over.set(true);
    }

    /// How far the stream has read.
    pub(crate) fn read(&self, is_in_body: bool) {
        self.is_in_body.set(is_in_body);
    }

    /// Whether an answer that begins now is the last one. One that comes before the end of its request's body is: nobody
    /// knows whether the rest will ever come.
    pub(crate) fn is_last_answer(&self) -> bool {
        if self.is_in_body.get() {
            self.end();
        }
        self.is_over()
    }
}
