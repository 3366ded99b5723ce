//! What is changed at run time, over what the configuration file says. A change is kept in the store before it is in
//! force, and the next start puts it in force again.

use crate::change::ChangeError;
use crate::scenarios;
use admin_api::{ClientSpec, SecretText, UserSpec};
use anyhow::Context;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use configuration::{Checked, Rules, SecretSources};
use dialect::{SettingsError, SettingsMap};
use grant::{Client, SecretDigest, User};
use issuer::Changed;
use issuer::clock::ClockState;
use issuer::state::{Override, OverrideKind, Realm, StoreError};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::sync::Arc;
use surface::app::App;
use surface::mounts::Mount;

/// The clock as it is kept, to the millisecond.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeptClock {
    FrozenMs(i64),
    OffsetMs(i64),
}

/// Puts the changes that the store has kept in force, in place of all that were. One that no longer fits the
/// configuration is left out, with a warning.
pub async fn load(app: &App) -> anyhow::Result<()> {
    let changes = app.issuer.store.overrides().await?;
    scenarios::load(app).await?;
    let left_out = |change: &Override, why: anyhow::Error| {
        let (mount, kind, id) = (change.realm.as_str(), change.kind.as_str(), &*change.id);
        tracing::warn!(mount, kind, id, "a run-time change no longer fits and is left out: {why:#}");
    };
    let is_known = |change: &Override| {
        change.kind == OverrideKind::Clock || app.mounts.all().iter().any(|mount| mount.core.realm == change.realm)
    };
    for change in changes.iter().filter(|change| !is_known(change)) {
        left_out(change, anyhow::anyhow!("there is no such mount"));
    }
    for mount in app.mounts.all() {
        let of_mount = || changes.iter().filter(|change| change.realm == mount.core.realm);
        // Clients and users were checked under the settings that were in force.
        let settings = of_mount().find(|change| change.kind == OverrideKind::Settings);
        if let Err(why) = put_settings(mount, settings) {
            if let Some(change) = settings {
                left_out(change, why);
            }
            mount.change_settings(&SettingsMap::new())?;
        }
        let (mut clients, mut users) = (Changed::new(), Changed::new());
        for change in of_mount() {
            if let Err(why) = read(mount, change, &mut clients, &mut users) {
                left_out(change, why);
            }
        }
        let directory = &mount.core.directory;
        directory.replace(clients.clone(), users.clone());
        let clashes = |change: &&Override| {
            let user = users.get(&*change.id).filter(|_| change.kind == OverrideKind::User);
            user.and_then(Option::as_ref).is_some_and(|user| directory.namesake(user).is_some())
        };
        let clashing: Vec<_> = of_mount().filter(clashes).collect();
        if !clashing.is_empty() {
            let mut users = users.clone();
            for change in clashing {
                left_out(change, anyhow::anyhow!("the user's sub or username finds another user"));
                users.remove(&*change.id);
            }
            directory.replace(clients, users);
        }
    }
    let clock = changes.iter().find(|change| change.kind == OverrideKind::Clock);
    put_clock(app, clock.and_then(|change| change.body.as_deref()))
}

/// Puts one change that another replica made in force.
pub fn apply(app: &App, change: &Override) -> anyhow::Result<()> {
    if change.kind == OverrideKind::Clock {
        return put_clock(app, change.body.as_deref());
    }
    let mount = find(app, &change.realm).context("there is no such mount")?;
    if change.kind == OverrideKind::Settings {
        return put_settings(mount, Some(change));
    }
    let (mut clients, mut users) = (Changed::new(), Changed::new());
    read(mount, change, &mut clients, &mut users)?;
    let directory = &mount.core.directory;
    for (id, client) in clients {
        match client {
            Some(client) => directory.put_client(Client::clone(&client)),
            None => drop(directory.remove_client(&id)),
        }
    }
    for (sub, user) in users {
        match user {
            Some(user) => directory.put_user(User::clone(&user)),
            None => drop(directory.remove_user(&sub)),
        }
    }
    Ok(())
}

fn find<'a>(app: &'a App, realm: &Realm) -> Option<&'a Arc<Mount>> {
    app.mounts.all().iter().find(|mount| mount.core.realm == *realm)
}

/// The clock as it was kept; real time where nothing was.
fn put_clock(app: &App, body: Option<&str>) -> anyhow::Result<()> {
    app.issuer.clock.set(match body.map(serde_json::from_str).transpose()? {
        Some(KeptClock::FrozenMs(at)) => ClockState::Frozen(at),
        Some(KeptClock::OffsetMs(offset)) => ClockState::Offset(offset),
        None => ClockState::Offset(0),
    });
    Ok(())
}

