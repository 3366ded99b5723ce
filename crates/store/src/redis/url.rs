//! Where Redis is: one node, a Cluster, or a primary that Sentinels name.

use std::fmt;

/// A Redis URL that has been read:
///
/// - `redis://[user:password@]host[:port][/database]`, one node;
/// - `redis+cluster://[user:password@]host[:port],…`, nodes of a Cluster;
/// - `redis+sentinel://[user:password@]host[:port],…/master[/database][?sentinel_user=…&sentinel_password=…]`,
///   Sentinels; user and password are those of the primary;
///
/// each also as `rediss…`, over TLS.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub(super) kind: Kind,
    pub(super) tls: bool,
    pub(super) hosts: Vec<String>,
    pub(super) credentials: Option<Credentials>,
    pub(super) database: i64,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Cluster,
    Sentinel { master: String, credentials: Option<Credentials> },
}

/// A user, empty for the default one, and a password, as they stand in the URL: percent-encoded.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

/// Why a URL is none of Redis; it never shows the URL, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(&'static str);

const FORMS: &str = "write redis://host:6379, redis+cluster://host:6379,host:6379 or \
    redis+sentinel://host:26379,host:26379/master, each also as rediss for TLS";

impl RedisUrl {
    /// Reads a URL; the error says what to write.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError(FORMS))?;
        let (tls, kind) = match scheme {
            "redis" => (false, ""),
            "rediss" => (true, ""),
            "redis+cluster" => (false, "cluster"),
            "rediss+cluster" => (true, "cluster"),
            "redis+sentinel" => (false, "sentinel"),
            "rediss+sentinel" => (true, "sentinel"),
            _ => return Err(UrlError(FORMS)),
        };
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            None => (None, authority),
            Some((given, hosts)) => {
                let (user, password) = given.split_once(':').ok_or(UrlError(
                    "a user needs a password: write user:password@, or :password@ for the default user",
                ))?;
                (Some(Credentials { user: user.to_owned(), password: password.to_owned() }), hosts)
            }
        };
        let port = if kind == "sentinel" { 26379 } else { 6379 };
        let hosts = hosts.split(',').map(|host| host_and_port(host, port)).collect::<Result<Vec<_>, _>>()?;
        let (kind, database) = match kind {
            "" if hosts.len() > 1 => {
                return Err(UrlError(
                    "several hosts are a Cluster's or Sentinels': write redis+cluster or redis+sentinel",
                ));
            }
            "" => (Kind::Single, database(path)?),
            "cluster" if path.is_empty() => (Kind::Cluster, 0),
            "cluster" => return Err(UrlError("a Cluster has one database: leave the path out")),
            _ => {
                let (master, db) = path.split_once('/').unwrap_or((path, ""));
                if master.is_empty() {
                    return Err(UrlError("Sentinels need the name of the primary: redis+sentinel://host/master"));
                }
                (Kind::Sentinel { master: master.to_owned(), credentials: sentinel_credentials(query)? }, database(db)?)
            }
        };
        if query.is_some() && !matches!(kind, Kind::Sentinel { .. }) {
            return Err(UrlError("only a Sentinel URL takes a query: sentinel_user and sentinel_password"));
        }
        Ok(Self { kind, tls, hosts, credentials, database })
    }

    /// Whether Redis is spoken to by TLS.
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// The URLs of the nodes that it names, each of its own, with credentials of their own.
    pub(super) fn nodes(&self) -> Vec<String> {
        let credentials = match &self.kind {
            Kind::Sentinel { credentials, .. } => credentials,
            _ => &self.credentials,
        };
        let user = credentials.as_ref().map_or_else(String::new, |c| format!("{}:{}@", c.user, c.password));
        let scheme = if self.tls { "rediss" } else { "redis" };
        let database = match self.kind {
            Kind::Single if self.database != 0 => format!("/{}", self.database),
            _ => String::new(),
        };
        self.hosts.iter().map(|host| format!("{scheme}://{user}{host}{database}")).collect()
    }
}

fn host_and_port(host: &str, default: u16) -> Result<String, UrlError> {
    let bare = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    match bare.rsplit_once(':') {
        _ if host.is_empty() || host.starts_with(':') => Err(UrlError("a host is missing")),
        None => Ok(format!("{host}:{default}")),
        Some((_, port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(host.to_owned()),
        Some(_) => Err(UrlError("a port is a number from 1 to 65535")),
    }
}

fn database(text: &str) -> Result<i64, UrlError> {
    match text {
        "" => Ok(0),
        _ => text.parse().ok().filter(|n| *n >= 0).ok_or(UrlError("a database is a number, such as /0")),
    }
}

fn sentinel_credentials(query: Option<&str>) -> Result<Option<Credentials>, UrlError> {
    let (mut user, mut password) = (String::new(), None);
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        match pair.split_once('=') {
            Some(("sentinel_user", value)) => value.clone_into(&mut user),
            Some(("sentinel_password", value)) => password = Some(value.to_owned()),
            _ => return Err(UrlError("a Sentinel URL takes sentinel_user and sentinel_password, no other parameter")),
        }
    }
    match password {
        Some(password) => Ok(Some(Credentials { user, password })),
        None if user.is_empty() => Ok(None),
        None => Err(UrlError("sentinel_user needs sentinel_password")),
    }
}

impl fmt::Display for RedisUrl {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.tls { "s" } else { "" };
        let hosts = self.hosts.join(",");
        match &self.kind {
            Kind::Single => write!(f, "redis{tls}://{hosts}/{}", self.database),
            Kind::Cluster => write!(f, "redis{tls}+cluster://{hosts}"),
            Kind::Sentinel { master, .. } => write!(f, "redis{tls}+sentinel://{hosts}/{master}/{}", self.database),
        }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_shown_without_its_password() {
        for (text, shown, nodes) in [
            ("redis://h", "redis://h:6379/0", &["redis://h:6379"][..]),
            ("rediss://u:p%40@h:1/2", "rediss://h:1/2", &["rediss://u:p%40@h:1/2"]),
            ("redis://:p@[::1]", "redis://[::1]:6379/0", &["redis://:p@[::1]:6379"]),
            ("redis+cluster://u:p@a:1,b", "redis+cluster://a:1,b:6379", &["redis://u:p@a:1", "redis://u:p@b:6379"]),
            (
                "rediss+sentinel://u:p@a,b:2/main/3?sentinel_password=s",
                "rediss+sentinel://a:26379,b:2/main/3",
                &["rediss://:s@a:26379", "rediss://:s@b:2"],
            ),
        ] {
            let url = RedisUrl::parse(text).unwrap();
            assert_eq!(
                (url.to_string().as_str(), url.nodes()),
                (shown, nodes.iter().map(ToString::to_string).collect())
            );
        }
    }

    #[test]
    fn what_is_no_redis_url_is_refused() {
        for bad in [
            "",
            "h:6379",
            "http://h",
            "redis://",
            "redis://a,b",
            "redis://h:0",
            "redis://h:x",
            "redis://h/x",
            "redis://u@h",
            "redis://h?x=1",
            "redis+cluster://a,,b",
            "redis+cluster://a/0",
            "redis+sentinel://a",
            "redis+sentinel://a/m?x=1",
            "redis+sentinel://a/m?sentinel_user=u",
        ] {
            assert!(RedisUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
