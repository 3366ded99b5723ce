//! Forced outcomes.

use crate::{rules, whole};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An outcome to force on the requests that match; every condition left out matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSpec {
    /// The mount's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub mount: Option<String>,
    /// The endpoint: `token`, `authorize`, `userinfo`, `introspect`, `revoke`, `end_session`, `discovery`, `jwks` or
    /// `verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::endpoint)]
    pub endpoint: Option<String>,
    /// The client's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The grant type, by its name on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::grant)]
    pub grant: Option<String>,
    /// How many requests it is forced on; left out, all until it is deleted.
    #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
    pub times: Option<u32>,
    /// The error, by its name in the journal, such as `unavailable` or `rate_limited`; each dialect answers it in its
    /// own words.
    #[schema(schema_with = rules::error)]
    pub error: String,
}

/// A scenario that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// The name to delete it by.
    pub id: String,
    /// What it matches and forces.
    #[serde(flatten)]
    pub spec: ScenarioSpec,
    /// How many requests it will still be forced on; left out where there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
}

/// As what it matches and forces, with members of its own.
impl PartialSchema for Scenario {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(spec)) = ScenarioSpec::schema() else { return ScenarioSpec::schema() };
        let text = ObjectBuilder::new().schema_type(Type::String);
        let count = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let left = "How many requests it will still be forced on; left out where there is no end.";
        let scenario = ObjectBuilder::from(spec)
            .additional_properties(None::<AdditionalProperties<Schema>>)
            .description(Some("A scenario that is in force."))
            .property("id", text.description(Some("The name to delete it by.")))
            .required("id")
            .property("remaining", count.description(Some(left)));
        RefOr::T(scenario.into())
    }
}

impl ToSchema for Scenario {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_flat_and_reads_back() {
        let spec: ScenarioSpec = serde_json::from_str(r#"{"mount":"bits","times":2,"error":"unavailable"}"#).unwrap();
        let scenario = Scenario { id: "s1".into(), spec, remaining: Some(2) };
        let json = serde_json::to_string(&scenario).unwrap();
        assert_eq!(json, r#"{"id":"s1","mount":"bits","times":2,"error":"unavailable","remaining":2}"#);
        assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario);
    }

    #[test]
    fn a_mistyped_condition_is_refused_rather_than_matching_all() {
        assert!(serde_json::from_str::<ScenarioSpec>(r#"{"client":"web","error":"internal"}"#).is_err());
        assert!(serde_json::from_str::<ScenarioSpec>(r#"{"mount":"bits"}"#).is_err(), "nothing to force");
    }
}
