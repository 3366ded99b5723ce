//! What became of the last requests.

use super::Call;
use super::page::limit;
use super::reply::{Answer, Outcome};
use admin_api::JournalEntry;
use surface::journal::Entry;

/// The parameters that choose entries.
pub(super) const FILTERS: [&str; 5] = ["limit", "mount", "endpoint", "client_id", "reference"];

/// The last requests, newest first: those of the mount, endpoint, client and reference that the query names.
#[utoipa::path(get, path = "/v1/journal", tag = "journal", responses((status = 200, body = Vec<JournalEntry>, description = "The entries.")))]
pub(super) fn read_journal(call: &Call) -> Outcome {
    let limit = limit(&call.query)?;
    let is = |name, value: Option<&str>| call.query.get(name).is_none_or(|wanted| value == Some(wanted));
    let wanted = |entry: &Entry| {
        is("mount", Some(&entry.mount))
            && is("endpoint", Some(entry.endpoint))
            && is("client_id", entry.client_id.as_deref())
            && is("reference", entry.reference.as_deref())
    };
    let views: Vec<_> = call.app().journal.find(limit, wanted).into_iter().map(view).collect();
    Ok(Answer::json(&views))
}

/// Forgets all entries.
#[utoipa::path(delete, path = "/v1/journal", tag = "journal", responses((status = 204, description = "None is left.")))]
pub(super) fn clear_journal(call: &Call) -> Answer {
    call.app().journal.clear();
    Answer::Empty
}

fn view(entry: Entry) -> JournalEntry {
    JournalEntry {
        number: entry.number,
        at_ms: entry.at,
        mount: entry.mount,
        endpoint: entry.endpoint.to_owned(),
        client_id: entry.client_id,
        grant: entry.grant.map(str::to_owned),
        status: entry.status,
        error: entry.error.map(str::to_owned),
        cause: entry.cause.map(std::borrow::Cow::into_owned),
        reference: entry.reference,
        forced: entry.forced,
    }
}
