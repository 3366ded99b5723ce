//! All clients or users of a mount at once.

use crate::shape::{HasName, Named, Shape};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{RefOr, Schema};

/// Many `T`s: a JSON array, JSON Lines (one object to a line), or CSV, whose first line names the members; a list is written
/// with spaces between its parts, and `claims.x` is the claim `x`, a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Set<T>(PhantomData<fn() -> T>);

/// What may be sent at once, in bytes.
pub(crate) const LARGE: usize = 64 * 1024 * 1024;

impl<T: HasName + Shape> Shape for Set<T> {
    const MEDIA: &'static [&'static str] =
        &["application/json", "application/x-ndjson", "application/jsonl", "text/csv"];
    const LIMIT: usize = LARGE;

    fn schema(named: &mut Named) -> RefOr<Schema> {
        RefOr::T(ArrayBuilder::new().items(<T as Shape>::schema(named)).into())
    }
}

/// What came of putting many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SetView {
    /// How many were put.
    pub put: usize,
    /// How many there were before that were not among them, and are removed.
    pub removed: usize,
}
