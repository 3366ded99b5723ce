//! Clients and users at run time: what is kept of a change, and what it comes to over what the file says.

use crate::change::{ATTEMPTS, ChangeError};
use crate::place::{self, Named};
use crate::void;
use admin_api::{ClientSpec, Patch, SecretText, UserSpec};
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use configuration::{Checked, Rules, SecretSources};
use dialect::Dialect;
use grant::{Client, Remark, User};
use issuer::Directory;
use issuer::state::{Override, OverrideKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use surface::mounts::Mount;
use surface::world::World;

/// What can be changed one by one: a client or a user.
pub(crate) trait Entry: Named + Sized {
    /// As it is written.
    type Spec: Clone + Serialize + DeserializeOwned + for<'a> From<&'a Self>;
    const KIND: OverrideKind;
    /// The members of which at most one says the secret, and the one that says whether there is any.
    const SECRETS: &'static [&'static str];
    const HAS_SECRET: &'static str;

    fn configured(directory: &Directory, id: &str) -> Option<Arc<Self>>;
    fn present(directory: &Directory, id: &str) -> Option<Arc<Self>>;
    fn put(directory: &Directory, entry: Self);
    fn remove(directory: &Directory, id: &str) -> bool;

    fn id(spec: &Self::Spec) -> &str;
    fn check(rules: &Rules<'_>, spec: Self::Spec) -> Result<Checked<Self>, Vec<Remark>>;
    /// Puts the secret of `present` in, where `spec` says that there is one and not which.
    fn keep_secret(spec: &mut Self::Spec, present: &Self::Spec);
    /// Puts those of `present` in, where `spec` lists secrets and does not say which they are.
    fn keep_listed(spec: &mut Self::Spec, present: &Self::Spec);
    /// Says that there is a secret where there is one: what takes it away must then say so too.
    fn claim_secret(spec: &mut Self::Spec);
    /// The spec with its secret as it is kept, and without a word on whether there is one.
    async fn without_clear_secret(&self, spec: Self::Spec) -> Result<Self::Spec, ChangeError>;
}

impl Entry for Client {
    type Spec = ClientSpec;
    const KIND: OverrideKind = OverrideKind::Client;
    const SECRETS: &'static [&'static str] = &["secret", "secret_sha256", "secrets"];
    const HAS_SECRET: &'static str = "public";

    fn configured(directory: &Directory, id: &str) -> Option<Arc<Self>> {
        directory.configured_client(id)
    }

    fn present(directory: &Directory, id: &str) -> Option<Arc<Self>> {
        directory.client(id)
    }

    fn put(directory: &Directory, entry: Self) {
        directory.put_client(entry);
    }

    fn remove(directory: &Directory, id: &str) -> bool {
        directory.remove_client(id)
    }

    fn id(spec: &ClientSpec) -> &str {
        &spec.id
    }

    fn check(rules: &Rules<'_>, spec: ClientSpec) -> Result<Checked<Self>, Vec<Remark>> {
        rules.client(spec)
    }

    fn keep_secret(spec: &mut ClientSpec, present: &ClientSpec) {
        if spec.public == Some(false) && spec.secret.is_none() && spec.secret_sha256.is_none() && spec.secrets.is_none()
        {
            (spec.secret_sha256, spec.secrets) = (present.secret_sha256.clone(), present.secrets.clone());
        }
    }

    fn keep_listed(spec: &mut ClientSpec, present: &ClientSpec) {
        for (place, secret) in spec.secrets.iter_mut().flatten().enumerate().filter(|(_, secret)| !secret.is_given()) {
            secret.secret_sha256 = match &present.secrets {
                Some(secrets) => secrets.get(place).and_then(|secret| secret.secret_sha256.clone()),
                None => present.secret_sha256.clone().filter(|_| place == 0),
            };
        }
    }

    fn claim_secret(spec: &mut ClientSpec) {
        let has_any = spec.secret_sha256.is_some() || spec.secrets.is_some() || spec.jwks.is_some();
        spec.public = has_any.then_some(false);
    }

    async fn without_clear_secret(&self, mut spec: ClientSpec) -> Result<ClientSpec, ChangeError> {
        spec.set_secrets(&self.secrets);
        Ok(ClientSpec { public: None, ..spec })
    }
}

