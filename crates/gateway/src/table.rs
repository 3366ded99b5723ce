//! Tables for people.

use admin_api::EndpointView;
use configuration::Config;
use std::fmt::Write;

/// Text in one line: what would move the cursor, hide or turn something on a terminal is escaped.
pub(super) fn plain(text: &str) -> String {
    let is_dark = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let shown = |c: char| if is_dark(c) { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Text in its own lines, each as [`plain`] has it, but for tabs.
pub(super) fn plain_lines(text: &str) -> String {
    let line = |line: &str| line.split('\t').map(plain).collect::<Vec<_>>().join("\t");
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A table of rows under a heading.
pub(super) fn titled<const N: usize>(heading: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows = rows.into_iter().map(|row| row.map(|cell| plain(&cell)));
    columns(&std::iter::once(heading.map(str::to_owned)).chain(rows).collect::<Vec<_>>())
}

/// Rows in columns as wide as their widest cell, two spaces apart.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One paragraph to a mount: who, where, and its endpoints. No line is longer than 100 columns unless a name is.
pub(super) fn mounts(config: &Config, public_url: &str) -> String {
    let name_width = config.mounts.iter().map(|mount| mount.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for mount in &config.mounts {
        let (view, base) = (mount.view(public_url), mount.base_url(public_url));
        let (clients, users) = (count(view.clients, "client"), count(view.users, "user"));
        let _ = writeln!(
            text,
            "{:name_width$}  {} ({}), {clients}, {users}\n{:name_width$}  {}",
            view.name, view.vendor, view.dialect, "", base
        );
        for EndpointView { endpoint, methods, url } in &view.endpoints {
            let path = url.strip_prefix(&base).unwrap_or(url);
            let _ = writeln!(text, "{:name_width$}    {endpoint:11} {:9} {path}", "", methods.join(","));
        }
        for host in &mount.hosts {
            let _ = writeln!(text, "{:name_width$}    host        {host}", "");
        }
    }
    text
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_write_moves_no_cursor() {
        assert_eq!(plain("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}é ü"), "a\\u{1b}[2Jb\\r\\nc\\u{202e}d\\u{9b}é ü");
        let text = titled(["A", "B"], vec![["x\ny".into(), "z".into()]]);
        assert_eq!(text, "A     B\nx\\ny  z");
        assert_eq!(plain_lines("a\tb\n\u{7}\u{202e}c\n"), "a\tb\n\\u{7}\\u{202e}c\n");
    }
}
