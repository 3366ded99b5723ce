//! Namespaces made, found and ended.

use crate::overrides;
use grant::{Millis, Seconds};
use issuer::state::{Added, NamespaceRecord, StoreError};
use rand::RngExt;
use std::sync::Arc;
use surface::app::App;
use surface::world::World;

/// How long the names are that are drawn.
const DRAWN: usize = 8;
/// How long what tells namespaces of one name apart is.
const ID: usize = 12;
/// How often a name is drawn that is taken.
const ATTEMPTS: usize = 8;

/// Why a namespace is not made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// There is one of its name.
    #[error("there is a namespace `{0}` already")]
    Taken(Arc<str>),
    /// There are as many as there may be.
    #[error("there are {0} namespaces, as many as there may be")]
    Full(usize),
    /// The store keeps no namespaces.
    #[error("the store keeps no namespaces")]
    Unkept,
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a namespace of that name, or of one that is drawn, which ends after `ttl`.
pub async fn make(app: &App, name: Option<&str>, ttl: Seconds) -> Result<Arc<World>, MakeError> {
    let store = app.world.issuer.namespaces().ok_or(MakeError::Unkept)?;
    sweep(app).await?;
    let most = app.worlds.most;
    for _ in 0..ATTEMPTS {
        let record = NamespaceRecord {
            name: name.map_or_else(|| draw(DRAWN), Into::into),
            id: draw(ID),
            ends_at: end(app, ttl),
            is_drawn: name.is_none(),
        };
        match store.add_namespace(record.clone(), most).await? {
            Added::Added => return Ok(app.worlds.put(World::beside(&app.world, record)?)),
            Added::Full => break,
            Added::Taken if name.is_some() => return Err(MakeError::Taken(record.name)),
            Added::Taken => {}
        }
    }
    Err(MakeError::Full(most))
}

/// Small letters and digits that nobody has drawn before.
fn draw(length: usize) -> Arc<str> {
    const FROM: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(FROM[rng.random_range(0..FROM.len())])).collect::<String>().into()
}

/// When what is to last so long ends, milliseconds of real time since the epoch.
fn end(app: &App, ttl: Seconds) -> i64 {
    Millis::from(ttl).after(app.world.issuer.clock.real_now().millis)
}

/// Has a namespace end after `ttl` from now; whether it is there.
pub async fn extend(app: &App, world: &World, ttl: Seconds) -> Result<bool, StoreError> {
    let (Some(record), Some(store)) = (world.record(), app.world.issuer.namespaces()) else { return Ok(false) };
    let record = NamespaceRecord { ends_at: end(app, ttl), ..record };
    let is_there = store.extend_namespace(&record).await?;
    if is_there {
        world.extend(record.ends_at);
    }
    Ok(is_there)
}

/// Ends a namespace, with all that it has.
pub async fn forget(app: &App, world: &World) -> Result<(), StoreError> {
    let (Some(record), Some(store)) = (world.record(), app.world.issuer.namespaces()) else { return Ok(()) };
    app.worlds.remove(world);
    store.forget_namespace(&record).await
}

/// Forgets the namespaces that have ended.
pub async fn sweep(app: &App) -> Result<(), StoreError> {
    for world in app.worlds.ended() {
        forget(app, &world).await?;
    }
    Ok(())
}

/// Serves the namespaces that replicas have made, each under its own changes, and those no more that have ended.
pub async fn follow_all(app: &App) -> anyhow::Result<()> {
    let Some(store) = app.world.issuer.namespaces() else { return Ok(()) };
    let there = store.namespaces().await?;
    for world in app.worlds.all() {
        let is_there = world.record().is_some_and(|own| there.iter().any(|record| record.id == own.id));
        if !is_there {
            app.worlds.remove(&world);
        }
    }
    for record in there {
        follow(app, record).await?;
    }
    Ok(())
}

/// Serves a namespace that a replica has made or given another end, or serves it no more.
pub async fn follow_one(app: &App, name: &str) -> anyhow::Result<()> {
    let Some(store) = app.world.issuer.namespaces() else { return Ok(()) };
    if let Some(record) = store.namespace(name).await? {
        return follow(app, record).await;
    }
    if let Some(world) = app.worlds.find(name) {
        app.worlds.remove(&world);
    }
    Ok(())
}

async fn follow(app: &App, record: NamespaceRecord) -> anyhow::Result<()> {
    let known = app.worlds.find(&record.name).filter(|world| world.record().is_some_and(|own| own.id == record.id));
    if let Some(world) = known {
        world.extend(record.ends_at);
        return Ok(());
    }
    let world = World::beside(&app.world, record)?;
    if !world.is_over() {
        // What was changed in it is in force before its first request.
        overrides::load(&world).await?;
        app.worlds.put(world);
    }
    Ok(())
}

/// Puts what was changed at run time in all namespaces in force again.
pub async fn load(app: &App) -> anyhow::Result<()> {
    for world in app.worlds.all() {
        overrides::load(&world).await?;
    }
    Ok(())
}
