//! Which entries of the journal are meant: the one list of keys for the query of a call and for `where` in a body.

use crate::operation::Query;
use crate::rules;
use serde::{Deserialize, Serialize};
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// A value of a filter.
trait FilterValue: Sized {
    /// What it must be, in words.
    const FORM: &'static str;
    fn read(text: &str) -> Option<Self>;
    fn schema() -> Schema;
}

impl FilterValue for String {
    const FORM: &'static str = "a text";

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn schema() -> Schema {
        rules::line()
    }
}

impl FilterValue for bool {
    const FORM: &'static str = "true or false";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn schema() -> Schema {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

impl FilterValue for u64 {
    const FORM: &'static str = "a whole number of 0 or more";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number <= i64::MAX.unsigned_abs())
    }

    fn schema() -> Schema {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(i64::MAX)).into()
    }
}

impl FilterValue for u16 {
    const FORM: &'static str = "a status: a whole number of 0 to 599";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|status| *status < 600)
    }

    fn schema() -> Schema {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(599)).into()
    }
}

macro_rules! filter {
    ($($(#[doc = $help:literal])+ $name:ident: $type:ty;)+) => {
        /// Which entries are meant: those that have all of these.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct JournalFilter {
            $(
                $(#[doc = $help])+
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$type>,
            )+
        }

        impl JournalFilter {
            /// Its keys.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($name)),+];

            /// That of a query, whose parameters `get` has; the error names the key and what it must be.
            pub fn read<'q>(get: impl Fn(&str) -> Option<&'q str>) -> Result<Self, (&'static str, &'static str)> {
                Ok(Self {
                    $($name: match get(stringify!($name)) {
                        None => None,
                        Some(text) => {
                            let read = <$type as FilterValue>::read(text);
                            Some(read.ok_or((stringify!($name), <$type as FilterValue>::FORM))?)
                        }
                    },)+
                })
            }
        }

        /// What a query of the journal may have.
        pub(crate) const READ: &[Query] = &[
            Query::LIMIT,
            FORMAT,
            $(Query { name: stringify!($name), help: concat!($($help),+), schema: <$type as FilterValue>::schema },)+
        ];

        /// What a query of the report may have.
        pub(crate) const MISUSE: &[Query] =
            &[$(Query { name: stringify!($name), help: concat!($($help),+), schema: <$type as FilterValue>::schema },)+];
    };
}

filter! {
    /// The mount's name.
    mount: String;
    /// The endpoint or page.
    endpoint: String;
    /// The client that the requests name.
    client_id: String;
    /// The `sub` of the user that the requests are about.
    user: String;
    /// The grant type that the requests name.
    grant: String;
    /// The HTTP method.
    method: String;
    /// The path, without the query.
    path: String;
    /// The status of the answer.
    status: u16;
    /// The kind of the refusal.
    error: String;
    /// Whether a scenario acted.
    forced: bool;
    /// The id, where the error page told it.
    reference: String;
    /// The request's id.
    id: String;
    /// The number after which the entries come.
    since: u64;
}

/// The forms in which the journal is written.
pub(crate) const FORMATS: [&str; 4] = ["json", "jsonl", "har", "curl"];

const FORMAT: Query = Query {
    name: "format",
    help: "`json` (an array), `jsonl` (an object to a line), `har` (HTTP Archive 1.2) or `curl` (commands of a shell).",
    schema: || rules::word(FORMATS),
};
