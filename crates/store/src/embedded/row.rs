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
    /// The record as JSON, if there is more to know.
    pub(super) body: Vec<u8>,
}

impl Row {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(34 + self.body.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.expiry.to_be_bytes());
        match self.spending {
            None => bytes.push(0),
            Some(Spending { at, request }) => {
                bytes.push(1);
                bytes.extend_from_slice(&at.to_be_bytes());
                bytes.extend_from_slice(&request.0);
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
        let (spending, body) = match rest.split_first()? {
            (0, body) => (None, body),
            (1, rest) => {
                let (at, rest) = rest.split_first_chunk()?;
                let (request, body) = rest.split_first_chunk()?;
                (Some(Spending { at: i64::from_be_bytes(*at), request: RequestId(*request) }), body)
            }
            _ => return None,
        };
        Some(Self { expiry: i64::from_be_bytes(*expiry), spending, body: body.to_vec() })
    }
}
