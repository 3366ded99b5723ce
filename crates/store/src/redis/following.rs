//! Following the log: on a connection of its own, which waits.

use super::changes::Feed;
use super::client::Repeat;
use super::names::Key;
use super::pool::Connection;
use super::script::{Call, MARK};
use super::told::Told;
use crate::cursor::{Entry, Place};
use crate::format::{self, NEWEST};
use crate::meter;
use crate::record::corrupt;
use deadpool_redis::redis::{FromRedisValue, cmd};
use issuer::state::{Change, Due, StoreError};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// How long a replica waits for changes before it says again that it lives, milliseconds.
const WAIT: u64 = 300;

/// The connection that waits for changes; none before the first, and after a failure.
#[derive(Default)]
pub(super) struct Following(Option<Connection>);

/// An entry as Redis gives it: its place, then `n`, its number, `c`, the change.
type Raw = (String, Vec<Vec<u8>>);

impl Following {
    pub(super) fn discard(&mut self) {
        if let Some(connection) = self.0.take() {
            connection.discard();
        }
    }

    /// The entries after a place; none after a while. A Redis that is far away is waited for as long as by any call.
    async fn read(&self, log: &Key, after: Place, deadline: Duration) -> Result<Vec<Entry>, StoreError> {
        let lost = |why: String| StoreError::Unavailable(format!("following the changes: {why}"));
        let connection = self.0.as_ref().ok_or_else(|| lost("no connection".to_owned()))?;
        let mut command = cmd("XREAD");
        command.arg("COUNT").arg(256).arg("BLOCK").arg(WAIT).arg("STREAMS").arg(log.as_bytes()).arg(after.to_string());
        let patience = Duration::from_millis(WAIT) + deadline.max(Duration::from_millis(2 * WAIT));
        let answer = match timeout(patience, connection.link().send(&command)).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Err(lost(error.to_string())),
            Err(_) => return Err(lost("no answer in time".to_owned())),
        };
        let streams: Option<Vec<(Vec<u8>, Vec<Raw>)>> =
            FromRedisValue::from_redis_value(answer).map_err(|_| corrupt("the log"))?;
        streams.into_iter().flatten().flat_map(|(_, entries)| entries).map(entry).collect()
    }
}

impl Feed {
    /// What is due after a while at most.
    pub(super) async fn follow(&self, following: &mut Following) -> Result<Due, StoreError> {
        let (is_certain, place) = {
            let cursor = self.cursor.lock();
            (cursor.is_certain(), cursor.place())
        };
        if is_certain && following.0.is_some() {
            let entries = following.read(&self.core.names.log(), place, self.core.client.deadline()).await?;
            if entries.iter().any(|entry| entry.change == Change::Reset) {
                self.core.read_epoch().await?;
            }
            for entry in &entries {
                if let Change::ResetOf(owner) = &entry.change {
                    self.namespaces.doubt_epoch(Some(owner));
                }
            }
            if let Some(due) = self.cursor.lock().entries(entries) {
                return Ok(due);
            }
        }
        self.begin(following).await
    }

    /// Begins to follow at the log's end, and with everything.
    async fn begin(&self, following: &mut Following) -> Result<Due, StoreError> {
        let client = &self.core.client;
        if following.0.is_none() {
            following.0 = Some(client.own_connection().await?);
            if let Some(connection) = &following.0 {
                self.look(&mut connection.link()).await?;
            }
        }
        let mark = self.store_mark().await?;
        let own = *self.own.lock();
        let mut last = cmd("XREVRANGE");
        last.arg(self.core.names.log().as_bytes()).arg("+").arg("-").arg("COUNT").arg(1);
        let entries: Vec<Raw> = client.send("log_end", &last).await?;
        // What is read after this includes every change up to there.
        self.core.read_epoch().await?;
        format::note(&self.core.place, self.core.format.load(Ordering::Relaxed));
        self.namespaces.doubt_epoch(None);
        let end = entries.into_iter().next().map(entry).transpose()?;
        let (place, number) = end.map(|end| (end.place, end.number)).unwrap_or_default();
        // A change of its own that is in the log no more, for Redis has lost it, is one that nobody can wait for.
        {
            let mut now = self.own.lock();
            *now = if *now == own { own.min(place) } else { *now };
        }
        let mut cursor = self.cursor.lock();
        if let Some(known) = cursor.mark().filter(|known| *known != mark) {
            meter::note_lost(known, &mark);
        }
        Ok(cursor.everything(place, number, mark))
    }

    /// The mark that tells this store from any other, and from itself once it has lost what it kept; made where there is
    /// none. A store that is new then is of the newest format.
    async fn store_mark(&self) -> Result<String, StoreError> {
        let names = &self.core.names;
        let keys = [names.mark(), names.log(), names.epoch(), names.format()];
        let call = Call::on(&keys).arg(format!("{:032x}", rand::random::<u128>())).arg(NEWEST);
        self.core.client.run(&MARK, call, Repeat::Safe).await
    }
}

fn entry((place, fields): Raw) -> Result<Entry, StoreError> {
    let [_, number, _, change] = &fields[..] else { return Err(corrupt("a change")) };
    let number = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| corrupt("a change's number"))?;
    Ok(Entry { place: Place::parse(&place)?, number, change: Told::read(change) })
}
