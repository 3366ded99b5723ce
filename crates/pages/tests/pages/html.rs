//! Pages as a browser takes them apart.

use html5gum::{Token, Tokenizer};
use std::collections::BTreeMap;

/// A piece of a page, its text and values decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Open(Tag),
    Close(String),
    Text(String),
    Other(String),
}

/// A start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Tag {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All pieces; what a browser would have to mend is a failure.
pub(crate) fn pieces(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for Ok(token) in Tokenizer::new(html) {
        let piece = match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                Piece::Open(Tag { name: text(&tag.name), attributes })
            }
            Token::EndTag(tag) => Piece::Close(text(&tag.name)),
            Token::String(string) => match pieces.last_mut() {
                Some(Piece::Text(before)) => {
                    before.push_str(&text(&string));
                    continue;
                }
                _ => Piece::Text(text(&string)),
            },
            Token::Error(error) => panic!("{error:?} in {html}"),
            other => Piece::Other(format!("{other:?}")),
        };
        pieces.push(piece);
    }
    pieces
}

pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let open = |piece| if let Piece::Open(tag) = piece { Some(tag) } else { None };
    pieces(html).into_iter().filter_map(open).collect()
}

/// A form, with the tags of its controls.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) tag: Tag,
    pub(crate) controls: Vec<Tag>,
}

impl Form {
    /// What a browser sends when the button of that value is pressed; `""` is one that has no name.
    pub(crate) fn submit(&self, button: &str) -> String {
        let sent = |tag: &&Tag| match (tag.name.as_str(), tag.get("type")) {
            ("button", _) => tag.get("value").unwrap_or_default() == button,
            (_, Some("checkbox")) => tag.has("checked") && !tag.has("disabled"),
            _ => true,
        };
        assert!(self.controls.iter().any(|tag| tag.name == "button" && sent(&tag)), "no button {button} in {self:?}");
        let pair = |tag: &Tag| Some(format!("{}={}", tag.get("name")?, tag.get("value").unwrap_or_default()));
        self.controls.iter().filter(sent).filter_map(pair).collect::<Vec<_>>().join(" ")
    }

    /// The value of its one button.
    pub(crate) fn only_button(&self) -> &str {
        let [button] = &self.controls.iter().filter(|tag| tag.name == "button").collect::<Vec<_>>()[..] else {
            panic!("not one button in {self:?}")
        };
        button.get("value").unwrap_or_default()
    }

    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.controls.iter().any(|tag| tag.get("name") == Some(name) && tag.get("value") == Some(value))
    }
}

pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for tag in tags(html) {
        match (tag.name.as_str(), forms.last_mut()) {
            ("form", _) => forms.push(Form { tag, controls: Vec::new() }),
            ("input" | "button" | "textarea" | "select", Some(form)) => form.controls.push(tag),
            _ => {}
        }
    }
    forms
}

/// The text that a user reads, runs of white space as one.
pub(crate) fn words(html: &str) -> String {
    let all: String = pieces(html)
        .into_iter()
        .map(|piece| if let Piece::Text(text) = piece { text } else { String::new() })
        .collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}
