//! The folder of a pack that is new.

use super::FILE;
use crate::cli::contract::PAIRS;
use crate::output;
use crate::table::{plain, plain_lines};
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
    tell_mount(folder);
}

/// Says what the sandbox's mount is called, where that is not the folder's name.
pub(super) fn tell_mount(folder: &Path) {
    if let Some(line) = of_mount(&folder.file_name().unwrap_or_default().to_string_lossy()) {
        output::line(&line);
    }
}

/// What is to be said of the mount's name in the sandbox; nothing where the pack has the same.
pub(in crate::cli) fn of_mount(pack: &str) -> Option<String> {
    let mount = mount_name(pack);
    let why = "a mount's name has a-z, 0-9 and `-` alone";
    (mount != pack).then(|| format!("In the sandbox the mount of {} is called `{mount}`: {why}.", plain(pack)))
}

/// The name of the sandbox's mount that serves a pack of that name.
pub(in crate::cli) fn mount_name(pack: &str) -> String {
    let admitted = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    pack.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).chars().map(admitted).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_has_the_name_of_its_pack_as_far_as_a_mount_can() {
        for (pack, mount) in [("acme", "acme"), ("client_first", "client-first"), ("_Acme v2", "acme-v2")] {
            assert_eq!(mount_name(pack), mount);
            assert_eq!(of_mount(pack).is_some(), mount != pack, "{pack}");
        }
    }
}
