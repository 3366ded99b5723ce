//! The clock that all minting and checking uses. Times are whole seconds since the epoch.

use crate::{rules, whole};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// How virtual time derives from real time: exactly one of `freeze` and `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChange {
    /// Stands still at this moment, in seconds since the epoch.
    #[serde(deserialize_with = "whole::read")]
    Freeze(i64),
    /// Runs this many seconds ahead of real time, or behind it where negative.
    #[serde(deserialize_with = "whole::read")]
    Offset(i64),
}

/// The clock as it stands, such as `{"now":1715861418,"offset":0}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockView {
    /// The present, in seconds since the epoch.
    pub now: i64,
    /// How it derives from real time.
    #[serde(flatten)]
    pub state: ClockChange,
}

/// Lets virtual time pass, frozen or running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockAdvance {
    /// How many seconds pass, 0 or more.
    #[schema(minimum = 0, maximum = 253_402_300_799_i64)]
    #[serde(deserialize_with = "whole::read")]
    pub seconds: i64,
}

const FREEZE: &str = "Stands still at this moment, in seconds since the epoch.";
const OFFSET: &str = "Runs this many seconds ahead of real time, or behind it where negative.";

impl PartialSchema for ClockChange {
    fn schema() -> RefOr<Schema> {
        let one = |name: &str, help: &str, least: i64| {
            let object = ObjectBuilder::new().schema_type(Type::Object).required(name);
            let object = object.property(name, rules::seconds(least).description(Some(help)));
            object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        };
        let either = OneOfBuilder::new().item(one("freeze", FREEZE, 0));
        RefOr::T(either.item(one("offset", OFFSET, -rules::LAST_SECOND)).into())
    }
}

impl ToSchema for ClockChange {}

impl PartialSchema for ClockView {
    fn schema() -> RefOr<Schema> {
        let view = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("now", rules::seconds(0).description(Some("The present, in seconds since the epoch.")))
            .required("now")
            .property("freeze", rules::seconds(0).description(Some(FREEZE)))
            .property("offset", rules::seconds(-rules::LAST_SECOND).description(Some(OFFSET)));
        RefOr::T(view.into())
    }
}

impl ToSchema for ClockView {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_of_freeze_and_offset() {
        let read = serde_json::from_str::<ClockChange>;
        assert_eq!(read(r#"{"freeze":1715861418}"#).unwrap(), ClockChange::Freeze(1_715_861_418));
        assert_eq!(read(r#"{"offset":-60}"#).unwrap(), ClockChange::Offset(-60));
        for bad in ["{}", r#"{"freeze":1,"offset":2}"#, r#"{"freeze":"1"}"#, r#"{"frozen":1}"#, r#"{"offset":1.5}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_view_is_flat_and_reads_back() {
        let view = ClockView { now: 5, state: ClockChange::Offset(0) };
        let json = serde_json::to_string(&view).unwrap();
        assert_eq!(json, r#"{"now":5,"offset":0}"#);
        assert_eq!(serde_json::from_str::<ClockView>(&json).unwrap(), view);
    }
}
