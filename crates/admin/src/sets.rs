//! All clients or users of a mount at once: all of them are put, or none.

use crate::change::ChangeError;
use crate::entry::{self, Entry, Kept};
use crate::overrides::BREATH;
use admin_api::{ClientSpec, SetView, UserSpec};
use grant::{Client, User};
use issuer::state::{Override, Replacement};
use issuer::{Changed, Directory};
use std::collections::{HashMap, HashSet, hash_map};
use std::sync::Arc;
use surface::mounts::Mount;
use surface::world::World;

/// How many passwords are hashed in one call: each takes tens of milliseconds.
const PASSWORDS: usize = 500;
/// How many faults are told of.
const TOLD: usize = 20;

/// What can be put many at a time.
pub(crate) trait Collected: Entry + 'static {
    /// The member that each must have.
    const ID: &'static str;
    /// The members that are lists, and those that are true or false, where all is text.
    const LISTS: &'static [&'static str];
    const SWITCHES: &'static [&'static str];

    fn all(directory: &Directory) -> Vec<Arc<Self>>;
    fn configured_ids(directory: &Directory) -> Vec<Arc<str>>;
    fn put_all(directory: &Directory, all: Changed<Self>, keeps: bool);
    /// Whether its secret comes in the clear and takes long to hash.
    fn is_dear(spec: &Self::Spec) -> bool;
}

impl Collected for Client {
    const ID: &'static str = "id";
    const LISTS: &'static [&'static str] =
        &["grants", "scopes", "redirect_uris", "post_logout_redirect_uris", "allowed_origins"];
    const SWITCHES: &'static [&'static str] = &["public", "trusted", "disabled"];

    fn all(directory: &Directory) -> Vec<Arc<Self>> {
        directory.clients()
    }

    fn configured_ids(directory: &Directory) -> Vec<Arc<str>> {
        directory.configured_clients().cloned().collect()
    }

    fn put_all(directory: &Directory, all: Changed<Self>, keeps: bool) {
        directory.put_clients(all, keeps);
    }

    fn is_dear(_: &ClientSpec) -> bool {
        false
    }
}

impl Collected for User {
    const ID: &'static str = "sub";
    const LISTS: &'static [&'static str] = &[];
    const SWITCHES: &'static [&'static str] = &["has_password", "denies_consent", "disabled"];

    fn all(directory: &Directory) -> Vec<Arc<Self>> {
        directory.users()
    }

    fn configured_ids(directory: &Directory) -> Vec<Arc<str>> {
        directory.configured_users().cloned().collect()
    }

    fn put_all(directory: &Directory, all: Changed<Self>, keeps: bool) {
        directory.put_users(all, keeps);
    }

    fn is_dear(spec: &UserSpec) -> bool {
        spec.password.is_some()
    }
}

/// One of many, and where it stands among them.
#[derive(Debug)]
pub(crate) struct Placed<S> {
    /// Such as `line 3`.
    pub(crate) place: String,
    pub(crate) spec: S,
}

