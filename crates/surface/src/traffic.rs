//! What the journal keeps of requests and answers: values by a dialect's own list of what is no secret, of all else
//! names that look like names, and lengths.

mod members;

use admin_api::{Member, Message, MessageBody, Traffic};
use dialect::{Form, JsonObject, Shown, WireRequest, WireResponse};
use grant::is_usual_name;
use members::Members;
use serde::{Deserialize, Serialize};

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

/// What is kept of a request and its answer: one text that has all names and values, and where each stands in it. Few are
/// ever read, so they become what the API tells at reading alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    text: String,
    request: Half,
    answer: Half,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Half {
    headers: Vec<Slot>,
    query: Vec<Slot>,
    body: Option<Body>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Body {
    media: Option<Span>,
    length: usize,
    members: Option<Vec<Slot>>,
}

/// A [`Member`], by where its name and its value stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slot {
    name: Option<Span>,
    value: Shape,
    members: Option<Vec<Slot>>,
    length: usize,
}

/// The value of a [`Slot`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Shape {
    Hidden,
    Text(Span),
    Json(Span),
}

/// A part of the text: its first byte and the one behind its last.
type Span = (usize, usize);

impl Kept {
    /// Of a request.
    pub(crate) fn request(request: &WireRequest<'_>, shown: &[Shown]) -> Self {
        let mut text = String::with_capacity(512);
        let headers = request.headers.iter().take(MOST);
        let headers = headers.map(|(name, value)| header(&mut text, name, value)).collect();
        let query = request.query.map(|query| members_of_query(&mut text, query, shown)).unwrap_or_default();
        let media = request.header("content-type").ok().flatten();
        // The strict reader knows what can be read in two ways; the other gives values.
        let json = |body: &[u8]| JsonObject::read(body).is_ok();
        let body = body(&mut text, media, request.body, shown, json);
        Self { text, request: Half { headers, query, body }, answer: Half::default() }
    }

    /// The same with the answer, which a dialect wrote.
    pub(crate) fn answer(&mut self, response: &WireResponse, shown: &[Shown]) {
        let text = &mut self.text;
        let headers = response.headers.iter().take(MOST);
        self.answer.headers = headers.map(|(name, value)| header(text, name, value.as_bytes())).collect();
        let is_refusal = response.status >= 400;
        let shown = if is_refusal { &[shown, REFUSAL].concat() } else { shown };
        self.answer.body = body(text, response.header("content-type"), &response.body, shown, |_| true);
    }

    /// How much memory it takes, in bytes, near enough.
    pub(crate) fn size(&self) -> usize {
        let half = |half: &Half| {
            let body = half.body.as_ref().and_then(|body| body.members.as_deref()).unwrap_or_default();
            [&*half.headers, &*half.query, body].map(slots).iter().sum::<usize>()
        };
        size_of::<Self>() + self.text.capacity() + half(&self.request) + half(&self.answer)
    }

    /// What the API tells of it.
    pub fn traffic(&self) -> Traffic {
        Traffic { request: self.message(&self.request), answer: self.message(&self.answer) }
    }

    fn message(&self, half: &Half) -> Message {
        let body = |body: &Body| MessageBody {
            media: body.media.map(|media| self.part(media)),
            length: body.length,
            members: body.members.as_deref().map(|members| self.members(members)),
        };
        let Half { headers, query, .. } = half;
        Message { headers: self.members(headers), query: self.members(query), body: half.body.as_ref().map(body) }
    }

    fn members(&self, slots: &[Slot]) -> Vec<Member> {
        let member = |slot: &Slot| Member {
            name: slot.name.map(|name| self.part(name)),
            value: match slot.value {
                Shape::Hidden => None,
                Shape::Text(text) => Some(self.part(text).into()),
                Shape::Json(json) => serde_json::from_str(&self.part(json)).ok(),
            },
            members: slot.members.as_deref().map(|members| self.members(members)),
            length: slot.length,
        };
        slots.iter().map(member).collect()
    }

    /// Another replica may have told where it stands.
    fn part(&self, (from, to): Span) -> String {
        self.text.get(from..to).unwrap_or_default().to_owned()
    }
}

fn slots(all: &[Slot]) -> usize {
    all.iter().map(|slot| size_of::<Slot>() + slot.members.as_deref().map_or(0, slots)).sum()
}

fn put(text: &mut String, part: &str) -> Span {
    let from = text.len();
    text.push_str(part);
    (from, text.len())
}

