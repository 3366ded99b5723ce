//! What goes wrong.

use crate::journal::describe;
use admin_api::{Near, Problem};
use std::fmt;

/// What went wrong. Its `Debug` is its `Display`, so that a test that ends with it, or an `unwrap`, shows all of it.
pub enum Error {
    /// No gateway could be found or started, or none answers; in words.
    Gateway(String),
    /// The gateway refused a call of the admin API.
    Refused {
        /// The call: method and path.
        call: String,
        /// What the gateway said: what is wrong, and what to do about it.
        problem: Box<Problem>,
    },
    /// The journal is other than the test says.
    Mismatch(Mismatch),
}

/// What the journal has in the place of what was wanted.
pub struct Mismatch {
    /// What does not hold.
    pub detail: String,
    /// The entries that are most like what is wanted, each with what differs.
    pub nearest: Vec<Near>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        if !self.nearest.is_empty() {
            f.write_str("\nnearest:")?;
        }
        for near in &self.nearest {
            write!(f, "\n  {}", describe(&near.entry).replace('\n', "\n  "))?;
            for other in &near.differs {
                write!(f, "\n      {}: wanted {}, found {}", other.key, other.wanted, other.found)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(text) => f.write_str(text),
            Self::Refused { call, problem } => {
                write!(f, "{call} was answered {}: {}; {}", problem.status, problem.detail, problem.remedy)
            }
            Self::Mismatch(mismatch) => mismatch.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
