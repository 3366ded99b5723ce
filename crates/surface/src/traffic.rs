//! What the journal keeps of requests and answers: values by a dialect's own list of what is no secret, of all else
//! names that look like names, and lengths.

mod keeping;
mod members;

pub(crate) use keeping::Keeping;

use admin_api::{Member, Message, MessageBody, Traffic};
use serde::{Deserialize, Serialize};
use std::slice::Iter;

/// The longest value that is kept, in bytes.
const LENGTH: usize = 300;
/// How many members of a body, and how many header fields, are kept.
const MOST: usize = 64;
/// How deep members may lie in each other where another replica says so.
const DEPTH: usize = 128;

/// What is kept of a request and its answer: one text that has all names and values, one behind the other, and the sizes of
/// each. Few are ever read, so they become what the API tells at reading alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    text: Box<str>,
    /// In the order of the text: header fields, parameters of the query, the media type, members of the body, each in front
    /// of those that it has; of the request, then of the answer.
    slots: Box<[Slot]>,
    request: Half,
    answer: Half,
}

/// A request or an answer: how many there are of each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Half {
    headers: u8,
    query: u8,
    body: Option<Body>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Body {
    has_media: bool,
    length: u32,
    members: Option<u8>,
}

/// A [`Member`], by the lengths of its name, which is none where that is 0, and of its value in the text.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slot {
    name: u8,
    shape: Shape,
    /// How many it has of its own, where it is an object.
    members: Option<u8>,
    value: u16,
    /// How long its value was when it came.
    length: u32,
}

/// What the value of a [`Slot`] is in the text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Shape {
    Hidden,
    Text,
    Json,
}

/// A count or a length. None that is kept is beyond its type: see [`MOST`] and [`LENGTH`].
fn small<T: TryFrom<usize> + Default>(number: usize) -> T {
    T::try_from(number).unwrap_or_default()
}

impl Kept {
    /// How much memory it takes, in bytes, near enough.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.slots)
    }

    /// What the API tells of it.
    pub fn traffic(&self) -> Traffic {
        let mut reader = Reader { text: &self.text, slots: self.slots.iter() };
        Traffic { request: reader.message(&self.request), answer: reader.message(&self.answer) }
    }
}

/// Goes through what is kept. Another replica may have said what is there, so that some of it may not be.
struct Reader<'k> {
    text: &'k str,
    slots: Iter<'k, Slot>,
}

impl Reader<'_> {
    fn message(&mut self, half: &Half) -> Message {
        let (headers, query) = (self.members(half.headers, 1), self.members(half.query, 1));
        let body = half.body.as_ref().map(|body| MessageBody {
            media: if body.has_media { self.slots.next().map(|slot| self.part(slot.value)) } else { None },
            length: body.length as usize,
            members: body.members.map(|members| self.members(members, DEPTH)),
        });
        Message { headers, query, body }
    }

    fn members(&mut self, count: u8, depth: usize) -> Vec<Member> {
        let count = if depth > 0 { count } else { 0 };
        (0..count).map_while(|_| self.slots.next().map(|slot| self.member(slot, depth))).collect()
    }

    fn member(&mut self, slot: &Slot, depth: usize) -> Member {
        let (name, value) = (self.part(slot.name), self.part(slot.value));
        Member {
            name: Some(name).filter(|name| !name.is_empty()),
            value: match slot.shape {
                Shape::Hidden => None,
                Shape::Text => Some(value.into()),
                Shape::Json => serde_json::from_str(&value).ok(),
            },
            members: slot.members.map(|members| self.members(members, depth - 1)),
            length: slot.length as usize,
        }
    }

    fn part(&mut self, length: impl Into<usize>) -> String {
        let (part, rest) = self.text.split_at_checked(length.into()).unwrap_or_default();
        self.text = rest;
        part.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialect::{Shown, WireRequest, WireResponse};
    use serde_json::{Value, json};

    const SHOWN: &[Shown] = &[dialect::shown::GRANT_TYPE, dialect::shown::SCOPE, Shown::any("scopes")];
    const CANARY: &str = "c4n4ry";

    fn kept(headers: &[(&str, &[u8])], body: &str) -> Value {
        let query = format!("state={CANARY}&{CANARY}=1");
        let wire = WireRequest { method: "POST", path: "/", query: Some(&query), headers, body: body.as_bytes() };
        let kept = Keeping::request(&wire, SHOWN).answer(&WireResponse::empty(200), SHOWN);
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
            let kept = Keeping::request(&wire, SHOWN).answer(&WireResponse::empty(200), SHOWN);
            let kept = serde_json::to_value(kept.traffic().request).unwrap();
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
    fn what_another_replica_says_is_not_trusted() {
        let slot =
            |name: u8, value: u16| json!({ "name": name, "shape": "Text", "members": 1, "value": value, "length": 1 });
        let half = |headers: u8| json!({ "headers": headers, "query": 0, "body": { "has_media": true, "length": 1, "members": 64 } });
        let told = |text: &str, slots: Vec<Value>| {
            let kept = json!({ "text": text, "slots": slots, "request": half(64), "answer": half(1) });
            serde_json::to_value(serde_json::from_value::<Kept>(kept).unwrap().traffic()).unwrap()
        };
        let part_of_a_character = told("éa", vec![slot(1, 1)]);
        assert_eq!(part_of_a_character["request"]["headers"], json!([{ "value": "", "members": [], "length": 1 }]));
        assert_eq!(told("a", vec![slot(1, 9)])["request"]["headers"][0]["name"], "a");
        assert!(told("", Vec::new())["answer"]["headers"].as_array().is_none_or(Vec::is_empty));
        let nested = told(&"a".repeat(2000), (0..1000).map(|_| slot(1, 1)).collect());
        assert_eq!(nested["request"]["headers"].as_array().unwrap().len(), 64, "and none lies too deep to be told");
    }

    #[test]
    fn of_a_refusal_is_kept_what_the_client_was_told() {
        let body = json!({ "error": "invalid_client", "error_description": "no such client", "access_token": CANARY });
        let answered = |status| {
            let response = WireResponse { body: body.to_string().into_bytes(), ..WireResponse::empty(status) };
            let wire = WireRequest { method: "POST", path: "/", query: None, headers: &[], body: &[] };
            let response = response.with("Content-Type", "application/json");
            let kept = Keeping::request(&wire, SHOWN).answer(&response, SHOWN);
            let kept = serde_json::to_value(kept.traffic().answer).unwrap();
            assert!(!kept.to_string().contains(CANARY), "{kept}");
            kept["body"]["members"].to_string()
        };
        assert!(answered(401).contains("no such client") && answered(401).contains("invalid_client"));
        assert!(!answered(200).contains("no such client"));
    }
}
