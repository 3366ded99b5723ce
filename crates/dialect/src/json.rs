//! Reads a JSON object, refusing what two readers could understand differently.

use crate::media::explained;
use crate::{WireRequest, has_media_type};
use grant::{Refusal, RefusalKind, Secret};
use secrecy::ExposeSecret;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value. Strings are kept as secrets: zeroized when dropped, never shown in Debug.
#[derive(Debug)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number: no vendor's request has one, so its value is not kept.
    Number,
    /// A string.
    Text(Secret),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(JsonObject),
}

impl Json {
    /// The string, if this is one and it holds no control character.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.expose_secret()).filter(|text| !text.chars().any(char::is_control)),
            _ => None,
        }
    }
}

/// A JSON object, each name once.
#[derive(Debug, Default)]
pub struct JsonObject(Vec<(String, Json)>);

impl JsonObject {
    /// The media type.
    pub const MEDIA_TYPE: &'static str = "application/json";
    /// Deeper nesting than any vendor's call has; beyond it a body is refused, in ignored members too.
    pub const MAX_DEPTH: usize = 16;
    /// More members of one object than any vendor's call has.
    pub const MAX_MEMBERS: usize = 64;

    /// Reads the body of `request`, which must be of JSON's media type.
    pub fn from_request(request: &WireRequest<'_>) -> Result<Self, Refusal> {
        if !has_media_type(request, Self::MEDIA_TYPE) {
            return Err(Refusal::new(RefusalKind::UnsupportedMediaType, "the body is not application/json"));
        }
        Self::read(request.body).map_err(|error| explained(request, error))
    }

    /// Reads one object: refuses repeated names, deep nesting, bytes that are not UTF-8, and anything after it.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let refuse = |error: &serde_json::Error| {
            // serde_json's message may quote the input; its place in the input is enough.
            let why = match error.classify() {
                serde_json::error::Category::Data => "repeated name, too deep, too many members, or not an object",
                _ => "syntax error",
            };
            Refusal::unreadable(format!("JSON: {why} at line {} column {}", error.line(), error.column()))
        };
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let value = Depth(0).deserialize(&mut deserializer).map_err(|error| refuse(&error))?;
        deserializer.end().map_err(|error| refuse(&error))?;
        match value {
            Json::Object(object) => Ok(object),
            _ => Err(Refusal::unreadable("JSON: the body is not an object")),
        }
    }

    /// The member `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Reads a value at a depth.
struct Depth(usize);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let depth = deeper::<A::Error>(self.0)?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Depth(depth))? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let depth = deeper::<A::Error>(self.0)?;
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.len() == JsonObject::MAX_MEMBERS {
                return Err(de::Error::custom("too many members"));
            }
            if members.iter().any(|(known, _)| *known == name) {
                return Err(de::Error::custom("repeated name"));
            }
            members.push((name, map.next_value_seed(Depth(depth))?));
        }
        Ok(Json::Object(JsonObject(members)))
    }
}

fn deeper<E: de::Error>(depth: usize) -> Result<usize, E> {
    if depth == JsonObject::MAX_DEPTH { Err(E::custom("too deep")) } else { Ok(depth + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_members_of_every_type() {
        let object = JsonObject::read(br#"{"a":"x","b":["y",1],"c":null,"d":{"e":true}}"#).unwrap();
        assert_eq!(object.get("a").and_then(Json::as_str), Some("x"));
        assert!(matches!(object.get("b"), Some(Json::Array(items)) if items.len() == 2));
        assert!(matches!(object.get("c"), Some(Json::Null)) && object.get("z").is_none());
    }

    #[test]
    fn t02_t04_t09_refuses_repeats_controls_and_depth() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"a":1,"\u0061":2}"#,
            "{\"a\":\"\x01\"}",
            r#"{"a":1} x"#,
            r#"{"a":1}{}"#,
            r#"["a"]"#,
            r#""a""#,
            r#"{"a":1e999}"#,
            r#"{"a":"\ud800"}"#,
            "",
        ] {
            assert!(JsonObject::read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(JsonObject::read(b"{\"a\":\"\xff\"}").is_err());
        assert_eq!(JsonObject::read(br#"{"a":"\u0000"}"#).unwrap().get("a").and_then(Json::as_str), None);
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{{\"ignored\":{}1{}}}", open.repeat(100_000), close.repeat(100_000));
            assert!(JsonObject::read(deep.as_bytes()).is_err());
        }
    }

    #[test]
    fn debug_and_errors_show_no_value() {
        let shown = format!("{:?}", JsonObject::read(br#"{"client_secret":"hush"}"#).unwrap());
        assert!(shown.contains("client_secret") && !shown.contains("hush"), "{shown}");
        let error = JsonObject::read(br#"{"client_secret":"hush"#).unwrap_err();
        assert!(!format!("{error:?}").contains("hush"));
    }

    proptest! {
        #[test]
        fn never_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = JsonObject::read(&body);
        }
    }
}