fn put_settings(mount: &Mount, change: Option<&Override>) -> anyhow::Result<()> {
    let body = change.and_then(|change| change.body.as_deref());
    let settings = body.map(serde_json::from_str).transpose()?.unwrap_or_default();
    Ok(mount.change_settings(&settings)?)
}

/// Adds a change of a client or a user to what is changed.
fn read(
    mount: &Mount,
    change: &Override,
    clients: &mut Changed<Client>,
    users: &mut Changed<User>,
) -> anyhow::Result<()> {
    let body = change.body.as_deref();
    match change.kind {
        OverrideKind::Client => {
            let client = body.map(|body| anyhow::Ok(check_client(mount, serde_json::from_str(body)?)?.value));
            clients.insert(change.id.as_str().into(), client.transpose()?.map(Arc::new));
        }
        OverrideKind::User => {
            let user = body.map(|body| anyhow::Ok(check_user(mount, serde_json::from_str(body)?)?.value));
            users.insert(change.id.as_str().into(), user.transpose()?.map(Arc::new));
        }
        OverrideKind::Settings | OverrideKind::Clock => {}
    }
    Ok(())
}

fn check_client(mount: &Mount, spec: ClientSpec) -> Result<Checked<Client>, ChangeError> {
    let rules = Rules { dialect: &*mount.dialect(), secrets: SecretSources::Http };
    rules.client(spec).map_err(ChangeError::Faults)
}

fn check_user(mount: &Mount, spec: UserSpec) -> Result<Checked<User>, ChangeError> {
    let rules = Rules { dialect: &*mount.dialect(), secrets: SecretSources::Http };
    rules.user(spec).map_err(ChangeError::Faults)
}

/// Refuses a secret that could be guessed where strangers can reach the gateway, and says what is odd.
fn check_weakness<T>(app: &App, mount: &Mount, id: &str, checked: &Checked<T>) -> Result<(), ChangeError> {
    for fault in &checked.warnings {
        tracing::warn!(mount = mount.name(), id, "{}: {}", fault.key, fault.message);
    }
    match checked.weak {
        Some(why) if app.refuse_weak_secrets => Err(ChangeError::WeakSecret(why)),
        Some(why) => {
            tracing::warn!(mount = mount.name(), id, "its secret could be guessed: it {why}");
            Ok(())
        }
        None => Ok(()),
    }
}

async fn keep(
    app: &App,
    mount: &Mount,
    kind: OverrideKind,
    id: &str,
    body: Option<&impl Serialize>,
) -> Result<(), ChangeError> {
    let body = body.map(serde_json::to_string).transpose().map_err(|error| ChangeError::Internal(error.to_string()))?;
    let change = Override { realm: mount.core.realm.clone(), kind, id: id.to_owned(), body };
    Ok(app.issuer.store.put_override(change).await?)
}

/// A removal as the store keeps it.
const GONE: Option<&()> = None;

/// Makes or replaces a client. The store gets the SHA-256 of its secret.
pub async fn put_client(app: &App, mount: &Mount, mut spec: ClientSpec) -> Result<(), ChangeError> {
    let checked = check_client(mount, spec.clone())?;
    check_weakness(app, mount, &spec.id, &checked)?;
    spec.secret = None;
    spec.secret_sha256 = checked.value.secret.as_ref().map(hex);
    keep(app, mount, OverrideKind::Client, &spec.id, Some(&spec)).await?;
    mount.core.directory.put_client(checked.value);
    Ok(())
}

/// Removes a client; whether there was one.
pub async fn remove_client(app: &App, mount: &Mount, id: &str) -> Result<bool, ChangeError> {
    if mount.core.directory.client(id).is_none() {
        return Ok(false);
    }
    keep(app, mount, OverrideKind::Client, id, GONE).await?;
    Ok(mount.core.directory.remove_client(id))
}

/// Makes or replaces a user. The store and the memory get the Argon2id hash of the password.
pub async fn put_user(app: &App, mount: &Mount, mut spec: UserSpec) -> Result<(), ChangeError> {
    let mut checked = check_user(mount, spec.clone())?;
    check_weakness(app, mount, &spec.sub, &checked)?;
    if let Some(owner) = mount.core.directory.namesake(&checked.value) {
        let [sub, username, owner] = [&checked.value.sub, &checked.value.username, &owner.sub].map(ToString::to_string);
        return Err(ChangeError::NameTaken { sub, username, owner });
    }
    if let Some(password) = spec.password.take() {
        spec.password_argon2 = Some(hash(password).await?);
        checked = check_user(mount, spec.clone())?;
    }
    keep(app, mount, OverrideKind::User, &spec.sub, Some(&spec)).await?;
    mount.core.directory.put_user(checked.value);
    Ok(())
}

