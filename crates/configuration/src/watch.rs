//! Sees that files change, by looking at them twice a second: that works on every file system, and where a folder is
//! swapped for another by a symbolic link (as Kubernetes does), and asks nothing of the kernel.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to look.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// What tells one content of a file from another without reading it; links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(Option<Identity>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    file: (u64, u64),
    size: u64,
    /// When it was written and when it was last touched in any way: a copy may bring an old date with it.
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The file as it is now; a file that is not there has a stamp of its own.
    pub fn of(path: &Path) -> Self {
        Self(std::fs::metadata(path).ok().map(|data| Identity {
            file: (data.dev(), data.ino()),
            size: data.size(),
            written: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        }))
    }
}

/// Some files, and how they were when they were last acted on.
#[derive(Debug)]
pub struct Watch {
    known: BTreeMap<PathBuf, Stamp>,
    /// How they were at the last look, where that was otherwise.
    moving: Option<BTreeMap<PathBuf, Stamp>>,
}

impl Watch {
    /// Watches files, from how they were when they were read.
    pub fn new(known: BTreeMap<PathBuf, Stamp>) -> Self {
        Self { known, moving: None }
    }

    /// Looks: whether something has changed and has stood still since the look before. What is written in pieces, or
    /// a certificate before its key, is not taken half-way. It is said once.
    pub fn has_changed(&mut self) -> bool {
        let now: BTreeMap<_, _> = self.known.keys().map(|path| (path.clone(), Stamp::of(path))).collect();
        if now == self.known {
            self.moving = None;
            return false;
        }
        if self.moving.as_ref() != Some(&now) {
            self.moving = Some(now);
            return false;
        }
        self.known = now;
        self.moving = None;
        true
    }

    /// Watches these files too, from how they were when they were read.
    pub fn add(&mut self, read: BTreeMap<PathBuf, Stamp>) {
        self.known.extend(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn watch(paths: &[&Path]) -> Watch {
        Watch::new(paths.iter().map(|path| (path.to_path_buf(), Stamp::of(path))).collect())
    }

    #[test]
    fn a_change_is_told_once_it_stands_still() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        fs::write(&one, "1").unwrap();
        let mut watch = watch(&[&one, &other]);
        assert!(!watch.has_changed() && !watch.has_changed());
        fs::write(&one, "12").unwrap();
        assert!(!watch.has_changed(), "it may still be written to");
        fs::write(&one, "123").unwrap();
        assert!(!watch.has_changed(), "it was");
        assert!(watch.has_changed() && !watch.has_changed());
        fs::write(&other, "").unwrap();
        assert!(!watch.has_changed() && watch.has_changed(), "a file that was not there");
        fs::remove_file(&one).unwrap();
        assert!(!watch.has_changed() && watch.has_changed());
        fs::write(&one, "123").unwrap();
        assert!(!watch.has_changed());
        fs::remove_file(&one).unwrap();
        assert!(!watch.has_changed() && !watch.has_changed(), "as it was");
    }

    #[test]
    fn a_folder_that_is_swapped_by_a_link_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for version in ["v1", "v2"] {
            fs::create_dir(path(version)).unwrap();
            fs::write(path(version).join("tls.crt"), "same length").unwrap();
        }
        std::os::unix::fs::symlink("v1", path("..data")).unwrap();
        std::os::unix::fs::symlink("..data/tls.crt", path("tls.crt")).unwrap();
        let mut watch = watch(&[&path("tls.crt")]);
        std::os::unix::fs::symlink("v2", path("new")).unwrap();
        fs::rename(path("new"), path("..data")).unwrap();
        assert!(!watch.has_changed() && watch.has_changed());
    }
}
