//! Standard output and standard error. What cannot be written, because nobody reads it, is dropped.

use configuration::Environment;
use std::io::{IsTerminal, Write};

/// Writes a line to standard output.
pub(crate) fn line(text: &str) {
    let _ = try_line(text);
}

/// Whether what is written to standard output may be coloured: it is a terminal, and nobody said `NO_COLOR`.
pub(crate) fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && Environment::process().text("NO_COLOR").is_none()
}

/// Writes a line to standard output; an error where nobody reads it any more.
pub(crate) fn try_line(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a line to standard error.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
