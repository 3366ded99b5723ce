//! What the journal keeps of requests and answers: values by a dialect's own list of what is no secret, of all else
//! names that look like names, and lengths.

use admin_api::{Member, Message, MessageBody};
use dialect::{Form, JsonObject, Shown, WireRequest, WireResponse};
use grant::is_usual_name;
use serde_json::Value;

/// The longest value that is kept, in bytes.
const LENGTH: usize = 300;
/// How many members of a body, and how many header fields, are kept.
const MOST: usize = 64;

/// Header fields that hold no secret.
const HEADERS: &[Shown] = &[
    Shown::any("host"),
    Shown::any("accept"),
    Shown::any("accept-encoding"),
    Shown::any("connection"),
    Shown::any("content-type"),
    Shown::any("content-length"),
    Shown::any("content-encoding"),
    Shown::any("user-agent"),
    Shown::any("origin"),
    Shown::any("access-control-request-method"),
    Shown::any("access-control-request-headers"),
    Shown::any("access-control-allow-origin"),
    Shown::any("access-control-allow-methods"),
    Shown::any("access-control-allow-headers"),
    Shown::any("access-control-expose-headers"),
    Shown::any("vary"),
    Shown::any("allow"),
    Shown::any("cache-control"),
    Shown::any("pragma"),
    Shown::any("retry-after"),
    Shown::any("www-authenticate"),
];

/// Members of a refusal: what a client is told of one is a constant of its dialect.
const REFUSAL: &[Shown] = &[
    Shown::any("error"),
    Shown::any("error_description"),
    Shown::any("error_uri"),
    Shown::any("message"),
    Shown::any("title"),
    Shown::any("detail"),
    Shown::any("code"),
    Shown::any("status"),
];

/// What is kept of a request.
pub(crate) fn request(request: &WireRequest<'_>, shown: &[Shown]) -> Message {
    let headers = request.headers.iter().map(|(name, value)| header(name, value));
    Message {
        headers: headers.take(MOST).collect(),
        query: request.query.map(|query| members_of_query(query, shown)).unwrap_or_default(),
        body: body(request.header("content-type").ok().flatten(), request.body, shown),
    }
}

/// What is kept of an answer.
pub(crate) fn answer(response: &WireResponse, shown: &[Shown]) -> Message {
    let headers = response.headers.iter().map(|(name, value)| header(&name.to_ascii_lowercase(), value.as_bytes()));
    let is_refusal = response.status >= 400;
    let shown = if is_refusal { &[shown, REFUSAL].concat() } else { shown };
    Message {
        headers: headers.take(MOST).collect(),
        query: Vec::new(),
        body: body(response.header("content-type"), &response.body, shown),
    }
}

fn header(name: &str, value: &[u8]) -> Member {
    let text = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| matches!(b, b' '..=b'~')));
    let scheme = |text: &str| {
        let scheme = text.split(' ').next().unwrap_or_default();
        ["basic", "bearer"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known)).map(Value::from)
    };
    let value_shown = match text {
        Some(text) if name == "authorization" => scheme(text),
        Some(text) if text.len() <= LENGTH && admits(HEADERS, name, text) => Some(text.into()),
        _ => None,
    };
    Member { name: name_of(name), value: value_shown, members: None, length: value.len() }
}

