//! Reading a whole hash: page by page, on a connection of its own, so that neither its length nor a slow link is in the
//! way of the calls that requests make.

use super::Core;
use super::names::Key;
use super::pool::{Connection, Link};
use crate::meter;
use deadpool_redis::redis::{Cmd, FromRedisValue, cmd};
use issuer::state::StoreError;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Fields asked for at once.
const PAGE: u32 = 1_000;
/// How long one page may take. The whole may take longer: each page that comes is progress.
const ANSWER: Duration = Duration::from_secs(5);

/// The fields of a hash with their values. What is there from the beginning of the reading to its end is among them;
/// what changes meanwhile is there as before or as after.
pub(super) async fn read(core: &Core, name: &'static str, key: &Key) -> Result<HashMap<Vec<u8>, Vec<u8>>, StoreError> {
    let started = Instant::now();
    let reading = Reading { connection: core.client.own_connection().await?, is_done: false };
    let read = pages(&mut reading.connection.link(), name, key).await;
    meter::observe(name, started.elapsed(), &read);
    reading.end(read)
}

/// A connection on which an answer may be on its way: it serves nobody else before that has come.
struct Reading {
    connection: Connection,
    is_done: bool,
}

impl Reading {
    fn end<T, E>(mut self, read: Result<T, E>) -> Result<T, E> {
        self.is_done = read.is_ok();
        read
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.is_done {
            self.connection.discard();
        }
    }
}

/// Fields and values of a hash.
type Rows = Vec<(Vec<u8>, Vec<u8>)>;

async fn pages(link: &mut Link, name: &str, key: &Key) -> Result<HashMap<Vec<u8>, Vec<u8>>, StoreError> {
    let count: usize = ask(link, name, cmd("HLEN").arg(key.as_bytes())).await?;
    let mut all = HashMap::with_capacity(count);
    let mut cursor = 0_u64;
    loop {
        let mut command = cmd("HSCAN");
        command.arg(key.as_bytes()).arg(cursor).arg("COUNT").arg(PAGE);
        let (next, page): (u64, Rows) = ask(link, name, &command).await?;
        all.extend(page);
        if next == 0 {
            break;
        }
        cursor = next;
    }
    // A cursor of one node means nothing to another: a hash that moved while it was read is read again.
    if all.len() < count {
        return Err(StoreError::Unavailable(format!(
            "{name}: {} of {count} rows came; some have gone meanwhile",
            all.len()
        )));
    }
    Ok(all)
}

async fn ask<T: FromRedisValue>(link: &mut Link, name: &str, command: &Cmd) -> Result<T, StoreError> {
    match timeout(ANSWER, link.send(command)).await {
        Ok(Ok(value)) => T::from_redis_value(value).map_err(|error| StoreError::Corrupt(format!("{name}: {error}"))),
        Ok(Err(error)) => Err(StoreError::Unavailable(format!("{name}: {error}"))),
        Err(_) => Err(StoreError::Unavailable(format!("{name}: no answer in time"))),
    }
}
