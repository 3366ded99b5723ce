//! What there is to say of a pack: sources, marks, and what has no words of its own.

use crate::base::Base;
use crate::departures::Departure;
use crate::file::{Answer, File, Row, Rule};
use crate::source::parse;
use toml::de::DeTable;

/// What there is to say of a pack.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Whose auth surface it is.
    pub vendor: String,
    /// The vendor's variant and when it was so.
    pub version: String,
    /// What it is laid over, by the name that packs have for it.
    pub base: &'static str,
    /// What is to be known, in a few words.
    pub notes: String,
    /// Where the facts are from.
    pub sources: Vec<String>,
    /// The parts that carry a mark: key, mark, source.
    pub marks: Vec<(String, String, String)>,
    /// The keys of the parts that it says and that carry none.
    pub unmarked: Vec<String>,
    /// What it says otherwise than its base.
    pub departures: Vec<Departure>,
    /// The kinds of refusal without a row of their own.
    pub silent: Vec<&'static str>,
    /// The same at a resource.
    pub silent_at_resources: Vec<&'static str>,
}

/// What a list says of a pack: it is read without what the pack is made ready to.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Whose auth surface it is.
    pub vendor: String,
    /// The vendor's variant and when it was so.
    pub version: String,
    /// What it is laid over.
    pub base: String,
}

impl Head {
    /// What a pack that is right says first.
    pub fn of(text: &str) -> Self {
        let Ok(root) = parse(text) else { return Self::default() };
        let said = |key: &str| root.get(key).and_then(|item| item.get_ref().as_str()).map(str::to_owned);
        Self {
            vendor: said("vendor").unwrap_or_default(),
            version: said("version").unwrap_or_default(),
            base: said("from").unwrap_or_else(|| Base::OAuth.name().to_owned()),
        }
    }
}

impl About {
    /// Of the pack's own tables without those of errors, as they are and as what they say.
    pub(crate) fn of(own: &DeTable<'_>, file: &File, errors: &Row, resource_errors: &Row) -> Self {
        let mut about = Self {
            vendor: file.vendor.clone(),
            version: file.version.clone(),
            notes: file.notes.clone(),
            sources: file.sources.clone(),
            ..Self::default()
        };
        let token = &file.token;
        about.mark("token", says(own, "token", &["parameters", "answer", "answers"]), &token.mark, &token.source);
        about.rules("parts", &file.parts.0);
        about.rules("token.parameters", &token.parameters.0);
        about.answer("token.answer", &token.answer);
        for (grant, answer) in &token.answers.0 {
            about.answer(&format!("token.answers.{grant}"), answer);
        }
        for (key, mark, source) in [
            ("access_token", &file.access_token.mark, &file.access_token.source),
            ("id_token", &file.id_token.mark, &file.id_token.source),
            ("refresh_token", &file.refresh_token.mark, &file.refresh_token.source),
            ("userinfo", &file.userinfo.mark, &file.userinfo.source),
            ("authorize", &file.authorize.mark, &file.authorize.source),
            ("introspect", &file.introspect.mark, &file.introspect.source),
            ("revoke", &file.revoke.mark, &file.revoke.source),
            ("end_session", &file.end_session.mark, &file.end_session.source),
            ("device_authorization", &file.device_authorization.mark, &file.device_authorization.source),
            ("discovery", &file.discovery.mark, &file.discovery.source),
            ("jwks", &file.jwks.mark, &file.jwks.source),
        ] {
            about.mark(key, says(own, key, &["answer", "inactive"]), mark, source);
        }
        for (key, answer) in [
            ("userinfo.answer", &file.userinfo.answer),
            ("introspect.answer", &file.introspect.answer),
            ("introspect.inactive", &file.introspect.inactive),
            ("revoke.answer", &file.revoke.answer),
            ("device_authorization.answer", &file.device_authorization.answer),
        ] {
            about.answer(key, answer);
        }
        about.row("errors", errors);
        about.row("resource_errors", resource_errors);
        about
    }

    /// A part with its mark, or without one where the pack says it all the same.
    fn mark(&mut self, key: &str, is_said: bool, mark: &str, source: &str) {
        if mark.is_empty() {
            self.unmarked.extend(is_said.then(|| key.to_owned()));
        } else {
            self.marks.push((key.to_owned(), mark.to_owned(), source.to_owned()));
        }
    }

    fn answer(&mut self, key: &str, answer: &Answer) {
        self.mark(key, answer.is_said() || !answer.accept.0.is_empty(), &answer.mark, &answer.source);
    }

    fn rules(&mut self, key: &str, rules: &[(String, Rule)]) {
        for (name, rule) in rules {
            self.mark(&format!("{key}.{name}"), true, &rule.mark, &rule.source);
        }
    }

    fn row(&mut self, key: &str, row: &Row) {
        self.mark(key, row.is_said(), &row.mark, &row.source);
        for (name, row) in &row.rows.0 {
            self.row(&format!("{key}.{name}"), row);
        }
    }
}

/// Whether a pack's own table of that name says anything beside its mark and these parts, which are told by themselves.
fn says(own: &DeTable<'_>, key: &str, but: &[&str]) -> bool {
    let table = own.get(key).and_then(|item| item.get_ref().as_table());
    let is_beside = |name: &str| ["mark", "source"].contains(&name) || but.contains(&name);
    table.is_some_and(|table| table.keys().any(|name| !is_beside(name.get_ref())))
}
