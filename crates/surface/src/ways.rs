//! Which namespace a request belongs to: the one that its path names, else its Host, else, where a client asks and no
//! browser, its header.

use crate::app::App;
use crate::mounts::{WELL_KNOWN, Way};
use crate::world::World;
use crate::worlds::{NO_NAMESPACE, is_name};
use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use configuration::host::without_port;
use grant::Endpoint;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Names a namespace where nothing else does.
const HEADER: HeaderName = HeaderName::from_static("x-gateway-namespace");
/// What stands before the name in a path.
const MARK: &str = "/~";

/// How often it is looked whether this replica has heard of a namespace that there is, and how long between.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// Where a request leads.
#[derive(Debug)]
pub(crate) struct Reached<'r> {
    /// Its namespace, or what is outside any.
    pub(crate) world: Arc<World>,
    /// The host by which a mount may be reached, without what names the namespace.
    pub(crate) host: Option<&'r str>,
    /// What stands before every link of the answer: the path of the public URL, and what names the namespace.
    pub(crate) root: Cow<'r, str>,
    /// The path behind that.
    pub(crate) path: Cow<'r, str>,
}

/// Why a request leads to no namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// There is none of that name.
    Unknown(String),
    /// Two are named.
    Ambiguous,
}

impl Lost {
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Unknown(_) => 404,
            Self::Ambiguous => 400,
        }
    }

    pub(crate) const fn cause(&self) -> &'static str {
        match self {
            Self::Unknown(_) => NO_NAMESPACE,
            Self::Ambiguous => "path, Host and header name different namespaces",
        }
    }
}

impl App {
    /// Where a request for `host` and the decoded `path` leads.
    pub(crate) fn reach<'r>(
        &'r self,
        request: &HttpRequest,
        host: Option<&'r str>,
        path: &'r str,
    ) -> Result<Reached<'r>, Lost> {
        let (root, path) = self.place(host, path);
        let (by_path, path) = match in_path(path) {
            Some((name, rest)) => (Some(name), rest),
            None => (None, Cow::Borrowed(path)),
        };
        if let Some(name) = host.and_then(|host| self.misnamed(host)) {
            return Err(Lost::Unknown(name.to_owned()));
        }
        let (by_host, host) = match host.and_then(|host| self.in_host(host)) {
            Some((name, rest)) => (Some(name), Some(rest)),
            None => (None, host),
        };
        let named = one(by_path, by_host.as_deref())?;
        let world = named.map_or_else(|| Ok(Arc::clone(&self.world)), |name| self.named(name))?;
        let header = request.headers().contains_key(HEADER) && takes_header(&world, host, &path);
        let named = if header { header_too(request, named)? } else { named.map(Cow::Borrowed) };
        let world = match named.as_deref() {
            Some(name) if world.name().is_none_or(|own| **own != *name) => self.named(name)?,
            _ => world,
        };
        let root = by_path.map_or(Cow::Borrowed(root), |name| format!("{root}{MARK}{name}").into());
        Ok(Reached { world, host, root, path })
    }

    fn named(&self, name: &str) -> Result<Arc<World>, Lost> {
        self.worlds.get(name).ok_or_else(|| Lost::Unknown(name.to_owned()))
    }

    /// Waits a moment for a namespace that another replica has made and this one has not heard of yet; whether it is there.
    pub(crate) async fn hears_of(&self, lost: &Lost) -> bool {
        let Lost::Unknown(name) = lost else { return false };
        let issuer = &self.world.issuer;
        if issuer.changes().is_none() || !is_name(name) || !self.worlds.may_look() {
            return false;
        }
        let Some(store) = issuer.namespaces() else { return false };
        let is_kept =
            matches!(store.namespace(name).await, Ok(Some(record)) if record.ends_at > issuer.clock.real_now().millis);
        for _ in 0..LOOKS {
            if self.worlds.get(name).is_some() || !is_kept {
                break;
            }
            sleep(PAUSE).await;
        }
        self.worlds.get(name).is_some()
    }

    /// The namespace that a host names, and the mount's own host behind it. A whole name that is a mount's is no
    /// namespace's.
    fn in_host<'r>(&self, host: &'r str) -> Option<(Cow<'r, str>, &'r str)> {
        let (name, rest) = host.split_once('.')?;
        let is_named = !self.world.mounts.has_host(host)
            && self.world.mounts.has_host_of_namespaces(rest)
            && is_name_in_any_case(name);
        let name =
            if name.bytes().any(|b| b.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() };
        is_named.then_some((name, rest))
    }

    /// What stands before a mount's host and can be no namespace's name: nothing is served there, for whoever asks means a
    /// namespace.
    fn misnamed<'r>(&self, host: &'r str) -> Option<&'r str> {
        let mounts = &self.world.mounts;
        let is_known = || {
            mounts.has_host(host)
                || self.in_host(host).is_some()
                || without_port(host).eq_ignore_ascii_case(&self.public.host)
        };
        let behind = |(at, _): (usize, &str)| mounts.has_host_of_namespaces(&host[at + 1..]).then(|| &host[..at]);
        host.match_indices('.').find_map(behind).filter(|_| !is_known())
    }

    /// The path of the public URL, which stands before the links of an answer, and the request's path below it, whether
    /// or not a proxy has taken the former away. A mount's own host is another place: there nothing stands before.
    fn place<'r>(&'r self, host: Option<&str>, path: &'r str) -> (&'r str, &'r str) {
        let (carried, mounts) = (self.public.below(path), &self.world.mounts);
        // A mount may be called as the path is.
        let named = |path: &str| path.starts_with("/_gateway/") || path.starts_with(MARK) || mounts.is_named_in(path);
        let is_own = |host: &str| mounts.has_host(host) || self.in_host(host).is_some();
        let elsewhere = |host: &&str| is_own(host) && !without_port(host).eq_ignore_ascii_case(&self.public.host);
        match carried.filter(|rest| named(rest) || !named(path)) {
            Some(rest) => (&self.public.path, rest),
            None if host.as_ref().is_some_and(elsewhere) => ("", path),
            None => (&self.public.path, path),
        }
    }
}