impl Entry for User {
    type Spec = UserSpec;
    const KIND: OverrideKind = OverrideKind::User;
    const SECRETS: &'static [&'static str] = &["password", "password_argon2"];
    const HAS_SECRET: &'static str = "has_password";

    fn configured(directory: &Directory, id: &str) -> Option<Arc<Self>> {
        directory.configured_user(id)
    }

    fn present(directory: &Directory, id: &str) -> Option<Arc<Self>> {
        directory.user(id)
    }

    fn put(directory: &Directory, entry: Self) {
        directory.put_user(entry);
    }

    fn remove(directory: &Directory, id: &str) -> bool {
        directory.remove_user(id)
    }

    fn id(spec: &UserSpec) -> &str {
        &spec.sub
    }

    fn check(rules: &Rules<'_>, spec: UserSpec) -> Result<Checked<Self>, Vec<Remark>> {
        rules.user(spec)
    }

    fn keep_secret(spec: &mut UserSpec, present: &UserSpec) {
        if spec.has_password == Some(true) && spec.password.is_none() && spec.password_argon2.is_none() {
            (spec.password, spec.password_argon2) = (present.password.clone(), present.password_argon2.clone());
        }
    }

    fn keep_listed(_: &mut UserSpec, _: &UserSpec) {}

    fn claim_secret(_: &mut UserSpec) {}

    async fn without_clear_secret(&self, spec: UserSpec) -> Result<UserSpec, ChangeError> {
        let password_argon2 = match spec.password {
            Some(password) => Some(hash(password).await?),
            None => spec.password_argon2,
        };
        Ok(UserSpec { password: None, password_argon2, has_password: None, ..spec })
    }
}

