//! Templates: texts with typed holes, made into their parts when the pack is read.
//!
//! A hole stands between double braces. In JSON it is written by where it stands: bare, as the value that it is; between
//! quotes, as text. What is put in is escaped for the place that it stands in, always.

mod escape;
pub(crate) mod hole;
pub(crate) mod json;
pub(crate) mod names;
pub(crate) mod value;

use escape::Mode;
use hole::Hole;
use json::{Node, Piece};
use names::{Place, Source};
use std::borrow::Cow;
use value::Filling;

/// The longest template, in bytes.
pub(crate) const LONGEST: usize = 64 * 1024;
/// The most holes of one.
const MOST_HOLES: usize = 256;

/// What is wrong with a template, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

impl Misfit {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}

/// What a body is, which says how holes are written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Form,
    Markup,
    Plain,
}

impl Media {
    /// The media of a body under a content type. Vendors answer JSON under other types: what begins as JSON is JSON.
    pub(crate) fn of_body(content_type: &str, body: &str) -> Self {
        if begins_as_json(body) { Self::Json } else { Self::of(content_type) }
    }

    /// The media of a content type.
    fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence == "application/x-www-form-urlencoded" {
            Self::Form
        } else if essence.ends_with("json") {
            Self::Json
        } else if essence == "text/html" || essence.ends_with("xml") {
            Self::Markup
        } else {
            Self::Plain
        }
    }
}

/// Whether a text begins with an object, or with an array of JSON's values; a hole is no object.
fn begins_as_json(text: &str) -> bool {
    let text = text.trim_ascii_start();
    match text.strip_prefix('[') {
        Some(items) => items.trim_ascii_start().starts_with(|c: char| "{[]\"-".contains(c) || c.is_ascii_digit()),
        None => text.starts_with('{') && !text.starts_with("{{"),
    }
}

/// What fills the holes of one template.
pub(crate) trait Values {
    /// What stands for a name.
    fn value(&self, source: &Source) -> Filling<'_>;

    /// Whether a scope is granted.
    fn has_scope(&self, scope: &str) -> bool;

    /// What a hole is filled with.
    fn fill(&self, hole: &Hole) -> Filling<'_> {
        if hole.scope.is_some_and(|scope| !self.has_scope(scope)) {
            return Filling::Absent;
        }
        hole.filters.iter().fold(self.value(&hole.source), |value, filter| filter.apply(value))
    }
}

/// A template in its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Template {
    parts: Box<[Part]>,
    /// The longest that its text is without holes.
    length: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(Box<str>),
    Hole(Box<Hole>, Mode),
    /// Members or items, of which some may be left out.
    Members(Box<[Member]>),
}

#[derive(Clone, Debug, PartialEq)]
struct Member {
    parts: Box<[Part]>,
    /// It is left out where one of these is absent.
    needs: Box<[Hole]>,
}

impl Template {
    /// Reads a body of that media.
    pub(crate) fn parse(text: &str, media: Media, place: Place<'_>) -> Result<Self, Misfit> {
        if text.len() > LONGEST {
            return Err(Misfit::new(0, format!("is longer than {LONGEST} bytes")));
        }
        let mut parts = Parts::default();
        match media {
            Media::Json => {
                let node = json::parse(text, place)?;
                parts.node(&node);
            }
            Media::Form => parts.pieces(&json::pieces(text, 0, place)?, Mode::Form),
            Media::Markup => parts.pieces(&json::pieces(text, 0, place)?, Mode::Markup),
            Media::Plain => parts.pieces(&json::pieces(text, 0, place)?, Mode::Plain),
        }
        if parts.holes > MOST_HOLES {
            return Err(Misfit::new(0, format!("has more than {MOST_HOLES} holes")));
        }
        Ok(parts.finish())
    }

    /// Every hole, in order.
    pub(crate) fn holes(&self) -> Vec<&Hole> {
        let mut found = Vec::new();
        holes_of(&self.parts, &mut found);
        found
    }

