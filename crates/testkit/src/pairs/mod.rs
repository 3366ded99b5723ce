//! The `contract/` folder of a dialect, for tests: reads its pairs of request and response and the fixtures that they
//! start from, and compares an answer with what a pair expects.
//!
//! The README gives the syntax.

mod compare;
mod fixtures;
mod pair;
mod read;
mod template;

pub use compare::Answer;
pub use fixtures::{Client, Clock, Fixtures, Mount, User};
pub use pair::{Expected, Given, JwtExpectation, Pair, Request};
pub use read::parse;
pub use template::{Captures, Mismatch, Template};

use anyhow::{Context, Result};
use std::path::Path;

/// One dialect's pairs and fixtures.
#[derive(Debug)]
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
        let shown = folder.display();
        let pairs = parse(&read("pairs.http")?).with_context(|| format!("{shown}/pairs.http"))?;
        let fixtures =
            serde_json::from_str(&read("fixtures.json")?).with_context(|| format!("{shown}/fixtures.json"))?;
        Ok(Self { pairs, fixtures })
    }

    /// The pair with that identifier.
    pub fn pair(&self, id: &str) -> Result<&Pair> {
        self.pairs.iter().find(|pair| pair.id == id).with_context(|| format!("there is no pair {id}"))
    }
}