fn is_name_in_any_case(text: &str) -> bool {
    is_name(text) || is_name(&text.to_ascii_lowercase())
}

/// The namespace that a path names, and the path without it.
fn in_path(path: &str) -> Option<(&str, Cow<'_, str>)> {
    let (before, marked) = match path.strip_prefix(MARK) {
        Some(marked) => ("", marked),
        None => WELL_KNOWN.iter().find_map(|known| Some((*known, path.strip_prefix(known)?.strip_prefix(MARK)?)))?,
    };
    let (name, rest) = marked.split_at(marked.find('/').unwrap_or(marked.len()));
    let rest = match (before, rest) {
        ("", "") => Cow::Borrowed("/"),
        ("", rest) => rest.into(),
        (before, rest) => format!("{before}{rest}").into(),
    };
    Some((name, rest))
}

/// The one that both name.
fn one<'n>(one: Option<&'n str>, other: Option<&'n str>) -> Result<Option<&'n str>, Lost> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(Lost::Ambiguous),
        (one, other) => Ok(one.or(other)),
    }
}

/// Whether a request there may name its namespace in a header: what clients ask, and proxies do not pass a stranger's
/// headers on to.
fn takes_header(world: &World, host: Option<&str>, path: &str) -> bool {
    if let Some(own) = path.strip_prefix("/_gateway/") {
        return own.starts_with("jwks/");
    }
    let way = world.mounts.find(host, path).and_then(|found| found.way);
    matches!(way, Some(Way::Endpoint(route)) if matches!(
        route.endpoint,
        Endpoint::Token
            | Endpoint::UserInfo
            | Endpoint::Introspect
            | Endpoint::Revoke
            | Endpoint::DeviceAuthorization
            | Endpoint::Discovery
            | Endpoint::Jwks
    ))
}

/// The namespace that is named already and the header names too, or the header alone.
fn header_too<'n>(request: &HttpRequest, named: Option<&'n str>) -> Result<Option<Cow<'n, str>>, Lost> {
    let mut named = named.map(Cow::Borrowed);
    for value in request.headers().get_all(HEADER) {
        let name = value.to_str().map_err(|_| Lost::Unknown(String::new()))?;
        match &named {
            Some(other) if **other != *name => return Err(Lost::Ambiguous),
            Some(_) => {}
            None => named = Some(Cow::Owned(name.to_owned())),
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_taken_out_of_a_path() {
        for (path, name, rest) in [
            ("/~a/bits/v1/oauth2/token", "a", "/bits/v1/oauth2/token"),
            ("/~a", "a", "/"),
            ("/~a/", "a", "/"),
            ("/~/x", "", "/x"),
            ("/.well-known/oauth-authorization-server/~a/hr", "a", "/.well-known/oauth-authorization-server/hr"),
            ("/.well-known/openid-configuration/~a", "a", "/.well-known/openid-configuration"),
        ] {
            assert_eq!(in_path(path), Some((name, rest.into())), "{path}");
        }
        for path in ["/", "/bits/~a", "/.well-known/~a", "//~a", "/.well-known/openid-configuration", "*"] {
            assert_eq!(in_path(path), None, "{path}");
        }
    }
}
