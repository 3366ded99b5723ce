//! Entries as an HTTP Archive (HAR 1.2).

use admin_api::{JournalEntry, Member, Message};
use serde_json::{Value, json};
use surface::world::World;

/// What stands where a value is not kept.
const LEFT_OUT: &str = "…";

/// The archive, oldest first.
pub(crate) fn archive(world: &World, entries: &[JournalEntry]) -> Value {
    let entries: Vec<_> = entries.iter().rev().map(|entry| one(world, entry)).collect();
    json!({ "log": {
        "version": "1.2",
        "creator": { "name": "idp-gateway", "version": env!("CARGO_PKG_VERSION") },
        "comment": "Values that may be secrets are left out.",
        "entries": entries,
    } })
}

fn one(world: &World, entry: &JournalEntry) -> Value {
    let none = Message::default();
    let (request, answer) =
        entry.traffic.as_ref().map_or((&none, &none), |traffic| (&traffic.request, &traffic.answer));
    let url = super::url(world, entry);
    #[expect(clippy::cast_precision_loss, reason = "a duration of days is exact")]
    let millis = entry.duration_us as f64 / 1000.0;
    let mut asked = json!({
        "method": entry.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": pairs(&request.headers),
        "queryString": pairs(&request.query),
        "headersSize": -1,
        "bodySize": length(request),
    });
    if let Some(body) = &request.body {
        let members = body.members.as_deref().unwrap_or_default();
        let media = body.media.as_deref().unwrap_or_default();
        asked["postData"] = if media.ends_with("json") {
            json!({ "mimeType": media, "text": object(members).to_string() })
        } else {
            json!({ "mimeType": media, "params": pairs(members), "text": "" })
        };
    }
    let media = answer.body.as_ref().and_then(|body| body.media.as_deref()).unwrap_or_default();
    let members = answer.body.as_ref().and_then(|body| body.members.as_deref());
    let mut content = json!({ "size": length(answer), "mimeType": media });
    if let Some(members) = members {
        content["text"] = object(members).to_string().into();
    }
    json!({
        "startedDateTime": entry.at,
        "time": millis,
        "request": asked,
        "response": {
            "status": entry.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs(&answer.headers),
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": length(answer),
        },
        "cache": {},
        "timings": { "send": 0, "wait": millis, "receive": 0 },
        "comment": format!("{} {}", entry.number, entry.id),
    })
}

fn length(message: &Message) -> usize {
    message.body.as_ref().map_or(0, |body| body.length)
}

fn text(member: &Member) -> String {
    let value = member.value.as_ref();
    value.map_or(LEFT_OUT.to_owned(), |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn name(member: &Member) -> &str {
    member.name.as_deref().unwrap_or(LEFT_OUT)
}

fn pairs(members: &[Member]) -> Value {
    members.iter().map(|member| json!({ "name": name(member), "value": text(member) })).collect()
}

fn object(members: &[Member]) -> Value {
    let value = |member: &Member| match (&member.members, &member.value) {
        (Some(inner), _) => object(inner),
        (None, Some(value)) => value.clone(),
        (None, None) => LEFT_OUT.into(),
    };
    members.iter().map(|member| (name(member).to_owned(), value(member))).collect::<serde_json::Map<_, _>>().into()
}
