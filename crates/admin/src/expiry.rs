//! Tokens expired by a call: marks over what the configuration file says, and the generation that each of them begins.

use crate::change::{ATTEMPTS, ChangeError};
use anyhow::{Context, ensure};
use issuer::state::{Override, OverrideKind};
use issuer::{Expiry, Mark, Selector};
use serde::{Deserialize, Serialize};
use surface::mounts::Mount;
use surface::world::World;

/// How many marks a mount may have: each is asked about in the same time, but all are kept in memory.
const MOST: usize = 10_000;

/// What a mark selects, as it is kept: the change's id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptSelector {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    refresh: bool,
}

/// The rest of a mark or, under an empty id, the last generation alone.
#[derive(Serialize, Deserialize)]
struct KeptMark {
    generation: u32,
    #[serde(default)]
    at: i64,
}

/// Why tokens were not expired.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExpireError {
    /// There are as many marks as there may be.
    #[error("the mount has {MOST} marks of expired tokens, which is the most it keeps")]
    Full,
    /// It could not be kept.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Expires what is out of a mount's tokens.
pub(crate) async fn expire(world: &World, mount: &Mount, selector: Selector, refresh: bool) -> Result<(), ExpireError> {
    let expiry = &mount.core.expiry;
    if expiry.len() >= MOST {
        return Err(ExpireError::Full);
    }
    // The generation is kept first: no other mark has its number, and what is issued from now on is of a later one.
    let generation = begin(world, mount).await?;
    let mark = Mark::new(generation, world.issuer.clock.now(), refresh);
    let body = KeptMark { generation, at: mark.at };
    let Selector { client_id, user, jti } = selector.clone();
    let id = text(&KeptSelector { client_id, user, jti, refresh })?;
    let change = kept(mount, id, text(&body)?);
    world.issuer.overrides().put_override(change).await.map_err(ChangeError::from)?;
    expiry.put(&selector, mark);
    Ok(())
}

async fn begin(world: &World, mount: &Mount) -> Result<u32, ChangeError> {
    let (store, realm) = (world.issuer.overrides(), &mount.core.realm);
    for _ in 0..ATTEMPTS {
        let before = store.override_of(realm, OverrideKind::Expiry, "").await?;
        let last =
            before.as_ref().map(generation_of).transpose().map_err(|error| ChangeError::Internal(error.to_string()))?;
        let generation = last.unwrap_or_default().max(mount.core.expiry.generation()).saturating_add(1);
        if generation > Expiry::LAST {
            return Err(ChangeError::Internal(format!(
                "mount `{}` has had all {} generations",
                mount.name(),
                Expiry::LAST
            )));
        }
        if store.swap_override(before, counter(mount, generation)?).await? {
            return Ok(generation);
        }
    }
    Err(ChangeError::Contended)
}

/// Keeps the generations that have begun, which a reset has forgotten: what was out before it must stay so.
pub(crate) async fn keep_generations(world: &World) -> Result<(), ChangeError> {
    for mount in world.mounts.all() {
        let generation = mount.core.expiry.generation();
        if generation > 0 {
            world.issuer.overrides().put_override(counter(mount, generation)?).await?;
        }
    }
    Ok(())
}

/// Puts the marks that are kept of a mount in force, in place of all before; those that cannot be read, and why.
pub(crate) fn load<'a>(
    mount: &Mount,
    changes: impl Iterator<Item = &'a Override>,
) -> Vec<(&'a Override, anyhow::Error)> {
    let (mut generation, mut marks, mut unread) = (0, Vec::new(), Vec::new());
    for change in changes.filter(|change| change.kind == OverrideKind::Expiry) {
        match read(change) {
            Ok((begun, mark)) => {
                generation = generation.max(begun);
                marks.extend(mark);
            }
            Err(why) => unread.push((change, why)),
        }
    }
    mount.core.expiry.replace(generation, &marks);
    unread
}

/// Puts one in force.
pub(crate) fn put(mount: &Mount, change: &Override) -> anyhow::Result<()> {
    match read(change)? {
        (generation, None) => mount.core.expiry.begin(generation),
        (_, Some((selector, mark))) => mount.core.expiry.put(&selector, mark),
    }
    Ok(())
}

/// Whether a body that somebody brings may be a mark's: generations begin one by one.
pub(crate) fn is_likely(body: &str) -> bool {
    serde_json::from_str::<KeptMark>(body).is_ok_and(|mark| mark.generation <= Expiry::LAST / 2)
}

/// Takes one away.
pub(crate) fn forget(mount: &Mount, id: &str) -> anyhow::Result<()> {
    if !id.is_empty() {
        let (selector, refresh) = selector(id)?;
        mount.core.expiry.forget(&selector, refresh);
    }
    Ok(())
}

fn read(change: &Override) -> anyhow::Result<(u32, Option<(Selector, Mark)>)> {
    let KeptMark { generation, at } = serde_json::from_str(change.body.as_deref().context("it is empty")?)?;
    ensure!(generation <= Expiry::LAST, "its generation is none");
    if change.id.is_empty() {
        return Ok((generation, None));
    }
    let (selector, refresh) = selector(&change.id)?;
    Ok((generation, Some((selector, Mark { generation, at, refresh }))))
}

fn selector(id: &str) -> serde_json::Result<(Selector, bool)> {
    let KeptSelector { client_id, user, jti, refresh } = serde_json::from_str(id)?;
    Ok((Selector { client_id, user, jti }, refresh))
}

fn generation_of(change: &Override) -> serde_json::Result<u32> {
    serde_json::from_str::<KeptMark>(change.body.as_deref().unwrap_or_default()).map(|kept| kept.generation)
}

fn counter(mount: &Mount, generation: u32) -> Result<Override, ChangeError> {
    Ok(kept(mount, String::new(), text(&KeptMark { generation, at: 0 })?))
}

fn kept(mount: &Mount, id: String, body: String) -> Override {
    Override { realm: mount.core.realm.clone(), kind: OverrideKind::Expiry, id, body: Some(body) }
}

fn text(value: &impl Serialize) -> Result<String, ChangeError> {
    serde_json::to_string(value).map_err(|error| ChangeError::Internal(error.to_string()))
}
