//! Connections to one node, to the primary that Sentinels name, or to a Cluster, from deadpool-redis.

use super::url::{Credentials, Kind, RedisUrl};
use deadpool_redis::redis::aio::{ConnectionLike, MultiplexedConnection};
use deadpool_redis::redis::cluster_async::ClusterConnection;
use deadpool_redis::redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisError, RedisResult, Value};
use deadpool_redis::sentinel::{SentinelNodeConnectionInfo, SentinelServerType, TlsMode};
use deadpool_redis::{PoolError, Runtime, cluster, sentinel};
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;

/// Where connections come from.
pub(super) enum Pool {
    Single(deadpool_redis::Pool),
    Sentinel(sentinel::Pool),
    Cluster(cluster::Pool),
}

impl Pool {
    /// A pool of at most `size` connections; none is made before it is asked for.
    pub(super) fn new(url: &RedisUrl, size: usize) -> RedisResult<Self> {
        let unbuilt = |error| RedisError::from((ErrorKind::InvalidClientConfig, "the pool", format!("{error}")));
        let nodes = url.nodes();
        match &url.kind {
            Kind::Single => {
                // Every call has a deadline of its own.
                let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
                let node = nodes.into_iter().next().unwrap_or_default();
                let manager = deadpool_redis::Manager::new_with_config(node, config)?;
                let pool = deadpool_redis::Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1).build();
                pool.map(Self::Single).map_err(unbuilt)
            }
            Kind::Sentinel { master, .. } => {
                let node = SentinelNodeConnectionInfo {
                    tls_mode: url.tls.then_some(TlsMode::Secure),
                    redis_connection_info: Some(connection_info(url.credentials.as_ref(), url.database)),
                };
                let manager = sentinel::Manager::new(nodes, master.clone(), Some(node), SentinelServerType::Master)?;
                let pool = sentinel::Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1).build();
                pool.map(Self::Sentinel).map_err(unbuilt)
            }
            Kind::Cluster => {
                let manager = cluster::Manager::new(nodes, false)?;
                let pool = cluster::Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1).build();
                pool.map(Self::Cluster).map_err(unbuilt)
            }
        }
    }

    /// A connection, a kept one or a new one. Making one is boxed: each call would make room for it, and few do it.
    pub(super) async fn get(&self) -> RedisResult<Connection> {
        let (link, kept) = match self {
            Self::Single(pool) => {
                let object = Box::pin(pool.get()).await.map_err(unpooled)?;
                (Link::Node(object.as_ref().clone()), Kept::Single(object))
            }
            Self::Sentinel(pool) => {
                let object = Box::pin(pool.get()).await.map_err(unpooled)?;
                (Link::Node(object.as_ref().clone()), Kept::Sentinel(object))
            }
            Self::Cluster(pool) => {
                let object = Box::pin(pool.get()).await.map_err(unpooled)?;
                (Link::Cluster(object.as_ref().clone()), Kept::Cluster(object))
            }
        };
        Ok(Connection { link, kept: Mutex::new(Some(kept)) })
    }
}

fn connection_info(credentials: Option<&Credentials>, database: i64) -> deadpool_redis::RedisConnectionInfo {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    deadpool_redis::RedisConnectionInfo {
        db: database,
        username: credentials.map(|c| plain(&c.user)).filter(|user| !user.is_empty()),
        password: credentials.map(|c| plain(&c.password)),
        ..deadpool_redis::RedisConnectionInfo::default()
    }
}

fn unpooled(error: PoolError) -> RedisError {
    match error {
        PoolError::Backend(error) => error,
        other => RedisError::from((ErrorKind::Io, "the pool", other.to_string())),
    }
}

/// A connection that goes back to its pool when it is dropped, unless it was discarded.
pub(super) struct Connection {
    link: Link,
    kept: Mutex<Option<Kept>>,
}

/// Held for the sake of its end alone.
enum Kept {
    Single(deadpool_redis::Connection),
    Sentinel(sentinel::Connection),
    Cluster(cluster::Connection),
}

impl Connection {
    /// What carries commands; clones of it share the connection.
    pub(super) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Ends it for good: it must serve nobody else.
    pub(super) fn discard(&self) {
        match self.kept.lock().take() {
            Some(Kept::Single(object)) => drop(deadpool_redis::Connection::take(object)),
            Some(Kept::Sentinel(object)) => drop(sentinel::Connection::take(object)),
            Some(Kept::Cluster(object)) => drop(cluster::Connection::take(object)),
            None => {}
        }
    }
}

/// What carries commands, many at a time.
#[derive(Clone)]
pub(super) enum Link {
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// The answer; an error that the server answers is an error.
    pub(super) async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        let answer = match self {
            Self::Node(connection) => connection.req_packed_command(command).await,
            Self::Cluster(connection) => connection.req_packed_command(command).await,
        };
        match answer? {
            Value::ServerError(error) => Err(error.into()),
            value => Ok(value),
        }
    }
}
