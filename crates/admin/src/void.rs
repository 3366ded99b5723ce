//! Run-time changes that do nothing: they take away what the file does not have.

use issuer::state::{Override, OverrideKind, StoreError};
use surface::world::World;

/// Whether a change does nothing under the configuration in force.
pub fn is_void(world: &World, change: &Override) -> bool {
    let mount = world.mounts.all().iter().find(|mount| mount.core.realm == change.realm);
    let Some(directory) = mount.map(|mount| &mount.core.directory) else { return false };
    change.body.is_none()
        && match change.kind {
            OverrideKind::Client => directory.configured_client(&change.id).is_none(),
            OverrideKind::User => directory.configured_user(&change.id).is_none(),
            OverrideKind::Settings | OverrideKind::Expiry | OverrideKind::Clock => false,
        }
}

/// Forgets those of the changes that do nothing and are still kept. Where replicas share the store, all of them must have
/// the same configuration: a change that does nothing here may do something under another file.
pub async fn collect(world: &World, changes: impl IntoIterator<Item = Override>) -> Result<(), StoreError> {
    for change in changes.into_iter().filter(|change| is_void(world, change)) {
        world.issuer.overrides().collect_override(change).await?;
    }
    Ok(())
}

/// The same where no other replica shares the store; else nothing. A failure leaves them for the next time.
pub async fn collect_alone(world: &World, changes: impl IntoIterator<Item = Override>) {
    if world.issuer.changes().is_none()
        && let Err(error) = collect(world, changes).await
    {
        tracing::warn!(%error, "run-time changes that do nothing could not be forgotten");
    }
}
