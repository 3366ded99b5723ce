//! Fills a store with rows, so that a start can be measured with what a busy month leaves behind.

use std::path::Path;

/// Writes `rows` unexpired rows into the embedded store at `path`, which no process may have open.
pub fn fill_store(path: &Path, rows: u32) -> anyhow::Result<()> {
    anyhow::bail!("nothing writes {rows} rows into {} yet", path.display())
}
