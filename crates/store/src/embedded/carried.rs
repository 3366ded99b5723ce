//! The rows of this store, as they are carried.

use super::row::Row as Stored;
use super::tables::{CONSENTS, Definition, END, FORMAT, KEYS, Kind, OVERRIDES, Tables, families_key, key, user_key};
use super::writer::Writer;
use super::{Embedded, keys, overrides};
use crate::carry::{self, BATCH, Bytes, Carried, Carry, Damage, KeyBody, Row, Rows, checked};
use crate::format::NEWEST;
use crate::record::{corrupt, from_json, to_json};
use issuer::state::{Realm, ScenarioRecord, Spending, StoreError};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

#[async_trait::async_trait]
impl Carry for Embedded {
    fn rows(&self) -> Rows {
        let database = self.writer.database();
        let (out, rows) = mpsc::channel(4);
        let start = self.start.clone().unwrap_or_default();
        tokio::task::spawn_blocking(move || {
            let done = database.read(|snapshot| {
                let mut batch = Vec::with_capacity(BATCH);
                for (table, kind) in tables() {
                    let is_wanted = snapshot.each(table, |key, value| {
                        if !key.starts_with(start.as_bytes()) {
                            return true;
                        }
                        let row = read(table, kind, key, value).and_then(|row| row.map(checked).transpose());
                        let row = row.map_err(|why| Damage::of(redb::TableHandle::name(&table), key, why));
                        batch.extend(row.transpose());
                        batch.len() < BATCH || out.blocking_send(std::mem::take(&mut batch)).is_ok()
                    })?;
                    if !is_wanted {
                        return Ok(());
                    }
                }
                let _ = if batch.is_empty() { Ok(()) } else { out.blocking_send(batch) };
                Ok(())
            });
            if let Err(why) = done {
                let _ = out.blocking_send(vec![Err(Damage::of("the database", b"", why))]);
            }
        });
        rows
    }

    fn format(&self) -> u32 {
        self.writer.format
    }

    async fn upgrade(&self) -> Result<(), StoreError> {
        self.writer.run("upgrade", |tables| tables.meta.put(FORMAT, &NEWEST.to_be_bytes())).await
    }

    async fn begin(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn add(&self, rows: Vec<Carried>) -> Result<(), StoreError> {
        let add = |tables: &mut Tables<'_>| rows.into_iter().try_for_each(|Carried(row)| put(tables, row));
        self.writer.run("restore", add).await
    }

    async fn finish(&self, rows: Vec<Carried>) -> Result<(), StoreError> {
        self.add(rows).await
    }
}

/// Puts rows in the place of all there are; the scenarios among them, which are kept in memory.
pub(super) async fn replace(
    writer: &Writer,
    start: &str,
    lines: &[Vec<u8>],
) -> Result<Vec<ScenarioRecord>, StoreError> {
    let start = start.to_owned();
    let (mut rows, mut scenarios) = (Vec::new(), Vec::new());
    for Carried(row) in carry::rows_of(lines)? {
        match row {
            Row::Scenario { id, seen, used, body } => scenarios.push(ScenarioRecord { id, body, seen, used }),
            row => rows.push(row),
        }
    }
    let step = move |tables: &mut Tables<'_>| {
        tables.empty(start.as_bytes())?;
        rows.into_iter().try_for_each(|row| put(tables, row))
    };
    writer.run("restore", step).await?;
    Ok(scenarios)
}

/// The tables whose rows do not follow from others: codes before what came of them.
fn tables() -> impl Iterator<Item = (Definition, Option<Kind>)> {
    let ending = Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::UserSession | Kind::UserPat));
    let others = [CONSENTS, KEYS, OVERRIDES].map(|table| (table, None));
    ending.map(|kind| (kind.table(), Some(kind))).chain(others)
}

fn read(table: Definition, kind: Option<Kind>, key: &[u8], value: &[u8]) -> Result<Option<Row>, StoreError> {
    if let Some(kind) = kind {
        return ending(kind, key, &Stored::decode(value)?);
    }
    let name = redb::TableHandle::name(&table);
    let (realm, rest) = text_before(key)?;
    Ok(Some(if name == redb::TableHandle::name(&CONSENTS) {
        let (subject, _) = text_before(rest)?;
        Row::Consent { realm, subject, body: from_json(value, "a consent")? }
    } else if name == redb::TableHandle::name(&KEYS) {
        Row::Key { realm, body: KeyBody::from(&keys::decode(value)?) }
    } else {
        Row::Change { body: overrides::decode(value)?.into() }
    }))
}

fn ending(kind: Kind, key: &[u8], row: &Stored) -> Result<Option<Row>, StoreError> {
    let (realm, rest) = text_before(key)?;
    let until = row.expiry;
    let spent = row.spending.map(Into::into);
    Ok(Some(match kind {
        Kind::Code => Row::Code { realm, code: hash(rest)?, until, spent, body: from_json(&row.body, "a code")? },
        Kind::Refresh => {
            let body = from_json(&row.body, "a refresh token")?;
            Row::Refresh { realm, token: hash(rest)?, until, spent, newest: row.newest, body }
        }
        Kind::Device => Row::Device { realm, family: family(rest)?.0, until, body: from_json(&row.body, "a device")? },
        Kind::Family => Row::Family { realm, family: family(rest)?.0, until },
        Kind::Spent => {
            let (family, token) = family(rest)?;
            let spent = spent.ok_or_else(|| corrupt("what spent a token"))?;
            Row::Spent { realm, family, token: text(token)?, until, spent, newest: row.newest }
        }
        Kind::Revoked => {
            let (family, token) = family(rest)?;
            Row::Revoked { realm, family, token: text(token)?, until }
        }
        Kind::Session => Row::Session { realm, session: hash(rest)?, until, body: body(&row.body, "a session")? },
        Kind::Pat => Row::Pat { realm, token: hash(rest)?, until, body: body(&row.body, "a personal access token")? },
        Kind::ConsentFamily => {
            let (subject, rest) = text_before(rest)?;
            let (client_id, rest) = text_before(rest)?;
            Row::ConsentFamily { realm, subject, client_id, family: family(rest)?.0, until }
        }
        Kind::UserSession | Kind::UserPat => return Ok(None),
    }))
}

