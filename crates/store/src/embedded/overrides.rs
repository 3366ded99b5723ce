//! What was changed at run time.

use super::Embedded;
use super::tables::key;
use crate::record::{ChangeBody, from_json, legible, to_json};
use issuer::state::{Override, OverrideKind, OverrideStore, Realm, Replacement, StoreError};
use std::collections::BTreeMap;

fn change_key(realm: &Realm, kind: OverrideKind, id: &str) -> Vec<u8> {
    key(realm, &[kind.as_str().as_bytes(), &[0], id.as_bytes()])
}

#[async_trait::async_trait]
impl OverrideStore for Embedded {
    async fn overrides(&self) -> Result<Vec<Override>, StoreError> {
        let start = self.start.clone().unwrap_or_default();
        self.writer
            .run("overrides", move |tables| {
                let rows = tables.overrides.under(start.as_bytes())?;
                Ok(rows.iter().filter_map(|(_, row)| legible("a run-time change", row, decode(row))).collect())
            })
            .await
    }

    async fn put_override(&self, change: Override) -> Result<(), StoreError> {
        self.writer
            .run("change", move |tables| {
                let (key, row) = encode(change)?;
                tables.overrides.put(&key, &row)
            })
            .await
    }

    async fn override_of(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<Option<Override>, StoreError> {
        let key = change_key(realm, kind, id);
        self.writer
            .run("overrides", move |tables| tables.overrides.get(&key)?.map(|row| decode(&row)).transpose())
            .await
    }

    async fn swap_override(&self, before: Option<Override>, change: Override) -> Result<bool, StoreError> {
        self.writer
            .run("change", move |tables| {
                let (key, row) = encode(change)?;
                let kept = tables.overrides.get(&key)?.map(|row| decode(&row)).transpose()?;
                if kept != before {
                    return Ok(false);
                }
                tables.overrides.put(&key, &row)?;
                Ok(true)
            })
            .await
    }

    async fn replace_overrides(&self, replacement: Replacement) -> Result<(), StoreError> {
        let Replacement { of, changes, scenarios } = replacement;
        self.writer
            .run("change", move |tables| {
                // All that can be wrong with them comes before the first is written.
                let rows = changes.into_iter().map(encode).collect::<Result<BTreeMap<_, _>, _>>()?;
                for (realm, kind) in of {
                    for (key, _) in tables.overrides.under(&change_key(&realm, kind, ""))? {
                        if !rows.contains_key(&key) {
                            tables.overrides.remove(&key)?;
                        }
                    }
                }
                rows.iter().try_for_each(|(key, row)| tables.overrides.put(key, row))
            })
            .await?;
        if let Some(scenarios) = scenarios {
            self.scenarios.replace(scenarios);
        }
        Ok(())
    }

    async fn forget_override(&self, realm: &Realm, kind: OverrideKind, id: &str) -> Result<(), StoreError> {
        let key = change_key(realm, kind, id);
        self.writer.run("change", move |tables| tables.overrides.remove(&key)).await
    }

    async fn collect_override(&self, change: Override) -> Result<bool, StoreError> {
        self.writer
            .run("change", move |tables| {
                let (key, row) = encode(change)?;
                let is_kept = tables.overrides.get(&key)?.is_some_and(|kept| *kept == *row);
                if is_kept {
                    tables.overrides.remove(&key)?;
                }
                Ok(is_kept)
            })
            .await
    }
}

pub(super) fn encode(change: Override) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let key = change_key(&change.realm, change.kind, &change.id);
    Ok((key, to_json(&ChangeBody::from(change))?))
}

pub(super) fn decode(row: &[u8]) -> Result<Override, StoreError> {
    from_json::<ChangeBody>(row, "a change")?.change()
}
