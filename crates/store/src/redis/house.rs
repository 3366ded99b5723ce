//! Keeping house, off every request's path: what a reset has ended is removed, and what a clock that is not real time's
//! keeps alive is kept from Redis's own expiry.

use super::Core;
use super::client::Repeat;
use super::names::Key;
use super::pool::Link;
use super::script::{Call, TEND};
use deadpool_redis::redis::cluster_routing::{RoutingInfo, SingleNodeRoutingInfo};
use deadpool_redis::redis::{Cmd, FromRedisValue, RedisResult, Value, cmd};
use issuer::state::StoreError;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Keys looked at in one step.
const STEP: u32 = 500;

/// Removes the keys of an epoch that has ended, in the background. What a failure leaves, Redis's expiry collects;
/// consents alone stay, in no one's way.
pub(super) fn forget_epoch(core: Arc<Core>, epoch: u64) {
    tokio::spawn(async move {
        if let Err(error) = unlink(&core, epoch).await {
            tracing::warn!(%error, epoch, "what a reset has ended could not be removed");
        }
    });
}

/// Removes all keys of an epoch.
pub(super) async fn unlink(core: &Arc<Core>, epoch: u64) -> Result<(), StoreError> {
    walk(core, epoch, Chore::Unlink).await
}

/// Removes all keys of a namespace that has ended, in the background. What a failure leaves ends by itself.
pub(super) fn forget_namespace(core: Arc<Core>) {
    tokio::spawn(async move {
        if let Err(error) = walk_all(&core, core.names.pattern(), Chore::Unlink).await {
            tracing::debug!(%error, "what a namespace has left ends by itself");
        }
    });
}

/// Has all keys of a namespace end with it.
pub(super) async fn extend(core: &Arc<Core>) -> Result<(), StoreError> {
    walk_all(core, core.names.pattern(), Chore::Extend).await
}

/// Keeps alive what is alive by a clock that shows `now`, seconds since the epoch.
pub(super) async fn tend(core: &Arc<Core>, now: i64) -> Result<(), StoreError> {
    let epoch = core.epoch().await?;
    walk(core, epoch, Chore::Tend(now)).await
}

/// What is done with a key.
#[derive(Clone, Copy)]
enum Chore {
    Unlink,
    Tend(i64),
    Extend,
}

impl Chore {
    async fn run(self, core: &Core, key: Key) -> Result<(), StoreError> {
        match self {
            Self::Unlink => {
                let mut command = cmd("UNLINK");
                command.arg(key.as_bytes());
                core.client.send("unlink", &command).await
            }
            Self::Extend => core.client.bound(&key).await,
            Self::Tend(now) => core.client.run(&TEND, Call::on(&[key]).arg(now), Repeat::Safe).await,
        }
    }
}

/// Does a chore with each key of an epoch, on every node.
async fn walk(core: &Arc<Core>, epoch: u64, task: Chore) -> Result<(), StoreError> {
    walk_all(core, core.names.epoch_pattern(epoch), task).await
}

async fn walk_all(core: &Arc<Core>, pattern: String, task: Chore) -> Result<(), StoreError> {
    let mut keys = keys(core, pattern);
    while let Some(found) = keys.recv().await {
        for key in found? {
            task.run(core, key).await?;
        }
    }
    Ok(())
}

/// Keys that match a pattern, some at a time; one may come twice.
pub(super) type Keys = mpsc::Receiver<Result<Vec<Key>, StoreError>>;

pub(super) fn keys(core: &Arc<Core>, pattern: String) -> Keys {
    let (core, (out, keys)) = (Arc::clone(core), mpsc::channel(1));
    tokio::spawn(async move {
        if let Err(error) = scan(&core, &pattern, &out).await {
            let _ = out.send(Err(error)).await;
        }
    });
    keys
}

async fn scan(core: &Core, pattern: &str, out: &mpsc::Sender<Result<Vec<Key>, StoreError>>) -> Result<(), StoreError> {
    let failed = |error: deadpool_redis::redis::RedisError| StoreError::Unavailable(format!("scan: {error}"));
    let connection = core.client.own_connection().await?;
    let mut link = connection.link();
    for node in nodes(&mut link).await.map_err(failed)? {
        let mut cursor = 0_u64;
        loop {
            let mut command = cmd("SCAN");
            command.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let answer = send_to(&mut link, node.as_ref(), &command).await.map_err(failed)?;
            let (next, keys): (u64, Vec<Vec<u8>>) =
                FromRedisValue::from_redis_value(answer).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let is_wanted = out.send(Ok(keys.into_iter().map(Key::raw).collect())).await.is_ok();
            if next == 0 || !is_wanted {
                break;
            }
            cursor = next;
        }
    }
    Ok(())
}

/// The nodes that hold keys: in a Cluster its primaries, else the one there is.
pub(super) async fn nodes(link: &mut Link) -> RedisResult<Vec<Option<(String, u16)>>> {
    let Link::Cluster(_) = link else { return Ok(vec![None]) };
    let slots = link.send(cmd("CLUSTER").arg("SLOTS")).await?;
    let mut nodes = Vec::new();
    if let Value::Array(ranges) = slots {
        for range in ranges {
            if let Value::Array(parts) = range
                && let Some(Value::Array(primary)) = parts.into_iter().nth(2)
                && let [host, port, ..] = &primary[..]
            {
                let node = (String::from_redis_value_ref(host)?, u16::from_redis_value_ref(port)?);
                if !nodes.contains(&Some(node.clone())) {
                    nodes.push(Some(node));
                }
            }
        }
    }
    Ok(nodes)
}

pub(super) async fn send_to(link: &mut Link, node: Option<&(String, u16)>, command: &Cmd) -> RedisResult<Value> {
    match (link, node) {
        (Link::Cluster(cluster), Some((host, port))) => {
            let routing = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
            cluster.route_command(command.clone(), RoutingInfo::SingleNode(routing)).await
        }
        (link, _) => link.send(command).await,
    }
}
