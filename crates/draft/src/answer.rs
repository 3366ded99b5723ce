//! An answer, as a pair expects it and as a template of a pack writes it.

use crate::asked::{ADDRESS, CLIENT, scopes_of};
use crate::names::{self, Role, Words, bare, bare_member};
use pairs::Response;
use pairs::json::Json;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a form leaves as it is.
const FORM: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.').remove(b'{').remove(b'}').remove(b'|').remove(b':');

/// An answer without what is secret in it.
#[derive(Default)]
pub(crate) struct Answer {
    /// As a pair expects it.
    pub(crate) pair: String,
    /// As a pack's template writes it.
    pub(crate) template: String,
    pub(crate) facts: Facts,
}

/// What an answer says.
#[derive(Default)]
pub(crate) struct Facts {
    /// The access token.
    pub(crate) access: Option<String>,
    pub(crate) has_refresh: bool,
    /// The access token's lifetime in seconds.
    pub(crate) lifetime: Option<i64>,
    pub(crate) scopes: Vec<String>,
}

/// Whether an answer grants a token, by its body.
pub(crate) fn is_granted(answer: &Response) -> bool {
    (200..300).contains(&answer.status)
        && read(answer, true, &Words::default()).is_some_and(|read| read.facts.access.is_some())
}

/// Reads an answer; `None` where its body has no members. `grants` says that it grants a token.
pub(crate) fn read(answer: &Response, grants: bool, words: &Words) -> Option<Answer> {
    let text = answer.text();
    let mut walk = Walk { words, grants, facts: Facts::default() };
    let (pair, template) = if let Ok(json) = serde_json::from_str::<Json>(&text) {
        matches!(json, Json::Object(_)).then(|| walk.value("", &json))?
    } else {
        let members: Vec<(String, String)> = serde_urlencoded::from_str(&text).ok()?;
        let is_form = text.contains('=') && !text.contains(['<', ' ', '\n']);
        let parts = members.iter().map(|(name, value)| {
            let (pair, template) = walk.text(name, value);
            let name = walk.member(name);
            (format!("{name}={}", encoded(&pair)), format!("{name}={}", encoded(&template)))
        });
        let (pairs, templates): (Vec<_>, Vec<_>) = parts.unzip();
        is_form.then(|| (pairs.join("&"), templates.join("&")))?
    };
    Some(Answer { pair, template, facts: walk.facts })
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string()
}

struct Walk<'a> {
    words: &'a Words,
    grants: bool,
    facts: Facts,
}

type Both = (String, String);

fn both(text: &str) -> Both {
    (text.to_owned(), text.to_owned())
}

fn quoted((pair, template): Both) -> Both {
    let quote = |text: String| Json::Text(text).to_string();
    (quote(pair), quote(template))
}

