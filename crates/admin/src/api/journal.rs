//! What became of the last requests.

use super::page::limit;
use super::problem::Problem;
use super::reply::{Answer, Outcome};
use super::routes::Route;
use super::{Call, follow, rates, verify};
use crate::journal::{export, filter, misuse, view};
use admin_api::{JournalEntry, JournalFilter, Misuse, operations};
use std::cmp::Reverse;
use std::sync::Arc;
use surface::journal::Entry;
use surface::world::World;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::answering(&operations::READ_JOURNAL, read_journal),
        Route::new(&operations::VERIFY_JOURNAL, verify::verify),
        Route::new(&operations::READ_RATES, rates::read),
        Route::new(&operations::FIND_MISUSE, find_misuse),
        Route::new(&operations::CLEAR_JOURNAL, async |call, ()| {
            call.clear_journal().await;
            Ok(())
        }),
    ]
}

async fn read_journal(call: &Call) -> Outcome {
    let (limit, filter) = (limit(&call.query)?, of_query(call)?);
    let format = call.query.get("format");
    call.gather().await?;
    if call.accepts.is_events {
        return match format {
            _ if call.worlds.len() > 1 => {
                Err(Problem::bad_request("events are those of one namespace", "name it, or do not accept events"))
            }
            None | Some("json") => follow::follow(call, filter),
            Some(_) => {
                Err(Problem::bad_request("events have one form alone", "leave `format` out, or do not accept events"))
            }
        };
    }
    let (world, entries) = (&*call.world, newest(call, &filter, limit));
    Ok(match format {
        None | Some("json") => Answer::json(&entries),
        Some("jsonl") => Answer::Text("application/jsonl", export::lines(&entries)),
        Some("har") => Answer::json(&export::archive(world, &entries)),
        Some("curl") => Answer::Text("text/x-shellscript", export::script(world, &entries)),
        Some(_) => {
            return Err(Problem::bad_request("`format` is not known", "there are json, jsonl, har and curl"));
        }
    })
}

/// The newest entries of all worlds that the call is about, by real time.
fn newest(call: &Call, filter: &JournalFilter, limit: usize) -> Vec<JournalEntry> {
    let mut found: Vec<(&World, Arc<Entry>)> = Vec::new();
    // What another replica sent has come in its own order.
    let is_mixed = call.worlds.len() > 1 || call.app.peers.is_some();
    for world in &call.worlds {
        let most = if call.app.peers.is_some() { usize::MAX } else { limit };
        let own = world.journal.newest_first().filter(|entry| filter::admits(filter, entry)).take(most);
        found.extend(own.map(|entry| (&**world, entry)));
    }
    if is_mixed {
        found.sort_by_key(|(_, entry)| Reverse(entry.at));
        found.truncate(limit);
    }
    found.into_iter().map(|(world, entry)| view::view(world, &entry)).collect()
}

async fn find_misuse(call: &Call, (): ()) -> Result<Vec<Misuse>, Problem> {
    let filter = of_query(call)?;
    call.gather().await?;
    let entries = call.world.journal.oldest_first(filter.since.unwrap_or_default());
    let mut entries: Vec<Arc<Entry>> = entries.filter(|entry| filter::admits(&filter, entry)).collect();
    entries.sort_by_key(|entry| entry.at);
    Ok(misuse::find(&call.world, &entries))
}

fn of_query(call: &Call) -> Result<JournalFilter, Problem> {
    let mut filter = JournalFilter::read(|key| call.query.get(key))
        .map_err(|(key, form)| Problem::bad_request(format!("`{key}` cannot be read"), format!("write {form}")))?;
    verify::check(call, &mut filter)?;
    Ok(filter)
}
