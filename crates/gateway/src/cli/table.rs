//! The mounts as a table for people.

use crate::config::Config;
use std::fmt::Write;

/// One paragraph to a mount: who, where, and its endpoints. No line is longer than 100 columns unless a name is.
pub(super) fn mounts(config: &Config, public_url: &str) -> String {
    let name_width = config.mounts.iter().map(|mount| mount.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for mount in &config.mounts {
        let view = mount.view(public_url);
        let (clients, users) = (count(view.clients, "client"), count(view.users, "user"));
        let _ = writeln!(
            text,
            "{:name_width$}  {} ({}), {clients}, {users}\n{:name_width$}  {}",
            view.name,
            view.vendor,
            view.dialect,
            "",
            mount.base_url(public_url)
        );
        for route in mount.dialect.routes() {
            let _ = writeln!(
                text,
                "{:name_width$}    {:10} {:9} {}",
                "",
                route.endpoint.as_str(),
                route.methods.join(","),
                route.path
            );
        }
        for host in &mount.hosts {
            let _ = writeln!(text, "{:name_width$}    host       {host}", "");
        }
    }
    text
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