/// A name, where it looks like one.
fn put_name(text: &mut String, name: &str) -> Option<Span> {
    is_usual_name(name).then(|| put(text, name))
}

fn put_text(text: &mut String, value: &str, is_shown: bool) -> Shape {
    if is_shown { Shape::Text(put(text, value)) } else { Shape::Hidden }
}

fn header(text: &mut String, name: &str, value: &[u8]) -> Slot {
    let (from, length) = (text.len(), value.len());
    let name = put_name(text, name);
    text[from..].make_ascii_lowercase();
    let own = &text[from..];
    let visible = std::str::from_utf8(value).ok().filter(|value| value.bytes().all(|b| matches!(b, b' '..=b'~')));
    let shown = match visible {
        Some(value) if own == "authorization" => scheme(value),
        Some(value) => Some(value).filter(|value| value.len() <= LENGTH && admits(HEADERS, own, value)),
        None => None,
    };
    let value = shown.map_or(Shape::Hidden, |shown| Shape::Text(put(text, shown)));
    Slot { name, value, members: None, length }
}

fn scheme(value: &str) -> Option<&'static str> {
    let scheme = value.split(' ').next().unwrap_or_default();
    ["basic", "bearer"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
}

/// `is_clear` says whether JSON can be read in one way alone.
fn body(
    text: &mut String,
    media: Option<&str>,
    body: &[u8],
    shown: &[Shown],
    is_clear: impl Fn(&[u8]) -> bool,
) -> Option<Body> {
    if body.is_empty() {
        return None;
    }
    let media = media.and_then(|value| value.split(';').next()).map(|media| media.trim().to_ascii_lowercase());
    let media = media
        .filter(|media| media.len() <= 64 && media.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.".contains(&b)));
    let members = match media.as_deref() {
        Some(Form::MEDIA_TYPE) => Form::read(body).ok().map(|form| members_of_form(text, &form, shown)),
        Some(media) if media.ends_with("json") && is_clear(body) => Members { text, shown }.of(body),
        _ => None,
    };
    Some(Body { media: media.map(|media| put(text, &media)), length: body.len(), members })
}

/// A query that can be read in two ways is shown in none: it is one member without a name.
fn members_of_query(text: &mut String, query: &str, shown: &[Shown]) -> Vec<Slot> {
    match Form::read(query.as_bytes()) {
        Ok(form) => members_of_form(text, &form, shown),
        Err(_) => vec![Slot { name: None, value: Shape::Hidden, members: None, length: query.len() }],
    }
}

fn members_of_form(text: &mut String, form: &Form, shown: &[Shown]) -> Vec<Slot> {
    let member = |name: &str| {
        let value = form.get(name).unwrap_or_default();
        let is_shown = value.len() <= LENGTH && admits(shown, name, value);
        let (name, length) = (put_name(text, name), value.len());
        Slot { name, value: put_text(text, value, is_shown), members: None, length }
    };
    form.names().take(MOST).map(member).collect()
}

fn admits(all: &[Shown], name: &str, value: &str) -> bool {
    all.iter().any(|shown| shown.name == name && shown.admits(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SHOWN: &[Shown] = &[dialect::shown::GRANT_TYPE, dialect::shown::SCOPE, Shown::any("scopes")];
    const CANARY: &str = "c4n4ry";

    fn kept(headers: &[(&str, &[u8])], body: &str) -> Value {
        let query = format!("state={CANARY}&{CANARY}=1");
        let wire = WireRequest { method: "POST", path: "/", query: Some(&query), headers, body: body.as_bytes() };
        let kept = Kept::request(&wire, SHOWN);
        assert!(!kept.text.contains(CANARY), "{kept:?}");
        let kept = serde_json::to_value(kept.traffic().request).unwrap();
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
            let kept = serde_json::to_value(Kept::request(&wire, SHOWN).traffic().request).unwrap();
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
            let wire = WireRequest { method: "POST", path: "/", query: None, headers: &[], body: &[] };
            let mut kept = Kept::request(&wire, SHOWN);
            kept.answer(&response.with("Content-Type", "application/json"), SHOWN);
            let kept = serde_json::to_value(kept.traffic().answer).unwrap();
            assert!(!kept.to_string().contains(CANARY), "{kept}");
            kept["body"]["members"].to_string()
        };
        assert!(answered(401).contains("no such client") && answered(401).contains("invalid_client"));
        assert!(!answered(200).contains("no such client"));
    }
}
