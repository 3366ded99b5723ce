//! A request in one line.

use crate::table::plain;
use admin_api::JournalEntry;
use std::fmt::Write;

/// Number, time, status, where it led, who asked, and what is to be said of it.
pub(super) fn line(entry: &JournalEntry, coloured: bool) -> String {
    let time = entry.at.split_once('T').map_or(&*entry.at, |(_, time)| time);
    let place = match (&entry.mount, &*entry.endpoint) {
        (Some(mount), endpoint @ "none") => format!("{mount} {endpoint} {} {}", entry.method, entry.path),
        (Some(mount), endpoint) => format!("{mount} {endpoint}"),
        (None, "none") => format!("{} {}", entry.method, entry.path),
        (None, endpoint) => format!("{endpoint} {}", entry.path),
    };
    let place = match &entry.namespace {
        Some(name) => format!("~{name} {place}"),
        None => place,
    };
    let who: Vec<_> = [&entry.client_id, &entry.user].into_iter().flatten().map(String::as_str).collect();
    let who = if who.is_empty() { "-".to_owned() } else { who.join(" ") };
    let (place, who, status) = (plain(&place), plain(&who), entry.status);
    let mut line = format!("{:>5}  {time}  {}  {place:<24}  {who:<20}", entry.number, painted(status, coloured));
    let says = plain(&says(entry));
    if !says.is_empty() {
        let _ = write!(line, "  {says}");
    }
    line.trim_end().to_owned()
}

/// What became of it, as a sentence: the gateway's own, where it has one.
fn says(entry: &JournalEntry) -> String {
    if !entry.says.is_empty() {
        return entry.says.clone();
    }
    let mut parts = Vec::new();
    if let Some(by) = &entry.forced_by {
        parts.push(format!("scenario {} acted (step {})", by.scenario, by.step));
    }
    // Who forced it was said already.
    let cause = entry.cause.as_ref().filter(|cause| parts.is_empty() || !cause.starts_with("forced by "));
    match (&entry.error, cause) {
        (Some(error), Some(cause)) => parts.push(format!("{error}: {cause}")),
        (Some(error), None) => parts.push(error.clone()),
        (None, cause) => {
            parts.extend(entry.grant.clone());
            parts.extend(entry.scope.as_ref().filter(|scope| !scope.is_empty()).map(|scope| format!("scopes {scope}")));
            parts.extend(cause.cloned());
        }
    }
    parts.extend(entry.hint.clone());
    parts.join("; ")
}

/// A status in the colour of what it says.
fn painted(status: u16, coloured: bool) -> String {
    let colour = match status {
        200..400 => 32,
        400..500 => 33,
        _ => 31,
    };
    // No byte of an answer came out where it is 0.
    let text = if status == 0 { "---".to_owned() } else { status.to_string() };
    if coloured { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(more: &serde_json::Value) -> JournalEntry {
        let mut entry = json!({
            "number": 7, "id": "i", "namespace": null, "at": "2026-01-31T10:03:04.123Z", "clock": "", "at_ms": 0,
            "duration_us": 1, "endpoint": "token", "method": "POST", "path": "/bits/token", "status": 200, "forced": false
        });
        let members = more.as_object().unwrap().clone();
        entry.as_object_mut().unwrap().extend(members);
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn a_line_says_who_asked_for_what_and_why_it_was_refused() {
        let served = json!({"mount": "bits", "client_id": "mine", "grant": "client_credentials", "scope": "a b"});
        assert_eq!(
            line(&entry(&served), false),
            "    7  10:03:04.123Z  200  bits token                mine                  client_credentials; scopes a b"
        );
        let refused = json!({
            "namespace": "job", "status": 401, "error": "invalid_client", "cause": "no such client",
            "hint": "register it", "mount": "bits", "client_id": "a\u{1b}[2J\n",
            "forced_by": {"scenario": "s1", "step": 2}
        });
        let text = line(&entry(&refused), true);
        for part in [
            "  \u{1b}[33m401\u{1b}[0m  ~job bits token",
            r"a\u{1b}[2J\n",
            "scenario s1 acted (step 2); invalid_client: no such client; register it",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
        assert_eq!(text.lines().count(), 1);
        let told = json!({"says": "token for mine: a b", "mount": "bits", "grant": "client_credentials"});
        assert!(line(&entry(&told), false).ends_with("  token for mine: a b"));
        assert!(line(&entry(&json!({"endpoint": "none", "status": 0})), false).contains("---  POST /bits/token"));
    }
}
