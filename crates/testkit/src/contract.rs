//! The contracts of all dialects, and the configuration that their fixtures make.

use crate::config::{Config, Mount, Server};
use crate::tree;
use anyhow::{Context, Result};
use pairs::config::mounts;
use std::path::{Path, PathBuf};

/// One dialect's pairs and fixtures.
#[derive(Debug)]
pub struct Contract {
    /// The dialect's identifier, which is its crate's name.
    pub dialect: String,
    /// The pairs, and what they start from.
    pub text: pairs::Contract,
    /// The mounts that the fixtures make.
    pub mounts: Vec<Mount>,
}

impl Contract {
    fn load(dialect: String, pack: Option<&str>, folder: &Path) -> Result<Self> {
        let text = pairs::Contract::load(folder)?;
        Ok(Self { mounts: mounts(&dialect, pack, &text.fixtures), text, dialect })
    }
}

/// The contracts of all crates that have one, in the order of their names; an error where one cannot be read.
pub fn load_all() -> Result<Vec<Contract>> {
    let mut names = tree::crates()?;
    names.retain(|name| folder(name).is_dir());
    names.into_iter().map(|name| Contract::load(name.clone(), None, &folder(&name))).collect()
}

/// The contracts of the packs that are shipped, in the order of their names; an error where one cannot be read.
pub fn load_packs() -> Result<Vec<Contract>> {
    let folder = tree::root().join("examples/packs");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let load = |name: String| {
        let folder = folder.join(&name);
        Contract::load(name.clone(), folder.to_str(), &folder).context(name)
    };
    names.into_iter().map(load).collect()
}

fn folder(dialect: &str) -> PathBuf {
    tree::crate_dir(dialect).join("contract")
}

/// One configuration for all contracts.
pub fn config(contracts: &[Contract]) -> Config {
    Config {
        server: Server { public_url: "http://localhost:8080".to_owned(), body_timeout_ms: None, head_timeout_ms: None },
        mounts: contracts.iter().flat_map(|contract| contract.mounts.iter().cloned()).collect(),
    }
}
