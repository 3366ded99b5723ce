//! What a name says of its value, and which values may be kept.

use crate::vocabulary;
use std::collections::BTreeMap;

/// What a member of a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Client,
    Secret,
    Grant,
    Scope,
    Code,
    RedirectUri,
    Verifier,
    Refresh,
    /// The vendor's own.
    Own,
}

/// The name without what vendors write differently.
pub(crate) fn bare(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

impl Role {
    /// By the name of a parameter or member.
    pub(crate) fn of(name: &str) -> Self {
        match bare(name).as_str() {
            "clientid" | "clientkey" | "appid" | "appkey" | "applicationid" | "consumerkey" | "consumerid" => {
                Self::Client
            }
            "clientsecret" | "appsecret" | "applicationsecret" | "consumersecret" | "secret" | "apisecret" => {
                Self::Secret
            }
            "granttype" => Self::Grant,
            "scope" | "scopes" => Self::Scope,
            "code" | "authorizationcode" | "authcode" => Self::Code,
            "redirecturi" | "redirecturl" | "callbackurl" => Self::RedirectUri,
            "codeverifier" => Self::Verifier,
            "refreshtoken" => Self::Refresh,
            _ => Self::Own,
        }
    }
}

/// Words in a name by which its value may be a credential, or somebody's. In a sentence they are words beside which one may stand.
const SECRET: &[&str] = &[
    "token",
    "secret",
    "key",
    "pass",
    "pwd",
    "pin",
    "code",
    "session",
    "cookie",
    "auth",
    "jwt",
    "assert",
    "sign",
    "sig",
    "hash",
    "credential",
    "otp",
    "nonce",
    "state",
    "verifier",
    "hint",
    "mail",
    "phone",
    "user",
    "login",
    "account",
    "name",
];

/// Words that somebody is addressed with.
const GREETING: &[&str] = &["hello", "hi", "dear", "welcome"];

/// Names whose values are the vendor's own words and say nothing of anybody, whatever of [`SECRET`] is in them.
const OPEN: &[&str] = &[
    "tokentype",
    "granttype",
    "error",
    "errorcode",
    "errordescription",
    "errormessage",
    "errordetail",
    "message",
    "msg",
    "detail",
    "description",
    "title",
    "reason",
    "type",
    "status",
    "statuscode",
    "code",
    "errortype",
    "useraccesstype",
    "responsetype",
    "codechallengemethod",
    "audience",
    "resource",
    "realm",
    "charset",
];

/// Names whose values may be the address of a page or a service; what stands behind `?` and `#` never is.
const ADDRESSES: &[&str] = &["audience", "resource", "erroruri", "type"];

/// Which texts may be kept under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// The vendor's sentences.
    Sentences,
    /// What is made of known words alone.
    Constants,
    Nothing,
}

impl Kept {
    /// By the name of a parameter or member; in JSON the way to it, with dots.
    fn under(name: &str) -> Self {
        let is_secret = |bare: &str| SECRET.iter().any(|secret| bare.contains(secret));
        let (above, own) = name.rsplit_once('.').unwrap_or(("", name));
        let own = bare(own);
        let is_below = above.split('.').any(|above| is_secret(&bare(above)));
        match (OPEN.contains(&own.as_str()), is_secret(&own) || is_below) {
            (true, _) if is_below => Self::Constants,
            (true, _) => Self::Sentences,
            (false, true) => Self::Nothing,
            (false, false) => Self::Constants,
        }
    }
}

/// Whether a member's text may be kept: it has words alone, and such as say nothing of anybody under its name.
pub(crate) fn may_keep(name: &str, text: &str) -> bool {
    let own = bare(name);
    match Kept::under(name) {
        Kept::Nothing => false,
        _ if own == "code" => is_constant(text) || (is_identifier(text) && is_sentence(text)),
        Kept::Sentences => is_sentence(text) || (ADDRESSES.contains(&own.as_str()) && is_address(text)),
        Kept::Constants => is_constant(text) || (ADDRESSES.contains(&own.as_str()) && is_address(text)),
    }
}

/// Whether a member's number may be kept: it is short, and its name is of no credential.
pub(crate) fn may_keep_number(name: &str, number: &str) -> bool {
    let longest = match Kept::under(name) {
        Kept::Sentences => 6,
        Kept::Constants => 2,
        Kept::Nothing => 0,
    };
    number.len() <= longest
}

