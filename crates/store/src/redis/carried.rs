//! What Redis holds, as it is carried.

use super::consents::{decode, digits, encode};
use super::family::{self, chain, spending};
use super::names::{Key, Named, Owned};
use super::script::{CARRY, CARRY_LISTED, Call};
use super::{Core, Redis, client::Repeat, house, overrides, scenarios};
use crate::carry::{BATCH, Bytes, Carried, Carry, Damage, KeyBody, Row, Rows, checked};
use crate::format::NEWEST;
use crate::record::{ChangeBody, PatBody, corrupt, from_json, to_json};
use deadpool_redis::redis::{FromRedisValue, cmd};
use futures_util::future::join_all;
use issuer::state::{FamilyId, HandleHash, Realm, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

type Found = Result<Vec<Result<Row, Damage>>, StoreError>;

#[async_trait::async_trait]
impl Carry for Redis {
    fn rows(&self) -> Rows {
        let (core, (out, rows)) = (Arc::clone(&self.core), mpsc::channel(4));
        tokio::spawn(async move {
            let done = async {
                let epoch = core.read_epoch().await?;
                let mut keys = house::keys(&core, core.names.epoch_pattern(epoch));
                while let Some(found) = keys.recv().await {
                    let read = join_all(found?.iter().map(|key| core.read(epoch, key))).await;
                    if !send(&out, read).await? {
                        return Ok(());
                    }
                }
                let mut keys = house::keys(&core, core.names.signing_keys_pattern());
                while let Some(found) = keys.recv().await {
                    let read = join_all(found?.iter().map(|key| core.signing_keys(key))).await;
                    send(&out, read).await?;
                }
                let others = [core.changes().await, all_scenarios(&core).await];
                send(&out, others.into()).await.map(drop)
            };
            if let Err(why) = done.await {
                let _ = out.send(vec![Err(Damage::of("Redis", b"", &why))]).await;
            }
        });
        rows
    }

    fn format(&self) -> u32 {
        self.core.format.load(Ordering::Relaxed)
    }

    async fn upgrade(&self) -> Result<(), StoreError> {
        let key = self.core.names.format();
        self.core.client.send::<()>("upgrade", cmd("SET").arg(key.as_bytes()).arg(NEWEST)).await?;
        self.core.format.store(NEWEST, Ordering::Relaxed);
        Ok(())
    }

    /// The rows go into the next epoch, in which nobody looks yet.
    async fn begin(&self) -> Result<(), StoreError> {
        self.core.begin_carrying().await.map(drop)
    }

    async fn add(&self, rows: Vec<Carried>) -> Result<(), StoreError> {
        self.core.add_carried(rows).await
    }

    async fn finish(&self, rows: Vec<Carried>) -> Result<(), StoreError> {
        self.upgrade().await?;
        self.core.finish_carrying(rows).await
    }
}

/// Sends what was found; whether anybody wants more.
async fn send(out: &mpsc::Sender<Vec<Result<Carried, Damage>>>, found: Vec<Found>) -> Result<bool, StoreError> {
    let mut all = Vec::with_capacity(BATCH);
    for rows in found {
        all.extend(
            rows?.into_iter().map(|row| row.and_then(|row| checked(row).map_err(|why| Damage::of("Redis", b"", why)))),
        );
    }
    Ok(all.is_empty() || out.send(all).await.is_ok())
}

async fn all_scenarios(core: &Core) -> Found {
    let all = core.scenarios().await?;
    Ok(all.into_iter().map(|it| Ok(Row::Scenario { id: it.id, seen: it.seen, used: it.used, body: it.body })).collect())
}

impl Core {
    async fn all<T: FromRedisValue>(&self, command: &str, key: &Key) -> Result<T, StoreError> {
        self.client.send("carry", cmd(command).arg(key.as_bytes())).await
    }

    /// The rows of one key. What is damaged in it is named; an error is Redis's.
    async fn read(&self, epoch: u64, key: &Key) -> Found {
        let damage = |why: StoreError| Damage::of("key", key.as_bytes(), why);
        let Some(named) = self.names.parse(epoch, key) else { return Ok(Vec::new()) };
        let rows = match named {
            Named::Family(realm, family) => {
                let fields: HashMap<Vec<u8>, Vec<u8>> = self.all("HGETALL", key).await?;
                return Ok(family::rows(realm.as_str(), family, &fields)
                    .into_iter()
                    .map(|row| row.map_err(damage))
                    .collect());
            }
            Named::Owned(realm, kind, handle) => {
                let (body, until, used) = self.owned(key).await?;
                // It may have ended since it was found.
                if body.is_none() && until.is_none() {
                    Ok(Vec::new())
                } else {
                    owned(&realm, kind, handle, body, until, used)
                }
            }
            Named::Consents(realm, subject) => {
                let all: HashMap<String, Vec<u8>> = self.all("HGETALL", key).await?;
                let row = |(client_id, body): (String, Vec<u8>)| {
                    let body = decode(client_id, &body)?.into();
                    Ok(Row::Consent { realm: realm.as_str().to_owned(), subject: subject.clone(), body })
                };
                all.into_iter().map(row).collect()
            }
            Named::ConsentFamilies(realm, subject, client_id) => {
                let all: Vec<(String, i64)> = self
                    .client
                    .send("carry", cmd("ZRANGE").arg(key.as_bytes()).arg(0).arg(-1).arg("WITHSCORES"))
                    .await?;
                let row = |(family, until): (String, i64)| {
                    let family = u64::from_str_radix(&family, 16).map_err(|_| corrupt("a family"))?;
                    let (realm, subject, client_id) = (realm.as_str().to_owned(), subject.clone(), client_id.clone());
                    Ok(Row::ConsentFamily { realm, subject, client_id, family, until })
                };
                all.into_iter().map(row).collect::<Result<Vec<_>, StoreError>>()
            }
        };
        Ok(rows.map_or_else(|why| vec![Err(damage(why))], |rows| rows.into_iter().map(Ok).collect()))
    }

    async fn signing_keys(&self, key: &Key) -> Found {
        let name = String::from_utf8_lossy(key.as_bytes()).into_owned();
        let realm = name.rsplit_once(":{").map_or("", |(_, rest)| rest.trim_end_matches('}')).to_owned();
        let all: Vec<Vec<u8>> = self.all("HVALS", key).await?;
        let row = |body: Vec<u8>| {
            let body: KeyBody = from_json(&body, "a key").map_err(|why| Damage::of("key", key.as_bytes(), why))?;
            Ok(Row::Key { realm: realm.clone(), body })
        };
        Ok(all.into_iter().map(row).collect())
    }

    async fn changes(&self) -> Found {
        let key = self.names.overrides();
        let all: Vec<Vec<u8>> = self.all("HVALS", &key).await?;
        let row = |body: Vec<u8>| {
            let body: ChangeBody =
                from_json(&body, "a change").map_err(|why| Damage::of("key", key.as_bytes(), why))?;
            Ok(Row::Change { body })
        };
        Ok(all.into_iter().map(row).collect())
    }

    /// Puts a row into the epoch that is known.
    pub(super) async fn put(&self, row: Row) -> Result<(), StoreError> {
        let epoch = self.epoch().await?;
        let realm_of = |realm: &str| Realm::of_mount(realm);
        let family = |realm: &str, family: u64| self.names.family(epoch, &realm_of(realm), FamilyId(family));
        match row {
            Row::Code { realm, code, until, spent, body } => {
                let key = family(&realm, body.terms.family);
                self.fields(key, until, &[(b"c", &code.0, to_json(&body)?), (b"x", &code.0, spending(spent))]).await
            }
            Row::Refresh { realm, token, until, spent, newest, body } => {
                let key = family(&realm, body.family);
                let (handle, spent) =
                    ((&b"t"[..], &token.0[..], Vec::new()), (&b"x"[..], &token.0[..], spending(spent)));
                self.fields(key, until, &[handle, spent, (b"g", b"", chain(newest, &token.0))]).await
            }
            Row::Device { realm, family: number, until, body } => {
                self.fields(family(&realm, number), until, &[(b"d", b"", to_json(&body)?)]).await
            }
            Row::Family { realm, family: number, until } => {
                self.fields(family(&realm, number), until, &[(b"r", b"", until.to_string().into())]).await
            }
            Row::Spent { realm, family: number, token, until, spent, newest } => {
                let field = (&b"s"[..], token.as_bytes(), spending(Some(spent)));
                let chain = (&b"j"[..], &b""[..], chain(newest, token.as_bytes()));
                self.fields(family(&realm, number), until, &[field, chain]).await
            }
            Row::Revoked { realm, family: number, token, until } => {
                self.fields(family(&realm, number), until, &[(b"a", token.as_bytes(), until.to_string().into())]).await
            }
            Row::Session { realm, session, until, body } => {
                let list = body.as_ref().map(|body| (&*body.subject, &*body.sid));
                let bytes = body.as_ref().map(to_json).transpose()?;
                self.put_carried(&realm_of(&realm), Owned::Session, session, until, list, bytes).await
            }
            Row::Pat { realm, token, until, body } => {
                let list = body.as_ref().map(|body| (&*body.subject, &*body.id));
                let bytes = body.as_ref().map(to_json).transpose()?;
                self.put_carried(&realm_of(&realm), Owned::Pat, token, until, list, bytes).await
            }
            Row::Consent { realm, subject, body } => {
                let key = self.names.consents(epoch, &realm_of(&realm), &subject);
                let record = body.record()?;
                let client_id = record.client_id.clone();
                self.set(&key, client_id.as_bytes(), &encode(record)?).await
            }
            Row::ConsentFamily { realm, subject, client_id, family, until } => {
                let list = self.names.consent_families(epoch, &realm_of(&realm), &subject, &client_id);
                self.listed(list, until, digits(FamilyId(family)).as_bytes()).await
            }
            shared => self.put_shared(shared).await,
        }
    }

    async fn put_carried(
        &self,
        realm: &Realm,
        kind: Owned,
        handle: Bytes<32>,
        until: i64,
        list: Option<(&str, &str)>,
        body: Option<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let epoch = self.epoch().await?;
        if let Some((subject, id)) = list {
            let entry = [id.as_bytes(), &handle.0].concat();
            self.listed(self.names.owned_by(epoch, realm, kind, subject), until, &entry).await?;
        }
        let key = self.names.owned(epoch, realm, kind, HandleHash(handle.0));
        self.fields(key, until, &[(b"b", b"", body.unwrap_or_default())]).await
    }

    /// Adds fields, each of a letter and a name, to a hash that ends then. One of no value is left out.
    async fn fields(&self, key: Key, until: i64, fields: &[(&[u8], &[u8], Vec<u8>)]) -> Result<(), StoreError> {
        let keys = [key];
        let call = fields.iter().fold(Call::on(&keys).arg(until), |call, (letter, name, value)| {
            call.arg([*letter, *name].concat()).arg(&value[..])
        });
        self.client.run(&CARRY, call, Repeat::Safe).await
    }

    async fn listed(&self, list: Key, until: i64, entry: &[u8]) -> Result<(), StoreError> {
        self.client.run(&CARRY_LISTED, Call::on(&[list]).arg(until).arg(entry), Repeat::Safe).await
    }

    /// Sets a field of a hash that ends with its namespace.
    async fn set(&self, key: &Key, field: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let mut command = cmd("HSET");
        command.arg(key.as_bytes()).arg(field).arg(value);
        self.client.send::<()>("carry", &command).await?;
        self.client.bound(key).await
    }

    pub(super) async fn put_shared(&self, row: Row) -> Result<(), StoreError> {
        let rows: Vec<(Key, Vec<u8>, Vec<u8>)> = match row {
            Row::Key { realm, body } => {
                let key = self.names.signing_keys(&Realm::of_mount(&realm));
                vec![(key, body.kid.clone().into(), to_json(&body)?)]
            }
            Row::Change { body } => {
                let change = body.clone().change()?;
                let field = overrides::field(&change.realm, change.kind, &change.id);
                vec![(self.names.overrides(), field, to_json(&body)?)]
            }
            Row::Scenario { id, seen, used, body } => {
                let uses = self.names.scenario_uses();
                let (number, id) = (id, id.to_string().into_bytes());
                vec![
                    (self.names.scenarios(), id.clone(), body.into()),
                    (uses.clone(), id.clone(), used.to_string().into()),
                    (uses.clone(), scenarios::seen(number).into(), seen.to_string().into()),
                    // They come in the order of their numbers.
                    (uses, b"last".to_vec(), id),
                ]
            }
            _ => Vec::new(),
        };
        for (key, field, value) in rows {
            self.set(&key, &field, &value).await?;
        }
        Ok(())
    }
}

fn owned(
    realm: &Realm,
    kind: Owned,
    handle: HandleHash,
    body: Option<Vec<u8>>,
    until: Option<i64>,
    used: Option<i64>,
) -> Result<Vec<Row>, StoreError> {
    let (realm, handle) = (realm.as_str().to_owned(), Bytes(handle.0));
    let until = until.ok_or_else(|| corrupt("its end"))?;
    Ok(vec![match kind {
        Owned::Session => {
            let body = body.map(|body| from_json(&body, "a session")).transpose()?;
            Row::Session { realm, session: handle, until, body }
        }
        Owned::Pat => {
            let body = body.map(|body| from_json::<PatBody>(&body, "a personal access token")).transpose()?;
            let body = body.map(|body| PatBody { last_used: used.or(body.last_used), ..body });
            Row::Pat { realm, token: handle, until, body }
        }
    }])
}