/// What is kept of a client or user that was changed.
pub(crate) enum Kept<S> {
    /// All of it.
    Whole(S),
    /// Patches to lie over what the file says, one after the other.
    Patches(Vec<Patch<S>>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct Patches<S> {
    patches: Vec<Patch<S>>,
}

impl<S: Serialize + DeserializeOwned> Kept<S> {
    fn read(body: &str) -> serde_json::Result<Self> {
        match serde_json::from_str(body) {
            Ok(Patches { patches }) => Ok(Self::Patches(patches)),
            Err(_) => serde_json::from_str(body).map(Self::Whole),
        }
    }

    fn body(self) -> serde_json::Result<String> {
        match self {
            Self::Whole(spec) => serde_json::to_string(&spec),
            Self::Patches(patches) => serde_json::to_string(&Patches { patches }),
        }
    }
}

/// The members that a change names where it is a patch, as settings always are; `None` where it is the whole.
pub(crate) fn members(change: &Override) -> Option<Vec<String>> {
    let body: serde_json::Value = serde_json::from_str(change.body.as_deref()?).ok()?;
    let names =
        |members: &serde_json::Value| members.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
    if change.kind == OverrideKind::Settings {
        return names(&body);
    }
    let mut all: Vec<String> = body.get("patches")?.as_array()?.iter().filter_map(names).flatten().collect();
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// The client or user that a kept change comes to; an error where the file has it no more, or it no longer fits.
pub(crate) fn resolve<E: Entry>(mount: &Mount, id: &str, body: &str) -> anyhow::Result<E> {
    resolve_under(mount, &*mount.dialect(), id, body)
}

/// The same under settings that are not in force.
pub(crate) fn resolve_under<E: Entry>(mount: &Mount, dialect: &dyn Dialect, id: &str, body: &str) -> anyhow::Result<E> {
    let spec = match Kept::read(body)? {
        Kept::Whole(spec) => spec,
        Kept::Patches(patches) => {
            let base = configured::<E>(mount, id).ok_or_else(|| anyhow::anyhow!("the file has it no more"))?;
            lay(&patches, base)?
        }
    };
    let checked: Checked<E> = check(dialect, spec)?;
    for remark in checked.warnings.iter().filter(|remark| remark.key == "secrets") {
        tracing::warn!(mount = mount.name(), id, "{}: {}", remark.key, remark.message);
    }
    Ok(checked.value)
}

fn configured<E: Entry>(mount: &Mount, id: &str) -> Option<E::Spec> {
    E::configured(&mount.core.directory, id).map(|entry| E::Spec::from(&*entry))
}

fn lay<S: Serialize + DeserializeOwned>(patches: &[Patch<S>], base: S) -> serde_json::Result<S> {
    patches.iter().try_fold(base, |spec, patch| patch.over(&spec))
}

pub(crate) fn check<E: Entry>(dialect: &dyn Dialect, spec: E::Spec) -> Result<Checked<E>, ChangeError> {
    let rules = Rules { dialect, secrets: SecretSources::Http };
    E::check(&rules, spec).map_err(ChangeError::Faults)
}

/// Makes or replaces a client or user. Store and memory get its secret as a digest or hash alone.
pub(crate) async fn put<E: Entry>(world: &World, mount: &Mount, mut spec: E::Spec) -> Result<(), ChangeError> {
    if let Some(present) = E::present(&mount.core.directory, E::id(&spec)) {
        let present = E::Spec::from(&*present);
        E::keep_secret(&mut spec, &present);
        E::keep_listed(&mut spec, &present);
    }
    let (entry, spec) = judge::<E>(world, mount, spec).await?;
    let _place = place::take(mount, &entry).await?;
    world.issuer.overrides().put_override(change::<E>(mount, E::id(&spec), Some(Kept::Whole(spec.clone())))?).await?;
    E::put(&mount.core.directory, entry);
    Ok(())
}

/// Changes a part of a client or user; whether there is one. Of one that the file has the patch is kept, so that what
/// the file says of the rest holds.
pub(crate) async fn patch<E: Entry>(
    world: &World,
    mount: &Mount,
    id: &str,
    patch: &Patch<E::Spec>,
) -> Result<bool, ChangeError> {
    let (store, directory) = (world.issuer.overrides(), &mount.core.directory);
    for _ in 0..ATTEMPTS {
        let before = store.override_of(&mount.core.realm, E::KIND, id).await?;
        let kept: Kept<E::Spec> = match &before {
            None => Kept::Patches(Vec::new()),
            Some(Override { body: Some(body), .. }) => Kept::read(body).map_err(internal)?,
            Some(Override { body: None, .. }) => return Ok(false),
        };
        let present = match &kept {
            Kept::Whole(spec) => spec.clone(),
            Kept::Patches(patches) => {
                let Some(base) = configured::<E>(mount, id) else { return Ok(false) };
                lay(patches, base).map_err(internal)?
            }
        };
        let (entry, spec, patch) = patched::<E>(world, mount, present, patch).await?;
        if E::id(&spec) != id {
            return Err(ChangeError::Faults(vec![Remark { key: "", message: RENAMED.to_owned() }]));
        }
        let after = match kept {
            Kept::Whole(_) => Kept::Whole(spec),
            Kept::Patches(patches) => Kept::Patches(and_then(patches, patch)),
        };
        let _place = place::take(mount, &entry).await?;
        if store.swap_override(before, change::<E>(mount, id, Some(after))?).await? {
            E::put(directory, entry);
            return Ok(true);
        }
    }
    Err(ChangeError::Contended)
}

const RENAMED: &str =
    "a patch renames nothing: leave the identifier out; PUT makes another, DELETE removes the one before";

/// Removes a client or user; whether there was one.
pub(crate) async fn remove<E: Entry>(world: &World, mount: &Mount, id: &str) -> Result<bool, ChangeError> {
    if E::present(&mount.core.directory, id).is_none() {
        return Ok(false);
    }
    let removal = change::<E>(mount, id, None)?;
    world.issuer.overrides().put_override(removal.clone()).await?;
    let was_there = E::remove(&mount.core.directory, id);
    void::collect_alone(world, [removal]).await;
    Ok(was_there)
}

/// What a patch makes of the present one: it as the issuer keeps it, it as written, and the patch as it is kept.
async fn patched<E: Entry>(
    world: &World,
    mount: &Mount,
    mut present: E::Spec,
    patch: &Patch<E::Spec>,
) -> Result<(E, E::Spec, Patch<E::Spec>), ChangeError> {
    let mut patch = patch.clone();
    let says_secret = E::SECRETS.iter().any(|name| patch.members.get(name).is_some());
    if says_secret {
        // One way of giving the secret takes the place of the other.
        for name in E::SECRETS.iter().filter(|name| patch.members.get(name).is_none()).collect::<Vec<_>>() {
            patch.members.set(name, grant::Value::Null);
        }
    }
    E::claim_secret(&mut present);
    let gives_secret =
        E::SECRETS.iter().any(|name| !matches!(patch.members.get(name), None | Some(grant::Value::Null)));
    if gives_secret && patch.members.get(E::HAS_SECRET).is_none() {
        patch.members.set(E::HAS_SECRET, grant::Value::Null);
    }
    let mut spec = patch.over(&present).map_err(ChangeError::Unfit)?;
    E::keep_listed(&mut spec, &present);
    let (entry, spec) = judge::<E>(world, mount, spec).await?;
    patch.members.remove(E::HAS_SECRET);
    if says_secret {
        let kept: grant::Claims =
            serde_json::to_string(&spec).and_then(|text| serde_json::from_str(&text)).map_err(internal)?;
        for name in E::SECRETS {
            patch.members.set(name, kept.get(name).cloned().unwrap_or(grant::Value::Null));
        }
    }
    Ok((entry, spec, patch))
}

/// Adds a patch to those before; what one patch can say is one.
fn and_then<S>(mut patches: Vec<Patch<S>>, next: Patch<S>) -> Vec<Patch<S>> {
    let Some(last) = patches.pop() else { return vec![next] };
    if let Some(both) = last.then(&next) {
        and_then(patches, both)
    } else {
        patches.extend([last, next]);
        patches
    }
}

/// Checks one that is to be put: it as the issuer keeps it, and as the store does.
async fn judge<E: Entry>(world: &World, mount: &Mount, spec: E::Spec) -> Result<(E, E::Spec), ChangeError> {
    let dialect = mount.dialect();
    let checked: Checked<E> = check(&*dialect, spec.clone())?;
    check_weakness(world, mount, E::id(&spec), &checked)?;
    let spec = checked.value.without_clear_secret(spec).await?;
    let kept: Checked<E> = check(&*dialect, spec.clone())?;
    // What it lacks once a digest of its secret alone is known.
    for fault in kept.warnings.iter().filter(|fault| !checked.warnings.contains(fault)) {
        tracing::warn!(mount = mount.name(), id = E::id(&spec), "{}: {}", fault.key, fault.message);
    }
    Ok((kept.value, spec))
}

/// Refuses a secret that could be guessed where strangers can reach the gateway, and says what is odd.
fn check_weakness<T>(world: &World, mount: &Mount, id: &str, checked: &Checked<T>) -> Result<(), ChangeError> {
    for fault in &checked.warnings {
        tracing::warn!(mount = mount.name(), id, "{}: {}", fault.key, fault.message);
    }
    match checked.weak {
        Some(why) if world.rules.refuse_weak_secrets => Err(ChangeError::WeakSecret(why)),
        Some(why) => {
            tracing::warn!(mount = mount.name(), id, "its secret could be guessed: it {why}");
            Ok(())
        }
        None => Ok(()),
    }
}

pub(crate) fn change<E: Entry>(mount: &Mount, id: &str, kept: Option<Kept<E::Spec>>) -> Result<Override, ChangeError> {
    let body = kept.map(Kept::body).transpose().map_err(internal)?;
    Ok(Override { realm: mount.core.realm.clone(), kind: E::KIND, id: id.to_owned(), body })
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: serde_json::Error) -> ChangeError {
    ChangeError::Internal(format!("a kept change cannot be read or written: {error}"))
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
