//! Mounts and their settings.

use super::problem::Problem;
use super::routes::Route;
use super::{Call, trial};
use crate::{overrides, scenarios};
use admin_api::{Example, MountView, Patch, SecretText, SettingView, Settings, operations};
use configuration::{digest, sandbox, view};
use grant::GrantType;
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
        Route::new(&operations::TRY_REQUEST, trial::send),
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
        places: scenarios::places(mount).into_iter().map(str::to_owned).collect(),
        token_call: view::token_call(&mount.kind.token_call, example(mount)),
        scopes: dialect.policy().scopes.iter().map(ToString::to_string).collect(),
        clients: mount.core.directory.client_count(),
        users: mount.core.directory.user_count(),
    }
}

/// The first of the sandbox's clients that the mount has, with the secret that the manual publishes.
fn example(mount: &Mount) -> Option<Example> {
    let is_there = |id: &str, secret: &str| {
        let digest = digest(&SecretText::from(secret));
        mount.core.directory.client(id).is_some_and(|client| {
            let has = client.secrets.iter().any(|one| one.digest.as_bytes() == digest.as_bytes());
            has && !client.disabled && client.grants.contains(&GrantType::ClientCredentials)
        })
    };
    let own = sandbox::clients().into_iter().filter(|(name, ..)| name == mount.name());
    let mut there = own.filter(|(_, id, secret)| is_there(id, secret));
    there.next().map(|(_, client_id, client_secret)| Example { client_id, client_secret })
}