/// Removes a user; whether there was one.
pub async fn remove_user(app: &App, mount: &Mount, sub: &str) -> Result<bool, ChangeError> {
    if mount.core.directory.user(sub).is_none() {
        return Ok(false);
    }
    keep(app, mount, OverrideKind::User, sub, GONE).await?;
    Ok(mount.core.directory.remove_user(sub))
}

/// Changes some settings of a mount over those changed before; `null` puts back what the file says.
pub async fn change_settings(app: &App, mount: &Mount, changes: SettingsMap) -> Result<(), ChangeError> {
    let dialect = mount.dialect();
    let names: Vec<_> = dialect.settings().iter().map(|setting| setting.name).collect();
    if let Some(name) = changes.keys().find(|name| !names.contains(&name.as_str())) {
        let message = format!("unknown setting; this dialect has {}", names.join(", "));
        return Err(SettingsError { name: name.clone(), message }.into());
    }
    let before = kept_settings(app, mount).await?;
    let mut after = before.clone();
    for (name, value) in changes {
        match value {
            serde_json::Value::Null => drop(after.remove(&name)),
            value => drop(after.insert(name, value)),
        }
    }
    // Building the dialect is the check, so it comes first here; a store that fails takes it back.
    mount.change_settings(&after)?;
    let kept = keep(app, mount, OverrideKind::Settings, "", Some(&after)).await;
    if kept.is_err() {
        mount.change_settings(&before)?;
    }
    kept
}

async fn kept_settings(app: &App, mount: &Mount) -> Result<SettingsMap, ChangeError> {
    let changes = app.issuer.store.overrides().await?;
    let kept = changes.into_iter().find(|change| {
        change.kind == OverrideKind::Settings && change.realm == mount.core.realm && change.body.is_some()
    });
    let Some(body) = kept.and_then(|change| change.body) else { return Ok(SettingsMap::new()) };
    let settings: SettingsMap =
        serde_json::from_str(&body).map_err(|error| StoreError::Corrupt(format!("settings: {error}")))?;
    // Those that a newer version does not know were left out at the start; here they would stand in every way.
    let known = |name: &str| mount.dialect().settings().iter().any(|setting| setting.name == name);
    Ok(settings.into_iter().filter(|(name, _)| known(name)).collect())
}

/// Sets the clock; `None` is real time.
pub async fn set_clock(app: &App, state: Option<ClockState>) -> Result<(), ChangeError> {
    let (realm, store) = (Realm::of_mount(""), &app.issuer.store);
    let kept = match state {
        None => return Ok(forget_clock(app, &realm).await?),
        Some(ClockState::Frozen(at)) => KeptClock::FrozenMs(at),
        Some(ClockState::Offset(offset)) => KeptClock::OffsetMs(offset),
    };
    let body = serde_json::to_string(&kept).map_err(|error| ChangeError::Internal(error.to_string()))?;
    store.put_override(Override { realm, kind: OverrideKind::Clock, id: String::new(), body: Some(body) }).await?;
    app.issuer.clock.set(state.unwrap_or(ClockState::Offset(0)));
    Ok(())
}

async fn forget_clock(app: &App, realm: &Realm) -> Result<(), StoreError> {
    app.issuer.store.forget_override(realm, OverrideKind::Clock, "").await?;
    app.issuer.clock.set(ClockState::Offset(0));
    Ok(())
}

/// Forgets everything but the keys: what the file says holds again, at real time.
pub async fn reset(app: &App) -> Result<(), ChangeError> {
    app.issuer.store.reset().await?;
    forget_all(app)
}

/// The same in this process, whose store another replica has reset.
pub fn forget_all(app: &App) -> Result<(), ChangeError> {
    app.issuer.scenarios.replace([]);
    app.journal.clear();
    app.issuer.clock.set(ClockState::Offset(0));
    for mount in app.mounts.all() {
        mount.core.directory.reset();
        mount.change_settings(&SettingsMap::new())?;
    }
    Ok(())
}

/// Argon2id takes tens of milliseconds of one core: not for an async worker.
async fn hash(password: SecretText) -> Result<SecretText, ChangeError> {
    let hash = tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.expose().as_bytes())).await;
    match hash {
        Ok(Ok(hash)) => Ok(hash.to_string().into()),
        Ok(Err(error)) => Err(ChangeError::Internal(format!("a password cannot be hashed: {error}"))),
        Err(error) => Err(ChangeError::Internal(format!("hashing a password broke off: {error}"))),
    }
}

fn hex(digest: &SecretDigest) -> String {
    digest.as_bytes().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
