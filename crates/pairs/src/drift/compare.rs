//! Two answers to one request: where they differ, as a reader wants it.

use super::Area;
use super::body::{self, Shape};
use crate::json::Json;
use crate::{Pair, Response, Template};

/// How two answers differ at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Another status.
    Status,
    /// A header field that is another, or that one of them lacks.
    Header,
    /// Another media type, or a body that cannot be read as the media type says.
    MediaType,
    /// A member that the vendor's answer lacks.
    Missing,
    /// A member that the vendor's answer has beside those of the mount.
    Extra,
    /// The same members in another order.
    Order,
    /// A value of another type.
    Type,
    /// A value that is another.
    Value,
    /// A value of another form where the contract leaves the value open.
    Form,
}

impl Kind {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Header => "header",
            Self::MediaType => "media type",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Order => "order",
            Self::Type => "type",
            Self::Value => "value",
            Self::Form => "form",
        }
    }

    /// The part of the answer that it is about.
    pub const fn area(self) -> Area {
        match self {
            Self::Status => Area::Status,
            Self::Header | Self::MediaType => Area::Header,
            _ => Area::Body,
        }
    }
}

/// A difference. No token stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How they differ.
    pub kind: Kind,
    /// Where: a header's name, or the way to a member, as in `token.expiresIn`.
    pub at: String,
    /// What the mount has there.
    pub mount: String,
    /// What the vendor has there.
    pub vendor: String,
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its answer.
    pub answer: &'a Response,
    /// The URLs that are its own, the longest first: they count as the same on both sides.
    pub bases: &'a [String],
}

impl Side<'_> {
    fn without_bases(&self, text: &str) -> String {
        self.bases.iter().fold(text.to_owned(), |text, base| text.replace(base.as_str(), "(base)"))
    }

    fn header(&self, name: &str) -> Option<String> {
        self.answer.header(name).map(|value| self.without_bases(value))
    }

    fn body(&self) -> String {
        self.without_bases(&self.answer.text())
    }
}

/// Everything in which the vendor's answer differs from the mount's: what `pair` asserts is looked at, and what it leaves
/// open may be another. `own` are texts of the account, which differ by nature.
pub fn differences(pair: &Pair, mount: Side<'_>, vendor: Side<'_>, own: &[String]) -> Vec<Difference> {
    let mut found = Found { list: Vec::new(), own };
    if mount.answer.status != vendor.answer.status {
        found.add(Kind::Status, "", mount.answer.status.to_string(), vendor.answer.status.to_string());
    }
    for (name, wanted) in &pair.response.headers {
        let kind = if name.eq_ignore_ascii_case("content-type") { Kind::MediaType } else { Kind::Header };
        match (mount.header(name), vendor.header(name)) {
            (Some(ours), Some(theirs)) if ours == theirs || is_open(wanted, &theirs) => {}
            (None, None) => {}
            (ours, theirs) => {
                let shown = |value: Option<String>| value.map_or_else(|| "none".to_owned(), |value| plain(&value));
                found.add(kind, name, shown(ours), shown(theirs));
            }
        }
    }
    let media = |side: &Side<'_>| Shape::of(side.answer.header("content-type").unwrap_or_default());
    let (ours, theirs) = (mount.body(), vendor.body());
    let shape = media(&mount);
    if shape == media(&vendor) && shape != Shape::Page {
        found.bodies(shape, &pair.response.body, &ours, &theirs);
    }
    found.list
}

/// Whether the contract leaves that text open, and it has the form that the contract wants.
fn is_open(wanted: &str, text: &str) -> bool {
    wanted.contains("{{")
        && Template::parse(&timeless(wanted), 0).is_ok_and(|open| open.matches(text.as_bytes()).is_ok())
}

/// The same with a number where the gateway's clock stands: the vendor has another.
fn timeless(template: &str) -> String {
    let (mut made, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{now") {
        let Some((_, tail)) = after.split_once("}}") else { break };
        made = made + before + "{{int}}";
        rest = tail;
    }
    made + rest
}

struct Found<'a> {
    list: Vec<Difference>,
    own: &'a [String],
}

