//! Connections to one node, to the primary that Sentinels name, or to a Cluster.

use super::certificates::Certificates;
use super::url::{Credentials, Kind, RedisUrl};
use deadpool::Runtime;
use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult};
use deadpool_redis::redis::aio::{ConnectionLike, MultiplexedConnection};
use deadpool_redis::redis::cluster::{ClusterClient, ClusterClientBuilder};
use deadpool_redis::redis::cluster_async::ClusterConnection;
use deadpool_redis::redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use deadpool_redis::redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, IntoConnectionInfo, RedisError, RedisResult, TlsCertificates,
    TlsMode, Value, cmd,
};
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;

/// Where connections come from.
pub(super) struct Pool(managed::Pool<Maker>);

impl Pool {
    /// A pool of at most `size` connections; none is made before it is asked for.
    pub(super) fn new(url: &RedisUrl, certificates: Option<&Certificates>, size: usize) -> RedisResult<Self> {
        let unbuilt = |error| RedisError::from((ErrorKind::InvalidClientConfig, "the pool", format!("{error}")));
        let maker = Maker::new(url, certificates.map(Certificates::of_client))?;
        let pool = managed::Pool::builder(maker).max_size(size).runtime(Runtime::Tokio1).build();
        pool.map(Self).map_err(unbuilt)
    }

    /// A connection, a kept one or a new one. Making one is boxed: each call would make room for it, and few do it.
    pub(super) async fn get(&self) -> RedisResult<Connection> {
        let kept = Box::pin(self.0.get()).await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            other => RedisError::from((ErrorKind::Io, "the pool", other.to_string())),
        })?;
        Ok(Connection { link: Link::clone(&kept), kept: Mutex::new(Some(kept)) })
    }
}

/// Makes connections.
enum Maker {
    Single(Client),
    Sentinel(tokio::sync::Mutex<SentinelClient>),
    Cluster(ClusterClient),
}

impl Maker {
    fn new(url: &RedisUrl, certificates: Option<TlsCertificates>) -> RedisResult<Self> {
        let nodes = url.nodes();
        Ok(match &url.kind {
            Kind::Single => {
                let node = nodes.into_iter().next().unwrap_or_default();
                Self::Single(match certificates {
                    Some(certificates) => Client::build_with_tls(node, certificates)?,
                    None => Client::open(node)?,
                })
            }
            Kind::Sentinel { master, credentials } => {
                let sentinels = nodes.iter().map(|node| Ok(node.as_str().into_connection_info()?.addr().clone()));
                let sentinels = sentinels.collect::<RedisResult<Vec<_>>>()?;
                let builder = SentinelClientBuilder::new(sentinels, master, SentinelServerType::Master)?;
                let client = introduced(builder, url, credentials.as_ref(), certificates).build()?;
                Self::Sentinel(tokio::sync::Mutex::new(client))
            }
            Kind::Cluster => {
                let builder = ClusterClientBuilder::new(nodes);
                Self::Cluster(match certificates {
                    Some(certificates) => builder.certs(certificates).build()?,
                    None => builder.build()?,
                })
            }
        })
    }
}

/// What Sentinels and their primary are told: each has credentials of its own.
fn introduced(
    mut builder: SentinelClientBuilder,
    url: &RedisUrl,
    of_sentinels: Option<&Credentials>,
    certificates: Option<TlsCertificates>,
) -> SentinelClientBuilder {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    builder = builder.set_client_to_redis_db(url.database);
    if let Some(Credentials { user, password }) = &url.credentials {
        builder = builder.set_client_to_redis_password(plain(password));
        if !user.is_empty() {
            builder = builder.set_client_to_redis_username(plain(user));
        }
    }
    if let Some(Credentials { user, password }) = of_sentinels {
        builder = builder.set_client_to_sentinel_password(plain(password));
        if !user.is_empty() {
            builder = builder.set_client_to_sentinel_username(plain(user));
        }
    }
    if url.tls {
        builder =
            builder.set_client_to_redis_tls_mode(TlsMode::Secure).set_client_to_sentinel_tls_mode(TlsMode::Secure);
    }
    match certificates {
        Some(certificates) => builder
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_certificates(certificates),
        None => builder,
    }
}

impl managed::Manager for Maker {
    type Type = Link;
    type Error = RedisError;

    async fn create(&self) -> RedisResult<Link> {
        Ok(match self {
            Self::Single(client) => {
                // Every call has a deadline of its own.
                let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
                Link::Node(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Self::Sentinel(client) => Link::Node(client.lock().await.get_async_connection().await?),
            Self::Cluster(client) => Link::Cluster(client.get_async_connection().await?),
        })
    }

    async fn recycle(&self, link: &mut Link, _: &Metrics) -> RecycleResult<RedisError> {
        link.send(&cmd("PING")).await.map(drop).map_err(RecycleError::Backend)
    }
}

/// A connection that goes back to its pool when it is dropped, unless it was discarded.
pub(super) struct Connection {
    link: Link,
    /// Held for the sake of its end alone.
    kept: Mutex<Option<Object<Maker>>>,
}

impl Connection {
    /// What carries commands; clones of it share the connection.
    pub(super) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Ends it for good: it must serve nobody else.
    pub(super) fn discard(&self) {
        if let Some(kept) = self.kept.lock().take() {
            drop(Object::take(kept));
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
