//! What to change, in one sentence: one function per cause. The first that knows something is heard.
//!
//! A hint repeats no text of a stranger's, but for what is registered here as well.

mod asked;
mod assertion;
mod body;
mod client;
mod code;
mod device;
mod path;
mod token;

use std::sync::Arc;
use surface::journal::Entry;
use surface::mounts::Mount;
use surface::world::World;

/// A refused or odd request.
struct Case<'a> {
    world: &'a World,
    entry: &'a Entry,
    /// Its mount, where that is still there.
    mount: Option<&'a Arc<Mount>>,
}

type Hint = fn(&Case<'_>) -> Option<String>;

const HINTS: &[Hint] = &[
    path::namespace,
    path::doubled,
    path::nearest,
    body::marked,
    body::compressed,
    body::another_media,
    client::place,
    client::twice,
    assertion::fault,
    client::secret,
    client::of_another_mount,
    code::spent,
    code::expired,
    code::of_another,
    code::redirect_uri,
    code::verifier,
    code::challenge,
    code::refresh_token,
    device::waiting,
    device::expired,
    device::too_soon,
    token::missing,
    token::kind,
    token::foreign,
    token::of_another_world,
    token::lifetime,
    asked::scope,
    asked::scope_of_client,
    asked::grant,
    asked::rate_limit,
    asked::origin,
    asked::response,
];

/// How far back what came before is looked for, in entries.
const BACK: usize = 10_000;

/// What to change; none where nothing is wrong or lacking, or nobody knows.
pub(super) fn hint(world: &World, entry: &Entry) -> Option<String> {
    // What a scenario does is no fault of the client's.
    if entry.forced_by.is_some() {
        return None;
    }
    let mount = entry.mount.as_deref().and_then(|name| world.mounts.get(name));
    let case = Case { world, entry, mount };
    if entry.error.is_none() && entry.cause.is_none() {
        return code::without_refresh(&case);
    }
    HINTS.iter().find_map(|hint| hint(&case))
}

impl<'a> Case<'a> {
    /// The mounts beside its own.
    fn others(&self) -> impl Iterator<Item = &'a Arc<Mount>> {
        let own = self.mount.map(|mount| mount.name());
        self.world.mounts.all().iter().filter(move |mount| Some(mount.name()) != own)
    }

    /// The newest entry before it that is of the same authorization and fits.
    fn before(&self, fits: impl Fn(&Entry) -> bool) -> Option<Arc<Entry>> {
        // Numbers of entries that another replica has sent are those of their coming.
        let (family, when) = (self.entry.more.family?, (self.entry.at, self.entry.number));
        let is_before = |entry: &Entry| (entry.at, entry.number) < when;
        let is_kin = |entry: &Arc<Entry>| is_before(entry) && entry.more.family == Some(family) && fits(entry);
        self.world.journal.newest_first().take(BACK).find(is_kin)
    }
}
