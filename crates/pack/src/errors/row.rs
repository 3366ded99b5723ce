//! One row of a table of errors, with its cases.

use super::case::{INVALID_GRANT, INVALID_REQUEST, KINDS, OF_DEVICES, OF_FIELDS, faults_of};
use crate::answer::{self, Head, HeaderText};
use crate::file;
use crate::source::Faults;
use crate::template::names::Place;
use crate::template::{Media, Template};
use dialect::{has_no_content, intern};
use grant::Value;

/// The deepest row: a kind, its case, its field.
const MAX_DEPTH: usize = 3;

/// A row: what it says, and the cases of it that say more.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(&'static str, HeaderText)>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Option<Template>,
    pub(super) accept: Vec<(&'static str, Head)>,
    pub(super) words: Vec<(&'static str, Word)>,
    pub(super) rows: Vec<(&'static str, Row)>,
}

/// A word of the vendor's.
#[derive(Clone, Debug)]
pub(super) enum Word {
    Text(Template),
    Data(Value),
}

impl Row {
    /// The case of that name.
    pub(super) fn row(&self, name: &str) -> Option<&Self> {
        self.rows.iter().find(|(known, _)| *known == name).map(|(_, row)| row)
    }

    /// The word of that name.
    pub(super) fn word(&self, name: &str) -> Option<&Word> {
        self.words.iter().find(|(known, _)| *known == name).map(|(_, word)| word)
    }

    /// The table that a file has, over `base`.
    pub(super) fn of(file: &file::Row, base: &Self, key: &[&str], faults: &mut Faults) -> Self {
        let mut words = Vec::new();
        base.gather(&mut words);
        gather(file, &mut words);
        words.sort_unstable();
        words.dedup();
        let media = file.content_type.as_deref().or(base.content_type).unwrap_or("application/json");
        let table = Compiler { words: &words, media }.row(file, key, 0, faults);
        if faults.is_empty() && file.body.is_some() {
            table.check(base, key, faults);
        }
        table
    }

    fn gather<'r>(&'r self, words: &mut Vec<&'r str>) {
        words.extend(self.words.iter().map(|(name, _)| *name));
        self.rows.iter().for_each(|(_, row)| row.gather(words));
    }

    /// Whether each answer has the words that the body wants of it.
    fn check(&self, base: &Self, key: &[&str], faults: &mut Faults) {
        let Some(body) = &self.body else { return };
        let wanted: Vec<_> = body
            .holes()
            .into_iter()
            .filter(|hole| !hole.optional)
            .filter_map(|hole| match hole.source {
                crate::template::names::Source::Word(name) => Some(name),
                _ => None,
            })
            .collect();
        let of_all = |name: &str| self.word(name).is_some() || base.word(name).is_some();
        for name in wanted.into_iter().filter(|name| !of_all(name)) {
            let lacking: Vec<_> = KINDS
                .iter()
                .map(|(kind, _, instead)| (*kind, *instead))
                .filter(|(kind, instead)| {
                    *kind != "method_not_allowed"
                        && !OF_DEVICES.contains(kind)
                        && [kind, instead].into_iter().all(|kind| {
                            let row = self.row(kind);
                            row.is_none_or(|row| row.word(name).is_none() && row.body.is_none())
                        })
                })
                .map(|(kind, _)| kind)
                .collect();
            if !lacking.is_empty() {
                let message = format!(
                    "the body says `{{{{{name}}}}}`, and there is no such word for {}; add it to `words` of {} for all \
                     of them, or to theirs",
                    lacking.join(", "),
                    key.join(".")
                );
                let key: Vec<_> = key.iter().copied().chain(["body"]).collect();
                faults.add(&key, message);
            }
        }
    }
}

fn gather<'r>(file: &'r file::Row, words: &mut Vec<&'r str>) {
    words.extend(file.words.0.iter().map(|(name, _)| name.as_str()));
    file.rows.0.iter().for_each(|(_, row)| gather(row, words));
}

struct Compiler<'a> {
    words: &'a [&'a str],
    media: &'a str,
}

