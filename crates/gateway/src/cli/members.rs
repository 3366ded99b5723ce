//! Members of a client or a user as they are written on the command line.

use super::exit::Usage;
use serde_json::{Map, Value};

/// Members that are lists; as text their parts stand between spaces.
const LISTS: [&str; 5] = ["grants", "scopes", "redirect_uris", "post_logout_redirect_uris", "allowed_origins"];
/// Members that are true or false.
const SWITCHES: [&str; 4] = ["public", "trusted", "disabled", "denies_consent"];

/// One member: `name=text`, or `name:=JSON`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    name: String,
    value: Value,
}

/// `name=text` or `name:=JSON`.
pub(super) fn claim(text: &str) -> Result<Member, String> {
    let wrong = || format!("`{text}` is not of the form NAME=TEXT or NAME:=JSON");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => {
            let read = serde_json::from_str(value);
            (
                name,
                read.map_err(|error| format!("what follows := in `{text}` is no JSON ({error}); a text has = alone"))?,
            )
        }
        None => (name, Value::from(value)),
    };
    if name.is_empty() { Err(wrong()) } else { Ok(Member { name: name.to_owned(), value }) }
}

/// A member of a client or a user: of those that are lists or switches a text is read as such.
pub(super) fn member(text: &str) -> Result<Member, String> {
    let Member { name, value } = claim(text)?;
    let value = match value {
        Value::String(parts) if LISTS.contains(&&*name) => parts.split_whitespace().map(Value::from).collect(),
        Value::String(word) if SWITCHES.contains(&&*name) => {
            Value::Bool(word.parse().map_err(|_| format!("`{name}` is `true` or `false`, not `{word}`"))?)
        }
        value => value,
    };
    Ok(Member { name, value })
}

/// A setting of a mount: its value is JSON where it can be read as such, else a text.
pub(super) fn setting(text: &str) -> Result<Member, String> {
    let Member { name, value } = claim(text)?;
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        value => value,
    };
    Ok(Member { name, value })
}

/// An object of all of them. A name that is there twice is refused.
pub(super) fn object(members: &[Member]) -> anyhow::Result<Map<String, Value>> {
    let mut object = Map::new();
    for Member { name, value } in members {
        if object.insert(name.clone(), value.clone()).is_some() {
            return Err(Usage(format!("`{name}` is given twice")).into());
        }
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_a_text_and_json_is_asked_for() {
        let read = |text| claim(text).map(|member| (member.name, member.value));
        assert_eq!(read("tenant=t1"), Ok(("tenant".into(), json!("t1"))));
        assert_eq!(read("level=3"), Ok(("level".into(), json!("3"))));
        assert_eq!(read("level:=3"), Ok(("level".into(), json!(3))));
        assert_eq!(read("a=b=c"), Ok(("a".into(), json!("b=c"))));
        assert_eq!(read("a="), Ok(("a".into(), json!(""))));
        for wrong in ["tenant", "=t1", ":=1", "level:=three"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_and_switches_are_read_as_such() {
        let read = |text| member(text).map(|member| member.value);
        assert_eq!(read("scopes=a b"), Ok(json!(["a", "b"])));
        assert_eq!(read("scopes:=[\"a\"]"), Ok(json!(["a"])));
        assert_eq!(read("disabled=true"), Ok(json!(true)));
        assert!(read("disabled=yes").unwrap_err().contains("true"));
        let twice = [member("name=a").unwrap(), member("name=b").unwrap()];
        assert!(object(&twice).unwrap_err().is::<Usage>());
    }
}
