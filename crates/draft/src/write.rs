//! The files of a draft.

use crate::answer::{self, Answer};
use crate::asked::{Asked, CLIENT, REDIRECT, SECRET};
use crate::names::{self, Role, Words};
use crate::text::{array, is_open_header, kept, literal, message, quoted};
use crate::{Call, refusal, token};
use anyhow::{Context, Result};
use pack::Pack;
use pairs::{Request, Response};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The clock at which the pairs of a draft start, seconds since the epoch.
const NOW: i64 = 1_795_944_063;
/// A pack that was drafted from calls. No credential is in it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `pack.toml`.
    pub pack: String,
    /// `pairs.http`; empty where no answer is known.
    pub pairs: String,
    /// `fixtures.json`.
    pub fixtures: String,
    /// What is left to do, in sentences.
    pub notes: Vec<String>,
}

/// A token call, read.
struct Seen<'c> {
    asked: Asked,
    request: &'c Request,
    answer: Option<&'c Response>,
    is_granted: bool,
}

/// Drafts the pack of that vendor from what was called; an error where no call is one for a token.
pub fn draft(vendor: &str, calls: &[Call]) -> Result<Draft> {
    let all: Vec<_> = calls.iter().filter_map(read).collect();
    let first = all.iter().find(|seen| seen.is_granted).or_else(|| all.first()).context(
        "no call is one for a token: none has a client, a grant, a code or a refresh token under a name that is known",
    )?;
    let (path, mut notes) = (first.asked.path.clone(), Vec::new());
    let other = calls.len() - all.iter().filter(|seen| seen.asked.path == path).count();
    if other > 0 {
        notes.push(format!("{other} calls are not in the draft: it is of the calls to one token endpoint."));
    }
    let seen: Vec<_> = all.iter().filter(|seen| seen.asked.path == path).collect();
    let words = words(first, &seen);
    let writer = Writer { vendor, first, seen: &seen, words: &words };
    let mut pack = writer.pack(true, &mut notes);
    if Pack::read("draft", "pack.toml", &pack).is_err() {
        // Claims that do not say whose token it is and until when are none that the gateway can read.
        notes.clear();
        pack = writer.pack(false, &mut notes);
        notes.push(
            "The claims of the access token are the standard's: those that were seen lack issuer, end or client."
                .to_owned(),
        );
    }
    if let Err(errors) = Pack::read("draft", "pack.toml", &pack) {
        notes.push(format!("The draft is not right yet: {errors}"));
    }
    let pairs = writer.pairs(&mut notes);
    Ok(Draft { pack, pairs, fixtures: writer.fixtures(), notes })
}

/// Whether a call is one for a token, of which [`draft`] can make something.
pub fn is_token_call(call: &Call) -> bool {
    read(call).is_some()
}

fn read(call: &Call) -> Option<Seen<'_>> {
    let asked = Asked::read(&call.request)?;
    let answer = call.answer.as_ref();
    Some(Seen { asked, request: &call.request, answer, is_granted: answer.is_some_and(answer::is_granted) })
}

/// What stands for the credentials that were seen.
fn words(first: &Seen<'_>, seen: &[&Seen<'_>]) -> Words {
    let mut words = Words::default();
    words.set(&first.asked.client().unwrap_or_default(), CLIENT);
    words.set(&first.asked.secret().unwrap_or_default(), SECRET);
    for one in seen {
        words.set(&one.asked.client().unwrap_or_default(), "unknown-client");
        words.set(&one.asked.secret().unwrap_or_default(), "wrong-secret");
    }
    // What is replaced in a request may come back in an answer, under any name.
    for one in seen {
        for field in &one.asked.fields {
            let (real, word) = (field.text(), Asked::stand_in(field, &words));
            if word != real {
                words.set(&real, if word.contains("{{") { "acme-credential" } else { &word });
            }
        }
        let headers = one.request.headers.iter().filter(|(name, _)| !is_open_header(name));
        headers.for_each(|(_, value)| words.set(value, "acme-header"));
    }
    words
}

struct Writer<'a> {
    vendor: &'a str,
    first: &'a Seen<'a>,
    seen: &'a [&'a Seen<'a>],
    words: &'a Words,
}

