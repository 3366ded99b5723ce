//! Answers in a file.

use crate::ordered::Ordered;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What is answered.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Answer {
    /// The status; 200 where it is left out.
    pub(crate) status: Option<u16>,
    /// Headers beside `Content-Type`, by name; an empty value takes one of the base away.
    pub(crate) headers: Ordered<String>,
    /// The body's media type, as the header has it.
    pub(crate) content_type: Option<String>,
    /// The body: a template.
    pub(crate) body: Option<String>,
    /// Another body where the request's `Accept` names that media type.
    pub(crate) accept: Ordered<Body>,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

impl Answer {
    /// Whether a file says anything of it.
    pub(crate) fn is_said(&self) -> bool {
        self.status.is_some() || self.body.is_some() || !self.headers.0.is_empty() || self.content_type.is_some()
    }
}

/// A body that is answered where the request's `Accept` names its media type.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Body {
    /// The body's media type, as the header has it; the name where it is left out.
    pub(crate) content_type: Option<String>,
    /// The body: a template.
    pub(crate) body: String,
}

/// What is answered to a kind of refusal, and to those that are a case of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) status: Option<u16>,
    pub(crate) headers: Ordered<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) accept: Ordered<Body>,
    pub(crate) words: Ordered<toml::Value>,
    pub(crate) mark: String,
    pub(crate) source: String,
    /// The kinds, or the cases of this kind, by name.
    pub(crate) rows: Ordered<Self>,
}

impl Row {
    /// Whether a file says anything of it beside the rows below.
    pub(crate) fn is_said(&self) -> bool {
        let Self { status, headers, content_type, body, accept, words, .. } = self;
        let (has_head, has_body) = (status.is_some() || content_type.is_some(), body.is_some());
        has_head || has_body || !headers.0.is_empty() || !accept.0.is_empty() || !words.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;

        impl<'de> Visitor<'de> for Rows {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut row = Row::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "status" => row.status = Some(map.next_value()?),
                        "headers" => row.headers = map.next_value()?,
                        "content_type" => row.content_type = Some(map.next_value()?),
                        "body" => row.body = Some(map.next_value()?),
                        "accept" => row.accept = map.next_value()?,
                        "words" => row.words = map.next_value()?,
                        "mark" => row.mark = map.next_value()?,
                        "source" => row.source = map.next_value()?,
                        _ => row.rows.0.push((key, map.next_value()?)),
                    }
                }
                Ok(row)
            }
        }

        deserializer.deserialize_map(Rows)
    }
}

/// What a row's own keys are, for the schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "its fields are the schema's")]
#[schemars(rename = "Errors")]
struct Keys {
    /// The status.
    status: Option<u16>,
    /// Headers beside `Content-Type`, by name; an empty value takes away one from further up.
    headers: Option<Ordered<String>>,
    /// The body's media type, as the header has it.
    content_type: Option<String>,
    /// The body: a template, in which each of the `words` may stand.
    body: Option<String>,
    /// Another body where the request's `Accept` names that media type.
    accept: Option<Ordered<Body>>,
    /// The vendor's codes and texts, by names of the pack's own; each may have holes itself.
    words: Option<Ordered<serde_json::Value>>,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    mark: Option<String>,
    /// Where that is from.
    source: Option<String>,
}

impl JsonSchema for Row {
    fn schema_name() -> Cow<'static, str> {
        "Errors".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Keys::json_schema(generator);
        schema.insert("additionalProperties".to_owned(), serde_json::json!({"$ref": "#/$defs/Errors"}));
        schema
    }
}