impl Found<'_> {
    fn add(&mut self, kind: Kind, at: &str, mount: String, vendor: String) {
        self.list.push(Difference { kind, at: at.to_owned(), mount, vendor });
    }

    fn bodies(&mut self, shape: Shape, template: &str, ours: &str, theirs: &str) {
        match (body::read(shape, ours), body::read(shape, theirs)) {
            (Some(ours), Some(theirs)) => {
                let open = body::read_template(shape, &timeless(template));
                self.values("", open.as_ref(), &ours, &theirs);
            }
            (Some(ours), None) => {
                self.add(
                    Kind::MediaType,
                    "body",
                    ours.kind().to_owned(),
                    "cannot be read as its media type".to_owned(),
                );
            }
            (None, _) if ours == theirs || is_open(template, theirs) => {}
            (None, _) => self.add(Kind::Value, "body", plain(ours), plain(theirs)),
        }
    }

    fn values(&mut self, at: &str, open: Option<&Json>, ours: &Json, theirs: &Json) {
        match (ours, theirs) {
            (Json::Object(own), Json::Object(vendor)) => self.members(at, open, own, vendor),
            (Json::Array(own), Json::Array(vendor)) => {
                if own.len() != vendor.len() && !self.is_own(ours) {
                    self.add(Kind::Value, at, plain(&ours.to_string()), plain(&theirs.to_string()));
                    return;
                }
                for (index, (own, vendor)) in own.iter().zip(vendor).enumerate() {
                    let open = match open {
                        Some(Json::Array(open)) => open.get(index),
                        _ => None,
                    };
                    self.values(&format!("{at}[{index}]"), open, own, vendor);
                }
            }
            _ if std::mem::discriminant(ours) != std::mem::discriminant(theirs) => {
                self.add(Kind::Type, at, ours.kind().to_owned(), theirs.kind().to_owned());
            }
            _ if ours == theirs => self.tokens(at, ours, theirs),
            _ => self.leaf(at, open, ours, theirs),
        }
    }

    fn members(&mut self, at: &str, open: Option<&Json>, ours: &[(String, Json)], theirs: &[(String, Json)]) {
        let has = |members: &[(String, Json)], name: &str| members.iter().any(|(known, _)| known == name);
        let inside = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        for (name, value) in ours.iter().filter(|(name, _)| !has(theirs, name)) {
            self.add(Kind::Missing, &inside(name), value.kind().to_owned(), "none".to_owned());
        }
        for (name, value) in theirs.iter().filter(|(name, _)| !has(ours, name)) {
            self.add(Kind::Extra, &inside(name), "none".to_owned(), value.kind().to_owned());
        }
        let order = |of: &[(String, Json)], in_both: &[(String, Json)]| -> Vec<String> {
            of.iter().map(|(name, _)| name.clone()).filter(|name| has(in_both, name)).collect()
        };
        let (own, vendor) = (order(ours, theirs), order(theirs, ours));
        if own != vendor {
            self.add(Kind::Order, at, own.join(", "), vendor.join(", "));
        }
        for (name, value) in ours {
            if let Some((_, other)) = theirs.iter().find(|(known, _)| known == name) {
                self.values(&inside(name), open.and_then(|open| open.member(name)), value, other);
            }
        }
    }

    /// Two values of one type that are not the same.
    fn leaf(&mut self, at: &str, open: Option<&Json>, ours: &Json, theirs: &Json) {
        let text = |value: &Json| match value {
            Json::Text(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(Json::Text(wanted)) = open.filter(|open| matches!(open, Json::Text(text) if text.contains("{{"))) {
            if is_open(wanted, &text(theirs)) {
                self.tokens(at, ours, theirs);
            } else {
                self.add(Kind::Form, at, wanted.clone(), form_of(&text(theirs)));
            }
        } else if !self.is_own(ours) {
            self.add(Kind::Value, at, plain(&ours.to_string()), plain(&theirs.to_string()));
        }
    }

    /// The parts of two JWTs: their members are compared, not what those say.
    fn tokens(&mut self, at: &str, ours: &Json, theirs: &Json) {
        let (Json::Text(ours), Json::Text(theirs)) = (ours, theirs) else { return };
        let (Some(ours), Some(theirs)) = (body::token(ours), body::token(theirs)) else { return };
        for (part, own, vendor) in [("header", &ours.0, &theirs.0), ("payload", &ours.1, &theirs.1)] {
            let place = format!("{at} {part}");
            let mut inner = Found { list: Vec::new(), own: &[] };
            inner.values("", None, own, vendor);
            // What a claim says is the account's; `alg` and `typ` are the vendor's.
            inner.list.retain(|one| one.kind != Kind::Value || matches!(one.at.as_str(), "alg" | "typ"));
            for mut one in inner.list {
                one.at = if one.at.is_empty() { place.clone() } else { format!("{place}.{}", one.at) };
                self.list.push(one);
            }
        }
    }

    fn is_own(&self, value: &Json) -> bool {
        match value {
            Json::Text(text) => self.own.iter().any(|own| own == text),
            Json::Array(values) => values.iter().all(|value| self.is_own(value)),
            _ => false,
        }
    }
}

/// A text that a report may show: one that may be a credential is shown by its length alone.
fn plain(text: &str) -> String {
    let is_word = |word: &str| word.len() <= 32;
    let separators = |c: char| !c.is_ascii_alphanumeric() && !"+_~=".contains(c);
    if text.split(separators).all(is_word) && text.chars().count() <= 200 { text.to_owned() } else { form_of(text) }
}

/// What a text looks like.
fn form_of(text: &str) -> String {
    match body::token(text) {
        Some(_) => "a JWT".to_owned(),
        None if text.len() <= 40 && text.bytes().all(|b| b.is_ascii_digit()) => format!("{} digits", text.len()),
        None => format!("a text of {} characters", text.chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(body: &str) -> Pair {
        let file = format!(
            "### A | a\n# mark: D\nGET / HTTP/1.1\nHost: h\n\n\n<<<\nHTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n{body}\n### END\n"
        );
        crate::parse(&file).unwrap().remove(0)
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, reason: String::new(), headers, body: body.into() }
    }

    const BODY: &str = r#"{"t":"{{any}}","n":{{int}},"e":3600,"o":{"x":null,"m":"No such thing"}}"#;
    const HEADERS: [(&str, &str); 2] = [("Content-Type", "application/json"), ("Cache-Control", "no-store")];

    fn found(body: &str, status: u16, headers: &[(&str, &str)]) -> Vec<(Kind, String)> {
        let ours = answer(200, &HEADERS, r#"{"t":"a-token","n":5,"e":3600,"o":{"x":null,"m":"No such thing"}}"#);
        let theirs = answer(status, headers, body);
        let side = |answer| Side { answer, bases: &[] };
        let list = differences(&pair(BODY), side(&ours), side(&theirs), &[]);
        list.into_iter().map(|one| (one.kind, one.at)).collect()
    }

    #[test]
    fn what_the_contract_leaves_open_may_be_another() {
        let same = r#"{"t":"another","n":77,"e":3600,"o":{"x":null,"m":"No such thing"}}"#;
        assert_eq!(found(same, 200, &HEADERS), []);
    }

    #[test]
    fn each_kind_of_difference_is_found_alone() {
        let of = |body: &str| found(body, 200, &HEADERS);
        let one = |kind: Kind, at: &str| vec![(kind, at.to_owned())];
        let body = r#"{"t":"u","n":7,"e":3600,"o":{"x":null,"m":"No such thing"}}"#;
        assert_eq!(found(body, 201, &HEADERS), one(Kind::Status, ""));
        assert_eq!(found(body, 200, &HEADERS[..1]), one(Kind::Header, "Cache-Control"));
        let other = [("Content-Type", "application/json;charset=utf-8"), HEADERS[1]];
        assert_eq!(found(body, 200, &other), one(Kind::MediaType, "Content-Type"));
        for (from, to, kind, at) in [
            (r#""t":"u","n":7"#, r#""n":7,"t":"u""#, Kind::Order, ""),
            (r#""n":7"#, r#""n":"7""#, Kind::Type, "n"),
            ("3600", "7200", Kind::Value, "e"),
            ("No such", "Some", Kind::Value, "o.m"),
            (r#","e":3600"#, "", Kind::Missing, "e"),
            (r#""x":null"#, r#""x":null,"y":1"#, Kind::Extra, "o.y"),
            (r#""n":7"#, r#""n":7.5"#, Kind::Form, "n"),
        ] {
            assert!(body.contains(from));
            assert_eq!(of(&body.replace(from, to)), one(kind, at), "{to}");
        }
        assert_eq!(of("<html>"), one(Kind::MediaType, "body"));
    }

    #[test]
    fn no_token_is_shown_and_urls_of_both_sides_are_the_same() {
        let (long, bases) = ("x".repeat(40), ["https://ours".to_owned(), "https://theirs".to_owned()]);
        let ours = answer(200, &HEADERS, r#"{"a":"s","u":"https://ours/x"}"#);
        let theirs = answer(200, &HEADERS, &format!(r#"{{"a":"{long}","u":"https://theirs/x"}}"#));
        let (ours, theirs) = (Side { answer: &ours, bases: &bases[..1] }, Side { answer: &theirs, bases: &bases[1..] });
        let pair = pair(r#"{"a":"s","u":"https://documented/x"}"#);
        let list = differences(&pair, ours, theirs, &[]);
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].at.as_str(), list[0].vendor.as_str()), ("a", "a text of 42 characters"));
        assert!(differences(&pair, ours, theirs, &["s".to_owned()]).is_empty());
    }
}
