//! Run-time changes that do nothing: they take away what the file does not have.

use issuer::state::{Override, OverrideKind, StoreError};
use surface::app::App;

/// Whether a change does nothing under the configuration in force.
pub fn is_void(app: &App, change: &Override) -> bool {
    let mount = app.mounts.all().iter().find(|mount| mount.core.realm == change.realm);
    let Some(directory) = mount.map(|mount| &mount.core.directory) else { return false };
    change.body.is_none()
        && match change.kind {
            OverrideKind::Client => directory.configured_client(&change.id).is_none(),
            OverrideKind::User => directory.configured_user(&change.id).is_none(),
            OverrideKind::Settings | OverrideKind::Clock => false,
        }
}

/// Forgets those of the changes that do nothing and are still kept. Where replicas share the store, all of them must have
/// the same configuration: a change that does nothing here may do something under another file.
pub async fn collect(app: &App, changes: impl IntoIterator<Item = Override>) -> Result<(), StoreError> {
    for change in changes.into_iter().filter(|change| is_void(app, change)) {
        app.issuer.overrides().collect_override(change).await?;
    }
    Ok(())
}

/// The same where no other replica shares the store; else nothing. A failure leaves them for the next time.
pub async fn collect_alone(app: &App, changes: impl IntoIterator<Item = Override>) {
    if app.issuer.changes().is_none()
        && let Err(error) = collect(app, changes).await
    {
        tracing::warn!(%error, "run-time changes that do nothing could not be forgotten");
    }
}
