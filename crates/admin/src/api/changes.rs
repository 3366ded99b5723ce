//! What was changed at run time, over what the file says.

use super::Call;
use super::page::page;
use super::problem::Problem;
use super::routes::Route;
use crate::entry;
use admin_api::{ChangeView, Page, operations};
use issuer::state::{Override, OverrideKind};
use std::sync::Arc;
use surface::world::World;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(&operations::LIST_CHANGES, list_changes)]
}

async fn list_changes(call: &Call, (): ()) -> Result<Page<ChangeView>, Problem> {
    let changes = call.world.issuer.overrides().overrides().await?;
    // How many times tokens were expired changes nothing by itself.
    let told = changes.into_iter().filter(|change| change.kind != OverrideKind::Expiry || !change.id.is_empty());
    let keyed = told.map(|change| {
        let key = format!("{}/{}/{}", change.realm.as_str(), change.kind.as_str(), change.id);
        Arc::new((key, change))
    });
    page(&call.query, keyed.collect(), |(key, _)| key, |(_, change)| view(&call.world, change))
}

fn view(world: &World, change: &Override) -> ChangeView {
    let mount = world.mounts.all().iter().find(|mount| mount.core.realm == change.realm);
    let (id, members) = (&*change.id, entry::members(change));
    let (hides, in_force) = match (change.kind, mount) {
        (OverrideKind::Clock, _) => (false, world.rules.test_features),
        (_, None) => (false, false),
        (OverrideKind::Expiry, Some(_)) => (false, true),
        (OverrideKind::Client, Some(mount)) => {
            let directory = &mount.core.directory;
            (directory.configured_client(id).is_some(), directory.is_client_changed(id))
        }
        (OverrideKind::User, Some(mount)) => {
            let directory = &mount.core.directory;
            (directory.configured_user(id).is_some(), directory.is_user_changed(id))
        }
        (OverrideKind::Settings, Some(mount)) => {
            let (names, changed) = (members.as_deref().unwrap_or_default(), mount.changed_settings());
            let hides = names.iter().any(|name| mount.file_settings.contains_key(name));
            (hides, names.iter().all(|name| changed.contains_key(name)))
        }
    };
    let form = match (&change.body, &members) {
        (None, _) => "removed",
        (Some(_), Some(_)) => "patch",
        (Some(_), None) => "whole",
    };
    ChangeView {
        mount: (change.kind != OverrideKind::Clock)
            .then(|| mount.map_or_else(|| change.realm.as_str(), |mount| mount.name()).to_owned()),
        kind: change.kind.as_str().to_owned(),
        id: Some(id.to_owned()).filter(|id| !id.is_empty()),
        form: form.to_owned(),
        members: members.unwrap_or_default(),
        hides,
        in_force,
    }
}
