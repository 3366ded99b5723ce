//! Tables for people.

use admin_api::EndpointView;
use configuration::Config;
use std::fmt::Write;

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
