//! What was issued, and keys, saved with a state and put back with it: rows as a backup has them.

use super::{StateError, internal, text};
use crate::change::ChangeError;
use crate::expiry;
use admin_api::State;
use grant::{Claims, Value};
use issuer::state::{Override, OverrideKind, Replacement, StoreError};
use serde_json::json;
use surface::world::World;

/// A row of a backup: its kind, and what it holds.
struct Row<'a> {
    kind: &'a str,
    realm: Option<&'a str>,
    /// What a change changes.
    of: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(row: &'a Claims) -> Option<Self> {
        let (kind, Value::Map(inner)) = row.iter().next()? else { return None };
        let (realm, of) = match inner.get("body") {
            Some(Value::Map(body)) if kind == "change" => (body.str("realm"), body.str("kind")),
            _ => (inner.str("realm"), None),
        };
        Some(Self { kind, realm, of })
    }

    fn is_of(&self, world: &World) -> bool {
        let is_realm = |name| world.mounts.all().iter().any(|mount| mount.core.realm.as_str() == name);
        self.realm.is_some_and(is_realm)
    }

    /// Whether it was issued, or is a key, or says of what was issued that it is expired.
    fn is_token(&self) -> bool {
        match self.kind {
            "scenario" => false,
            "change" => self.of == Some(OverrideKind::Expiry.as_str()),
            _ => true,
        }
    }
}

/// The state with what was issued.
pub(crate) async fn save(world: &World, mut state: State) -> Result<State, ChangeError> {
    let is_wanted = |row: &Claims| Row::of(row).is_some_and(|row| row.is_token() && row.is_of(world));
    let rows = rows(world).await?.into_iter().filter(is_wanted).collect();
    for mount in world.mounts.all() {
        state.mounts.entry(mount.name().to_owned()).or_default().issuer = Some(mount.core.issuer.to_string());
    }
    Ok(State { tokens: Some(rows), ..state })
}

/// Has everything as it was saved, what was issued included.
pub(super) async fn load(world: &World, replacement: Replacement, tokens: Vec<Claims>) -> Result<(), StateError> {
    let is_fit = |row: &Claims| Row::of(row).is_some_and(|row| row.is_token() && row.is_of(world));
    if let Some(index) = tokens.iter().position(|row| !is_fit(row)) {
        return Err(StateError::Unfit(format!("row {} of `tokens` is none of what these mounts issue", index + 1)));
    }
    if let Some(index) = tokens.iter().position(|row| !is_likely_mark(row)) {
        return Err(StateError::Unfit(format!("row {} of `tokens` is no mark of expired tokens", index + 1)));
    }
    // What is kept of mounts that are not served stays as it is.
    let is_foreign = |row: &Claims| {
        Row::of(row).is_some_and(|row| {
            row.kind != "scenario" && !row.is_of(world) && row.realm != Some(world.issuer.realm().as_str())
        })
    };
    let before = rows(world).await?;
    let line = |row: &Claims| Ok::<_, ChangeError>(text(row)?.into_bytes());
    let mut lines =
        tokens.iter().chain(before.iter().filter(|row| is_foreign(row))).map(line).collect::<Result<Vec<_>, _>>()?;
    for Override { realm, kind, id, body } in replacement.changes {
        let body = json!({ "realm": realm.as_str(), "kind": kind.as_str(), "id": id, "body": body });
        lines.push(json!({ "change": { "body": body } }).to_string().into_bytes());
    }
    for record in replacement.scenarios.unwrap_or_default() {
        let row = json!({ "id": record.id, "seen": record.seen, "used": record.used, "body": record.body });
        lines.push(json!({ "scenario": row }).to_string().into_bytes());
    }
    world.issuer.replace_all(lines).await.map_err(|error| match error {
        StoreError::Corrupt(why) => StateError::Unfit(format!("`tokens` cannot be read: {why}")),
        error => error.into(),
    })?;
    if let Err(why) = refresh_keys(world).await {
        // Whether keys can be used is seen when they are: all that was there goes back.
        world.issuer.replace_all(before.iter().map(line).collect::<Result<_, _>>()?).await?;
        refresh_keys(world).await.map_err(ChangeError::Internal)?;
        return Err(StateError::Unfit(format!("a key of `tokens` cannot be used: {why}")));
    }
    Ok(())
}

async fn refresh_keys(world: &World) -> Result<(), String> {
    for mount in world.mounts.all() {
        world.issuer.refresh_keys(&mount.core).await.map_err(|error| error.cause.into_owned())?;
    }
    Ok(())
}

/// Whether a row is no mark of expired tokens, or may be one.
fn is_likely_mark(row: &Claims) -> bool {
    let Some(Value::Map(change)) = row.get("change") else { return true };
    let Some(Value::Map(body)) = change.get("body") else { return true };
    body.str("kind") != Some(OverrideKind::Expiry.as_str()) || body.str("body").is_some_and(expiry::is_likely)
}

/// Keeps the generations of tokens that have begun since.
pub(super) async fn keep_generations(world: &World) -> Result<(), StateError> {
    Ok(expiry::keep_generations(world).await?)
}

/// Refuses what was issued by mounts of other issuers: no token of theirs is worth anything here.
pub(super) fn check_issuers(world: &World, state: &State) -> Result<(), StateError> {
    for mount in world.mounts.all() {
        let saved = state.mounts.get(mount.name()).and_then(|kept| kept.issuer.as_deref());
        if saved != Some(&*mount.core.issuer) {
            let (name, own, saved) = (mount.name(), &mount.core.issuer, saved.unwrap_or("none").escape_debug());
            return Err(StateError::Unfit(format!(
                "the state has tokens, and the issuer of mount `{name}` was `{saved}`, now it is `{own}`: they go back only \
                 to where they came from"
            )));
        }
    }
    Ok(())
}

/// All rows that the store has.
async fn rows(world: &World) -> Result<Vec<Claims>, ChangeError> {
    let (mut chunks, mut bytes) = (world.issuer.backup(), Vec::new());
    while let Some(chunk) = chunks.recv().await {
        bytes.extend(chunk?);
    }
    let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    // The first is the head, the last the trailer.
    let rows = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    rows.iter().map(|line| serde_json::from_slice(line).map_err(internal)).collect()
}
