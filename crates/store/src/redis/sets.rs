//! Many run-time changes in one step, however many there are.
//!
//! They are staged beside those there are, part by part, so that nobody waits for the whole; then one short step puts them
//! in the place of those, unless another replica has changed something meanwhile.

use super::Core;
use super::changes::Feed;
use super::names::Key;
use super::overrides::field;
use super::whole;
use crate::record::{ChangeBody, corrupt, to_json};
use deadpool_redis::redis::cmd;
use futures_util::future::try_join_all;
use issuer::state::{Replacement, ScenarioRecord, StoreError};
use std::collections::HashMap;

/// Rows that go together.
const PART: usize = 250;
/// Parts that are under way at a time.
const SIDE_BY_SIDE: usize = 4;
/// How often it is tried while others change something.
const ATTEMPTS: usize = 16;
/// When what a process has left behind is collected, seconds.
const LEFT: u64 = 3_600;

type Rows = HashMap<Vec<u8>, Vec<u8>>;

pub(super) async fn replace(core: &Core, feed: &Feed, replacement: Replacement) -> Result<(), StoreError> {
    let Replacement { of, changes, scenarios } = replacement;
    let row = |change: issuer::state::Override| {
        let field = field(&change.realm, change.kind, &change.id);
        Ok((field, to_json(&ChangeBody::from(change))?))
    };
    let rows = changes.into_iter().map(row).collect::<Result<Rows, StoreError>>()?;
    let of: Vec<_> = of.iter().map(|(realm, kind)| field(realm, *kind, "")).collect();
    let scenarios = scenarios.map_or_else(|| vec![b"keep".to_vec()], |all| all.into_iter().flat_map(parts).collect());
    for _ in 0..ATTEMPTS {
        let seen = last_place(core, &feed.log()).await?;
        let mut all = whole::read(core, "overrides", &core.names.overrides()).await?;
        all.retain(|field, _| !of.iter().any(|of| field.starts_with(of)));
        all.extend(rows.iter().map(|(field, row)| (field.clone(), row.clone())));
        let staged = core.names.staged(&format!("{:016x}", rand::random::<u64>()));
        stage(core, &staged, &all).await?;
        if feed.replace(core, &staged, &seen, &scenarios).await? {
            return Ok(());
        }
        core.client.send::<()>("unstage", cmd("UNLINK").arg(staged.as_bytes())).await?;
    }
    Err(StoreError::Unavailable("other replicas change something all the time: call again".to_owned()))
}

async fn stage(core: &Core, staged: &Key, all: &Rows) -> Result<(), StoreError> {
    let all: Vec<_> = all.iter().collect();
    let part = async |rows: &[(&Vec<u8>, &Vec<u8>)]| {
        let mut command = cmd("HSET");
        command.arg(staged.as_bytes());
        for (field, row) in rows {
            command.arg(field.as_slice()).arg(row.as_slice());
        }
        core.client.send::<()>("stage", &command).await
    };
    for some in all.chunks(PART * SIDE_BY_SIDE) {
        try_join_all(some.chunks(PART).map(&part)).await?;
        core.client.send::<()>("stage", cmd("EXPIRE").arg(staged.as_bytes()).arg(LEFT)).await?;
    }
    Ok(())
}

/// The last place in the log.
async fn last_place(core: &Core, log: &Key) -> Result<String, StoreError> {
    let mut last = cmd("XREVRANGE");
    last.arg(log.as_bytes()).arg("+").arg("-").arg("COUNT").arg(1);
    let entries: Vec<(String, Vec<Vec<u8>>)> = core.client.send("log_end", &last).await?;
    match entries.into_iter().next() {
        None => Ok("0-0".to_owned()),
        Some((place, _)) if place.is_empty() => Err(corrupt("the log")),
        Some((place, _)) => Ok(place),
    }
}

/// A scenario as the script takes it.
fn parts(record: ScenarioRecord) -> [Vec<u8>; 4] {
    let ScenarioRecord { id, body, seen, used } = record;
    [id.to_string().into(), body.into(), used.to_string().into(), seen.to_string().into()]
}
