//! The files that a configuration names: how they are read, and what is said of those that cannot be, or that others can.

use crate::watch::Stamp;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What some editors put before UTF-8; it is no part of the text.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// The files that a configuration was read from, whether they could be read or not, as they stood before.
#[derive(Debug, Default)]
pub struct FilesRead(RefCell<BTreeMap<PathBuf, Stamp>>);

impl FilesRead {
    /// Notes a file that is about to be read.
    pub(super) fn note(&self, path: PathBuf) -> PathBuf {
        self.0.borrow_mut().entry(path.clone()).or_insert_with(|| Stamp::of(&path));
        path
    }

    /// The files noted.
    pub fn into_stamps(self) -> BTreeMap<PathBuf, Stamp> {
        self.0.into_inner()
    }
}

/// The text of a file; the error says what to do.
pub fn read_text(path: &Path) -> Result<Zeroizing<String>, String> {
    let mut text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| unreadable(path, &error))?;
    without_mark(&mut text);
    Ok(text)
}

/// The text of a file that a stranger may have made, of up to `longest` bytes. What is no plain file is refused unopened, and no
/// more is read than that, whatever length the file system tells: a device has none, and a pipe is waited for without end.
pub fn read_plain(path: &Path, longest: usize) -> Result<String, String> {
    let told = |error: io::Error| unreadable(path, &error);
    let is_plain = std::fs::metadata(path).map_err(told)?.is_file();
    if !is_plain {
        return Err(format!("{} is no plain file: write what it holds to one", path.display()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(told)?;
    file.take(longest as u64 + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() > longest {
        return Err(format!("{} is longer than {longest} bytes, which is more than is read", path.display()));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| told(io::Error::new(ErrorKind::InvalidData, error)))?;
    without_mark(&mut text);
    Ok(text)
}

/// The longest file beside a pack, in bytes: its pairs, its fixtures, and what was tried at the vendor.
pub const BESIDE_A_PACK: usize = 4 << 20;

/// The text of a file beside a pack, as [`read_plain`] has it; `None` where there is none.
pub fn read_beside(path: &Path) -> Result<Option<String>, String> {
    if matches!(path.try_exists(), Ok(false)) { Ok(None) } else { read_plain(path, BESIDE_A_PACK).map(Some) }
}

fn without_mark(text: &mut String) {
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len_utf8());
    }
}

/// Why a file cannot be read, and what to do about it.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::NotFound => {
            let folder = std::env::current_dir().unwrap_or_default();
            format!("; nothing is at {}", folder.join(path).display())
        }
        ErrorKind::PermissionDenied => "; let the user that the gateway runs as read it".to_owned(),
        ErrorKind::InvalidData => "; save it as UTF-8".to_owned(),
        ErrorKind::IsADirectory => "; name a file, not a folder".to_owned(),
        _ => String::new(),
    };
    format!("cannot read {}: {error}{remedy}", path.display())
}

/// What is said of a file that holds secrets and that everybody can read.
pub(crate) const EXPOSED: &str = "holds secrets, and every user of this machine can read it; chmod 600 it";

/// A warning where a file that holds secrets can be read by everybody.
pub fn exposure(path: &Path) -> Option<String> {
    is_readable_by_others(path).then(|| format!("{} {EXPOSED}", path.display()))
}

#[cfg(unix)]
pub(crate) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_readable_by_others(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_a_stranger_made_is_read_to_its_limit_and_only_where_it_is_plain() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("right"), "\u{feff}abc").unwrap();
        assert_eq!(read_plain(&at("right"), 6).unwrap(), "abc");
        assert!(read_plain(&at("right"), 5).unwrap_err().contains("longer than 5 bytes"));
        fs::write(at("bytes"), [0xff]).unwrap();
        assert!(read_plain(&at("bytes"), 5).unwrap_err().contains("UTF-8"));
        assert!(read_plain(&at("none"), 5).unwrap_err().contains("nothing is at"));
        // Its length is told as 0.
        assert!(read_plain(Path::new("/proc/self/maps"), 5).unwrap_err().contains("longer than 5 bytes"));
        std::os::unix::fs::symlink("/dev/zero", at("endless")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for name in ["endless", "pipe", "."] {
            assert!(read_plain(&at(name), 5).unwrap_err().contains("is no plain file"), "{name}");
            assert!(read_beside(&at(name)).unwrap_err().contains("is no plain file"), "{name}");
        }
        assert_eq!((read_beside(&at("none")), read_beside(&at("right"))), (Ok(None), Ok(Some("abc".to_owned()))));
    }
}
