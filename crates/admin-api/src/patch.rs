//! Changes to a part of something (RFC 7396).

use crate::shape::{HasName, Named, Shape, refer};
use grant::{Claims, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::marker::PhantomData;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// What a patch changes of a `T`: members take the place of those there are, objects are merged, null removes. A name
/// that is there twice, at any depth, is refused.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Patch<T> {
    /// The members.
    pub members: Claims,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T> Patch<T> {
    /// `target` with the patch laid over it (RFC 7396 section 2).
    pub fn over(&self, target: &T) -> serde_json::Result<T>
    where
        T: Serialize + DeserializeOwned,
    {
        // Text between the two keeps the order of claims.
        let mut members: Claims = serde_json::from_str(&serde_json::to_string(target)?)?;
        merge(&mut members, &self.members);
        serde_json::from_str(&serde_json::to_string(&members)?)
    }

    /// The one patch that does what this and then `next` does. `None` where there is none: an object of `next` takes
    /// the place of something else, so that nothing below it shows through.
    pub fn then(&self, next: &Self) -> Option<Self> {
        Some(Self { members: chain(&self.members, &next.members)?, of: PhantomData })
    }

    /// The names of its members.
    pub fn names(&self) -> String {
        self.members.iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    /// Its members as another type that has them.
    pub fn to<M: DeserializeOwned>(&self) -> serde_json::Result<M> {
        serde_json::from_value(serde_json::to_value(&self.members)?)
    }
}

fn merge(target: &mut Claims, patch: &Claims) {
    for (name, value) in patch.iter() {
        match value {
            Value::Null => target.remove(name),
            Value::Map(patch) => {
                let mut inner = match target.get(name) {
                    Some(Value::Map(inner)) => inner.clone(),
                    _ => Claims::empty(),
                };
                merge(&mut inner, patch);
                target.set(name, Value::Map(inner));
            }
            value => target.set(name, value.clone()),
        }
    }
}

fn chain(first: &Claims, next: &Claims) -> Option<Claims> {
    let mut both = first.clone();
    for (name, value) in next.iter() {
        let value = match (first.get(name), value) {
            (Some(Value::Map(first)), Value::Map(next)) => Value::Map(chain(first, next)?),
            (Some(_), Value::Map(_)) => return None,
            (_, value) => value.clone(),
        };
        both.set(name, value);
    }
    Some(both)
}

/// RFC 7396's own, and what every client can send.
const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

/// Settings of a mount by name, such as `{"access_ttl":60}`.
#[derive(Debug)]
pub struct Settings;

/// The names alone: a value may be a secret.
impl<T> fmt::Debug for Patch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.members.iter().map(|(name, _)| name)).finish()
    }
}

/// As the whole, but nothing is needed, and each member may be null.
impl<T: HasName> Shape for Patch<T> {
    const MEDIA: &'static [&'static str] = PATCH;

    fn schema(named: &mut Named) -> RefOr<Schema> {
        let mut whole = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut whole {
            object.required.clear();
            for member in object.properties.values_mut() {
                let null = ObjectBuilder::new().schema_type(Type::Null);
                *member = RefOr::T(OneOfBuilder::new().item(null).item(member.clone()).into());
            }
        }
        refer::<T>(format!("{}Patch", T::name()), whole, named)
    }
}

impl Shape for Patch<Settings> {
    const MEDIA: &'static [&'static str] = PATCH;

    fn schema(_: &mut Named) -> RefOr<Schema> {
        let settings = ObjectBuilder::new().schema_type(Type::Object);
        RefOr::T(settings.description(Some("Settings by name, such as `{\"access_ttl\":60}`.")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(json: &str) -> Patch<Claims> {
        serde_json::from_str(json).unwrap()
    }

    fn claims(json: &str) -> Claims {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn n43_the_examples_of_rfc_7396_hold() {
        for (target, changes, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            assert_eq!(patch(changes).over(&claims(target)).unwrap(), claims(result), "{target} {changes}");
        }
    }

    #[test]
    fn n43_patches_are_one_where_one_does_the_same() {
        let all = [
            "{}",
            r#"{"a":1}"#,
            r#"{"a":null}"#,
            r#"{"a":{}}"#,
            r#"{"a":{"b":1}}"#,
            r#"{"a":{"b":null,"c":2}}"#,
            r#"{"a":{"b":{"d":3}},"z":null}"#,
        ];
        let mut joined = 0;
        for (first, next) in all.iter().flat_map(|first| all.iter().map(move |next| (patch(first), patch(next)))) {
            let Some(both) = first.then(&next) else { continue };
            joined += 1;
            for target in ["{}", r#"{"a":0,"z":1}"#, r#"{"a":{"b":0,"x":1}}"#, r#"{"a":{"b":{"d":0,"y":1}}}"#] {
                let target = claims(target);
                let one_by_one = next.over(&first.over(&target).unwrap()).unwrap();
                // The order of members is no part of what a patch says.
                let unordered = |claims: &Claims| serde_json::to_value(claims).unwrap();
                assert_eq!(
                    unordered(&both.over(&target).unwrap()),
                    unordered(&one_by_one),
                    "{target:?} {:?} {:?}",
                    first.members,
                    next.members
                );
            }
        }
        assert!(joined > 35, "{joined}");
    }

    #[test]
    fn t64_debug_shows_names_alone() {
        assert_eq!(format!("{:?}", patch(r#"{"secret":"canary"}"#)), r#"{"secret"}"#);
        assert!(serde_json::from_str::<Patch<Claims>>(r#"{"a":{"b":1,"b":2}}"#).is_err(), "repeated");
    }
}