/// Whether a header's value may be kept: its words, and each `name=value` of it by the name.
pub(crate) fn may_keep_header(header: &str, value: &str) -> bool {
    let is_separator = |c: char| " ,;".contains(c);
    let is_media = ["content-type", "accept"].contains(&header.to_ascii_lowercase().as_str());
    let (mut rest, mut plain) = (value, String::new());
    while let Some(at) = rest.find('=') {
        let start = rest[..at].rfind(is_separator).map_or(0, |at| at + 1);
        let (name, after) = (&rest[start..at], &rest[at + 1..]);
        plain.push_str(&rest[..start]);
        let (text, length) = if let Some(quoted) = after.strip_prefix('"') {
            quoted.find('"').map_or(("", 0), |end| (&quoted[..end], end + 2))
        } else {
            let end = after.find(is_separator).unwrap_or(after.len());
            (&after[..end], end)
        };
        let is_name = OPEN.contains(&bare(name).as_str()) || is_constant(name);
        if length == 0 || !is_name || !may_keep(name, text) {
            return false;
        }
        rest = &after[length..];
    }
    plain.push_str(rest);
    let is_kept = |part: &str| if is_media { is_words(part) } else { is_constant(part) };
    plain.split(is_separator).all(is_kept)
}

/// What stands for the name of a member.
pub(crate) const OTHER: &str = "acme-member";

/// A member's name as it may be kept: a map's keys may be anything.
pub(crate) fn member(name: &str) -> &str {
    if are_words(name) { name } else { OTHER }
}

/// The name without what vendors write differently, as it may be kept.
pub(crate) fn bare_member(name: &str) -> String {
    let own = name.rsplit('.').next().unwrap_or(name);
    let kept = if are_words(own) { bare(own) } else { String::new() };
    if kept.is_empty() { "member".to_owned() } else { kept }
}

/// Whether a text is made of words, as people and programs write them: `TOAST_MACHINE_CLIENT`, `Unknown client.` No address is.
pub(crate) fn is_words(text: &str) -> bool {
    are_words(text) && !text.contains("://") && text.split_whitespace().all(|word| word.matches('/').count() <= 1)
}

/// The same, with addresses: names of members and scopes may be some.
fn are_words(text: &str) -> bool {
    let is_word = |word: &str| {
        let (stem, digits) = word.split_at(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
        let is_number = stem.is_empty() && digits.len() <= 4;
        // A version: `oauth2`.
        let is_marked = digits.is_empty() || (digits.len() <= 3 && word.len() <= 12);
        is_number || (is_marked && is_written(stem))
    };
    let words: Vec<_> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let asks = |(_, after): (&str, &str)| !after.is_empty() && !after.starts_with(|c: char| c.is_ascii_whitespace());
    text.len() <= 300
        && text.is_ascii()
        && !text.contains("{{")
        && !text.contains("'''")
        && !text.contains(['=', '&', '#', '@'])
        && !text.split_once('?').is_some_and(asks)
        && words.iter().all(|word| is_word(word))
}

/// Whether a text says nothing but what many say.
fn is_constant(text: &str) -> bool {
    is_words(text) && vocabulary::words(text).iter().all(|word| vocabulary::is_known(word, 2))
}

/// Whether a text is a vendor's sentence. One that speaks of a credential or to somebody is kept where all its words are known: the
/// credential may stand in it.
fn is_sentence(text: &str) -> bool {
    let words = vocabulary::words(text);
    let is_delicate =
        |word: &String| GREETING.contains(&word.as_str()) || SECRET.iter().any(|secret| word.contains(secret));
    is_words(text) && (!words.iter().any(is_delicate) || words.iter().all(|word| vocabulary::is_known(word, 3)))
}

/// Whether a text is written as programs name things, and not as codes are drawn.
fn is_identifier(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|b| is(&b));
    text.contains('_') || (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase))
}

/// Whether a text is the address of a page or a service, of words alone.
fn is_address(text: &str) -> bool {
    text.starts_with("https://") && are_words(text) && !text.contains([' ', '?'])
}

/// Whether letters make words as people write them, and are not drawn: those change between small and capital ones all the time.
fn is_written(letters: &str) -> bool {
    let parts = 1 + letters.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    let longest = letters.split(|c: char| c.is_ascii_uppercase()).map(str::len).max().unwrap_or_default();
    let is_capital = letters.len() <= 20 && letters.bytes().all(|b| b.is_ascii_uppercase());
    let is_all = !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_alphabetic());
    is_all && (is_capital || (longest < 20 && (parts <= 3 || letters.len() * 2 >= 5 * parts)))
}