/// The text before the next end in a key, and what follows.
fn text_before(key: &[u8]) -> Result<(String, &[u8]), StoreError> {
    let at = key.iter().position(|byte| *byte == END).ok_or_else(|| corrupt("a key"))?;
    Ok((text(&key[..at])?, &key[at + 1..]))
}

fn text(bytes: &[u8]) -> Result<String, StoreError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| corrupt("a key"))
}

fn hash(rest: &[u8]) -> Result<Bytes<32>, StoreError> {
    rest.try_into().map(Bytes).map_err(|_| corrupt("a key"))
}

fn family(rest: &[u8]) -> Result<(u64, &[u8]), StoreError> {
    let (family, rest) = rest.split_first_chunk().ok_or_else(|| corrupt("a key"))?;
    Ok((u64::from_be_bytes(*family), rest))
}

/// The body of what may have been ended.
fn body<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<Option<T>, StoreError> {
    if body.is_empty() { Ok(None) } else { from_json(body, what).map(Some) }
}

fn put(tables: &mut Tables<'_>, row: Row) -> Result<(), StoreError> {
    match row {
        Row::Code { realm, code, until, spent, body } => {
            let spending = spent.map(Spending::from);
            let row = Stored { expiry: until, spending, newest: None, body: to_json(&body)? };
            put_row(tables, &realm, Kind::Code, &[&code.0], &row)
        }
        Row::Refresh { realm, token, until, spent, newest, body } => {
            let row = Stored { expiry: until, spending: spent.map(Spending::from), newest, body: to_json(&body)? };
            put_row(tables, &realm, Kind::Refresh, &[&token.0], &row)
        }
        Row::Device { realm, family, until, body } => {
            put_row(tables, &realm, Kind::Device, &[&family.to_be_bytes()], &Stored::new(until, to_json(&body)?))
        }
        Row::Family { realm, family, until } => {
            put_row(tables, &realm, Kind::Family, &[&family.to_be_bytes()], &Stored::new(until, Vec::new()))
        }
        Row::Spent { realm, family, token, until, spent, newest } => {
            let row = Stored { expiry: until, spending: Some(spent.into()), newest, body: Vec::new() };
            put_row(tables, &realm, Kind::Spent, &[&family.to_be_bytes(), token.as_bytes()], &row)
        }
        Row::Revoked { realm, family, token, until } => {
            let parts: [&[u8]; 2] = [&family.to_be_bytes(), token.as_bytes()];
            put_row(tables, &realm, Kind::Revoked, &parts, &Stored::new(until, Vec::new()))
        }
        Row::Session { realm, session, until, body } => {
            let bytes = body.as_ref().map(to_json).transpose()?.unwrap_or_default();
            if let Some(body) = body {
                let list = user_key(&Realm::of_mount(&realm), &body.subject, &body.sid);
                put_listed(tables, &realm, Kind::UserSession, &list, until, &session)?;
            }
            put_row(tables, &realm, Kind::Session, &[&session.0], &Stored::new(until, bytes))
        }
        Row::Pat { realm, token, until, body } => {
            let bytes = body.as_ref().map(to_json).transpose()?.unwrap_or_default();
            if let Some(body) = body {
                let list = user_key(&Realm::of_mount(&realm), &body.subject, &body.id);
                put_listed(tables, &realm, Kind::UserPat, &list, until, &token)?;
            }
            put_row(tables, &realm, Kind::Pat, &[&token.0], &Stored::new(until, bytes))
        }
        Row::Consent { realm, subject, body } => {
            let key = user_key(&Realm::of_mount(&realm), &subject, &body.client_id);
            tables.consents.put(&key, &to_json(&body)?)
        }
        Row::ConsentFamily { realm, subject, client_id, family, until } => {
            let realm = Realm::of_mount(&realm);
            let key = [families_key(&realm, &subject, &client_id), family.to_be_bytes().to_vec()].concat();
            let before = tables.row(Kind::ConsentFamily, &key)?.map(|row| row.expiry);
            tables.put_row(&realm, Kind::ConsentFamily, &key, before, &Stored::new(until, Vec::new()))
        }
        Row::Key { realm, body } => keys::put(tables, &Realm::of_mount(&realm), &body.key()?),
        Row::Change { body } => {
            let (key, row) = overrides::encode(body.change()?)?;
            tables.overrides.put(&key, &row)
        }
        // Kept in memory alone.
        Row::Scenario { .. } => Ok(()),
    }
}

fn put_row(tables: &mut Tables<'_>, realm: &str, kind: Kind, parts: &[&[u8]], row: &Stored) -> Result<(), StoreError> {
    let realm = Realm::of_mount(realm);
    let key = key(&realm, parts);
    // Redis may give a row twice.
    let before = tables.row(kind, &key)?.map(|row| row.expiry);
    tables.put_row(&realm, kind, &key, before, row)
}

fn put_listed(
    tables: &mut Tables<'_>,
    realm: &str,
    kind: Kind,
    key: &[u8],
    until: i64,
    handle: &Bytes<32>,
) -> Result<(), StoreError> {
    let before = tables.row(kind, key)?.map(|row| row.expiry);
    tables.put_row(&Realm::of_mount(realm), kind, key, before, &Stored::new(until, handle.0.to_vec()))
}