    /// The text, where it has no hole.
    pub(crate) fn constant(&self) -> Option<&str> {
        match &*self.parts {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Writes it.
    pub(crate) fn write(&self, values: &impl Values, out: &mut Vec<u8>) {
        write_parts(&self.parts, values, out);
    }

    /// Its bytes.
    pub(crate) fn bytes(&self, values: &impl Values) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length + if self.parts.len() > 1 { 1024 } else { 0 });
        self.write(values, &mut out);
        out
    }

    /// Its text.
    pub(crate) fn text(&self, values: &impl Values) -> Cow<'_, str> {
        match self.constant() {
            Some(text) => text.into(),
            None => String::from_utf8(self.bytes(values)).unwrap_or_default().into(),
        }
    }
}

fn holes_of<'p>(parts: &'p [Part], found: &mut Vec<&'p Hole>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Hole(hole, _) => found.push(hole),
            Part::Members(members) => members.iter().for_each(|member| holes_of(&member.parts, found)),
        }
    }
}

fn write_parts(parts: &[Part], values: &impl Values, out: &mut Vec<u8>) {
    for part in parts {
        match part {
            Part::Text(text) => out.extend_from_slice(text.as_bytes()),
            Part::Hole(hole, mode) => mode.write(values.fill(hole), out),
            Part::Members(members) => {
                let is_there = |member: &&Member| member.needs.iter().all(|hole| values.fill(hole) != Filling::Absent);
                for (at, member) in members.iter().filter(is_there).enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_parts(&member.parts, values, out);
                }
            }
        }
    }
}

/// Parts as they are gathered; texts that follow one another are one.
#[derive(Default)]
struct Parts {
    done: Vec<Part>,
    text: String,
    length: usize,
    holes: usize,
}

impl Parts {
    fn hole(&mut self, hole: &Hole, mode: Mode) {
        self.flush();
        self.holes += 1;
        self.done.push(Part::Hole(Box::new(hole.clone()), mode));
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.length += self.text.len();
            self.done.push(Part::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn finish(mut self) -> Template {
        self.flush();
        Template { parts: self.done.into(), length: self.length }
    }

    fn pieces(&mut self, pieces: &[Piece], mode: Mode) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Hole(hole) => self.hole(hole, mode),
            }
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Raw(text) => self.text.push_str(text),
            Node::Bare(hole) => self.hole(hole, Mode::Json),
            Node::Text(pieces) => {
                self.text.push('"');
                self.pieces(pieces, Mode::JsonText);
                self.text.push('"');
            }
            Node::Object { members, end } => self.members(('{', '}'), members, end),
            Node::Array { items, end } => self.members(('[', ']'), items, end),
            Node::Spaced(before, node, after) => {
                self.text.push_str(before);
                self.node(node);
                self.text.push_str(after);
            }
        }
    }

    fn members(&mut self, (open, close): (char, char), members: &[json::Member], end: &str) {
        self.text.push(open);
        if members.iter().any(|member| !member.value.needs().is_empty()) {
            let member = |member: &json::Member| {
                let mut inner = Self::default();
                inner.text.push_str(&member.before);
                inner.node(&member.value);
                inner.text.push_str(&member.after);
                let needs = member.value.needs().into_iter().cloned().collect();
                self.holes += inner.holes;
                let template = inner.finish();
                self.length += template.length + 1;
                Member { parts: template.parts, needs }
            };
            let members = members.iter().map(member).collect();
            self.flush();
            self.done.push(Part::Members(members));
        } else {
            for (at, member) in members.iter().enumerate() {
                if at > 0 {
                    self.text.push(',');
                }
                self.text.push_str(&member.before);
                self.node(&member.value);
                self.text.push_str(&member.after);
            }
        }
        self.text.push_str(end);
        self.text.push(close);
    }
}
