//! What a scenario does to a request.

use crate::bend::Bend;
use grant::{KeyFlaw, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a step does to a request. An outcome is no error: each says at which places of a request's way it acts.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How long the request waits first; nothing of it is looked at meanwhile.
    pub delay: Duration,
    /// What is done then.
    pub act: Act,
}

impl Outcome {
    /// How long the request waits before anything else is done.
    pub fn time(&self) -> Duration {
        if self.act == Act::Hang { self.delay.saturating_add(HANG) } else { self.delay }
    }
}

/// What is done to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Nothing: it is served.
    Pass,
    /// It is refused before the phases: nothing is checked, spent or minted.
    Error(RefusalKind),
    /// No byte of an answer comes, for [`HANG`] at most.
    Hang,
    /// Its connection is closed without a byte of an answer.
    Drop(Commit),
    /// This is answered. No phase runs, and nothing is spent.
    Answer(Arc<Canned>),
    /// It is served, but of the answer's body only so many bytes come, and the connection is closed.
    Truncate(usize),
    /// It is served, but the last byte of the JSON is left out.
    Malformed,
    /// It is served, and something is wrong with the tokens or keys that it gets.
    Flaw(Arc<Bend>),
}

/// The longest that a request hangs.
const HANG: Duration = Duration::from_mins(10);

/// When a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Before anything was done: nothing is spent.
    Before,
    /// Once everything was done as for an answer that was sent.
    After,
}

/// An answer that no dialect wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Canned {
    /// The status, 200 to 599.
    pub status: u16,
    /// Header fields, by name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What forces an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The scenario of that number.
    Scenario(u64),
    /// The manner of the client of that identifier.
    Client(Box<str>),
}

/// The scenario's number, or the client's identifier.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(id) => id.fmt(f),
            Self::Client(id) => f.write_str(id),
        }
    }
}

/// An outcome that was chosen for one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Forced {
    /// What forces it.
    pub by: By,
    /// The step's, from 1.
    pub step: u32,
    /// What it does.
    pub outcome: Outcome,
}

impl Forced {
    /// What keeps the request from its phases, if anything does.
    pub fn before_phases(&self) -> Result<(), Refusal> {
        match &self.outcome.act {
            Act::Error(kind) => Err(Refusal::new(kind.clone(), self.to_string())),
            // Whatever is made of this refusal, it is not sent.
            Act::Hang | Act::Drop(Commit::Before) | Act::Answer(_) => Err(Refusal::internal(self.to_string())),
            Act::Pass | Act::Drop(Commit::After) | Act::Truncate(_) | Act::Malformed | Act::Flaw(_) => Ok(()),
        }
    }
}

/// For log and journal.
impl fmt::Display for Forced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.by {
            By::Scenario(id) => write!(f, "forced by scenario {id}")?,
            By::Client(id) => write!(f, "forced by the magic client `{id}`")?,
        }
        match &self.outcome.act {
            Act::Pass | Act::Error(_) => Ok(()),
            Act::Hang => f.write_str(": no byte of an answer was sent"),
            Act::Drop(Commit::Before) => f.write_str(": the connection was closed, and nothing was done"),
            Act::Drop(Commit::After) => f.write_str(": it was served, and the connection closed without the answer"),
            Act::Answer(_) => f.write_str(": the answer is the scenario's, and nothing was done"),
            Act::Truncate(bytes) => write!(f, ": it was served, and the body cut after {bytes} bytes"),
            Act::Flaw(bend) if bend.withholds_refresh => f.write_str(": it was served without a refresh token"),
            Act::Flaw(bend) => {
                let token = bend.flaw.map(|(flaw, _)| flaw.as_str());
                let flaw = token.or(bend.keys.map(KeyFlaw::as_str)).unwrap_or_default();
                write!(f, ": it was served with the flaw {flaw}")
            }
            Act::Malformed => f.write_str(": it was served, and the last byte of its JSON left out"),
        }
    }
}
