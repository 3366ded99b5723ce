//! How rows that end are written: a short binary head, then the record.

use issuer::state::{RequestId, Spending, StoreError};

/// The first byte of every row: how the rest is written.
pub(super) const VERSION: u8 = 1;

/// A row that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// How long it is kept, seconds since the epoch.
    pub(super) expiry: i64,
    pub(super) spending: Option<Spending>,
    /// Of the first of a chain: the newest number of the chain that was used.
    pub(super) newest: Option<u64>,
    /// The record as JSON, if there is more to know.
    pub(super) body: Vec<u8>,
}

impl Row {
    /// A row of what is not spent.
    pub(super) const fn new(expiry: i64, body: Vec<u8>) -> Self {
        Self { expiry, spending: None, newest: None, body }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(42 + self.body.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.expiry.to_be_bytes());
        match self.spending {
            None => bytes.push(0),
            Some(Spending { at, request }) => {
                bytes.push(if self.newest.is_some() { 2 } else { 1 });
                bytes.extend_from_slice(&at.to_be_bytes());
                bytes.extend_from_slice(&request.0);
                bytes.extend(self.newest.into_iter().flat_map(u64::to_be_bytes));
            }
        }
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::read(bytes).ok_or_else(|| StoreError::Corrupt("a row has an unknown form".to_owned()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION], rest) = bytes.split_first_chunk()? else { return None };
        let (expiry, rest) = rest.split_first_chunk()?;
        let (form, rest) = rest.split_first()?;
        let (spending, rest) = match form {
            0 => (None, rest),
            1 | 2 => {
                let (at, rest) = rest.split_first_chunk()?;
                let (request, rest) = rest.split_first_chunk()?;
                (Some(Spending { at: i64::from_be_bytes(*at), request: RequestId(*request) }), rest)
            }
            _ => return None,
        };
        let (newest, body) = match form {
            2 => rest.split_first_chunk().map(|(newest, body)| (Some(u64::from_be_bytes(*newest)), body))?,
            _ => (None, rest),
        };
        Some(Self { expiry: i64::from_be_bytes(*expiry), spending, newest, body: body.to_vec() })
    }
}
