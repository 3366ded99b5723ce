//! A token request taken apart, and put together again without what is secret.

use crate::names::{self, Role, Words, bare};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pairs::Request;
use pairs::json::Json;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The client that stands for the real one.
pub(crate) const CLIENT: &str = "acme-client";
/// Its secret.
pub(crate) const SECRET: &str = "acme-secret";
/// Where its authorizations answer.
pub(crate) const REDIRECT: &str = "https://acme.example/cb";

/// What stands for an address.
pub(crate) const ADDRESS: &str = "https://acme.example";

/// A token request.
#[derive(Clone)]
pub(crate) struct Asked {
    /// The path, without what could be somebody's in it.
    pub(crate) path: String,
    /// The same as a pack has it, with parts that vary.
    pub(crate) route: String,
    pub(crate) basic: Option<(String, String)>,
    /// The members of query and body.
    pub(crate) fields: Vec<Field>,
    body: Body,
}

/// A member of query or body.
#[derive(Clone)]
pub(crate) struct Field {
    /// Its name; in JSON the way to it, with dots.
    pub(crate) name: String,
    pub(crate) value: Json,
    pub(crate) role: Role,
    is_in_query: bool,
}

#[derive(Clone)]
enum Body {
    None,
    Form,
    Json(Json),
}

impl Field {
    fn new(name: &str, value: &Json) -> Self {
        Self { name: names::member(name).to_owned(), value: value.clone(), role: Role::of(name), is_in_query: false }
    }

    /// Of each parameter of a form or a query.
    fn all(text: &str, is_in_query: bool) -> Option<Vec<Self>> {
        let one =
            |(name, value): &(String, String)| Self { is_in_query, ..Self::new(name, &Json::Text(value.clone())) };
        Some(form(text)?.iter().map(one).collect())
    }

    pub(crate) fn text(&self) -> String {
        match &self.value {
            Json::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

impl Asked {
    /// The request, where it is one for a token.
    pub(crate) fn read(request: &Request) -> Option<Self> {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let media = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let mut fields = Vec::new();
        let body = if request.body.is_empty() {
            Body::None
        } else if media.contains("json") {
            let json: Json = serde_json::from_str(&request.body).ok()?;
            leaves("", &json, &mut fields);
            Body::Json(json)
        } else {
            fields = Field::all(&request.body, false)?;
            Body::Form
        };
        fields.extend(Field::all(query, true)?);
        let basic = request.header("authorization").and_then(|value| {
            let (scheme, encoded) = value.split_once(' ')?;
            let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
            let (id, secret) = text.split_once(':')?;
            scheme.eq_ignore_ascii_case("basic").then(|| (id.to_owned(), secret.to_owned()))
        });
        let is_one = |field: &Field| matches!(field.role, Role::Client | Role::Grant | Role::Code | Role::Refresh);
        let is_token = basic.is_some() || fields.iter().any(is_one);
        let is_browsers = fields.iter().any(|field| bare(&field.name) == "responsetype");
        let asked = Self {
            path: segments(path, |_| "acme-part".to_owned()),
            route: segments(path, |at| format!("{{part{at}}}")),
            basic,
            fields,
            body,
        };
        (is_token && !is_browsers && matches!(request.method.as_str(), "POST" | "GET")).then_some(asked)
    }

    pub(crate) fn of(&self, role: Role) -> Option<&Field> {
        self.fields.iter().find(|field| field.role == role)
    }

    pub(crate) fn client(&self) -> Option<String> {
        self.basic.as_ref().map(|(id, _)| id.clone()).or_else(|| self.of(Role::Client).map(Field::text))
    }

    pub(crate) fn secret(&self) -> Option<String> {
        self.basic.as_ref().map(|(_, secret)| secret.clone()).or_else(|| self.of(Role::Secret).map(Field::text))
    }

    /// The vendor's own members, those that a pack can ask for.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.role == Role::Own && self.is_read(field))
    }

    /// What a pack does not read: of a request with a body what is in its query, what is no text, what is deeper than one object.
    pub(crate) fn unread(&self) -> impl Iterator<Item = &Field> {
        let is_said = |field: &&Field| !matches!(field.value, Json::Null) && !field.text().is_empty();
        self.fields.iter().filter(is_said).filter(|field| !self.is_read(field))
    }

    fn is_read(&self, field: &Field) -> bool {
        let is_of_form = match &field.value {
            Json::Text(text) => !text.is_empty(),
            Json::Array(_) => field.role == Role::Scope,
            _ => false,
        };
        is_of_form && field.name.matches('.').count() <= 1 && !(field.is_in_query && self.has_body())
    }

    pub(crate) const fn is_json(&self) -> bool {
        matches!(self.body, Body::Json(_))
    }

    pub(crate) const fn has_body(&self) -> bool {
        !matches!(self.body, Body::None)
    }

    /// The grant that is asked for, by its standard name.
    pub(crate) fn grant(&self) -> &'static str {
        let named = self.of(Role::Grant).map(Field::text).unwrap_or_default();
        if self.of(Role::Refresh).is_some() {
            "refresh_token"
        } else if self.of(Role::Code).is_some() || named == "authorization_code" {
            "authorization_code"
        } else {
            "client_credentials"
        }
    }

    /// The scopes that are asked for, where they may be kept.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let Some(field) = self.of(Role::Scope) else { return Vec::new() };
        scopes_of(&field.value)
    }

