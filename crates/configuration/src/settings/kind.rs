//! What a setting may be, in the file and as a text.

use admin_api::SecretText;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use toml::Spanned;
use toml::de::{DeValue, Error, ValueDeserializer};

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// Any text; nothing quotes it.
    Secret,
    /// A text of this form, in the manual's words. The check's error completes "`text` …".
    Form(&'static str, fn(&str) -> Result<(), &'static str>),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Texts: an array in the file, separated by commas in a variable.
    List,
    /// `true` or `false`.
    Switch,
    /// A whole number between these two, or one of them.
    Number(u64, u64),
    /// A number of 0 to 1.
    Ratio,
    /// An IP address and a port.
    Socket,
}

impl Kind {
    /// What it may be, in words; completes "must be …".
    pub fn words(self) -> String {
        let quoted = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        match self {
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::Form(words, _) => words.to_owned(),
            Self::Word(words) => quoted(words),
            Self::List => "an array of texts".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::Number(least, most) => format!("a whole number of {least} to {most}"),
            Self::Ratio => "a number of 0 to 1".to_owned(),
            Self::Socket => "an IP address and a port".to_owned(),
        }
    }

    /// Checks a value that is written as a text; the error says what is wrong with it.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        let admitted = match self {
            Self::Text | Self::Secret | Self::List => true,
            Self::Form(_, check) => {
                return check(text).map_err(|why| format!("`{}` {why}", text.escape_debug()));
            }
            Self::Word(words) => words.contains(&text),
            Self::Switch => text.parse::<bool>().is_ok(),
            Self::Number(least, most) => text.parse().is_ok_and(|number| (least..=most).contains(&number)),
            Self::Ratio => text.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio)),
            Self::Socket => text.parse::<SocketAddr>().is_ok(),
        };
        let example = match self {
            Self::Ratio => ", such as 0.05",
            Self::Socket => ", such as `127.0.0.1:8080`, or `0.0.0.0:8080` for every interface",
            _ => "",
        };
        if admitted { Ok(()) } else { Err(format!("`{}` must be {}{example}", text.escape_debug(), self.words())) }
    }

    /// A value of the file as the text that a variable would have.
    pub(super) fn text_of(self, item: &Spanned<DeValue<'_>>) -> Result<String, Error> {
        fn read<T: DeserializeOwned>(item: &Spanned<DeValue<'_>>) -> Result<T, Error> {
            T::deserialize(ValueDeserializer::from(item.clone()))
        }
        match self {
            Self::Switch => read::<bool>(item).map(|switch| switch.to_string()),
            Self::Number(..) => read::<u64>(item).map(|number| number.to_string()),
            Self::Ratio => read::<f64>(item).map(|ratio| ratio.to_string()),
            Self::List => read::<Vec<String>>(item).map(|texts| texts.join(",")),
            Self::Secret => read::<SecretText>(item).map(|secret| secret.expose().to_owned()),
            Self::Text | Self::Form(..) | Self::Word(_) | Self::Socket => read(item),
        }
    }
}
