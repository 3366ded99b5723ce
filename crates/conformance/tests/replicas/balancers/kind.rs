//! The balancers, as `deploy/` configures them. What the tests change of the files is named here, and only that: each
//! piece of text is in the file, or the test fails.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use testkit::tree;

/// A program, and its configuration in `deploy/`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Writes the configuration into a folder that has `tls.crt`, `tls.key` and `tls.pem`, and says how to start it.
    prepare: fn(&Layout<'_>) -> Result<Command>,
}

/// Where a balancer is to listen, and before whom.
pub(crate) struct Layout<'a> {
    pub(crate) folder: &'a Path,
    /// Ports for HTTPS and for HTTP.
    pub(crate) ports: (u16, u16),
    /// The replicas, two or three.
    pub(crate) replicas: &'a [SocketAddr],
}

pub(crate) const NGINX: Kind = Kind { name: "nginx", prepare: nginx };
pub(crate) const HAPROXY: Kind = Kind { name: "HAProxy", prepare: haproxy };
pub(crate) const CADDY: Kind = Kind { name: "Caddy", prepare: caddy };

/// What stands in the files for the replicas.
const REPLICAS: [&str; 3] = ["10.0.0.11:8080", "10.0.0.12:8080", "10.0.0.13:8080"];

impl Kind {
    pub(crate) fn prepare(&self, layout: &Layout<'_>) -> Result<Command> {
        (self.prepare)(layout).with_context(|| format!("the configuration of {}", self.name))
    }
}

impl Layout<'_> {
    fn path(&self, file: &str) -> String {
        self.folder.join(file).display().to_string()
    }
}

/// The text of a file of `deploy/` with each piece of it replaced.
fn changed(file: &str, changes: &[(&str, String)]) -> Result<String> {
    let mut text = fs::read_to_string(tree::root().join("deploy").join(file)).context(file.to_owned())?;
    for (from, to) in changes {
        ensure!(text.contains(from), "deploy/{file} has no {from:?}, which the tests replace");
        text = text.replace(from, to);
    }
    Ok(text)
}

/// Replaces the replicas; the line of a third that is not there is left out.
fn with_replicas(text: &str, layout: &Layout<'_>) -> Result<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        let mut is_gone = false;
        for (at, name) in REPLICAS.iter().enumerate() {
            match layout.replicas.get(at) {
                Some(address) => line = line.replace(name, &address.to_string()),
                // Caddy has all of them in one line.
                None if line.contains("reverse_proxy") => line = line.replace(&format!(" {name}"), ""),
                None => is_gone |= line.contains(name),
            }
        }
        if !is_gone {
            lines.push(line);
        }
    }
    let text = lines.join("\n") + "\n";
    for address in layout.replicas {
        ensure!(text.contains(&address.to_string()), "the replicas are not {REPLICAS:?} any more");
    }
    Ok(text)
}

fn nginx(layout: &Layout<'_>) -> Result<Command> {
    let (https, http) = layout.ports;
    let bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let bodies = bodies.map(|name| format!("    {name}_temp_path {};\n", layout.path(name))).concat();
    let main = changed(
        "nginx/nginx.conf",
        &[
            ("pid /run/nginx.pid;", format!("daemon off;\npid {};", layout.path("nginx.pid"))),
            ("/var/log/nginx/error.log warn", "stderr warn".to_owned()),
            ("/var/log/nginx/access.log", layout.path("access.log")),
            ("http {\n", format!("http {{\n{bodies}")),
            ("/etc/nginx/tls/", layout.path("")),
            ("    listen 80;", format!("    listen 127.0.0.1:{http};")),
            ("    listen 443 ssl http2;", format!("    listen 127.0.0.1:{https} ssl http2;")),
            ("        listen [::]:80;\n", String::new()),
            ("        listen [::]:443 ssl http2;\n", String::new()),
        ],
    )?;
    fs::write(layout.folder.join("nginx.conf"), main)?;
    let upstream = with_replicas(&changed("nginx/upstream.conf", &[])?, layout)?;
    fs::write(layout.folder.join("upstream.conf"), upstream)?;
    // Where an ordinary user's PATH does not lead on Debian.
    let mut command = Command::new(installed("nginx"));
    command.arg("-p").arg(layout.folder).args(["-e", "stderr", "-c"]).arg(layout.folder.join("nginx.conf"));
    Ok(command)
}

fn haproxy(layout: &Layout<'_>) -> Result<Command> {
    let (https, http) = layout.ports;
    let ssl = " ssl crt /etc/haproxy/tls/idp-gateway.pem";
    let text = changed(
        "haproxy/haproxy.cfg",
        &[
            ("/run/haproxy/admin.sock", layout.path("admin.sock")),
            // An ordinary user may not have as many files open.
            ("maxconn 16384", "maxconn 400".to_owned()),
            ("    bind :80\n", format!("    bind 127.0.0.1:{http}\n")),
            ("    bind :::80 v6only\n", String::new()),
            (&format!("    bind :443{ssl}"), format!("    bind 127.0.0.1:{https}{ssl}")),
            (&format!("    bind :::443 v6only{ssl} alpn h2,http/1.1\n"), String::new()),
            ("/etc/haproxy/tls/idp-gateway.pem", layout.path("tls.pem")),
        ],
    )?;
    let file = layout.folder.join("haproxy.cfg");
    fs::write(&file, with_replicas(&text, layout)?)?;
    let mut command = Command::new(installed("haproxy"));
    command.arg("-f").arg(file);
    Ok(command)
}

fn caddy(layout: &Layout<'_>) -> Result<Command> {
    let (https, http) = layout.ports;
    let text = changed(
        "caddy/Caddyfile",
        &[
            ("http://:80 {", format!("http://:{http} {{\n\tbind 127.0.0.1")),
            ("https://:443 {", format!("https://:{https} {{\n\tbind 127.0.0.1")),
            ("/etc/caddy/tls/", layout.path("")),
        ],
    )?;
    let file = layout.folder.join("Caddyfile");
    fs::write(&file, with_replicas(&text, layout)?)?;
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    command.env("XDG_CONFIG_HOME", layout.folder).env("XDG_DATA_HOME", layout.folder);
    Ok(command)
}

/// Where an ordinary user's PATH does not lead on Debian.
fn installed(name: &str) -> String {
    let path = format!("/usr/sbin/{name}");
    if Path::new(&path).exists() { path } else { name.to_owned() }
}
