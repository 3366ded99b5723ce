//! Mounts and their settings.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use crate::overrides;
use admin_api::{MountView, Patch, SettingView, Settings, operations};
use configuration::view;
use std::collections::BTreeMap;
use surface::mounts::Mount;

impl Call {
    /// The mount that the path names.
    pub(super) fn mount(&self) -> Result<&Mount, Problem> {
        self.find_mount(&self.params.mount)
    }

    pub(super) fn find_mount(&self, name: &str) -> Result<&Mount, Problem> {
        let mounts = &self.world.mounts;
        mounts.get(name).map(|mount| &**mount).ok_or_else(|| {
            let names = mounts.all().iter().map(|mount| mount.name()).collect::<Vec<_>>().join(", ");
            Problem::not_found(format!("there is no mount `{}`", name.escape_debug()), format!("there are {names}"))
        })
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::at_once(&operations::LIST_MOUNTS, |call, ()| {
            Ok(call.world.mounts.all().iter().map(|mount| mount_view(mount)).collect())
        }),
        Route::at_once(&operations::GET_MOUNT, |call, ()| Ok(mount_view(call.mount()?))),
        Route::new(&operations::CHANGE_SETTINGS, change_settings),
    ]
}

async fn change_settings(call: &Call, changes: Patch<Settings>) -> Result<Vec<SettingView>, Problem> {
    let mount = call.mount()?;
    let values =
        || mount.settings().into_iter().map(|setting| (setting.name, setting.value)).collect::<BTreeMap<_, _>>();
    let before = values();
    overrides::change_settings(&call.world, mount, &changes).await?;
    call.changes.note(&before, &values());
    Ok(mount.settings())
}

fn mount_view(mount: &Mount) -> MountView {
    let dialect = mount.dialect();
    MountView {
        name: mount.name().to_owned(),
        dialect: mount.kind.id.to_owned(),
        vendor: mount.kind.vendor.to_owned(),
        hosts: mount.hosts.to_vec(),
        issuer: mount.core.issuer.to_string(),
        endpoints: view::endpoints(&*dialect, &mount.base_url),
        settings: mount.settings(),
        clients: mount.core.directory.client_count(),
        users: mount.core.directory.user_count(),
    }
}
