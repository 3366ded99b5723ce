//! Entries in forms that others read.

mod curl;
mod har;

pub(crate) use curl::script;
pub(crate) use har::archive;

use admin_api::JournalEntry;
use issuer::authorize::origin;
use surface::world::World;

/// Where a request was sent: scheme and authority of the gateway's public URL, and its path.
fn url(world: &World, entry: &JournalEntry) -> String {
    let base = world.mounts.all().first().map(|mount| origin(&mount.base_url)).unwrap_or_default();
    format!("{base}{}", entry.path)
}

/// One JSON object to a line.
pub(crate) fn lines(entries: &[JournalEntry]) -> String {
    let line = |entry| serde_json::to_string(entry).unwrap_or_default() + "\n";
    entries.iter().map(line).collect()
}
