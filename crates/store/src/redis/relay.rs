//! Letters between replicas: two streams that all read, one of which is kept, and one for each, on a connection of its own,
//! which waits.

use super::client::Repeat;
use super::names::Key;
use super::pool::Connection;
use super::script::{Call, RELAY};
use super::{Core, Feed};
use crate::record::corrupt;
use deadpool_redis::redis::{FromRedisValue, cmd};
use issuer::state::{Address, Changes, Relay, StoreError};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How many letters a stream keeps, near enough.
const KEPT: u32 = 10_000;
/// How long the one that is kept lasts after its last letter, milliseconds.
const LASTS: u32 = 3_600_000;
/// The same for letters that are read at once.
const PASSES: u32 = 60_000;
/// How long a replica waits for letters at a time, milliseconds.
const WAIT: u64 = 300;
/// How many are read at a time.
const COUNT: usize = 256;
/// What is before all letters.
const START: &str = "0-0";

/// One replica's post.
pub(super) struct Post {
    core: Arc<Core>,
    id: String,
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    connection: Option<Connection>,
    /// The last letter that was read of each stream.
    places: Option<[String; 3]>,
}

/// A letter as Redis gives it: its place, then `l`, the letter.
type Raw = (String, Vec<Vec<u8>>);

impl Post {
    pub(super) fn new(feed: &Feed) -> Self {
        Self { core: Arc::clone(&feed.core), id: feed.id().to_owned(), reading: Mutex::default() }
    }

    /// In the order in which they are read.
    fn streams(&self) -> [Key; 3] {
        let names = &self.core.names;
        [names.kept_letters(), names.letters(), names.letters_to(&self.id)]
    }

    async fn end_of(&self, stream: &Key) -> Result<String, StoreError> {
        let mut last = cmd("XREVRANGE");
        last.arg(stream.as_bytes()).arg("+").arg("-").arg("COUNT").arg(1);
        let last: Vec<Raw> = self.core.client.send("letters_end", &last).await?;
        Ok(last.into_iter().next().map_or_else(|| START.to_owned(), |(place, _)| place))
    }

    async fn read(&self, reading: &mut Reading, from_start: bool) -> Result<Vec<Vec<u8>>, StoreError> {
        let lost = |why: String| StoreError::Unavailable(format!("receiving letters: {why}"));
        let streams = self.streams();
        let places = if let Some(places) = reading.places.take() {
            places
        } else {
            let kept = if from_start { START.to_owned() } else { self.end_of(&streams[0]).await? };
            [kept, self.end_of(&streams[1]).await?, START.to_owned()]
        };
        let places = reading.places.insert(places);
        let connection = match &mut reading.connection {
            Some(connection) => connection,
            none => none.insert(self.core.client.own_connection().await?),
        };
        let mut command = cmd("XREAD");
        command.arg("COUNT").arg(COUNT).arg("BLOCK").arg(WAIT).arg("STREAMS");
        for stream in &streams {
            command.arg(stream.as_bytes());
        }
        command.arg(&places[..]);
        let patience = Duration::from_millis(WAIT) + self.core.client.deadline().max(Duration::from_millis(2 * WAIT));
        let answer = match timeout(patience, connection.link().send(&command)).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Err(lost(error.to_string())),
            Err(_) => return Err(lost("no answer in time".to_owned())),
        };
        let read: Option<Vec<(Vec<u8>, Vec<Raw>)>> =
            FromRedisValue::from_redis_value(answer).map_err(|_| corrupt("letters"))?;
        let mut letters = Vec::new();
        let mut read = read.unwrap_or_default();
        for (stream, place) in streams.iter().zip(places) {
            let found = read.iter_mut().find(|(name, _)| name == stream.as_bytes());
            let entries = found.map(|(_, entries)| std::mem::take(entries)).unwrap_or_default();
            let is_cut = entries.len() >= COUNT;
            for (at, mut fields) in entries {
                *place = at;
                letters.extend(fields.pop());
            }
            // What was sent after the rest of this stream is read after it.
            if is_cut {
                break;
            }
        }
        Ok(letters)
    }
}

#[async_trait::async_trait]
impl Relay for Post {
    async fn send(&self, to: Address<'_>, letters: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let (key, lasts) = match to {
            Address::Kept => (self.core.names.kept_letters(), LASTS),
            Address::All => (self.core.names.letters(), PASSES),
            Address::One(id) => (self.core.names.letters_to(id), PASSES),
        };
        let keys = [key];
        let call = letters.into_iter().fold(Call::on(&keys).arg(KEPT).arg(lasts), Call::arg);
        // Whoever reads them knows a letter that came twice.
        self.core.client.run(&RELAY, call, Repeat::Safe).await
    }

    async fn receive(&self, from_start: bool) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut reading = self.reading.lock().await;
        let read = self.read(&mut reading, from_start).await;
        if read.is_err()
            && let Some(connection) = reading.connection.take()
        {
            connection.discard();
        }
        read
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").finish_non_exhaustive()
    }
}
