//! Chains of refresh tokens: of each the first row and the last ones are kept. The first says which number is the newest
//! that was used.

use super::Embedded;
use super::row::Row;
use super::tables::{Kind, Tables};
use crate::format::CHAINS;
use issuer::state::{Link, Realm, Spending, StoreError};

impl Embedded {
    /// Whether chains are bounded: an earlier program could not tell what is forgotten.
    pub(super) fn bounds_chains(&self) -> bool {
        self.writer.format >= CHAINS
    }
}

impl Tables<'_> {
    /// What stands for a token of which there is no row, where it is one whose use is forgotten.
    pub(super) fn forgotten(&mut self, kind: Kind, link: Option<&Link<Vec<u8>>>) -> Result<Option<Row>, StoreError> {
        let Some(link) = link else { return Ok(None) };
        let first = self.row(kind, &link.first)?;
        let first = first.filter(|first| link.is_forgotten(first.newest));
        Ok(first.map(|first| Row { spending: Some(Spending::FORGOTTEN), ..first }))
    }

    /// Notes that the token was used, and forgets the use of another.
    pub(super) fn bound(&mut self, realm: &Realm, kind: Kind, link: Option<&Link<Vec<u8>>>) -> Result<(), StoreError> {
        let Some(link) = link else { return Ok(()) };
        let Some(first) = self.row(kind, &link.first)? else { return Ok(()) };
        let newest = Some(first.newest.map_or(link.number, |newest| newest.max(link.number)));
        self.put_row(realm, kind, &link.first, Some(first.expiry), &Row { newest, ..first })?;
        let Some(forgotten) = &link.forgotten else { return Ok(()) };
        match self.row(kind, forgotten)? {
            Some(row) => self.remove_row(realm, kind, forgotten, row.expiry),
            None => Ok(()),
        }
    }
}
