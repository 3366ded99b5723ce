//! What Redis says of itself when a connection is made: whether it is one that can be used, and one that keeps what it
//! is given.

use super::changes::Feed;
use super::house::{nodes, send_to};
use super::pool::Link;
use deadpool_redis::redis::{ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd};
use issuer::said::is_news;
use issuer::state::StoreError;
use std::time::Duration;
use tokio::time::timeout;

/// The first version that has all that the scripts use.
const OLDEST: u32 = 7;
/// How long a node may take to say what it is.
const ANSWER: Duration = Duration::from_secs(2);

/// What one server says of itself.
struct Server<'a> {
    info: &'a str,
}

impl Server<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// Its version, where it is too old to be used.
    fn old_version(&self) -> Option<&str> {
        let version = self.field("redis_version")?;
        let major: u32 = version.split('.').next()?.parse().ok()?;
        (major < OLDEST).then_some(version)
    }

    /// What it may lose of what it is given, and how to end that.
    fn warnings(&self) -> Vec<String> {
        let is = |name: &str, value: &str| self.field(name) == Some(value);
        let policy = self.field("maxmemory_policy").filter(|policy| *policy != "noeviction");
        let evicts = policy.map(|policy| {
            format!(
                "Redis may evict keys: its maxmemory-policy is {policy}. Rate counters, spent tokens and signing keys can be \
                 lost; set maxmemory-policy to noeviction"
            )
        });
        let forgets = (is("aof_enabled", "0") && is("rdb_saves", "0")).then(|| {
            "Redis keeps nothing on disk: its append-only file is off, and it has made no snapshot since its start. If it \
             restarts, every token ends; set appendonly to yes"
                .to_owned()
        });
        evicts.into_iter().chain(forgets).collect()
    }
}

impl Feed {
    /// Looks at each server, and says what is wrong with it, once; an error where it is too old.
    pub(super) async fn look(&self, link: &mut Link) -> Result<(), StoreError> {
        match timeout(ANSWER, infos(link)).await {
            Ok(Ok(infos)) => infos.iter().try_for_each(|info| judge(&Server { info })),
            Ok(Err(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => {
                if is_news(&"INFO") {
                    tracing::warn!(
                        "Redis does not let this user ask INFO: its version, its maxmemory-policy and whether it keeps \
                         anything on disk could not be looked at; give the user +info"
                    );
                }
                Ok(())
            }
            Ok(Err(error)) => Err(StoreError::Unavailable(format!("INFO: {error}"))),
            Err(_) => Err(StoreError::Unavailable("INFO: no answer in time".to_owned())),
        }
    }
}

async fn infos(link: &mut Link) -> Result<Vec<String>, RedisError> {
    let mut infos = Vec::new();
    for node in nodes(link).await? {
        let answer = send_to(link, node.as_ref(), &cmd("INFO")).await?;
        infos.push(String::from_redis_value(answer)?);
    }
    Ok(infos)
}

fn judge(server: &Server<'_>) -> Result<(), StoreError> {
    if let Some(version) = server.old_version() {
        return Err(StoreError::Unavailable(format!("this is Redis {version}, and Redis {OLDEST} or later is needed")));
    }
    for warning in server.warnings().into_iter().filter(is_news) {
        tracing::warn!("{warning}: docs/redis.md");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "# Server\r\nredis_version:7.4.1\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\nrdb_saves:0\r\n";

    #[test]
    fn s03_a_server_is_judged_by_what_it_says() {
        let judged = |info: &str| {
            let server = Server { info };
            (server.old_version().map(str::to_owned), server.warnings().len())
        };
        assert_eq!(judged(GOOD), (None, 0));
        assert_eq!(judged(&GOOD.replace("7.4.1", "6.2.14")), (Some("6.2.14".to_owned()), 0));
        assert_eq!(judged(&GOOD.replace("7.4.1", "10.0.0")), (None, 0));
        assert_eq!(judged(&GOOD.replace("noeviction", "allkeys-lru")), (None, 1));
        assert_eq!(judged(&GOOD.replace("aof_enabled:1", "aof_enabled:0")), (None, 1));
        let snapshots = GOOD.replace("aof_enabled:1", "aof_enabled:0").replace("rdb_saves:0", "rdb_saves:3");
        assert_eq!(judged(&snapshots), (None, 0));
        assert_eq!(judged(""), (None, 0), "what is not said is not judged");
    }
}