impl Writer<'_> {
    fn answer(&self, seen: &Seen<'_>) -> Option<Answer> {
        answer::read(seen.answer?, seen.is_granted, self.words)
    }

    fn host(&self) -> String {
        let host = self.first.request.header("host").unwrap_or("acme.example");
        host.split(':').next().unwrap_or_default().to_owned()
    }

    fn scopes(&self) -> Vec<String> {
        let granted = self.seen.iter().filter(|seen| seen.is_granted);
        let all: BTreeSet<String> = granted
            .flat_map(|seen| {
                let told = self.answer(seen).map(|answer| answer.facts.scopes).unwrap_or_default();
                seen.asked.scopes().into_iter().chain(told)
            })
            .collect();
        if all.is_empty() { vec!["api".to_owned()] } else { all.into_iter().collect() }
    }

    fn grants(&self) -> Vec<&'static str> {
        let mut found: Vec<_> = self
            .seen
            .iter()
            .filter(|seen| seen.is_granted || self.seen.len() == 1)
            .map(|seen| seen.asked.grant())
            .collect();
        // What is issued is used: a vendor that answers a refresh token takes it.
        found.extend(self.issues_refresh().then_some("refresh_token"));
        found.sort_unstable();
        found.dedup();
        if found.is_empty() { vec![self.first.asked.grant()] } else { found }
    }

    /// Whether a grant was seen that came with a refresh token.
    fn issues_refresh(&self) -> bool {
        let mut granted = self.seen.iter().filter(|seen| seen.is_granted);
        granted.any(|seen| self.answer(seen).is_some_and(|answer| answer.facts.has_refresh))
    }

    fn pack(&self, with_claims: bool, notes: &mut Vec<String>) -> String {
        let first = self.answer(self.first).filter(|_| self.first.is_granted);
        let token = first.as_ref().and_then(|answer| answer.facts.access.as_deref());
        let jwt = token.and_then(|token| token::read(token, self.words));
        let mut text = format!(
            "# A draft from real calls. What was seen is marked W; the rest is a guess: docs/packs.md has all keys.\nvendor = {}\nversion = \"as seen on the wire\"\n\n[defaults]\nscopes = {}\n",
            quoted(self.vendor),
            array(&self.scopes())
        );
        if let Some(lifetime) = first.as_ref().and_then(|answer| answer.facts.lifetime) {
            let _ = writeln!(text, "access_ttl = {lifetime}");
        }
        if let Some(alg) = jwt.as_ref().and_then(|jwt| jwt.alg.as_ref()) {
            let _ = writeln!(text, "alg = {}", quoted(alg));
        }
        self.request(&mut text);
        self.tell_unread(notes);
        if let (Some(answer), Some(real)) = (&first, self.first.answer) {
            let _ = writeln!(text, "\n[token.answer]");
            self.head(&mut text, real, &["Cache-Control", "Pragma"]);
            let _ = writeln!(text, "body = {}\nmark = \"W\"", literal(&answer.template));
        } else {
            notes.push("No answer that grants a token was seen: [token.answer] is the standard's.".to_owned());
        }
        match &jwt {
            Some(jwt) => {
                let _ = writeln!(
                    text,
                    "\n[access_token]\ntyp = {}\nkid = {}",
                    quoted(jwt.typ.as_deref().unwrap_or("")),
                    jwt.has_kid
                );
                if let Some(claims) = jwt.claims.as_ref().filter(|_| with_claims) {
                    let _ = writeln!(text, "claims = {}", literal(claims));
                }
                let _ = writeln!(text, "mark = \"W\"");
            }
            None if token.is_some() => text.push_str("\n[access_token]\nform = \"opaque\"\nmark = \"W\"\n"),
            None => {}
        }
        if first.is_some_and(|answer| !answer.facts.has_refresh) && !self.grants().contains(&"refresh_token") {
            text.push_str("\n[refresh_token]\nissue = \"never\"\n");
        }
        self.refusals(&mut text);
        text
    }

    /// `[token]` and what is below it, but the answer.
    fn request(&self, text: &mut String) {
        let asked = &self.first.asked;
        let _ = writeln!(text, "\n[token]\npath = {}", quoted(&asked.route));
        if self.first.request.method != "POST" {
            let _ = writeln!(text, "methods = [{}]", quoted(&self.first.request.method));
        }
        let body = if asked.is_json() {
            "json"
        } else if asked.has_body() {
            "form"
        } else {
            "query"
        };
        let _ = writeln!(text, "body = [\"{body}\"]");
        let grants: Vec<_> = self.grants().into_iter().map(str::to_owned).collect();
        let _ = writeln!(text, "grants = {}", array(&grants));
        match asked.of(Role::Grant) {
            None => {
                text.push_str("grant_field = \"\"\n");
                for grant in grants.iter().filter(|grant| *grant != "refresh_token").take(1) {
                    let _ = writeln!(text, "{grant}.implied = true");
                }
            }
            Some(field) => {
                let named = Asked::stand_in(field, self.words);
                let _ = writeln!(text, "grant_field = {}", quoted(&field.name));
                if named != asked.grant() {
                    let _ = writeln!(text, "{}.is = {}", asked.grant(), quoted(&named));
                }
            }
        }
        let place = if asked.basic.is_some() { "basic" } else { "body" };
        let _ = write!(text, "client = {{ in = [\"{place}\"]");
        for (key, role) in [("id", Role::Client), ("secret", Role::Secret)] {
            if let Some(field) = asked.of(role) {
                let _ = write!(text, ", {key} = {}", quoted(&field.name));
            }
        }
        text.push_str(" }\n");
        let mut granted = self.seen.iter().filter(|seen| seen.is_granted);
        match granted.find_map(|seen| seen.asked.of(Role::Scope)).or_else(|| asked.of(Role::Scope)) {
            None => text.push_str("scope.field = \"\"\n"),
            Some(field) => {
                let _ = writeln!(text, "scope.field = {}", quoted(&field.name));
                if matches!(field.value, pairs::json::Json::Array(_)) {
                    text.push_str("scope.form = \"array\"\n");
                } else if field.text().contains(',') {
                    text.push_str("scope.separator = \",\"\n");
                }
            }
        }
        text.push_str("mark = \"W\"\n");
        self.parameters(text);
    }

    /// Says what of the request is not in the draft.
    fn tell_unread(&self, notes: &mut Vec<String>) {
        let names: BTreeSet<_> = self.first.asked.unread().map(|field| format!("`{}`", field.name)).collect();
        if !names.is_empty() {
            notes.push(format!(
                "No pack asks for {} of the request: beside a body it reads no query, and of a body texts alone, one object deep at most.",
                names.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
    }

    /// The vendor's own parameters.
    fn parameters(&self, text: &mut String) {
        let mut known = BTreeSet::new();
        for field in self.first.asked.own().filter(|field| known.insert(&field.name)) {
            let _ = writeln!(text, "\n[token.parameters.{}]\nrequired = true", quoted(&field.name));
            let word = Asked::stand_in(field, self.words);
            if word == field.text() && matches!(field.value, pairs::json::Json::Text(_)) {
                let _ = writeln!(text, "is = {}", quoted(&word));
            }
            text.push_str("mark = \"W\"\n");
        }
    }

    /// Status, headers and media type of an answer; `base` are those that the standard has.
    fn head(&self, text: &mut String, real: &Response, base: &[&'static str]) {
        if real.status != 200 {
            let _ = writeln!(text, "status = {}", real.status);
        }
        if let Some(media) = real.header("content-type").filter(|media| names::may_keep_header("Content-Type", media)) {
            let _ = writeln!(text, "content_type = {}", quoted(media));
        }
        let mut headers = kept(real, self.words);
        headers.retain(|(name, _)| *name != "Content-Type");
        headers.extend(base.iter().filter(|name| real.header(name).is_none()).map(|name| (*name, "")));
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name} = {}", quoted(value))).collect();
        if !headers.is_empty() {
            let _ = writeln!(text, "headers = {{ {} }}", headers.join(", "));
        }
    }

    fn refusals(&self, text: &mut String) {
        let mut done = BTreeSet::new();
        for seen in self.seen.iter().filter(|seen| !seen.is_granted) {
            let (Some(real), Some(answer)) = (seen.answer, self.answer(seen)) else { continue };
            let kind = self.kind(seen, real);
            if !done.insert(kind) {
                continue;
            }
            let _ = writeln!(text, "\n[errors.{kind}]\nstatus = {}", real.status);
            let base: &[&'static str] = if kind == "invalid_client" {
                &["Cache-Control", "Pragma", "WWW-Authenticate"]
            } else {
                &["Cache-Control", "Pragma"]
            };
            let mut head = String::new();
            self.head(&mut head, real, base);
            text.extend(head.lines().filter(|line| !line.starts_with("status")).map(|line| format!("{line}\n")));
            let _ = writeln!(text, "body = {}\nmark = \"W\"", literal(&answer.template));
        }
    }

    fn kind(&self, seen: &Seen<'_>, real: &Response) -> &'static str {
        refusal::kind(&seen.asked, self.first.is_granted.then_some(&self.first.asked), real)
    }

    fn pairs(&self, notes: &mut Vec<String>) -> String {
        let (mut text, mut known, mut number, mut refreshes) = (String::new(), BTreeSet::new(), 0, None);
        for seen in self.seen {
            let (Some(real), Some(answer)) = (seen.answer, self.answer(seen)) else { continue };
            let grant = seen.asked.grant();
            let title = if seen.is_granted { format!("{grant}, granted") } else { self.kind(seen, real).to_owned() };
            let given = match (grant, &refreshes) {
                _ if seen.asked.unread().any(|field| field.role != Role::Own) => {
                    notes.push(
                        "A request has no pair: who asks, or for what, stands where no pack reads it.".to_owned(),
                    );
                    continue;
                }
                _ if matches!(real.status, 429 | 500..) => {
                    notes.push(format!(
                        "An answer with status {} has no pair: it does not come by a request alone.",
                        real.status
                    ));
                    continue;
                }
                _ if seen.asked.of(Role::Verifier).is_some() && seen.asked.of(Role::Code).is_some() => {
                    notes.push("A code with a PKCE verifier has no pair: its challenge was not seen.".to_owned());
                    continue;
                }
                ("authorization_code", _) if seen.is_granted => "# given: code=fresh\n".to_owned(),
                ("refresh_token", Some(source)) if seen.is_granted => {
                    format!("# given: refresh=from {source}\n")
                }
                ("refresh_token", _) if seen.is_granted => {
                    notes.push("A refresh has no pair: where its token came from was not seen.".to_owned());
                    continue;
                }
                _ => String::new(),
            };
            let mut request = seen.asked.request(seen.request, &self.host(), self.words);
            if !seen.is_granted {
                request.fill("code", "acme-code");
                request.fill("refresh", "acme-refresh");
            }
            let shown = message(&request, real, &answer.pair, self.words);
            if !known.insert(format!("{given}{shown}")) {
                continue;
            }
            number += 1;
            let id = format!("W-{number:02}");
            if seen.is_granted && answer.facts.has_refresh && grant != "refresh_token" {
                refreshes = Some(id.clone());
            }
            let _ = write!(text, "### {id} | {title}\n# mark: W\n{given}{shown}\n");
        }
        if !text.is_empty() {
            text.push_str("### END\n");
        }
        text
    }

    fn fixtures(&self) -> String {
        let grants = self.grants();
        let mut client = json!({"id": CLIENT, "scopes": self.scopes(), "grants": grants});
        if self.first.asked.secret().is_some() {
            client["secret"] = SECRET.into();
        }
        let has_users = grants.contains(&"authorization_code");
        if has_users {
            client["redirect_uris"] = json!([REDIRECT]);
        }
        let users = if has_users { json!([{"sub": "acme-user", "username": "acme-user"}]) } else { json!([]) };
        let host = self.host();
        let mount = json!({"name": "draft", "hosts": [host], "issuer": format!("https://{host}")});
        let whole = json!({"clock": {"now": NOW}, "mounts": [mount], "clients": [client], "users": users});
        format!("{whole:#}\n")
    }
}
