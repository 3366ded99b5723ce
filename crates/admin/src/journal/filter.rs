//! Which entries are meant, and what of one is other than meant.

use super::near::nearest;
use admin_api::{Difference, JournalFilter};
use grant::{Endpoint, GrantType};
use serde_json::Value;
use std::collections::BTreeSet;
use surface::backchannel;
use surface::journal::Entry;
use surface::meter;
use surface::page::Page;
use surface::telemetry::trace::METHODS;
use surface::world::World;
use uuid::Uuid;

/// A value of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Absent,
    Text(&'a str),
    Number(u64),
    Flag(bool),
}

impl<'a> From<Option<&'a str>> for Part<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, Self::Text)
    }
}

impl From<Part<'_>> for Value {
    fn from(part: Part<'_>) -> Self {
        match part {
            Part::Absent => Self::Null,
            Part::Text(text) => text.into(),
            Part::Number(number) => number.into(),
            Part::Flag(flag) => flag.into(),
        }
    }
}

/// What one key wants and an entry has.
struct Compared<'a> {
    key: &'static str,
    wanted: Part<'a>,
    found: Part<'a>,
}

impl Compared<'_> {
    fn differs(&self) -> bool {
        match (self.wanted, self.found) {
            (Part::Absent, _) => false,
            (Part::Number(since), Part::Number(number)) if self.key == "since" => number <= since,
            (wanted, found) => wanted != found,
        }
    }
}

fn compared<'a>(filter: &'a JournalFilter, entry: &'a Entry, id: &'a str) -> [Compared<'a>; JournalFilter::KEYS.len()] {
    let text = |key, wanted: &'a Option<String>, found: Option<&'a str>| Compared {
        key,
        wanted: wanted.as_deref().into(),
        found: found.into(),
    };
    let other = |key, wanted: Option<Part<'a>>, found| Compared { key, wanted: wanted.unwrap_or(Part::Absent), found };
    let status = filter.status.map(|status| Part::Number(status.into()));
    [
        text("mount", &filter.mount, entry.mount.as_deref()),
        text("endpoint", &filter.endpoint, Some(entry.endpoint)),
        text("client_id", &filter.client_id, entry.client_id.as_deref()),
        text("user", &filter.user, entry.user.as_deref()),
        text("grant", &filter.grant, entry.grant),
        text("method", &filter.method, Some(entry.method)),
        text("path", &filter.path, Some(&entry.path)),
        other("status", status, Part::Number(entry.status.into())),
        text("error", &filter.error, entry.error),
        other("forced", filter.forced.map(Part::Flag), Part::Flag(entry.forced_by.is_some())),
        text("reference", &filter.reference, Some(id).filter(|_| entry.is_shown)),
        text("id", &filter.id, Some(id)),
        other("since", filter.since.map(Part::Number), Part::Number(entry.number)),
    ]
}

fn with<T>(filter: &JournalFilter, entry: &Entry, look: impl FnOnce(&[Compared<'_>]) -> T) -> T {
    let mut id = Uuid::encode_buffer();
    let id = entry.id.hyphenated().encode_lower(&mut id);
    look(&compared(filter, entry, id))
}

/// Whether an entry is meant.
pub(crate) fn admits(filter: &JournalFilter, entry: &Entry) -> bool {
    with(filter, entry, |all| !all.iter().any(Compared::differs))
}

/// What of an entry is other than meant.
pub(crate) fn differences(filter: &JournalFilter, entry: &Entry) -> Vec<Difference> {
    let difference =
        |one: &Compared<'_>| Difference { key: one.key.to_owned(), wanted: one.wanted.into(), found: one.found.into() };
    with(filter, entry, |all| all.iter().filter(|one| one.differs()).map(difference).collect())
}

/// What is wrong with a filter that can match nothing, and what to write instead.
pub(crate) fn check(world: &World, filter: &JournalFilter) -> Result<(), (String, String)> {
    let refuse = |key: &str, value: &str, known: Vec<&str>| {
        let near = nearest(value, known.iter().copied()).map(|near| format!("did you mean {near}? "));
        let remedy = format!("{}there are {}", near.unwrap_or_default(), known.join(", "));
        Err((format!("`{key}` is `{}`, which is not known", value.escape_debug()), remedy))
    };
    let mounts = &world.mounts;
    if let Some(name) = filter.mount.as_deref().filter(|name| mounts.get(name).is_none()) {
        return refuse("mount", name, mounts.all().iter().map(|mount| mount.name()).collect());
    }
    let endpoints = Endpoint::ALL.map(Endpoint::as_str).into_iter();
    let endpoints =
        endpoints.chain(Page::ALL.map(Page::as_str)).chain(["style", "none", backchannel::ENDPOINT]).collect();
    let mut errors: Vec<_> = meter::errors().collect();
    errors.sort_unstable();
    errors.dedup();
    let grants = GrantType::ALL.map(GrantType::as_str).to_vec();
    let all = [
        ("endpoint", &filter.endpoint, endpoints),
        ("grant", &filter.grant, grants),
        ("error", &filter.error, errors),
        ("method", &filter.method, METHODS.to_vec()),
    ];
    for (key, value, known) in all {
        if let Some(value) = value.as_deref().filter(|value| !known.contains(value)) {
            return refuse(key, value, known);
        }
    }
    Ok(())
}

/// Has a user name stand for the `sub` of whoever is called so; the error says that these are several.
pub(crate) fn settle(world: &World, filter: &mut JournalFilter) -> Result<(), (String, String)> {
    let Some(name) = &filter.user else { return Ok(()) };
    let mounts = world.mounts.all().iter();
    let mounts = mounts.filter(|mount| filter.mount.as_deref().is_none_or(|name| name == mount.name()));
    let found = mounts.filter_map(|mount| Some(mount.core.directory.find_user(name)?.sub.to_string()));
    let subs: BTreeSet<String> = found.collect();
    if subs.len() > 1 && !subs.contains(name) {
        let detail = format!("`user` is `{}`, and mounts have different users of that name", name.escape_debug());
        return Err((detail, format!("name the `mount`, or a sub: {}", Vec::from_iter(subs).join(", "))));
    }
    if let Some(sub) = subs.into_iter().next().filter(|sub| sub != name) {
        filter.user = Some(sub);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n83_each_key_is_compared() {
        let filter = JournalFilter::default();
        let entry = Entry::default();
        let keys: Vec<_> = compared(&filter, &entry, "").iter().map(|one| one.key).collect();
        assert_eq!(keys, JournalFilter::KEYS);
    }
}
