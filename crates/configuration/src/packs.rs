//! Mounts whose dialect is a pack: `dialect = "pack"`, `pack = "toast"`.

use super::MountConfig;
use super::document::Table;
use super::files::{self, FilesRead};
use super::findings::{Findings, Place};
use dialect::{DialectKind, PathPattern};
use pack::{Pack, shipped};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// The dialect's name in a file.
pub(super) const DIALECT: &str = "pack";
/// The file of a pack that is a folder.
const FILE: &str = "pack.toml";

/// The pack that a mount wants, `Some(None)` where it wants another dialect; `None` where the two keys do not fit.
#[expect(clippy::option_option, reason = "the outer one says that there is a finding")]
pub(super) fn wanted<'p>(
    table: &Table<'_, '_>,
    dialect: &str,
    pack: Option<&'p str>,
    findings: &mut Findings,
) -> Option<Option<&'p str>> {
    match (dialect == DIALECT, pack) {
        (true, Some(pack)) => Some(Some(pack)),
        (false, None) => Some(None),
        (true, None) => {
            let message = format!("a mount of a pack says which: a folder, a file, or a shipped one: {}", names());
            table.error(findings, "pack", message);
            None
        }
        (false, Some(_)) => {
            table.error(findings, "pack", "goes with `dialect = \"pack\"`; write that, or leave it out");
            None
        }
    }
}

fn names() -> String {
    shipped::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The packs that were read, by shipped name or path: mounts of the same pack share it.
pub(super) type PacksRead = HashMap<String, DialectKind>;

/// The pack that is shipped under that name, or stands in that folder or file.
pub(super) fn read(
    known: &mut PacksRead,
    table: &Table<'_, '_>,
    wanted: &str,
    base: &Path,
    read: &FilesRead,
    findings: &mut Findings,
) -> Option<DialectKind> {
    let is_path = wanted.contains('/') || Path::new(wanted).extension().is_some_and(|end| end == "toml");
    if let Some(text) = shipped::find(wanted).filter(|_| !is_path) {
        return once(known, wanted, || of_text(wanted, wanted, text, findings));
    }
    let at = base.join(wanted);
    let path = read.note(if at.is_dir() { at.join(FILE) } else { at });
    let shown = path.display().to_string();
    if let Some(kind) = known.get(&shown) {
        return Some(kind.clone());
    }
    match files::read_plain(&path, pack::LONGEST) {
        Ok(text) => once(known, &shown, || {
            let kind = of_text(&name_of(&path), &shown, &text, findings)?;
            Some(kind.read_from(&shown))
        }),
        Err(why) => {
            let shipped =
                if is_path { String::new() } else { format!("; no shipped pack is called so: there are {}", names()) };
            table.error(findings, "pack", format!("{why}{shipped}"));
            None
        }
    }
}

/// The pack of that key, read where it was not.
fn once(known: &mut PacksRead, key: &str, read: impl FnOnce() -> Option<DialectKind>) -> Option<DialectKind> {
    if let Some(kind) = known.get(key) {
        return Some(kind.clone());
    }
    let kind = read()?;
    known.insert(key.to_owned(), kind.clone());
    Some(kind)
}

/// Refuses a mount whose name begins a literal path of a pack: what is asked there would be asked of that mount.
pub(super) fn refuse_hiding(mounts: &[MountConfig], names: &HashMap<String, Place>, findings: &mut Findings) {
    for mount in mounts.iter().filter(|mount| mount.kind.text().is_some()) {
        let literal = mount.dialect.routes().iter().map(|route| route.path).filter(|path| !PathPattern::is_one(path));
        let hidden = literal.filter_map(|path| names.get_key_value(path.split('/').nth(1)?).map(|found| (path, found)));
        let mut told = BTreeSet::new();
        for (path, (name, place)) in hidden {
            if told.insert(name) {
                let message = format!(
                    "`{name}` begins `{path}` of mount `{}`, a path of the vendor's own, which a mount of that name would \
                     hide; rename it",
                    mount.name
                );
                findings.error(place.clone(), "mount.name", message);
            }
        }
    }
}

/// What a pack is called: its file, or the folder of a `pack.toml`.
fn name_of(path: &Path) -> String {
    let is_in_folder = path.file_name().is_some_and(|name| name == FILE);
    let named = if is_in_folder { path.parent().and_then(Path::file_name) } else { path.file_stem() };
    named.unwrap_or_default().to_string_lossy().into_owned()
}

fn of_text(name: &str, file: &str, text: &str, findings: &mut Findings) -> Option<DialectKind> {
    match Pack::read(name, file, text) {
        Ok(pack) => Some(pack.kind()),
        Err(errors) => {
            for error in errors.errors {
                let file = errors.file.as_str().into();
                let place = match error.line {
                    0 => Place::File(file),
                    line => Place::Line { file, line, column: Some(error.column) },
                };
                findings.error(place, error.key, error.message);
            }
            None
        }
    }
}
