//! The contract of a dialect: its pairs of request and response and the fixtures that they start from, read, played against
//! a gateway and compared with what it answers.
//!
//! The README gives the syntax.

pub mod assertion;
pub mod client;
mod compare;
pub mod config;
pub mod drift;
mod fixtures;
pub mod json;
pub mod jwt;
pub mod kept;
pub mod matcher;
mod pair;
pub mod player;
mod read;
mod template;
pub mod wire;

pub use compare::Answer;
pub use fixtures::{Client, Clock, Fixtures, Mount, User};
pub use pair::{Expected, Given, JwtExpectation, Pair, Request};
pub use read::parse;
pub use template::{Captures, Mismatch, Template};

use anyhow::{Context, Result};
use std::path::Path;
pub use wire::Response;

/// One dialect's pairs and fixtures.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The pairs in the order of the file.
    pub pairs: Vec<Pair>,
    /// What they start from.
    pub fixtures: Fixtures,
}

impl Contract {
    /// Reads `pairs.http` and `fixtures.json` in `folder`.
    pub fn load(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        let told = "it has the clock, mounts, clients and users that the pairs start from; docs/packs.md shows one";
        Self::read(&read("pairs.http")?, &read("fixtures.json").context(told)?)
            .with_context(|| folder.display().to_string())
    }

    /// Reads the text of both files.
    pub fn read(pairs: &str, fixtures: &str) -> Result<Self> {
        let pairs = parse(pairs).context("pairs.http")?;
        let fixtures = serde_json::from_str(fixtures).context("fixtures.json")?;
        Ok(Self { pairs, fixtures })
    }

    /// The pair with that identifier.
    pub fn pair(&self, id: &str) -> Result<&Pair> {
        self.pairs.iter().find(|pair| pair.id == id).with_context(|| format!("there is no pair {id}"))
    }
}
