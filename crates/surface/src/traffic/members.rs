//! The members of a JSON object, kept as they are read: what is hidden is not even copied.

use super::keeping::{Keeping, admits};
use super::{LENGTH, MOST, Shape, small};
use dialect::Shown;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Puts names and values where they are kept, and shows those that may be shown.
pub(super) struct Members<'t> {
    pub(super) keeping: &'t mut Keeping,
    pub(super) shown: &'t [Shown],
}

impl Members<'_> {
    /// Those of an object, and how many; none where it is none.
    pub(super) fn of(mut self, json: &[u8]) -> Option<u8> {
        let (text, slots) = (self.keeping.text.len(), self.keeping.slots.len());
        // Checked at once, so that no text in it is checked for itself.
        let mut reader = serde_json::Deserializer::from_str(std::str::from_utf8(json).ok()?);
        let read = reader.deserialize_map(Object(&mut self)).and_then(|count| reader.end().map(|()| count));
        if read.is_err() {
            self.keeping.text.truncate(text);
            self.keeping.slots.truncate(slots);
        }
        read.ok()
    }

    /// Whether a value may be shown behind the name that was put last, of that length.
    fn admits(&self, name: u8, value: &str) -> bool {
        let text = &self.keeping.text;
        let name = text.get(text.len().saturating_sub(name.into())..).unwrap_or_default();
        value.len() <= LENGTH && admits(self.shown, name, value)
    }

    fn string(&mut self, name: u8, value: &str) {
        let is_shown = self.admits(name, value);
        self.keeping.string(name, value, is_shown);
    }

    fn value(&mut self, name: u8, value: &Value) {
        let nests = |item: &Value| item.is_object() || item.is_array();
        let (json, is_flat) = match value {
            Value::String(text) => return self.string(name, text),
            Value::Array(items) => (value.to_string(), !items.iter().any(nests)),
            value => (value.to_string(), !value.is_object()),
        };
        let is_shown = is_flat && self.admits(name, &json);
        let (shape, shown) = if is_shown { (Shape::Json, &*json) } else { (Shape::Hidden, "") };
        let at = self.keeping.slots.len();
        self.keeping.value(name, shape, shown, json.len());
        let Some(inner) = value.as_object() else { return };
        let member = |(name, value): (&String, &Value)| {
            let name = self.keeping.name(name);
            self.value(name, value);
        };
        let count = small(inner.iter().take(MOST).map(member).count());
        if let Some(slot) = self.keeping.slots.get_mut(at) {
            slot.members = Some(count);
        }
    }
}

/// Reads an object into its members.
struct Object<'m, 't>(&'m mut Members<'t>);

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u8, A::Error> {
        for count in 0..MOST {
            let Some(name) = map.next_key_seed(Name(self.0))? else { return Ok(small(count)) };
            map.next_value_seed(Member(self.0, name))?;
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(small(MOST))
    }
}

struct Name<'m, 't>(&'m mut Members<'t>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = u8;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.keeping.name(name))
    }
}

/// The value of the member of that name.
struct Member<'m, 't>(&'m mut Members<'t>, u8);

impl<'de> DeserializeSeed<'de> for Member<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.string(self.1, value);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.value(self.1, &value.into());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.value(self.1, &value.into());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.value(self.1, &value.into());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.value(self.1, &value.into());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.value(self.1, &Value::Null);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.value(self.1, &Value::deserialize(MapAccessDeserializer::new(map))?);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        self.0.value(self.1, &Value::deserialize(SeqAccessDeserializer::new(items))?);
        Ok(())
    }
}
