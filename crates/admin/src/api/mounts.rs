//! Mounts and their settings.

use super::Call;
use super::reply::{Answer, Outcome, Refusal};
use crate::overrides;
use admin_api::{MountView, SettingView};
use configuration::view;
use dialect::SettingsMap;
use grant::Claims;
use surface::mounts::Mount;

impl Call {
    /// The mount that the path names.
    pub(super) fn mount(&self) -> Result<&Mount, Refusal> {
        self.find_mount(&self.params.mount)
    }

    pub(super) fn find_mount(&self, name: &str) -> Result<&Mount, Refusal> {
        let mounts = &self.app().mounts;
        mounts.get(name).map(|mount| &**mount).ok_or_else(|| {
            let names = mounts.all().iter().map(|mount| mount.name()).collect::<Vec<_>>().join(", ");
            Refusal::not_found(format!("there is no mount `{}`", name.escape_debug()), format!("there are {names}"))
        })
    }
}

/// All mounts, in the order of the configuration.
#[utoipa::path(get, path = "/v1/mounts", tag = "mounts", responses((status = 200, body = Vec<MountView>, description = "The mounts.")))]
pub(super) fn list_mounts(call: &Call) -> Answer {
    let mounts: Vec<_> = call.app().mounts.all().iter().map(|mount| mount_view(mount)).collect();
    Answer::json(&mounts)
}

/// One mount: its endpoints, its settings, how many clients and users it has.
#[utoipa::path(get, path = "/v1/mounts/{mount}", tag = "mounts", responses((status = 200, body = MountView, description = "The mount.")))]
pub(super) fn get_mount(call: &Call) -> Outcome {
    Ok(Answer::json(&mount_view(call.mount()?)))
}

/// Changes some settings of a mount; the others stay, and null puts back what the file says.
#[utoipa::path(
    patch,
    path = "/v1/mounts/{mount}/settings",
    tag = "mounts",
    request_body(content = Object, description = "Settings by name, such as `{\"access_ttl\":60}`."),
    responses((status = 200, body = Vec<SettingView>, description = "All settings in force."))
)]
pub(super) async fn change_settings(call: &Call) -> Outcome {
    let mount = call.mount()?;
    // A map takes the last of repeated names; claims refuse them, at every depth.
    call.body.json::<Claims>()?;
    let changes: SettingsMap = call.body.json()?;
    let names = changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    overrides::change_settings(call.app(), mount, changes).await?;
    tracing::info!(mount = mount.name(), settings = names, "settings changed");
    Ok(Answer::json(&view::settings(&*mount.dialect())))
}

fn mount_view(mount: &Mount) -> MountView {
    let dialect = mount.dialect();
    MountView {
        name: mount.name().to_owned(),
        dialect: mount.kind.id.to_owned(),
        vendor: mount.kind.vendor.to_owned(),
        hosts: mount.hosts.clone(),
        issuer: mount.core.issuer.to_string(),
        endpoints: view::endpoints(&*dialect, &mount.base_url),
        settings: view::settings(&*dialect),
        clients: mount.core.directory.client_count(),
        users: mount.core.directory.user_count(),
    }
}
