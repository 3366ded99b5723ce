//! Many clients or users in one body: a JSON array, JSON Lines or CSV.

use super::Call;
use super::body::{refusal, without_value};
use super::listed::{CLAIM, JSON};
use super::problem::Problem;
use crate::sets::{self, Collected, Faults, Placed, SetError};
use actix_web::web::Bytes;
use admin_api::SetView;
use grant::{Claims, Value};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Puts what the body has.
pub(super) async fn put<E: Collected>(call: &Call) -> Result<SetView, Problem>
where
    E::Spec: Send,
{
    let mount = call.mount()?;
    let merge = match call.parameter("merge") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::bad_request("`merge` is neither true nor false", "send one of the two")),
    };
    let (bytes, media) = call.body.parts();
    let media = media.to_owned();
    // 64 MiB take a while: not on the thread that serves the others.
    let read = tokio::task::spawn_blocking(move || read::<E>(&bytes, &media)).await;
    let all = read.map_err(|_| Problem::internal("reading a set broke off"))??;
    let done = sets::put::<E>(&call.world, mount, all, merge).await.map_err(|error| match error {
        SetError::Faults(faults) => unfit(&faults),
        SetError::Change(error) => error.into(),
    })?;
    call.changes.note(&(), &json!({ "put": done.put, "removed": done.removed, "merge": merge }));
    Ok(done)
}

fn unfit(faults: &Faults) -> Problem {
    Problem::bad_request(faults.to_string(), "nothing was changed: correct it there and send the whole again")
}

fn read<E: Collected>(bytes: &Bytes, media: &str) -> Result<Vec<Placed<E::Spec>>, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut faults = Faults::default();
    let all = match media {
        "text/csv" => table::<E>(bytes, &mut faults)?,
        "application/json" => array(bytes)?,
        _ => lines(bytes, &mut faults),
    };
    if faults.is_empty() { Ok(all) } else { Err(unfit(&faults)) }
}

fn array<S: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<Placed<S>>, Problem> {
    if bytes.trim_ascii_start().first() != Some(&b'[') {
        let remedy = "send an array of objects: `[{ … }]`; or JSON Lines as application/x-ndjson, or CSV as text/csv";
        return Err(Problem::bad_request("the body is not a JSON array", remedy));
    }
    let all: Vec<S> = serde_json::from_slice(bytes).map_err(|error| refusal(&error))?;
    let placed = |(index, spec)| Placed { place: format!("entry {}", index + 1), spec };
    Ok(all.into_iter().enumerate().map(placed).collect())
}

fn lines<S: DeserializeOwned>(bytes: &[u8], faults: &mut Faults) -> Vec<Placed<S>> {
    let mut all = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let (line, place) = (line.trim_ascii(), format!("line {}", index + 1));
        match line.first() {
            None => {}
            Some(b'{') => match serde_json::from_slice(line) {
                Ok(spec) => all.push(Placed { place, spec }),
                Err(error) => faults.add(&place, said(&error)),
            },
            Some(_) => faults.add(&place, "it is no JSON object"),
        }
    }
    all
}

/// What serde says, without the place, which is that of a line, and without the value.
fn said(error: &serde_json::Error) -> String {
    let message = error.to_string();
    without_value(message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message))
}

fn table<E: Collected>(bytes: &[u8], faults: &mut Faults) -> Result<Vec<Placed<E::Spec>>, Problem> {
    let remedy = "the first line names the members, each once; a list has spaces between its parts, `claims.x` is a claim, and \
         `claims.x:json` one in JSON";
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(bytes);
    let columns = match reader.headers() {
        Ok(columns) if !columns.is_empty() => columns.clone(),
        Ok(_) => return Err(Problem::bad_request("line 1 names no column", remedy)),
        Err(_) => return Err(Problem::bad_request("line 1 is no CSV in UTF-8", remedy)),
    };
    for (index, column) in columns.iter().enumerate() {
        if columns.iter().take(index).any(|before| before == column) {
            let detail = format!("line 1: the column `{}` is there twice", column.escape_debug());
            return Err(Problem::bad_request(detail, remedy));
        }
    }
    if !columns.iter().any(|column| column == E::ID) {
        return Err(Problem::bad_request(format!("line 1: there is no column `{}`", E::ID), remedy));
    }
    let mut all = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.add(&format!("line {line}"), broken(error.kind()));
                continue;
            }
        };
        let place = format!("line {}", record.position().map_or(0, csv::Position::line));
        match row::<E>(&columns, &record) {
            Ok(spec) => all.push(Placed { place, spec }),
            Err(why) => faults.add(&place, why),
        }
    }
    Ok(all)
}

fn broken(kind: &csv::ErrorKind) -> String {
    match kind {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} cells, and the first line names {expected_len} columns")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => "it is no CSV".to_owned(),
    }
}

/// A row as what it is written for. An empty cell is left out.
fn row<E: Collected>(columns: &csv::StringRecord, cells: &csv::StringRecord) -> Result<E::Spec, String> {
    let (mut members, mut claims) = (Claims::empty(), Claims::empty());
    for (column, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        if let Some(claim) = column.strip_prefix(CLAIM) {
            match claim.strip_suffix(JSON) {
                Some(claim) => {
                    let value: Value = serde_json::from_str(cell).map_err(|_| format!("`{column}` is no JSON"))?;
                    claims.set(claim, value);
                }
                None => claims.set(claim, cell.into()),
            }
        } else if E::LISTS.contains(&column) {
            members.set(column, Value::List(cell.split_ascii_whitespace().map(Value::from).collect()));
        } else if E::SWITCHES.contains(&column) {
            let is_on = cell.parse::<bool>().map_err(|_| format!("`{column}` is neither true nor false"))?;
            members.set(column, Value::Bool(is_on));
        } else {
            members.set(column, cell.into());
        }
    }
    if !claims.is_empty() {
        members.set("claims", Value::Map(claims));
    }
    let text = serde_json::to_string(&members).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| said(&error))
}
