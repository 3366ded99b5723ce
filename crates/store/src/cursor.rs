//! How far a replica has followed a numbered log, whoever keeps the log.
//!
//! The place moves when what was given is in force, and not before. In doubt (a connection was lost, entries are
//! missing, the store is another) everything is due, until everything is in force.

use crate::record::corrupt;
use issuer::state::{Change, Due, Position, StoreError, Told};
use std::fmt;

/// A place in the log: milliseconds, then a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u64, u64);

impl Place {
    /// Reads `milliseconds-number`.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let parts = text.split_once('-').and_then(|(a, b)| Some(Self(a.parse().ok()?, b.parse().ok()?)));
        parts.ok_or_else(|| corrupt("a place in the log"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// Its number: one more than that of the entry before it.
    pub number: u64,
    /// What it tells.
    pub change: Change,
}

/// A place, and what stands there.
#[derive(Clone, Debug, Default)]
struct At {
    place: Place,
    number: u64,
    mark: String,
}

/// How far one replica has come.
#[derive(Debug, Default)]
pub struct Cursor {
    /// Up to where all is in force; `None` before anything is.
    in_force: Option<At>,
    /// What was given last: up to where, and how many changes.
    given: Option<(At, usize)>,
    /// Whether what follows the place is all that there is to put in force.
    is_certain: bool,
}

impl Cursor {
    /// Up to where all is in force.
    pub fn place(&self) -> Place {
        self.in_force.as_ref().map(|at| at.place).unwrap_or_default()
    }

    /// The mark of the store that was followed last.
    pub fn mark(&self) -> Option<&str> {
        self.in_force.as_ref().map(|at| at.mark.as_str())
    }

    /// From now on everything is due.
    pub const fn doubt(&mut self) {
        self.is_certain = false;
    }

    /// Whether the entries after [`Cursor::place`] are all that is due.
    pub const fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Gives everything, to be read after this: the log's end is at `place` with `number`, and the store has `mark`.
    pub fn everything(&mut self, place: Place, number: u64, mark: String) -> Due {
        let is_lost = self.mark().is_some_and(|known| known != mark);
        let told = |change| Told { position: Position(place.to_string()), change };
        let lost = is_lost.then(|| told(Change::Lost));
        let changes: Vec<_> = lost.into_iter().chain([told(Change::Everything)]).collect();
        self.given = Some((At { place, number, mark }, changes.len()));
        Due { changes, position: Position(place.to_string()) }
    }

    /// Gives the entries that follow [`Cursor::place`]; `None` where some are missing, and everything is due.
    pub fn entries(&mut self, entries: Vec<Entry>) -> Option<Due> {
        let mut at = self.in_force.clone().filter(|_| self.is_certain)?;
        let mut changes = Vec::with_capacity(entries.len());
        for Entry { place, number, change } in entries {
            if number != at.number + 1 {
                self.doubt();
                return None;
            }
            (at.place, at.number) = (place, number);
            changes.push(Told { position: Position(place.to_string()), change });
        }
        // What was given and is there no more was lost with the log.
        if self.given.as_ref().is_some_and(|(given, _)| at.place < given.place) {
            self.doubt();
            return None;
        }
        let position = Position(at.place.to_string());
        self.given = Some((at, changes.len()));
        Some(Due { changes, position })
    }

    /// All that was given last is in force, if that was up to `position`; how many changes that was.
    pub fn applied(&mut self, position: &Position) -> u64 {
        match self.given.take_if(|(at, _)| at.place.to_string() == position.0) {
            Some((at, count)) => {
                self.in_force = Some(at);
                self.is_certain = true;
                count as u64
            }
            None => 0,
        }
    }
}