/// Why none of them was put.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetError {
    /// Some do not fit: where, and why.
    #[error("{0}")]
    Faults(Faults),
    /// Another failure.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// What is wrong, and where. The first are told of.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    told: Vec<String>,
    count: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, place: &str, why: impl std::fmt::Display) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("{place}: {why}"));
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told.join("; "))?;
        match self.count - self.told.len() {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// Puts many clients or users. With `merge` the others stay, else they are removed.
pub(crate) async fn put<E: Collected>(
    world: &World,
    mount: &Mount,
    all: Vec<Placed<E::Spec>>,
    merge: bool,
) -> Result<SetView, SetError> {
    let directory = &mount.core.directory;
    let put = all.len();
    let judged = judge::<E>(world, mount, all, merge).await?;
    let mut changed = Changed::<E>::with_capacity(put);
    let mut rows: Vec<Override> = Vec::with_capacity(put);
    for (id, entry, spec) in judged {
        rows.push(entry::change::<E>(mount, &id, Some(Kept::Whole(spec)))?);
        changed.insert(id, Some(Arc::new(entry)));
    }
    let before: Vec<_> = if merge { Vec::new() } else { E::all(directory) };
    let removed = before.iter().filter(|entry| !changed.contains_key(&entry_id(&***entry))).count();
    let mut of = Vec::new();
    if !merge {
        of.push((mount.core.realm.clone(), E::KIND));
        for id in E::configured_ids(directory) {
            if let hash_map::Entry::Vacant(gone) = changed.entry(id) {
                rows.push(entry::change::<E>(mount, gone.key(), None)?);
                gone.insert(None);
            }
        }
    }
    let replacement = Replacement { of, changes: rows, scenarios: None };
    world.issuer.overrides().replace_overrides(replacement).await.map_err(ChangeError::from)?;
    E::put_all(directory, changed, merge);
    Ok(SetView { put, removed })
}

fn entry_id<E: Entry>(entry: &E) -> Arc<str> {
    E::id(&E::Spec::from(entry)).into()
}

/// Each by its id, as the issuer keeps it and as the store does; an error where one does not fit.
async fn judge<E: Collected>(
    world: &World,
    mount: &Mount,
    all: Vec<Placed<E::Spec>>,
    merge: bool,
) -> Result<Vec<(Arc<str>, E, E::Spec)>, SetError> {
    let (dialect, directory) = (mount.dialect(), &mount.core.directory);
    let (mut faults, mut judged, mut weak, mut dear) = (Faults::default(), Vec::with_capacity(all.len()), 0_usize, 0);
    let mut names = Names::of::<E>(directory, &all, merge);
    for (number, Placed { place, mut spec }) in all.into_iter().enumerate() {
        if number % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        if let Some(present) = E::present(directory, E::id(&spec)) {
            let present = E::Spec::from(&*present);
            E::keep_secret(&mut spec, &present);
            E::keep_listed(&mut spec, &present);
        }
        dear += usize::from(E::is_dear(&spec));
        if dear > PASSWORDS {
            faults.add(&place, format!("more than {PASSWORDS} passwords are in the clear: send `password_argon2`"));
            break;
        }
        let checked = match entry::check::<E>(&*dialect, spec.clone()) {
            Ok(checked) => checked,
            Err(why) => {
                faults.add(&place, why);
                continue;
            }
        };
        if let Some(why) = checked.weak {
            weak += 1;
            if world.rules.refuse_weak_secrets {
                faults.add(&place, ChangeError::WeakSecret(why));
                continue;
            }
        }
        let id: Arc<str> = E::id(&spec).into();
        if let Err(why) = names.take(&id, &checked.value) {
            faults.add(&place, why);
            continue;
        }
        // Once one does not fit, the others are looked at, and nothing dear is done.
        if faults.is_empty() {
            let kept = checked.value.without_clear_secret(spec).await?;
            let entry = entry::check::<E>(&*dialect, kept.clone())?.value;
            judged.push((id, entry, kept));
        }
    }
    if !faults.is_empty() {
        return Err(SetError::Faults(faults));
    }
    if weak > 0 {
        tracing::warn!(mount = mount.name(), weak, "secrets could be guessed of so many that were put at once");
    }
    Ok(judged)
}

/// By what names one is found, and whose they are.
#[derive(Default)]
pub(crate) struct Names {
    ids: HashSet<Arc<str>>,
    owners: HashMap<Arc<str>, Arc<str>>,
}

impl Names {
    /// The names of those that stay beside what is put.
    fn of<E: Collected>(directory: &Directory, put: &[Placed<E::Spec>], merge: bool) -> Self {
        let mut names = Self::default();
        if merge {
            let put: HashSet<&str> = put.iter().map(|placed| E::id(&placed.spec)).collect();
            for entry in E::all(directory) {
                let id = entry_id(&*entry);
                if !put.contains(&*id) {
                    names.owners.extend(entry.names().into_iter().map(|name| (name, Arc::clone(&id))));
                }
            }
        }
        names
    }

    /// Gives one its id and its names; why it cannot have them.
    pub(crate) fn take<E: Entry>(&mut self, id: &Arc<str>, entry: &E) -> Result<(), String> {
        if !self.ids.insert(Arc::clone(id)) {
            return Err(format!("`{}` is there twice", id.escape_debug()));
        }
        for name in entry.names() {
            let owner = self.owners.entry(Arc::clone(&name)).or_insert_with(|| Arc::clone(id));
            if owner != id {
                return Err(format!("`{}` is a sub or username of `{}`", name.escape_debug(), owner.escape_debug()));
            }
        }
        Ok(())
    }
}
