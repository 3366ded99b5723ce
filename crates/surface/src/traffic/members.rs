//! The members of a JSON object, kept as they are read: what is hidden is not even copied.

use super::{LENGTH, MOST, Shape, Slot, Span, admits, put, put_name, put_text};
use dialect::Shown;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Puts names and values into a text, and shows those that may be shown.
pub(super) struct Members<'t> {
    pub(super) text: &'t mut String,
    pub(super) shown: &'t [Shown],
}

impl Members<'_> {
    /// Those of an object; none where it is none.
    pub(super) fn of(mut self, json: &[u8]) -> Option<Vec<Slot>> {
        let (mut reader, before) = (serde_json::Deserializer::from_slice(json), self.text.len());
        let read = reader.deserialize_map(Object(&mut self)).and_then(|slots| reader.end().map(|()| slots));
        if read.is_err() {
            self.text.truncate(before);
        }
        read.ok()
    }

    fn admits(&self, name: Option<Span>, value: &str) -> bool {
        let name = name.and_then(|(from, to)| self.text.get(from..to));
        value.len() <= LENGTH && name.is_some_and(|name| admits(self.shown, name, value))
    }

    fn string(&mut self, name: Option<Span>, value: &str) -> Slot {
        let is_shown = self.admits(name, value);
        Slot { name, value: put_text(self.text, value, is_shown), members: None, length: value.len() }
    }

    fn slot(&mut self, name: Option<Span>, value: &Value) -> Slot {
        let nests = |item: &Value| item.is_object() || item.is_array();
        let (json, is_flat) = match value {
            Value::String(text) => return self.string(name, text),
            Value::Array(items) => (value.to_string(), !items.iter().any(nests)),
            value => (value.to_string(), !value.is_object()),
        };
        let is_shown = is_flat && self.admits(name, &json);
        let shape = if is_shown { Shape::Json(put(self.text, &json)) } else { Shape::Hidden };
        let mut member = |(name, value): (&String, &Value)| {
            let name = put_name(self.text, name);
            self.slot(name, value)
        };
        let members = value.as_object().map(|inner| inner.iter().take(MOST).map(&mut member).collect());
        Slot { name, value: shape, members, length: json.len() }
    }
}

/// Reads an object into its members.
struct Object<'m, 't>(&'m mut Members<'t>);

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = Vec<Slot>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut slots = Vec::with_capacity(8);
        while slots.len() < MOST {
            let Some(name) = map.next_key_seed(Name(self.0))? else { return Ok(slots) };
            slots.push(map.next_value_seed(Member(self.0, name))?);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(slots)
    }
}

struct Name<'m, 't>(&'m mut Members<'t>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = Option<Span>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Option<Span>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(put_name(self.0.text, name))
    }
}

/// The value of the member of that name.
struct Member<'m, 't>(&'m mut Members<'t>, Option<Span>);

impl<'de> DeserializeSeed<'de> for Member<'_, '_> {
    type Value = Slot;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_> {
    type Value = Slot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, value: &str) -> Result<Slot, E> {
        Ok(self.0.string(self.1, value))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Slot, E> {
        Ok(self.0.slot(self.1, &value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Slot, E> {
        Ok(self.0.slot(self.1, &value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Slot, E> {
        Ok(self.0.slot(self.1, &value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Slot, E> {
        Ok(self.0.slot(self.1, &value.into()))
    }

    fn visit_unit<E>(self) -> Result<Slot, E> {
        Ok(self.0.slot(self.1, &Value::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Slot, A::Error> {
        Ok(self.0.slot(self.1, &Value::deserialize(MapAccessDeserializer::new(map))?))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Slot, A::Error> {
        Ok(self.0.slot(self.1, &Value::deserialize(SeqAccessDeserializer::new(items))?))
    }
}
