//! Forms of parameters: text with kinds of values in it. No form can be slow, whatever it is asked about.

use dialect::texts::{is_uuid, is_web_url};

/// A form, as `acme:{{uuid}}` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueForm {
    before: Box<str>,
    kind: Kind,
    after: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Uuid,
    Url,
    Digits,
    Hex,
    Word,
    Any,
}

/// The kinds, by the names that stand between braces.
const KINDS: [(&str, Kind); 6] = [
    ("uuid", Kind::Uuid),
    ("url", Kind::Url),
    ("digits", Kind::Digits),
    ("hex", Kind::Hex),
    ("word", Kind::Word),
    ("any", Kind::Any),
];

impl ValueForm {
    /// Reads a form; the error says what to write.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wanted = || {
            let kinds: Vec<_> = KINDS.iter().map(|(name, _)| format!("{{{{{name}}}}}")).collect();
            format!("a form is text with one of {} in it", kinds.join(", "))
        };
        let (before, rest) = text.split_once("{{").ok_or_else(wanted)?;
        let (name, after) = rest.split_once("}}").ok_or_else(wanted)?;
        if after.contains("{{") {
            return Err(format!("{}, and no more than one", wanted()));
        }
        let kind = KINDS.iter().find(|(known, _)| *known == name.trim()).ok_or_else(wanted)?.1;
        Ok(Self { before: before.into(), kind, after: after.into() })
    }

    /// Whether `text` has this form.
    pub(crate) fn admits(&self, text: &str) -> bool {
        let inner = text.strip_prefix(&*self.before).and_then(|rest| rest.strip_suffix(&*self.after));
        inner.is_some_and(|inner| !inner.is_empty() && self.kind.admits(inner))
    }
}

impl Kind {
    fn admits(self, text: &str) -> bool {
        match self {
            Self::Uuid => is_uuid(text),
            Self::Url => is_web_url(text),
            Self::Digits => text.bytes().all(|b| b.is_ascii_digit()),
            Self::Hex => text.bytes().all(|b| b.is_ascii_hexdigit()),
            Self::Word => text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)),
            Self::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "95d0c391-c659-4748-8415-de4f804803a0";

    #[test]
    fn values_have_their_form_or_not() {
        for (form, good, bad) in [
            ("acme:{{uuid}}", format!("acme:{UUID}"), UUID.to_owned()),
            ("{{uuid}}", UUID.to_uppercase(), UUID.replace('-', "")),
            ("{{url}}", "https://acme.com/x?y#z".to_owned(), "https://a@b".to_owned()),
            ("{{digits}}", "0123".to_owned(), "12a".to_owned()),
            ("{{hex}}!", "aF0!".to_owned(), "aF0".to_owned()),
            ("{{word}}", "a-b_c.1".to_owned(), "a b".to_owned()),
            ("x{{any}}", "x y".to_owned(), "x".to_owned()),
        ] {
            let form = ValueForm::parse(form).unwrap();
            assert!(form.admits(&good) && !form.admits(&bad), "{form:?}");
        }
        for bad in ["", "text", "{{regex}}", "{{uuid}}{{uuid}}", "{{uuid"] {
            assert!(ValueForm::parse(bad).unwrap_err().contains("{{digits}}"), "{bad}");
        }
    }
}
