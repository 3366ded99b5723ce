//! Reads JSON with holes, keeping every byte between them.

use super::Misfit;
use super::hole::Hole;
use super::names::Place;

/// The deepest nesting.
const MAX_DEPTH: usize = 32;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// A hole that is a value by itself.
    Bare(Hole),
    /// A string.
    Text(Vec<Piece>),
    /// A number, `true`, `false` or `null`.
    Raw(String),
    Object {
        members: Vec<Member>,
        end: String,
    },
    Array {
        items: Vec<Member>,
        end: String,
    },
    /// The whole, with the white space around it.
    Spaced(String, Box<Node>, String),
}

/// A part of a text; what is text stands as it stood, escapes included.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Hole(Hole),
}

/// A member of an object, or an item of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    /// Its name as it reads; empty for an item.
    pub(crate) name: String,
    /// What stands before its value: white space, the name in quotes, the colon.
    pub(crate) before: String,
    pub(crate) value: Node,
    /// White space before the comma.
    pub(crate) after: String,
}

impl Node {
    /// The holes without which a member of this value is left out.
    pub(crate) fn needs(&self) -> Vec<&Hole> {
        let optional = |hole: &&Hole| hole.optional;
        match self {
            Self::Bare(hole) => Some(hole).into_iter().filter(optional).collect(),
            Self::Text(pieces) => {
                let holes = pieces.iter().filter_map(|piece| match piece {
                    Piece::Hole(hole) => Some(hole),
                    Piece::Text(_) => None,
                });
                holes.filter(optional).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Reads one value and the white space around it.
pub(crate) fn parse(text: &str, place: Place<'_>) -> Result<Node, Misfit> {
    let mut parser = Parser { text, at: 0, depth: 0, place };
    let before = parser.space();
    let node = parser.value()?;
    let after = parser.space();
    if parser.at < text.len() {
        return Err(parser.misfit("something stands after the JSON value; remove it"));
    }
    Ok(if before.is_empty() && after.is_empty() { node } else { Node::Spaced(before, node.into(), after) })
}

/// Reads a text with holes; `offset` is where it stands in the whole.
pub(crate) fn pieces(text: &str, offset: usize, place: Place<'_>) -> Result<Vec<Piece>, Misfit> {
    let (mut pieces, mut rest, mut at) = (Vec::new(), text, offset);
    while let Some(begin) = rest.find("{{") {
        if begin > 0 {
            pieces.push(Piece::Text(rest[..begin].to_owned()));
        }
        let inside = &rest[begin + 2..];
        let end = inside.find("}}").ok_or_else(|| Misfit::new(at + begin, "a `{{` has no `}}`"))?;
        let hole = Hole::parse(&inside[..end], place).map_err(|why| Misfit::new(at + begin, why))?;
        pieces.push(Piece::Hole(hole));
        let consumed = begin + 2 + end + 2;
        (rest, at) = (&rest[consumed..], at + consumed);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    place: Place<'t>,
}

impl<'t> Parser<'t> {
    fn misfit(&self, message: impl Into<String>) -> Misfit {
        Misfit::new(self.at, message)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) -> String {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.at += length;
        rest[..length].to_owned()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Node, Misfit> {
        let rest = self.rest();
        if rest.starts_with("{{") {
            return self.bare();
        }
        match rest.as_bytes().first() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => {
                let (raw, at) = self.string()?;
                let pieces = pieces(raw, at, self.place)?;
                check_text(&pieces, at)?;
                Ok(Node::Text(pieces))
            }
            _ => self.word(),
        }
    }

    fn bare(&mut self) -> Result<Node, Misfit> {
        let inside = &self.rest()[2..];
        let end = inside.find("}}").ok_or_else(|| self.misfit("a `{{` has no `}}`"))?;
        let hole = Hole::parse(&inside[..end], self.place).map_err(|why| self.misfit(why))?;
        self.at += 2 + end + 2;
        Ok(Node::Bare(hole))
    }

    /// The inside of a string, and where it begins.
    fn string(&mut self) -> Result<(&'t str, usize), Misfit> {
        let (text, begin) = (self.text, self.at + 1);
        let bytes = text.as_bytes();
        let mut at = begin;
        loop {
            match bytes.get(at) {
                None => return Err(self.misfit("a string has no closing quote")),
                Some(b'"') => break,
                // A hole may hold quotes of its own.
                Some(b'{') if bytes.get(at + 1) == Some(&b'{') => {
                    let end = text[at..].find("}}").ok_or_else(|| Misfit::new(at, "a `{{` has no `}}`"))?;
                    at += end + 2;
                }
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok((&text[begin..at], begin))
    }

    fn word(&mut self) -> Result<Node, Misfit> {
        let rest = self.rest();
        let end = rest.find([',', ']', '}', ' ', '\t', '\r', '\n', '"', ':', '{', '[']).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.is_empty() || serde_json::from_str::<serde::de::IgnoredAny>(word).is_err() {
            let message = "a JSON value is wanted here: a string in quotes, a number, true, false, null, an object, an \
                           array, or a hole";
            return Err(self.misfit(message));
        }
        self.at += end;
        Ok(Node::Raw(word.to_owned()))
    }

    fn deeper(&mut self) -> Result<(), Misfit> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.misfit(format!("is nested deeper than {MAX_DEPTH}")));
        }
        self.at += 1;
        Ok(())
    }

    fn object(&mut self) -> Result<Node, Misfit> {
        self.deeper()?;
        let (mut members, mut end) = (Vec::<Member>::new(), self.space());
        while !self.take('}') {
            let begin = self.at;
            if !self.rest().starts_with('"') {
                return Err(self.misfit("a member's name in quotes, or `}`, is wanted here"));
            }
            let (raw, _) = self.string()?;
            let quoted = format!("\"{raw}\"");
            let name: String = serde_json::from_str(&quoted)
                .map_err(|_| Misfit::new(begin, "a member's name is no JSON string; it may not hold a hole"))?;
            if name.contains("{{") || members.iter().any(|member| member.name == name) {
                return Err(Misfit::new(begin, "a member's name is there twice, or holds a hole"));
            }
            let before_colon = self.space();
            if !self.take(':') {
                return Err(self.misfit("`:` is wanted here"));
            }
            let before = format!("{end}{quoted}{before_colon}:{}", self.space());
            let value = self.value()?;
            end = self.close(&mut members, Member { name, before, value, after: String::new() }, '}')?;
        }
        self.depth -= 1;
        Ok(Node::Object { members, end })
    }

    fn array(&mut self) -> Result<Node, Misfit> {
        self.deeper()?;
        let (mut items, mut end) = (Vec::new(), self.space());
        while !self.take(']') {
            let item = Member { name: String::new(), before: end, value: self.value()?, after: String::new() };
            end = self.close(&mut items, item, ']')?;
        }
        self.depth -= 1;
        Ok(Node::Array { items, end })
    }

    /// Adds a member; what stands before the next one, or before the end.
    fn close(&mut self, members: &mut Vec<Member>, mut member: Member, close: char) -> Result<String, Misfit> {
        let space = self.space();
        if self.take(',') {
            member.after = space;
            members.push(member);
            let next = self.space();
            if self.rest().starts_with(close) {
                return Err(self.misfit(format!("a comma stands before `{close}`; remove it")));
            }
            return Ok(next);
        }
        if !self.rest().starts_with(close) {
            return Err(self.misfit(format!("`,` or `{close}` is wanted here")));
        }
        members.push(member);
        Ok(space)
    }
}

/// Whether the texts between holes are the inside of JSON strings.
fn check_text(pieces: &[Piece], at: usize) -> Result<(), Misfit> {
    for piece in pieces {
        if let Piece::Text(text) = piece
            && read_text(text).is_none()
        {
            return Err(Misfit::new(at, "a string is none of JSON: a control character or a broken escape is in it"));
        }
    }
    Ok(())
}

/// What the inside of a JSON string reads as.
pub(crate) fn read_text(raw: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{raw}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Media, Template, Values};
    use super::*;
    use crate::template::names::Source;
    use crate::template::value::Filling;
    use proptest::prelude::*;

    struct Some3600;

    impl Values for Some3600 {
        fn value(&self, source: &Source) -> Filling<'_> {
            match source {
                Source::ExpiresIn => Filling::Int(3600),
                Source::AccessToken => "a\"b".into(),
                _ => Filling::Absent,
            }
        }

        fn has_scope(&self, scope: &str) -> bool {
            scope == "granted"
        }
    }

    fn written(text: &str) -> String {
        let template = Template::parse(text, Media::Json, Place::Answer).unwrap();
        String::from_utf8(template.bytes(&Some3600)).unwrap()
    }

    #[test]
    fn holes_are_written_by_where_they_stand() {
        assert_eq!(written(r#"{"t":"x-{{access_token}}","n":{{expires_in-1}}}"#), r#"{"t":"x-a\"b","n":3599}"#);
        assert_eq!(written(r#"{"n":"{{expires_in|ms}}","none":{{id_token}}}"#), r#"{"n":"3600000","none":null}"#);
        assert_eq!(written("{{access_token}}"), r#""a\"b""#);
    }

    #[test]
    fn members_without_a_value_are_left_out_with_their_comma() {
        for (template, text) in [
            (r#"{"a":"{{id_token?}}","b":1}"#, r#"{"b":1}"#),
            (r#"{"b":1,"a":"{{id_token?}}"}"#, r#"{"b":1}"#),
            (r#"{"a":"{{id_token?}}"}"#, "{}"),
            (r#"{"a":{{expires_in if granted}},"b":{{expires_in if other}}}"#, r#"{"a":3600}"#),
            ("{\n  \"a\": 1,\n  \"b\": {{id_token?}}\n}\n", "{\n  \"a\": 1\n}\n"),
            (r"[{{id_token?}},2]", "[2]"),
        ] {
            assert_eq!(written(template), text);
        }
    }

    #[test]
    fn every_byte_between_holes_is_kept() {
        let text = "{ \"a\" : [ 1 , -2.5e3, true ,null ] ,\n\t\"\\u00e9\\n\" : { } }";
        assert_eq!(written(text), text);
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_stands() {
        for (text, offset) in [
            (r#"{"a":1,}"#, 7),
            (r#"{"a" 1}"#, 5),
            (r#"{"a":tru}"#, 5),
            (r#"{"a":"{{acess_token}}"}"#, 6),
            (r#"{"a":1}}"#, 7),
            (r#"{"a":"{{access_token"}"#, 6),
        ] {
            let misfit = Template::parse(text, Media::Json, Place::Answer).unwrap_err();
            assert_eq!(misfit.offset, offset, "{text}: {}", misfit.message);
        }
        let misfit = Template::parse(r#"{"a":"{{acess_token}}"}"#, Media::Json, Place::Answer).unwrap_err();
        assert!(misfit.message.contains("did you mean `access_token`"), "{}", misfit.message);
        assert!(Template::parse(&"[".repeat(100_000), Media::Json, Place::Answer).is_err());
        assert!(Template::parse(&"[".repeat(1000), Media::Json, Place::Answer).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:0a\\\\ é|?_-]{0,40}", any in any::<String>()) {
            for text in [text, any] {
                for media in [Media::Json, Media::Form, Media::Markup, Media::Plain] {
                    if let Ok(template) = Template::parse(&text, media, Place::Answer) {
                        let _ = template.bytes(&Some3600);
                    }
                }
            }
        }

        #[test]
        fn what_is_read_is_written_as_json(text in "\\{\"a\":[\\[\\]{}\",:0a\\\\]{0,20}\\}") {
            if let Ok(template) = Template::parse(&text, Media::Json, Place::Answer) {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&template.bytes(&Some3600)).is_ok());
            }
        }
    }
}
