//! Clients or users in one of several forms: a page of JSON or, as a set of them is put, all of them as JSON Lines or CSV.

use super::Call;
use super::page::page;
use super::problem::Problem;
use super::reply::{Answer, Outcome};
use crate::sets::Collected;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands behind the name of a claim whose cells are JSON.
pub(super) const JSON: &str = ":json";
/// What stands before the name of a claim.
pub(super) const CLAIM: &str = "claims.";

/// A form, with its media type.
#[derive(Clone, Copy)]
enum Form {
    Page,
    Lines(&'static str),
    Table,
}

impl Form {
    fn of(call: &Call) -> Result<Self, Problem> {
        match call.parameter("format") {
            Some("json") => Ok(Self::Page),
            Some("jsonl") => Ok(Self::Lines("application/jsonl")),
            Some("csv") => Ok(Self::Table),
            Some(_) => Err(Problem::bad_request("`format` is not known", "there are json, jsonl and csv")),
            None => Ok(call.accepts.media.iter().find_map(|media| Self::named(media)).unwrap_or(Self::Page)),
        }
    }

    fn named(media: &str) -> Option<Self> {
        match media {
            "application/json" | "application/*" | "*/*" => Some(Self::Page),
            "application/jsonl" => Some(Self::Lines("application/jsonl")),
            "application/x-ndjson" => Some(Self::Lines("application/x-ndjson")),
            "text/csv" => Some(Self::Table),
            _ => None,
        }
    }
}

/// Those that the query asks for, in the form that it or `Accept` wants.
pub(super) async fn list<E, V>(call: &Call, all: Vec<Arc<E>>, id: fn(&E) -> &str, view: fn(&E) -> V) -> Outcome
where
    E: Collected + Send + Sync,
    V: Serialize + Send + 'static,
{
    let form = Form::of(call)?;
    let is_whole = !matches!(form, Form::Page) && call.parameter("limit").is_none();
    let items = if is_whole {
        let mut all = all;
        let after = call.query.get("after").unwrap_or_default();
        all.retain(|entry| id(entry) > after);
        all.sort_unstable_by(|a, b| id(a).cmp(id(b)));
        all
    } else {
        let found = page(&call.query, all, id, view)?;
        if matches!(form, Form::Page) {
            return Ok(Answer::json(&found));
        }
        return write(form, E::ID, found.items.into_iter());
    };
    // A hundred thousand take a while: not on the thread that serves the others.
    let written = tokio::task::spawn_blocking(move || write(form, E::ID, items.iter().map(|entry| view(entry)))).await;
    written.map_err(|_| Problem::internal("writing a set broke off"))?
}

fn write(form: Form, id: &str, items: impl Iterator<Item = impl Serialize>) -> Outcome {
    let objects = items.map(|item| match serde_json::to_value(item) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Problem::internal("an entry is no object")),
    });
    match form {
        Form::Lines(media) => {
            let lines = objects.map(|members| Ok(Value::Object(members?).to_string() + "\n"));
            Ok(Answer::Text(media, lines.collect::<Result<String, Problem>>()?))
        }
        _ => Ok(Answer::Text("text/csv", table(id, &objects.collect::<Result<Vec<_>, _>>()?)?)),
    }
}

/// A table that reads back: its first column is the identifier. What a secret is, no cell says.
fn table(id: &str, all: &[Map<String, Value>]) -> Result<String, Problem> {
    let rows: Vec<BTreeMap<String, Value>> = all.iter().map(flat).collect();
    // A claim that is not always a text has a column of JSON.
    let mut columns: BTreeMap<&str, bool> = BTreeMap::new();
    for (name, value) in rows.iter().flatten() {
        let is_odd = name.starts_with(CLAIM) && !matches!(value, Value::String(text) if !text.is_empty());
        *columns.entry(name).or_default() |= is_odd;
    }
    columns.remove(id);
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let name = |(name, is_json): (&&str, &bool)| if *is_json { format!("{name}{JSON}") } else { (*name).to_owned() };
    let broken = |error: csv::Error| Problem::internal(&format!("a table cannot be written: {error}"));
    writer.write_record(std::iter::once(id.to_owned()).chain(columns.iter().map(name))).map_err(broken)?;
    for row in &rows {
        let cells = columns.iter().map(|(name, is_json)| cell(row.get(*name), *is_json));
        writer.write_record(std::iter::once(cell(row.get(id), false)).chain(cells)).map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|_| Problem::internal("a table cannot be written"))?;
    String::from_utf8(bytes).map_err(|_| Problem::internal("a table is no text"))
}

/// The members with each claim by its name, and without what lists secrets.
fn flat(members: &Map<String, Value>) -> BTreeMap<String, Value> {
    let mut row = BTreeMap::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            ("secrets", _) => {}
            ("claims", Value::Object(claims)) => {
                row.extend(claims.iter().map(|(claim, value)| (format!("{CLAIM}{claim}"), value.clone())));
            }
            _ => drop(row.insert(name.clone(), value.clone())),
        }
    }
    row
}

fn cell(value: Option<&Value>, is_json: bool) -> String {
    match value {
        None => String::new(),
        Some(value) if is_json => value.to_string(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().map(|part| part.as_str().unwrap_or_default()).collect::<Vec<_>>().join(" ")
        }
        Some(value) => value.to_string(),
    }
}
