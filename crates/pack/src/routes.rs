//! The paths of a pack's endpoints.

use crate::base::Base;
use crate::file::File;
use crate::source::Faults;
use dialect::{PageRoutes, PathPattern, Route, intern};
use grant::Endpoint;
use openid_connect::Parts;

/// The vendor's paths, and those of them that have parts that vary.
pub(crate) fn of(file: &File, base: Base, faults: &mut Faults) -> (Vec<Route>, Vec<PathPattern>) {
    let (mut routes, mut patterns) = (Vec::<Route>::new(), Vec::new());
    let (end_session, device) = (&file.end_session, &file.device_authorization);
    if base == Base::OAuth && !end_session.path.0.is_empty() {
        let message = "leads to pages that `oauth2` has not; write from = \"openid-connect\", or leave it out";
        faults.add(&["end_session", "path"], message);
    }
    let has_pages = !file.authorize.path.0.is_empty();
    let endpoints = [
        (Endpoint::Authorize, "authorize", &file.authorize.path.0, &file.authorize.methods),
        (Endpoint::Token, "token", &file.token.path.0, &file.token.methods),
        (Endpoint::UserInfo, "userinfo", &file.userinfo.path.0, &file.userinfo.methods),
        (Endpoint::Introspect, "introspect", &file.introspect.path.0, &file.introspect.methods),
        (Endpoint::Revoke, "revoke", &file.revoke.path.0, &file.revoke.methods),
        (Endpoint::DeviceAuthorization, "device_authorization", &device.path.0, &device.methods),
        (Endpoint::EndSession, "end_session", &end_session.path.0, &end_session.methods),
        (Endpoint::Jwks, "jwks", &file.jwks.path.0, &file.jwks.methods),
        (Endpoint::Discovery, "discovery", &file.discovery.path.0, &file.discovery.methods),
    ];
    for (endpoint, key, paths, methods) in endpoints {
        let Some(methods) = methods_of(methods) else {
            faults.add(&[key, "methods"], "must be [\"POST\"], [\"GET\"], [\"GET\", \"POST\"] or [\"PUT\"]");
            continue;
        };
        if endpoint == Endpoint::Token && paths.is_empty() || paths.len() > 16 {
            faults.add(&[key, "path"], "must be one path, or up to 16");
        }
        for path in paths {
            if let Some(why) = misfit(path) {
                faults.add(&[key, "path"], format!("`{}` {why}", path.escape_debug()));
                continue;
            }
            let path = intern(path);
            if routes.iter().any(|route| route.path == path) {
                faults.add(&[key, "path"], format!("`{path}` is there twice"));
                continue;
            }
            if PathPattern::is_one(path) {
                match PathPattern::parse(path) {
                    Ok(pattern) => patterns.push(pattern),
                    Err(why) => faults.add(&[key, "path"], format!("`{path}` {why}")),
                }
            }
            if has_pages && is_page(path) {
                faults.add(
                    &[key, "path"],
                    format!("`{path}` is where a page for users is, which is what would be served"),
                );
            }
            routes.push(Route { path, endpoint, methods });
        }
    }
    (routes, patterns)
}

/// Whether a page is there, where users are sent to the vendor.
fn is_page(path: &str) -> bool {
    let PageRoutes { login, consent, account, logout, error, device } = Parts::PAGES;
    [login, consent, account, logout, error].contains(&path) || device == Some(path)
}

/// Why a path cannot be one.
pub(crate) fn misfit(path: &str) -> Option<&'static str> {
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~/@!$*,:{}".contains(&b);
    if !path.starts_with('/') || path.len() > 256 || !path.bytes().all(admitted) {
        return Some("is no path; write it as in `/oauth2/token`, without host and query");
    }
    if path.starts_with("/_gateway") || path.starts_with("/~") || path.contains("//") {
        return Some("is a path of the gateway's own, or has an empty part; a mount's prefix goes before it by itself");
    }
    path.split('/').any(|part| part == "." || part == "..").then_some("has a part of dots alone")
}

fn methods_of(methods: &[String]) -> Option<&'static [&'static str]> {
    const KNOWN: [&[&str]; 4] = [&["POST"], &["GET"], &["GET", "POST"], &["PUT"]];
    let mut sorted: Vec<&str> = methods.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    KNOWN.into_iter().find(|known| *known == sorted)
}
