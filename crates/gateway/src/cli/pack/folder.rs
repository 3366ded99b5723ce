//! The folder of a pack that is new.

use super::FILE;
use crate::cli::contract::PAIRS;
use crate::output;
use crate::table::plain_lines;
use anyhow::{Context, bail};
use draft::Draft;
use std::fs;
use std::path::Path;

/// What the pairs of a folder start from.
pub(super) const FIXTURES: &str = "fixtures.json";

/// Refuses a folder that has a pack.
pub(in crate::cli) fn refuse_existing(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(FILE);
    if path.exists() {
        bail!("{} is there already; choose another name", path.display());
    }
    Ok(())
}

/// Writes a file into the folder, which is made where it is not there.
pub(super) fn write_file(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a draft.
pub(in crate::cli) fn write(folder: &Path, draft: &Draft) -> anyhow::Result<()> {
    write_file(folder, FILE, &draft.pack)?;
    if draft.pairs.is_empty() {
        return Ok(());
    }
    write_file(folder, PAIRS, &draft.pairs)?;
    write_file(folder, FIXTURES, &draft.fixtures)
}

/// Says what was written, and what is next.
pub(in crate::cli) fn tell(folder: &Path, draft: &Draft) {
    let shown = folder.display();
    output::line(&format!("Wrote {shown}: a draft, with no credential in it."));
    for note in &draft.notes {
        output::line(&plain_lines(&format!("- {note}")));
    }
    let test = if draft.pairs.is_empty() { String::new() } else { format!(", idp-gateway pack test {shown}") };
    output::line(&format!("Next: idp-gateway pack check {shown}{test}"));
}

/// The vendor's name as a folder's says it.
pub(in crate::cli) fn vendor_of(folder: &Path) -> String {
    vendor(&folder.file_name().unwrap_or_default().to_string_lossy())
}

/// A vendor's name as a folder's says it, fit to stand in quotes.
pub(super) fn vendor(name: &str) -> String {
    let clean: String = name.chars().filter(|c| c.is_alphanumeric() || " -_.".contains(*c)).collect();
    let mut letters = clean.chars();
    letters.next().map_or_else(|| "Acme".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}
