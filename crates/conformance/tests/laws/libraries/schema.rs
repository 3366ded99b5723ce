//! The schemas of the admin API's description as types.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    Any,
    Null,
    Text,
    Integer,
    Number,
    Boolean,
    /// One of these texts.
    Word(Vec<String>),
    List(Box<Type>),
    /// An object with any names.
    Map(Box<Type>),
    /// A type that has a name.
    Named(String),
    Either(Vec<Type>),
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: Type,
    pub(super) required: bool,
    /// What it is, in one line.
    pub(super) help: String,
}

/// A type that has a name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) help: String,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    Object(Vec<Member>),
    Other(Type),
}

/// A call: its name in capitals, its method, its path and what it does.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) help: String,
}

fn help(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The types that have a name, by name.
pub(super) fn types(document: &Value) -> Result<Vec<Named>> {
    let schemas = document["components"]["schemas"].as_object().context("no schemas")?;
    let mut all = Vec::new();
    for (name, schema) in schemas {
        let shape = match schema["properties"].as_object() {
            Some(members) => Shape::Object(
                members.iter().map(|(member, own)| read_member(schema, member, own)).collect::<Result<_>>()?,
            ),
            None => Shape::Other(read(schema).with_context(|| format!("the schema {name}"))?),
        };
        all.push(Named { name: name.clone(), help: help(schema), shape });
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

fn read_member(object: &Value, name: &str, schema: &Value) -> Result<Member> {
    let required = items(&object["required"]).iter().any(|required| required == name);
    let kind = read(schema).with_context(|| format!("the member {name}"))?;
    Ok(Member { name: name.to_owned(), kind, required, help: help(schema) })
}

fn read(schema: &Value) -> Result<Type> {
    if let Some(reference) = schema["$ref"].as_str() {
        return Ok(Type::Named(reference.rsplit('/').next().unwrap_or(reference).to_owned()));
    }
    for key in ["oneOf", "anyOf"] {
        if schema[key].is_array() {
            return Ok(either(items(&schema[key]).iter().map(read).collect::<Result<_>>()?));
        }
    }
    if schema["enum"].is_array() {
        let words = items(&schema["enum"]).iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
        return Ok(if words.is_empty() { Type::Boolean } else { Type::Word(words) });
    }
    match &schema["type"] {
        Value::Array(kinds) => Ok(either(kinds.iter().map(|kind| of_kind(kind, schema)).collect::<Result<_>>()?)),
        Value::Null => Ok(Type::Any),
        kind => of_kind(kind, schema),
    }
}

fn of_kind(kind: &Value, schema: &Value) -> Result<Type> {
    Ok(match kind.as_str().context("a type that is no text")? {
        "null" => Type::Null,
        "string" => Type::Text,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "array" => Type::List(Box::new(read(&schema["items"])?)),
        "object" if schema["additionalProperties"].is_object() => {
            Type::Map(Box::new(read(&schema["additionalProperties"])?))
        }
        "object" => Type::Map(Box::new(Type::Any)),
        other => bail!("a type of the name {other}"),
    })
}

fn either(mut kinds: Vec<Type>) -> Type {
    // Null comes last, as people write it.
    kinds.sort_by_key(|kind| *kind == Type::Null);
    kinds.dedup();
    if kinds.len() == 1 { kinds.remove(0) } else { Type::Either(kinds) }
}

/// The calls, in the order of their names.
pub(super) fn calls(document: &Value) -> Result<Vec<Call>> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().context("no paths")? {
        for (method, call) in methods.as_object().context("a path without methods")? {
            let Some(name) = call["operationId"].as_str() else { continue };
            let help = call["summary"].as_str().unwrap_or_default().to_owned();
            all.push(Call { name: name.to_uppercase(), method: method.to_uppercase(), path: path.clone(), help });
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}