impl Walk<'_> {
    /// A member's name as it may be kept.
    fn member<'n>(&self, name: &'n str) -> &'n str {
        if self.words.stand_in(name) { names::OTHER } else { names::member(name) }
    }

    fn value(&mut self, at: &str, value: &Json) -> Both {
        match value {
            Json::Object(members) => {
                let parts = members.iter().map(|(name, value)| {
                    let inside = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    let (pair, template) = self.value(&inside, value);
                    let name = Json::Text(self.member(name).to_owned());
                    (format!("{name}:{pair}"), format!("{name}:{template}"))
                });
                let (pairs, templates): (Vec<_>, Vec<_>) = parts.unzip();
                (format!("{{{}}}", pairs.join(",")), format!("{{{}}}", templates.join(",")))
            }
            Json::Array(values) if self.grants && Role::of(at) == Role::Scope => {
                self.facts.scopes = scopes_of(value);
                let kept = self.facts.scopes.len() == values.len();
                (if kept { value.to_string() } else { "{{any}}".to_owned() }, "{{scopes}}".to_owned())
            }
            Json::Array(values) => {
                let (pairs, templates): (Vec<_>, Vec<_>) = values.iter().map(|value| self.value(at, value)).unzip();
                (format!("[{}]", pairs.join(",")), format!("[{}]", templates.join(",")))
            }
            Json::Text(text) => quoted(self.text(at, text)),
            Json::Number(number) => self.number(at, number),
            Json::Bool(_) | Json::Null => both(&value.to_string()),
        }
    }

    /// A text, without its quotes.
    fn text(&mut self, at: &str, text: &str) -> Both {
        let own = |pair: &str, template: &str| (pair.to_owned(), template.to_owned());
        if let Some(known) = self.granted(at, text) {
            return known;
        }
        let own_name = at.rsplit('.').next().unwrap_or(at);
        let bare = if self.words.stand_in(own_name) { "member".to_owned() } else { bare_member(own_name) };
        if let Some(word) = self.words.get(text) {
            return own(word, if word == CLIENT { "{{client.id}}" } else { word });
        }
        if names::is_uuid(text) {
            let is_usual = text.as_bytes()[14] == b'4' && text == text.to_lowercase();
            return own(if is_usual { "{{uuid}}" } else { "{{any}}" }, &format!("{{{{uuid.{bare}}}}}"));
        }
        if text.len() >= 19 && text.as_bytes()[10] == b'T' && text.bytes().take(4).all(|b| b.is_ascii_digit()) {
            return own("{{any}}", if text.contains('.') { "{{now|iso_ms}}" } else { "{{now|iso}}" });
        }
        if names::may_keep(at, text) && !self.words.stand_in(text) {
            return both(text);
        }
        match text {
            "" => both(""),
            text if text.contains("://") => own("{{any}}", ADDRESS),
            _ => own("{{any}}", &format!("acme-{bare}")),
        }
    }

    /// A text of an answer that grants a token: tokens, scopes, lifetimes.
    fn granted(&mut self, at: &str, text: &str) -> Option<Both> {
        if !self.grants || text.is_empty() {
            return None;
        }
        let jwt = |name: &str| if is_jwt(text) { format!("{{{{{name}}}}}") } else { "{{any}}".to_owned() };
        match bare(at).as_str() {
            "refreshtoken" => {
                self.facts.has_refresh = true;
                Some((jwt("jwt_refresh"), "{{refresh_token}}".to_owned()))
            }
            "idtoken" => Some((jwt("jwt_id"), "{{id_token?}}".to_owned())),
            "accesstoken" | "token" | "authtoken" | "bearertoken" | "jwt" | "apitoken"
                if self.facts.access.is_none() =>
            {
                self.facts.access = Some(text.to_owned());
                Some((jwt("jwt"), "{{access_token}}".to_owned()))
            }
            "scope" | "scopes" => {
                self.facts.scopes = scopes_of(&Json::Text(text.to_owned()));
                let hole = if text.contains(',') { "{{scopes|join:,}}" } else { "{{scope}}" };
                let is_kept = self.facts.scopes.join(" ").len() == text.len();
                Some((if is_kept { text.to_owned() } else { "{{any}}".to_owned() }, hole.to_owned()))
            }
            name if is_lifetime(name) && text.len() <= 9 => {
                self.facts.lifetime = Some(text.parse().ok()?);
                Some((text.to_owned(), "{{expires_in}}".to_owned()))
            }
            _ => None,
        }
    }

    fn number(&mut self, at: &str, number: &str) -> Both {
        let is_end = self.grants && is_lifetime(&bare(at));
        let open = |hole: &str| ("{{int}}".to_owned(), hole.to_owned());
        let Ok(value) = number.parse::<i64>() else {
            let is_kept = names::may_keep_number(at, number);
            return if is_kept { both(number) } else { ("{{any}}".to_owned(), "1".to_owned()) };
        };
        match value {
            1_000_000_000..5_000_000_000 => open(if is_end { "{{expires_at}}" } else { "{{now}}" }),
            1_000_000_000_000..5_000_000_000_000 => open(if is_end { "{{expires_at|ms}}" } else { "{{now|ms}}" }),
            1_000_000.. if is_end && value % 1000 == 0 => {
                self.facts.lifetime = Some(value / 1000);
                (number.to_owned(), "{{expires_in|ms}}".to_owned())
            }
            1.. if is_end => {
                self.facts.lifetime = Some(value);
                (number.to_owned(), "{{expires_in}}".to_owned())
            }
            _ if !names::may_keep_number(at, number) => open("1"),
            _ => both(number),
        }
    }
}

fn is_lifetime(bare: &str) -> bool {
    !bare.contains("refresh") && ["expir", "lifetime", "ttl", "validity"].iter().any(|word| bare.contains(word))
}

/// Whether a text has the form of a JWT.
pub(crate) fn is_jwt(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    let is_part =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    parts.len() == 3 && parts.iter().all(is_part) && text.starts_with("ey")
}
