//! The console: the files that a browser is given at the admin listener. They hold nothing of a gateway; what they show
//! they ask the admin API for.

/// A file of the console.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    name: &'static str,
    /// Its entity tag (RFC 9110 section 8.8.3), quotes included: it follows from its bytes.
    pub etag: &'static str,
    /// Its bytes.
    pub plain: &'static [u8],
    /// The same in gzip (RFC 1952).
    pub gzip: &'static [u8],
}

/// Every file.
pub const ALL: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Below what path the files are; the page itself is at the paths of [`PAGES`].
const BASE: &str = "/console/";

/// The first segments of the paths at which the console has a page. All of them are one file.
pub const PAGES: [&str; 11] =
    ["", "overview", "try", "packs", "scenarios", "tokens", "clients", "keys", "worlds", "settings", "clock"];

/// What a browser may do on these pages: run and show what comes from here, and ask here. Strings are never made
/// markup or code (`require-trusted-types-for`).
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                          base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The file at a path; `None` where the console has nothing there.
pub fn find(path: &str) -> Option<&'static Asset> {
    let name = if let Some(name) = path.strip_prefix(BASE) {
        name
    } else {
        let first = path.strip_prefix('/')?.split('/').next().unwrap_or_default();
        PAGES.contains(&first).then_some("index.html")?
    };
    ALL.iter().find(|asset| asset.name == name)
}

impl Asset {
    /// Its media type.
    pub fn media(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests;