    /// What stands for a member's value, as text.
    pub(crate) fn stand_in(field: &Field, words: &Words) -> String {
        let text = field.text();
        let word = match field.role {
            Role::Code => Some("{{code}}"),
            Role::Refresh => Some("{{refresh}}"),
            Role::RedirectUri => Some(REDIRECT),
            Role::Verifier => Some("acme-verifier-of-forty-three-characters-or-so"),
            _ => words.get(&text),
        };
        if let Some(word) = word {
            return word.to_owned();
        }
        match field.role {
            Role::Grant if names::is_words(&text) => text,
            Role::Scope if scopes_of(&field.value).len() == separated(&text).len() => text,
            Role::Own if names::may_keep(&field.name, &text) => text,
            Role::Own if names::is_uuid(&text) => "00000000-0000-4000-8000-000000000001".to_owned(),
            Role::Own if text.contains("://") => ADDRESS.to_owned(),
            _ => format!("acme-{}", bare(&field.name)),
        }
    }

    /// The request as it may be kept.
    pub(crate) fn request(&self, real: &Request, host: &str, words: &Words) -> Request {
        let stand_in = |name: &str, value: &Json| Self::stand_in(&Field::new(name, value), words);
        let joined = |text: &str| -> String {
            let members = form(text).unwrap_or_default();
            let member = |(name, value): &(String, String)| {
                let word = stand_in(name, &Json::Text(value.clone()));
                let word = if word.contains("{{") { word } else { encoded(&word) };
                format!("{}={word}", encoded(names::member(name)))
            };
            members.iter().map(member).collect::<Vec<_>>().join("&")
        };
        let query = real.target.split_once('?').map(|(_, query)| format!("?{}", joined(query))).unwrap_or_default();
        let mut headers = vec![("Host".to_owned(), host.to_owned())];
        for name in ["Accept", "Content-Type"] {
            headers.extend(
                real.header(name)
                    .filter(|value| names::may_keep_header(name, value))
                    .map(|value| (name.to_owned(), value.to_owned())),
            );
        }
        if let Some((id, secret)) = &self.basic {
            let part = |real: &str, word: &str| words.get(real).unwrap_or(word).to_owned();
            let both = format!("{}:{}", part(id, CLIENT), part(secret, "wrong-secret"));
            headers.push(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(both))));
        }
        let body = match &self.body {
            Body::None => String::new(),
            Body::Form => joined(&real.body),
            Body::Json(json) => replaced("", json, &stand_in).to_string(),
        };
        Request { method: real.method.clone(), target: format!("{}{query}", self.path), headers, body }
    }
}

/// A path with others in the place of those segments that are not words.
fn segments(path: &str, other: impl Fn(usize) -> String) -> String {
    let kept = |(at, segment): (usize, &str)| if names::is_words(segment) { segment.to_owned() } else { other(at) };
    path.split('/').enumerate().map(kept).collect::<Vec<_>>().join("/")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
        .to_string()
        .replace("%5F", "_")
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%20", "+")
}

fn form(text: &str) -> Option<Vec<(String, String)>> {
    serde_urlencoded::from_str(text).ok()
}

fn separated(text: &str) -> Vec<&str> {
    text.split([' ', ',', '+']).filter(|scope| !scope.is_empty()).collect()
}

/// The scopes of a value, those that may be kept.
pub(crate) fn scopes_of(value: &Json) -> Vec<String> {
    let all: Vec<String> = match value {
        Json::Text(text) => separated(text).into_iter().map(str::to_owned).collect(),
        Json::Array(values) => values
            .iter()
            .filter_map(|value| if let Json::Text(text) = value { Some(text.clone()) } else { None })
            .collect(),
        _ => Vec::new(),
    };
    all.into_iter().filter(|scope| names::is_scope(scope)).collect()
}

/// The members of an object that hold no others, by the way to them.
fn leaves(at: &str, value: &Json, found: &mut Vec<Field>) {
    let Json::Object(members) = value else {
        found.push(Field::new(at, value));
        return;
    };
    for (name, value) in members {
        leaves(&if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, value, found);
    }
}

/// The same object with words of ours in it; numbers, `true`, `false` and `null` are kept.
fn replaced(at: &str, value: &Json, stand_in: &impl Fn(&str, &Json) -> String) -> Json {
    match value {
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let inside = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    (names::member(name).to_owned(), replaced(&inside, value, stand_in))
                })
                .collect(),
        ),
        Json::Array(values) if Role::of(at) == Role::Scope => {
            let kept = scopes_of(value);
            if kept.len() == values.len() {
                value.clone()
            } else {
                Json::Array(kept.into_iter().map(Json::Text).collect())
            }
        }
        Json::Array(values) => Json::Array(values.iter().map(|value| replaced(at, value, stand_in)).collect()),
        Json::Text(_) => Json::Text(stand_in(at, value)),
        Json::Number(number) if Role::of(at) != Role::Own || !names::may_keep_number(at, number) => {
            Json::Number("1".to_owned())
        }
        Json::Number(_) | Json::Bool(_) | Json::Null => value.clone(),
    }
}