fn body(media: Option<&str>, body: &[u8], shown: &[Shown]) -> Option<MessageBody> {
    if body.is_empty() {
        return None;
    }
    let media = media.and_then(|value| value.split(';').next()).map(|media| media.trim().to_ascii_lowercase());
    let media = media
        .filter(|media| media.len() <= 64 && media.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.".contains(&b)));
    let members = match media.as_deref() {
        Some(Form::MEDIA_TYPE) => Form::read(body).ok().map(|form| members_of_form(&form, shown)),
        // The strict reader knows what can be read in two ways; the other gives values.
        Some(media) if media.ends_with("json") => JsonObject::read(body)
            .ok()
            .and_then(|_| serde_json::from_slice(body).ok())
            .map(|object: serde_json::Map<String, Value>| members_of_json(&object, shown)),
        _ => None,
    };
    Some(MessageBody { media, length: body.len(), members })
}

/// A query that can be read in two ways is shown in none: it is one member without a name.
fn members_of_query(query: &str, shown: &[Shown]) -> Vec<Member> {
    match Form::read(query.as_bytes()) {
        Ok(form) => members_of_form(&form, shown),
        Err(_) => vec![Member { length: query.len(), ..Member::default() }],
    }
}

fn members_of_form(form: &Form, shown: &[Shown]) -> Vec<Member> {
    let member = |name: &str| {
        let value = form.get(name).unwrap_or_default();
        let is_shown = value.len() <= LENGTH && admits(shown, name, value);
        Member { name: name_of(name), value: is_shown.then(|| value.into()), members: None, length: value.len() }
    };
    form.names().take(MOST).map(member).collect()
}

fn members_of_json(object: &serde_json::Map<String, Value>, shown: &[Shown]) -> Vec<Member> {
    let member = |(name, value): (&String, &Value)| {
        let members = value.as_object().map(|inner| members_of_json(inner, shown));
        let (text, is_flat) = match value {
            Value::String(text) => (text.clone(), true),
            Value::Array(items) => (value.to_string(), items.iter().all(|item| !item.is_object() && !item.is_array())),
            value => (value.to_string(), !value.is_object()),
        };
        let is_shown = is_flat && text.len() <= LENGTH && admits(shown, name, &text);
        let value = is_shown.then(|| value.clone());
        Member { name: name_of(name), value, members, length: text.len() }
    };
    object.iter().take(MOST).map(member).collect()
}

/// A name, where it looks like one.
fn name_of(name: &str) -> Option<String> {
    is_usual_name(name).then(|| name.to_owned())
}

fn admits(all: &[Shown], name: &str, value: &str) -> bool {
    all.iter().any(|shown| shown.name == name && shown.admits(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SHOWN: &[Shown] = &[dialect::shown::GRANT_TYPE, dialect::shown::SCOPE, Shown::any("scopes")];
    const CANARY: &str = "c4n4ry";

    fn kept(headers: &[(&str, &[u8])], body: &str) -> Value {
        let query = format!("state={CANARY}&{CANARY}=1");
        let wire = WireRequest { method: "POST", path: "/", query: Some(&query), headers, body: body.as_bytes() };
        let kept = serde_json::to_value(request(&wire, SHOWN)).unwrap();
        assert!(!kept.to_string().contains(CANARY), "{kept}");
        kept
    }

    #[test]
    fn n82_a_form_keeps_what_is_no_secret_and_the_names_and_lengths_of_all_else() {
        let form: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
        let basic: (&str, &[u8]) = ("authorization", b"Basic c4n4ry");
        let message =
            kept(&[form, basic, ("x-c4n4ry", b"c4n4ry")], &format!("grant_type=password&secret={CANARY}&scope=a+b"));
        let members = json!([
            { "name": "grant_type", "value": "password", "length": 8 },
            { "name": "secret", "length": 6 },
            { "name": "scope", "value": "a b", "length": 3 },
        ]);
        assert_eq!(message["body"]["members"], members);
        let headers = json!([
            { "name": "content-type", "value": "application/x-www-form-urlencoded", "length": 33 },
            { "name": "authorization", "value": "basic", "length": 12 },
            { "length": 6 },
        ]);
        assert_eq!(message["headers"], headers);
        assert_eq!(message["query"], json!([{ "name": "state", "length": 6 }, { "length": 1 }]));
        let odd = kept(&[form], &format!("grant_type={CANARY}&{CANARY}=x"));
        assert_eq!(odd["body"]["members"], json!([{ "name": "grant_type", "length": 6 }, { "length": 1 }]));
        for unread in
            [format!("scope={CANARY}&scope=a"), format!("scope={CANARY}&a=%FF"), format!("\u{feff}scope={CANARY}")]
        {
            let body = json!({ "media": "application/x-www-form-urlencoded", "length": unread.len() });
            assert_eq!(kept(&[form], &unread)["body"], body, "{unread}");
        }
    }

    #[test]
    fn n82_a_query_that_cannot_be_read_is_told_by_its_length() {
        for query in ["a=c4n4ry&a=c4n4ry", "a=%00c4n4ry", "a=%FF"] {
            let wire = WireRequest { method: "GET", path: "/", query: Some(query), headers: &[], body: b"" };
            let kept = serde_json::to_value(request(&wire, SHOWN)).unwrap();
            assert_eq!(kept["query"], json!([{ "length": query.len() }]), "{query}");
        }
    }

    #[test]
    fn n82_json_keeps_its_form() {
        let json_media: (&str, &[u8]) = ("content-type", b"application/json");
        let body =
            json!({ "client_secret": CANARY, "payload": { "token": CANARY }, "scopes": ["a"], "x": [{ "y": CANARY }] });
        let members = json!([
            { "name": "client_secret", "length": 6 },
            { "name": "payload", "members": [{ "name": "token", "length": 6 }], "length": 18 },
            { "name": "scopes", "value": ["a"], "length": 5 },
            { "name": "x", "length": 16 },
        ]);
        assert_eq!(kept(&[json_media], &body.to_string())["body"]["members"], members);
        let broken = format!("{{\"scopes\":\"{CANARY}\"");
        assert_eq!(
            kept(&[json_media], &broken)["body"],
            json!({ "media": "application/json", "length": broken.len() })
        );
        assert!(kept(&[json_media], "")["body"].is_null());
    }

    #[test]
    fn of_a_refusal_is_kept_what_the_client_was_told() {
        let body = json!({ "error": "invalid_client", "error_description": "no such client", "access_token": CANARY });
        let answered = |status| {
            let response = WireResponse { body: body.to_string().into_bytes(), ..WireResponse::empty(status) };
            let kept = serde_json::to_value(answer(&response.with("Content-Type", "application/json"), SHOWN)).unwrap();
            assert!(!kept.to_string().contains(CANARY), "{kept}");
            kept["body"]["members"].to_string()
        };
        assert!(answered(401).contains("no such client") && answered(401).contains("invalid_client"));
        assert!(!answered(200).contains("no such client"));
    }
}
