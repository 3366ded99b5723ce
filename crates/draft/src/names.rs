//! What a name says of its value, and which values may be kept.

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

/// Words in a name by which its value may be a credential, or somebody's.
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

/// Names whose values say nothing of anybody, whatever of [`SECRET`] is in them.
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
];

/// Whether a member's text may be kept: it has words alone, and its name is of no credential.
pub(crate) fn may_keep(name: &str, text: &str) -> bool {
    let bare = bare(name);
    let is_open = OPEN.contains(&bare.as_str());
    is_words(text) && !text.contains('@') && (is_open || !SECRET.iter().any(|secret| bare.contains(secret)))
}

/// Whether a member's number may be kept: it is short, and its name is of no credential.
pub(crate) fn may_keep_number(name: &str, number: &str) -> bool {
    number.len() <= 6 && may_keep(name, "a")
}

/// What stands for the name of a member.
pub(crate) const OTHER: &str = "acme-member";

/// A member's name as it may be kept: a map's keys may be anything.
pub(crate) fn member(name: &str) -> &str {
    if is_words(name) { name } else { OTHER }
}

/// Whether a text is made of words, as people and programs write them: `TOAST_MACHINE_CLIENT`, `Unknown client.`
pub(crate) fn is_words(text: &str) -> bool {
    let is_word = |word: &str| {
        let (stem, digits) = word.split_at(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
        let is_number = stem.is_empty() && digits.len() <= 4;
        // A version: `oauth2`.
        let is_marked = digits.is_empty() || (digits.len() <= 3 && word.len() <= 12);
        is_number || (is_marked && is_written(stem))
    };
    let words: Vec<_> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    text.len() <= 300
        && text.is_ascii()
        && !text.contains("{{")
        && !text.contains("'''")
        && words.iter().all(|word| is_word(word))
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
    text.len() <= 80 && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\')) && is_words(text)
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
            ("token_type", "Bearer"),
            ("status", "SUCCESS"),
            ("error", "invalid_client"),
        ] {
            assert!(may_keep(name, text), "{name}: {text}");
        }
        for (name, text) in [
            ("password", "hunter"),
            ("sessionKey", "abcdefghij"),
            ("message", "token gho_16C7e42F292c6912E7710c838347Ae178B4a is wrong"),
            ("thing", "AbCdEfGhIj"),
            ("thing", "abcdefghijklmnopqrstuvwxyz"),
            ("error", "{{any}}"),
            ("email", "somebody"),
        ] {
            assert!(!may_keep(name, text), "{name}: {text}");
        }
    }
}
