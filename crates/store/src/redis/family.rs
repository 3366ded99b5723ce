//! The fields of a family's hash, as they are carried. Each begins with a letter:
//!
//! | field | what it holds |
//! |---|---|
//! | `c`, a code's hash | its record |
//! | `d` | what a device asks for |
//! | `t`, a refresh handle's hash | the hash of the code whose terms it has |
//! | `x`, the hash of either | what spent it: request, milliseconds |
//! | `s`, the `jti` of a refresh token | the same |
//! | `g` and `j` | of handles and JWTs: the newest number that was used, and the first of the chain |
//! | `a`, the `jti` of an access token that was revoked | when it ends |
//! | `p` | which of those are looked at next |
//! | `r` | when the family ends, which was revoked |
//! | `l` | the last step, as long as it may be taken back |
//! | `e` | when all of it ends |

use crate::carry::{Bytes, Row, Spent};
use crate::record::{CodeBody, DeviceBody, RefreshBody, corrupt, decode_code, from_json};
use issuer::state::{FamilyId, RefreshRecord, RequestId, Spending, StoreError};
use std::collections::HashMap;

/// What spent a code or token.
pub(super) fn spending(spent: Option<Spent>) -> Vec<u8> {
    let text = |Spending { at, request }: Spending| [&request.0, at.to_string().as_bytes()].concat();
    spent.map(|spent| text(spent.into())).unwrap_or_default()
}

fn read_spending(value: &[u8]) -> Result<Spent, StoreError> {
    let read = || {
        let (request, at) = value.split_first_chunk()?;
        let at = std::str::from_utf8(at).ok()?.parse().ok()?;
        Some(Spending { at, request: RequestId(*request) }.into())
    };
    read().ok_or_else(|| corrupt("what spent a token"))
}

/// The newest number of a chain that was used, with the chain's first token.
pub(super) fn chain(newest: Option<u64>, first: &[u8]) -> Vec<u8> {
    newest.map(|newest| [format!("{newest} ").as_bytes(), first].concat()).unwrap_or_default()
}

/// The newest number that was used of the chain which that token is the first of.
fn newest(fields: &HashMap<Vec<u8>, Vec<u8>>, chain: &[u8], token: &[u8]) -> Result<Option<u64>, StoreError> {
    let Some(kept) = fields.get(chain) else { return Ok(None) };
    let read = || {
        let at = kept.iter().position(|byte| *byte == b' ')?;
        Some((std::str::from_utf8(&kept[..at]).ok()?.parse().ok()?, &kept[at + 1..]))
    };
    let (newest, first) = read().ok_or_else(|| corrupt("a chain"))?;
    Ok((first == token).then_some(newest))
}

fn number(fields: &HashMap<Vec<u8>, Vec<u8>>, field: &[u8]) -> Option<i64> {
    fields.get(field).and_then(|value| std::str::from_utf8(value).ok()?.parse().ok())
}

/// All of a family.
pub(super) fn rows(realm: &str, family: FamilyId, fields: &HashMap<Vec<u8>, Vec<u8>>) -> Vec<Result<Row, StoreError>> {
    let realm = realm.to_owned();
    let end = || number(fields, b"e").ok_or_else(|| corrupt("the end of a family"));
    let spent = |handle: &[u8]| fields.get(&[b"x", handle].concat()).map(|value| read_spending(value)).transpose();
    let name = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| corrupt("a token's name"));
    let hash = |bytes: &[u8]| bytes.try_into().map(Bytes).map_err(|_| corrupt("the hash of a handle"));
    let row = |field: &[u8], value: &[u8]| -> Result<Option<Row>, StoreError> {
        let (letter, rest) = field.split_first().ok_or_else(|| corrupt("a field"))?;
        let realm = realm.clone();
        Ok(Some(match letter {
            b'c' => {
                let (spent, body): (_, CodeBody) = (spent(rest)?, from_json(value, "a code")?);
                let ends = body.terms.expires_at;
                let until = spent.and(body.refresh_until).map_or(ends, |until| until.max(ends));
                Row::Code { realm, code: hash(rest)?, until, spent, body }
            }
            b't' => {
                let code = fields.get(&[b"c", value].concat()).ok_or_else(|| corrupt("a refresh token"))?;
                let terms = RefreshRecord::of_code(decode_code(code)?).ok_or_else(|| corrupt("a refresh token"))?;
                let until = terms.expires_at;
                let (token, spent, newest) = (hash(rest)?, spent(rest)?, newest(fields, b"g", rest)?);
                Row::Refresh { realm, token, until, spent, newest, body: RefreshBody::from(terms) }
            }
            b'd' => {
                let body: DeviceBody = from_json(value, "a device")?;
                Row::Device { realm, family: family.0, until: body.until(), body }
            }
            b's' => {
                let (token, spent, newest) = (name(rest)?, read_spending(value)?, newest(fields, b"j", rest)?);
                Row::Spent { realm, family: family.0, token, until: end()?, spent, newest }
            }
            b'a' => {
                // One of an earlier version does not say when it ends.
                let until = number(fields, field).filter(|until| *until > 1).map_or_else(end, Ok)?;
                Row::Revoked { realm, family: family.0, token: name(rest)?, until }
            }
            b'r' => {
                let until = number(fields, b"r").ok_or_else(|| corrupt("the end of a family"))?;
                Row::Family { realm, family: family.0, until }
            }
            _ => return Ok(None),
        }))
    };
    fields.iter().filter_map(|(field, value)| row(field, value).transpose()).collect()
}
