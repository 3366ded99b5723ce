//! Contracts of packs and dialects, played by commands.

mod host;
mod inside;

pub(super) use host::Admin;
pub(super) use inside::start;
pub(super) use pairs::kept::{Kept, Line};

use anyhow::{Context, bail};
use configuration::{files, registry};
use dialect::ContractText;
use pack::shipped;
use pairs::Contract;
use std::path::Path;

/// The pairs of a contract, beside its pack.
pub(super) const PAIRS: &str = "pairs.http";

/// The contract of the pack in that folder, of the shipped pack, or of the dialect of that name.
pub(super) fn find(wanted: &Path) -> anyhow::Result<Contract> {
    let folder = if wanted.is_file() { wanted.parent().unwrap_or(Path::new("")) } else { wanted };
    if folder.join(PAIRS).exists() {
        return load(folder);
    }
    let name = wanted.to_string_lossy();
    let of_dialect = || registry::find(&name).and_then(|kind| kind.contract);
    match shipped::contract(&name).or_else(of_dialect) {
        Some(contract) => read(contract),
        None if folder.is_dir() => bail!(
            "{} has no {PAIRS}; write what the vendor answers to what there, and its fixtures.json: docs/packs.md says how",
            folder.display()
        ),
        None => bail!("nothing is at {}, and no shipped pack or dialect is called so", wanted.display()),
    }
}

/// The contract in a folder, which a stranger may have made.
fn load(folder: &Path) -> anyhow::Result<Contract> {
    let read = |name: &str| files::read_plain(&folder.join(name), files::BESIDE_A_PACK).map_err(anyhow::Error::msg);
    Contract::read(&read(PAIRS)?, &read("fixtures.json")?).with_context(|| folder.display().to_string())
}

/// A contract that is built in.
pub(super) fn read(text: ContractText) -> anyhow::Result<Contract> {
    Contract::read(text.pairs, text.fixtures).context("built in")
}
