//! Archives that are the same bytes whenever and wherever they are written: fixed times, order, owners and modes.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write as _};
use tar::{EntryType, Header};

/// A file or folder of an archive.
pub(crate) struct Entry<'a> {
    /// Where it is, relative, with `/`; a folder's ends with it.
    pub(crate) path: &'a str,
    /// Its permissions.
    pub(crate) mode: u32,
    /// The number of its user and of its group.
    pub(crate) owner: u64,
    /// What is in it; nothing in a folder.
    pub(crate) content: &'a [u8],
}

impl<'a> Entry<'a> {
    /// A folder of root's.
    pub(crate) fn folder(path: &'a str) -> Self {
        Self { path, mode: 0o755, owner: 0, content: &[] }
    }

    /// A file of root's that all can read.
    pub(crate) fn file(path: &'a str, content: &'a [u8]) -> Self {
        Self { path, mode: 0o644, owner: 0, content }
    }

    /// A file of root's that all can run.
    pub(crate) fn program(path: &'a str, content: &'a [u8]) -> Self {
        Self { path, mode: 0o755, owner: 0, content }
    }
}

/// A tar of the entries in their order, all of that time in seconds since 1970.
pub(crate) fn tar(entries: &[Entry<'_>], time: u64) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(if entry.path.ends_with('/') { EntryType::Directory } else { EntryType::Regular });
        header.set_mode(entry.mode);
        header.set_uid(entry.owner);
        header.set_gid(entry.owner);
        header.set_mtime(time);
        header.set_size(entry.content.len() as u64);
        archive.append_data(&mut header, entry.path, entry.content)?;
    }
    archive.into_inner()
}

/// The bytes compressed; neither a time nor a name goes into the head.
pub(crate) fn gzip(bytes: &[u8], level: u32) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    #[test]
    fn an_archive_has_what_it_was_given_and_nothing_of_here() {
        let entries = [
            Entry::folder("etc/"),
            Entry { owner: 65532, mode: 0o700, ..Entry::folder("var/") },
            Entry::program("run", b"x"),
        ];
        let packed = gzip(&tar(&entries, 7).unwrap(), 9).unwrap();
        assert_eq!(packed[4..8], [0; 4], "no time in the head");
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        let mut archive = tar::Archive::new(&unpacked[..]);
        let found: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                let path = entry.path().unwrap().display().to_string();
                (path, header.mode().unwrap(), header.uid().unwrap(), header.mtime().unwrap(), header.size().unwrap())
            })
            .collect();
        let wanted = [("etc/", 0o755, 0, 7, 0), ("var/", 0o700, 65532, 7, 0), ("run", 0o755, 0, 7, 1)];
        assert_eq!(found, wanted.map(|(path, mode, uid, time, size)| (path.to_owned(), mode, uid, time, size)));
    }
}