impl Compiler<'_> {
    fn row(&self, file: &file::Row, key: &[&str], depth: usize, faults: &mut Faults) -> Row {
        let place = Place::Error(self.words);
        let of = |part: &'static str| key.iter().copied().chain([part]).collect::<Vec<_>>();
        let content_type = file.content_type.as_deref();
        answer::check_header(content_type.unwrap_or_default(), &of("content_type"), faults);
        let media = content_type.unwrap_or(self.media);
        let inner = Compiler { words: self.words, media };
        let body = file.body.as_deref().map(|text| {
            let media = if text.is_empty() { Media::Plain } else { Media::of_body(media, text) };
            answer::template(text, media, place, &of("body"), faults)
        });
        if let Some(status) = file.status.filter(|status| !(200..=599).contains(status)) {
            faults.add(&of("status"), format!("{status} is no status of an answer; write 200 to 599"));
        }
        let is_empty = file.body.as_deref() == Some("") && file.accept.0.is_empty();
        if let Some(status) =
            file.status.filter(|status| (200..=599).contains(status) && has_no_content(*status) && !is_empty)
        {
            faults.add(&of("status"), answer::no_content(status));
        }
        let words = file.words.0.iter().map(|(name, value)| {
            (intern(name), word(value, &key.iter().copied().chain(["words", name]).collect::<Vec<_>>(), faults))
        });
        let words = words.collect();
        let rows = file.rows.0.iter().filter_map(|(name, row)| {
            let key: Vec<_> = key.iter().copied().chain([name.as_str()]).collect();
            check_name(name, &key, depth, faults).then(|| (intern(name), inner.row(row, &key, depth + 1, faults)))
        });
        let rows = rows.collect();
        Row {
            status: file.status,
            headers: answer::headers(&file.headers, place, &of("headers"), faults),
            content_type: content_type.map(intern),
            body,
            accept: answer::accept(&file.accept, place, &of("accept"), faults),
            words,
            rows,
        }
    }
}

fn word(value: &toml::Value, key: &[&str], faults: &mut Faults) -> Word {
    match value {
        toml::Value::String(text) => Word::Text(answer::template(text, Media::Plain, Place::Error(&[]), key, faults)),
        value => {
            let value = serde_json::to_value(value).ok().and_then(|value| serde_json::from_value(value).ok());
            if value.is_none() {
                faults.add(key, "must be a text, a number, true, false, an array or a table");
            }
            Word::Data(value.unwrap_or(Value::Null))
        }
    }
}

/// Whether a row's name is a kind, a case of one, or the field of that.
fn check_name(name: &str, key: &[&str], depth: usize, faults: &mut Faults) -> bool {
    let cases = |kind: &str| KINDS.iter().find(|(known, ..)| *known == kind).map_or(&[][..], |(_, cases, _)| cases);
    let known: Vec<&str> = match depth {
        0 => KINDS.iter().map(|(kind, ..)| *kind).collect(),
        1 => cases(key[key.len() - 2]).to_vec(),
        2 if key[key.len() - 3] == INVALID_GRANT => faults_of(key[key.len() - 2]),
        // The vendor's own name of a parameter.
        2 if key[key.len() - 3] == INVALID_REQUEST && OF_FIELDS.contains(&key[key.len() - 2]) => return true,
        _ => Vec::new(),
    };
    let is_known = depth < MAX_DEPTH && known.contains(&name);
    if !is_known {
        let score = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
        let near = known.iter().filter(|known| score(known) > 0.6).max_by(|a, b| score(a).total_cmp(&score(b)));
        let keys = "status, headers, content_type, body, accept, words, mark, source";
        let message = match near {
            Some(near) => format!("`{}` is no error; did you mean `{near}`?", name.escape_debug()),
            None if known.is_empty() => format!("`{}` is no key here; there are {keys}", name.escape_debug()),
            None => format!("`{}` is no error here; there are {}", name.escape_debug(), known.join(", ")),
        };
        faults.add(key, message);
    }
    is_known
}