/// Whether scopes may be kept: short names without anything drawn.
pub(crate) fn is_scope(text: &str) -> bool {
    text.len() <= 80 && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\')) && are_words(text)
}

/// Whether a text is a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36 && text.bytes().enumerate().all(|(at, b)| if dash(at) { b == b'-' } else { b.is_ascii_hexdigit() })
}

/// What stands for which real text: the same for the same.
#[derive(Default)]
pub(crate) struct Words(BTreeMap<String, String>);

impl Words {
    /// Has `word` stand for the text, unless another does.
    pub(crate) fn set(&mut self, real: &str, word: &str) {
        if !real.is_empty() {
            self.0.entry(real.to_owned()).or_insert_with(|| word.to_owned());
        }
    }

    /// What stands for it.
    pub(crate) fn get(&self, real: &str) -> Option<&str> {
        self.0.get(real).map(String::as_str)
    }

    /// Whether one of the texts stands in this one.
    pub(crate) fn stand_in(&self, text: &str) -> bool {
        self.0.keys().any(|real| real.len() >= 4 && text.contains(real.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_what_is_drawn_is_not() {
        for (name, text) in [
            ("userAccessType", "TOAST_MACHINE_CLIENT"),
            ("error_description", "The client_id and/or client_secret passed are incorrect."),
            ("error_description", "Restaurant is closed. Try again?"),
            ("token_type", "Bearer"),
            ("token.tokenType", "Bearer"),
            ("status", "SUCCESS"),
            ("error", "invalid_client"),
            ("error.code", "COMPANY_SUSPENDED"),
            ("site", "emea"),
            ("audience", "https://api.acme.test/v2"),
        ] {
            assert!(may_keep(name, text), "{name}: {text}");
        }
        for (name, text) in [
            ("password", "hunter"),
            ("password.message", "violetheron"),
            ("sessionKey", "abcdefghij"),
            ("message", "token gho_16C7e42F292c6912E7710c838347Ae178B4a is wrong"),
            ("message", "your password is violetheron"),
            ("message", "Use 4821 as your code"),
            ("message", "Hello violetheron"),
            ("message", "see https://x.test/reset/violetheron"),
            ("message", "see x.test/reset/violetheron"),
            ("message", "see /reset?code=violetheron"),
            ("message", "see x.test/#violetheron"),
            ("message", "sid=violetheron"),
            ("message", "violetheron@x"),
            ("code", "violetheron"),
            ("code", "WDJB-MJHT"),
            ("sid", "ivoryrobin"),
            ("ticket", "violetheron"),
            ("sms", "4821"),
            ("audience", "https://x.test/?code=violetheron"),
            ("thing", "AbCdEfGhIj"),
            ("thing", "abcdefghijklmnopqrstuvwxyz"),
            ("error", "{{any}}"),
            ("email", "somebody"),
        ] {
            assert!(!may_keep(name, text), "{name}: {text}");
        }
    }

    #[test]
    fn a_header_is_kept_by_its_words_and_by_the_names_in_it() {
        for (name, value) in [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Type", "application/vnd.acme.v2+json"),
            ("Accept", "application/json, text/html;q=0.9, */*"),
            ("Cache-Control", "no-store, max-age=0"),
            (
                "WWW-Authenticate",
                "Bearer realm=\"Acme API\", error=\"invalid_token\", error_description=\"The token expired\"",
            ),
            ("WWW-Authenticate", "Basic"),
        ] {
            assert!(may_keep_header(name, value), "{name}: {value}");
        }
        for (name, value) in [
            ("Content-Type", "application/json; boundary=violetheron"),
            ("WWW-Authenticate", "Bearer violetheron"),
            ("WWW-Authenticate", "Bearer dmlvbGV0aGVyb24="),
            ("WWW-Authenticate", "Bearer violetheron=\"\""),
            ("WWW-Authenticate", "Bearer realm=\"violetheron"),
            ("WWW-Authenticate", "Digest nonce=\"violetheron\""),
            ("WWW-Authenticate", "Bearer error_description=\"the token violetheron expired\""),
            ("WWW-Authenticate", "Bearer error_uri=\"https://x.test/?token=violetheron\""),
            ("Cache-Control", "violetheron"),
        ] {
            assert!(!may_keep_header(name, value), "{name}: {value}");
        }
    }
}
