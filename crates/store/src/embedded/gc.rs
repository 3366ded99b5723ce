//! Rows that end: each has one entry in an index ordered by time, from which the writer collects what is long over.
//!
//! Each realm has a clock of its own, so each is collected by its own present. A frozen clock collects nothing, and
//! one set ahead no more than real time does: when it is set back, what it made look expired is alive again.

use super::row::Row;
use super::tables::{Kind, Tables, key};
use issuer::clock::ClockState;
use issuer::state::{Moment, Realm, StoreError};

/// Seconds that a row is kept beyond its end.
const MARGIN: i64 = 24 * 3600;

/// Rows collected in a batch beyond twice its operations, each of which adds two rows at most: one that revokes the
/// families of a consent puts a row in the place of another.
const SLICE: usize = 32;

/// A time as bytes that sort like it.
fn sortable(seconds: i64) -> [u8; 8] {
    (seconds.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// The index entry of a row: realm, time, kind, then the rest of the row's key.
fn entry(realm: &Realm, expiry: i64, kind: Kind, row_key: &[u8]) -> Vec<u8> {
    let suffix = row_key.get(key(realm, &[]).len()..).unwrap_or_default();
    key(realm, &[&sortable(expiry), &[kind as u8], suffix])
}

/// The latest end, in seconds, of what may be collected at `moment`.
fn horizon(moment: Moment) -> Option<i64> {
    match moment.clock {
        ClockState::Frozen(_) => None,
        ClockState::Offset(ahead) => {
            Some(moment.millis.saturating_sub(ahead.0.max(0)).div_euclid(1000).saturating_sub(MARGIN))
        }
    }
}

impl Tables<'_> {
    /// Writes a row that stood with the expiry `before`, if it stood.
    pub(super) fn put_row(
        &mut self,
        realm: &Realm,
        kind: Kind,
        row_key: &[u8],
        before: Option<i64>,
        row: &Row,
    ) -> Result<(), StoreError> {
        if before != Some(row.expiry) {
            if let Some(before) = before {
                self.expiry.remove(&entry(realm, before, kind, row_key))?;
            }
            self.expiry.put(&entry(realm, row.expiry, kind, row_key), &[])?;
        }
        self.rows(kind).put(row_key, &row.encode())
    }

    /// Removes a row that stood with that expiry.
    pub(super) fn remove_row(
        &mut self,
        realm: &Realm,
        kind: Kind,
        row_key: &[u8],
        expiry: i64,
    ) -> Result<(), StoreError> {
        self.expiry.remove(&entry(realm, expiry, kind, row_key))?;
        self.rows(kind).remove(row_key)
    }

    /// Notes the present of a realm.
    pub(super) fn note(&mut self, realm: &Realm, moment: Moment) {
        match self.presents.iter_mut().find(|(known, _)| known == realm) {
            Some(present) => present.1 = moment,
            None => self.presents.push((realm.clone(), moment)),
        }
    }

    /// Removes rows that ended a day and more ago, a bounded number after a batch of `operations`.
    pub(super) fn collect(&mut self, operations: usize) -> Result<(), StoreError> {
        let mut left = SLICE + 2 * operations;
        for (realm, moment) in std::mem::take(&mut self.presents) {
            let Some(horizon) = horizon(moment) else { continue };
            let prefix = key(&realm, &[]);
            let end = key(&realm, &[&sortable(horizon.saturating_add(1))]);
            for (entry, _) in self.expiry.range(&prefix, &end, left)? {
                left -= 1;
                self.expiry.remove(&entry)?;
                let rest = entry.get(prefix.len() + 8..).unwrap_or_default();
                if let Some((kind, suffix)) = rest.split_first()
                    && let Some(kind) = Kind::from_byte(*kind)
                {
                    self.rows(kind).remove(&key(&realm, &[suffix]))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::Millis;

    #[test]
    fn times_sort_as_bytes() {
        let times = [i64::MIN, -1, 0, 1, 1_715_861_418, i64::MAX];
        assert!(times.windows(2).all(|pair| sortable(pair[0]) < sortable(pair[1])));
    }

    #[test]
    fn only_time_that_really_passes_collects() {
        let at = |millis, clock| horizon(Moment { millis, clock });
        let day = 86_400_000;
        assert_eq!(at(3 * day, ClockState::REAL), Some(2 * 86_400));
        assert_eq!(at(3 * day, ClockState::Offset(Millis(2 * day))), Some(0), "set ahead");
        assert_eq!(at(3 * day, ClockState::Offset(Millis(-2 * day))), Some(2 * 86_400), "set back");
        assert_eq!(at(3 * day, ClockState::Frozen(3 * day)), None);
    }
}
