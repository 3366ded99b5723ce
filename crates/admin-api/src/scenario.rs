//! Forced outcomes.

use crate::{rules, whole};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Adds to a struct what a scenario may do: the members of a step.
macro_rules! with_outcome {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// How long the request waits first, in milliseconds, up to ten minutes. It may stand alone or beside another
            /// outcome.
            #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
            #[schema(maximum = 600_000)]
            pub delay_ms: Option<u32>,
            /// An error, by its name in the journal, such as `unavailable` or `rate_limited`; each dialect answers it in
            /// its own words.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::any_error)]
            pub error: Option<String>,
            /// Seconds that a `rate_limited` or `unavailable` tells the client to wait.
            #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
            #[schema(minimum = 1)]
            pub retry_after: Option<u32>,
            /// No byte of an answer comes until the client leaves, for ten minutes at most.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::yes)]
            pub hang: Option<bool>,
            /// The connection is closed without a byte: `before_commit`, when nothing was done, or `after_commit`, when
            /// everything was done as for an answer that was sent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::commit)]
            pub drop: Option<String>,
            /// This is answered, and nothing is done.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub answer: Option<Answer>,
            /// The request is served, but the connection is closed after so many bytes of the answer's body.
            #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
            pub truncate: Option<u32>,
            /// The request is served, but the last byte of its JSON is left out: `json`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::json)]
            pub malformed: Option<String>,
            /// The request is served, and something is wrong with the token that it gets (`expired`, `not_yet_valid`,
            /// `wrong_audience`, `wrong_issuer`, `unknown_key`, `tampered`, `alg_none`, `hs256_with_public_key`, `no_kid`,
            /// `wrong_typ`, `id_token_as_access`) or, at jwks, with the keys (`stale_keys`, `missing_key`).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::any_flaw)]
            pub flaw: Option<String>,
            /// Which token has the flaw: `access_token`, or `id_token`. Left out, the access token.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::token)]
            pub token: Option<String>,
            /// The request is served as without a scenario.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = rules::yes)]
            pub pass: Option<bool>,
        }
    };
}

with_outcome! {
    /// What to do to the requests that match; every condition left out matches all.
    pub struct ScenarioSpec {
        /// The mount's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(min_length = 1)]
        pub mount: Option<String>,
        /// The endpoint (`token`, `authorize`, `userinfo`, `introspect`, `revoke`, `end_session`, `discovery`, `jwks`,
        /// `verify`), or the page (`login`, `consent`, `account`, `logout`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(schema_with = rules::target)]
        pub endpoint: Option<String>,
        /// The client's identifier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub client_id: Option<String>,
        /// The user that the request speaks for, by `sub` or username: at token, userinfo and verify.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub user: Option<String>,
        /// The grant type, by its name on the wire.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(schema_with = rules::grant)]
        pub grant: Option<String>,
        /// How many requests that match it lets pass first.
        #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
        pub after: Option<u32>,
        /// On which part of the others it acts, 0 to 1; left out, on all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 0, maximum = 1)]
        pub probability: Option<f64>,
        /// What the picks of `probability` follow from: the same seed picks the same requests, by their number. Random
        /// where it is left out.
        #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
        pub seed: Option<u32>,
        /// After how many seconds of real time it ends by itself.
        #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 1)]
        pub ttl: Option<u32>,
        /// To how many requests it does something; left out, to all until it is deleted. Beside `steps` it is refused.
        #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
        pub times: Option<u32>,
        /// What it does to one request after the other, in the place of one outcome.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(min_items = 1, max_items = 100)]
        pub steps: Option<Vec<StepSpec>>,
    }
}

with_outcome! {
    /// What a scenario does to a number of requests.
    pub struct StepSpec {
        /// To how many: 1 where it is left out, and null, in the last step alone, for ever.
        #[serde(default, deserialize_with = "times", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
        pub times: Option<Option<u32>>,
    }
}

/// An answer that no dialect wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status.
    #[serde(deserialize_with = "whole::read")]
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// Header fields by name. The connection's own are refused: `Content-Length`, `Transfer-Encoding`, `Connection`,
    /// `Upgrade` and `Date`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body in base64, in the place of `body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

impl ScenarioSpec {
    /// What it does, step by step: the one outcome of a scenario without steps is a step of its own.
    pub fn steps(&self) -> Vec<StepSpec> {
        let of_all = || StepSpec {
            times: Some(self.times),
            delay_ms: self.delay_ms,
            error: self.error.clone(),
            retry_after: self.retry_after,
            hang: self.hang,
            drop: self.drop.clone(),
            answer: self.answer.clone(),
            truncate: self.truncate,
            malformed: self.malformed.clone(),
            flaw: self.flaw.clone(),
            token: self.token.clone(),
            pass: self.pass,
        };
        self.steps.clone().unwrap_or_else(|| vec![of_all()])
    }
}

/// A number, or null for no end.
#[expect(clippy::option_option, reason = "left out is one thing, null another")]
fn times<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    whole::read_any(deserializer).map(Some)
}

/// A scenario that is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// The name to delete it by.
    pub id: String,
    /// What it matches and forces.
    #[serde(flatten)]
    pub spec: ScenarioSpec,
    /// How many requests have matched it, of all replicas.
    #[serde(default)]
    pub seen: u64,
    /// The step of its next use, from 1; left out where it is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// How many requests it will still act on; left out where there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
    /// The journal's numbers of the last 100 requests that it acted on, newest first: those of the replica that
    /// answers.
    #[serde(default)]
    pub fired: Vec<u64>,
}

/// As what it matches and forces, with members of its own.
impl PartialSchema for Scenario {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(spec)) = ScenarioSpec::schema() else { return ScenarioSpec::schema() };
        let text = ObjectBuilder::new().schema_type(Type::String);
        let count = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let numbers = ArrayBuilder::new().items(count());
        let scenario = ObjectBuilder::from(spec)
            .additional_properties(None::<AdditionalProperties<Schema>>)
            .description(Some("A scenario that is in force."))
            .property("id", text.description(Some("The name to delete it by.")))
            .required("id")
            .property("seen", count().description(Some("How many requests have matched it.")))
            .property("step", count().description(Some("The step of its next use, from 1.")))
            .property("remaining", count().description(Some("How many requests it will still act on.")))
            .property("fired", numbers.description(Some("The journal's numbers of the last requests it acted on.")));
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
        let scenario = Scenario { id: "s1".into(), spec, seen: 3, step: Some(1), remaining: Some(2), fired: vec![7] };
        let json = serde_json::to_string(&scenario).unwrap();
        assert_eq!(
            json,
            r#"{"id":"s1","mount":"bits","times":2,"error":"unavailable","seen":3,"step":1,"remaining":2,"fired":[7]}"#
        );
        assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario);
    }

    #[test]
    fn a_mistyped_condition_is_refused_rather_than_matching_all() {
        assert!(serde_json::from_str::<ScenarioSpec>(r#"{"client":"web","error":"internal"}"#).is_err());
        assert!(serde_json::from_str::<ScenarioSpec>(r#"{"steps":[{"errors":"internal"}]}"#).is_err());
    }

    #[test]
    fn a_step_is_for_one_request_for_some_or_for_ever() {
        let spec: ScenarioSpec =
            serde_json::from_str(r#"{"steps":[{"hang":true},{"times":2,"pass":true},{"times":null,"pass":true}]}"#)
                .unwrap();
        let times: Vec<_> = spec.steps().into_iter().map(|step| step.times).collect();
        assert_eq!(times, [None, Some(Some(2)), Some(None)]);
    }
}
