//! Reads `application/x-www-form-urlencoded`, refusing what two readers could understand differently.

use crate::media::explained;
use crate::{WireRequest, has_media_type};
use grant::{Refusal, RefusalKind, ScopeFault, Scopes, Secret};
use zeroize::Zeroizing;

/// The parameters of a form, each name once. What had to be decoded is zeroized when dropped, all else stands where it came;
/// no value is shown in Debug.
pub struct Form<'b> {
    fields: Vec<(Text<'b>, Text<'b>)>,
}

/// A name or a value.
enum Text<'b> {
    AsItCame(&'b str),
    Decoded(Zeroizing<String>),
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::AsItCame(text) => text,
            Self::Decoded(text) => text,
        }
    }

    fn is(&self, text: &str) -> bool {
        self.as_str() == text
    }
}

impl<'b> Form<'b> {
    /// The media type.
    pub const MEDIA_TYPE: &'static str = "application/x-www-form-urlencoded";
    /// More parameters than any vendor's call has; beyond it a form is refused.
    pub const MAX_FIELDS: usize = 64;

    /// Reads the body of `request`, which must be of the form's media type.
    pub fn from_request(request: &WireRequest<'b>) -> Result<Self, Refusal> {
        Self::from_request_with_opaque(request, &[])
    }

    /// The same, but the parameters in `opaque` may hold control characters: the caller passes them on unread.
    pub fn from_request_with_opaque(request: &WireRequest<'b>, opaque: &[&str]) -> Result<Self, Refusal> {
        if !has_media_type(request, Self::MEDIA_TYPE) {
            return Err(Refusal::new(
                RefusalKind::UnsupportedMediaType,
                "the body is not application/x-www-form-urlencoded",
            ));
        }
        Self::read_with_opaque(request.body, opaque).map_err(|error| explained(request, error))
    }

    /// Reads a body or a query: refuses repeated names, broken percent-encoding, bytes that are not UTF-8 and
    /// control characters, naming the parameter.
    pub fn read(bytes: &'b [u8]) -> Result<Self, Refusal> {
        Self::read_with_opaque(bytes, &[])
    }

    /// The same, but the parameters in `opaque` may hold control characters: the caller passes them on unread.
    pub fn read_with_opaque(bytes: &'b [u8], opaque: &[&str]) -> Result<Self, Refusal> {
        let mut fields: Vec<(Text<'b>, Text<'b>)> = Vec::with_capacity(8);
        for pair in bytes.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
            if fields.len() == Self::MAX_FIELDS {
                return Err(Refusal::unreadable(format!("more than {} parameters", Self::MAX_FIELDS)));
            }
            let (name, value) = match pair.iter().position(|&b| b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            let name = match decode(name) {
                Ok(name) if is_name(name.as_str()) => name,
                _ => return Err(Refusal::unreadable("a parameter's name is empty or cannot be decoded")),
            };
            let text = name.as_str();
            if fields.iter().any(|(known, _)| known.is(text)) {
                return Err(Refusal::repeated(text.to_owned()));
            }
            match decode(value) {
                Err(why) => return Err(Refusal::malformed(text.to_owned(), why)),
                Ok(value) if value.as_str().chars().any(char::is_control) && !opaque.contains(&text) => {
                    return Err(Refusal::malformed(text.to_owned(), "holds a control character"));
                }
                Ok(value) => fields.push((name, value)),
            }
        }
        Ok(Self { fields })
    }

    /// The value of `name`; an empty one counts as absent (RFC 6749 section 3.2).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key.is(name))
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The names that came, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// The value of `name` as a secret.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::from)
    }

    /// The scopes in `scope`; none where it is absent or holds spaces alone.
    pub fn scopes(&self) -> Result<Option<Scopes>, Refusal> {
        let asked = self.get("scope").map(Scopes::parse).transpose().map_err(|word| {
            let kind = RefusalKind::InvalidScope(ScopeFault::Unknown(word.into()));
            Refusal::new(kind, "scope holds what is no scope token")
        })?;
        Ok(asked.filter(|scopes| !scopes.is_empty()))
    }

    /// The same where a vendor has names of its own: of each pair the first is what came, the second what it is read as.
    /// What came under the second is no parameter of that vendor, and is dropped.
    #[must_use]
    pub fn renamed(mut self, names: &[(&str, &'b str)]) -> Self {
        self.fields.retain(|(key, _)| !names.iter().any(|(_, standard)| key.is(standard)));
        for (key, _) in &mut self.fields {
            if let Some((_, standard)) = names.iter().find(|(own, _)| key.is(own)) {
                *key = Text::AsItCame(standard);
            }
        }
        self
    }

    /// The same with the words of `name` parted by spaces, where the vendor parts them by `separator`.
    #[must_use]
    pub fn spaced(mut self, name: &str, separator: &str) -> Self {
        for (_, value) in self.fields.iter_mut().filter(|(key, _)| key.is(name)) {
            *value = Text::Decoded(Zeroizing::new(value.as_str().replace(separator, " ")));
        }
        self
    }

    /// The same, apart from where it came.
    pub fn into_owned(self) -> Form<'static> {
        let owned = |text: Text<'_>| match text {
            Text::AsItCame(text) => Text::Decoded(Zeroizing::new(text.to_owned())),
            Text::Decoded(text) => Text::Decoded(text),
        };
        Form { fields: self.fields.into_iter().map(|(name, value)| (owned(name), owned(value))).collect() }
    }

    /// The value of `name`, or the error that it is missing.
    pub fn require(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::missing(name))
    }
}

impl std::fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Whether `text` can be a parameter's name: not empty, without control characters and without a byte-order mark.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('\u{feff}') && !text.chars().any(char::is_control)
}

/// Decodes one name or value; the error completes "parameter `x` …".
fn decode(bytes: &[u8]) -> Result<Text<'_>, &'static str> {
    if bytes.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return percent_decode(bytes, true).map(Text::Decoded);
    }
    std::str::from_utf8(bytes).map(Text::AsItCame).map_err(|_| NOT_UTF8)
}

const NOT_UTF8: &str = "is not UTF-8";
const BROKEN: &str = "has a broken percent-encoding";

/// Percent-decoding that refuses what is broken; `plus` makes `+` a space.
pub(crate) fn percent_decode(bytes: &[u8], plus: bool) -> Result<Zeroizing<String>, &'static str> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'+' | b'%')) {
        decoded.extend_from_slice(&rest[..at]);
        rest = match &rest[at..] {
            [b'%', high, low, tail @ ..] => {
                let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else { return Err(BROKEN) };
                decoded.push(high << 4 | low);
                tail
            }
            [b'+', tail @ ..] => {
                decoded.push(if plus { b' ' } else { b'+' });
                tail
            }
            _ => return Err(BROKEN),
        };
    }
    decoded.extend_from_slice(rest);
    String::from_utf8(std::mem::take(&mut *decoded)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        NOT_UTF8
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::RequestFault;
    use proptest::prelude::*;

    fn fault(body: &[u8]) -> RequestFault {
        match Form::read(body).unwrap_err().kind {
            RefusalKind::InvalidRequest(fault) => fault,
            kind => panic!("{kind:?}"),
        }
    }

    #[test]
    fn reads_plus_percent_and_utf8() {
        let form = Form::read("a=x+y%20z&b=%C3%A9&c=é&d&e=".as_bytes()).unwrap();
        assert_eq!(form.get("a"), Some("x y z"));
        assert_eq!((form.get("b"), form.get("c")), (Some("é"), Some("é")));
        assert_eq!((form.get("d"), form.get("e"), form.get("f")), (None, None, None), "empty counts as absent");
    }

    #[test]
    fn t01_t03_t04_t05_names_what_it_refuses() {
        assert_eq!(fault(b"a=1&b=2&a=1"), RequestFault::Repeated("a".into()));
        assert_eq!(fault(b"a=&%61="), RequestFault::Repeated("a".into()), "encoded and empty ones too");
        assert_eq!(fault(b"a=%FF"), RequestFault::Malformed("a".into()));
        assert_eq!(fault(b"a=\xff"), RequestFault::Malformed("a".into()));
        assert_eq!(fault(b"a=%00"), RequestFault::Malformed("a".into()));
        assert_eq!(fault(b"a=%0D%0Ab"), RequestFault::Malformed("a".into()));
        assert_eq!(fault(b"a=%zz"), RequestFault::Malformed("a".into()));
        assert_eq!(fault(b"a=%2"), RequestFault::Malformed("a".into()));
        assert_eq!(fault(b"%FF=a"), RequestFault::Unreadable);
        assert_eq!(fault(b"=a"), RequestFault::Unreadable);
    }

    #[test]
    fn opaque_parameters_may_hold_anything_but_broken_encoding() {
        let form = Form::read_with_opaque(b"state=%0D%0A", &["state"]).unwrap();
        assert_eq!(form.get("state"), Some("\r\n"));
        assert!(Form::read_with_opaque(b"state=%0", &["state"]).is_err());
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let body = (0..=Form::MAX_FIELDS).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(fault(body.as_bytes()), RequestFault::Unreadable);
    }

    #[test]
    fn debug_shows_names_alone() {
        assert_eq!(format!("{:?}", Form::read(b"client_secret=hush").unwrap()), r#"["client_secret"]"#);
    }

    proptest! {
        #[test]
        fn never_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::read(&body);
        }

        #[test]
        fn what_is_encoded_is_read_back(name in "[a-z]{1,8}", value in "[^\\p{Cc}]{1,40}") {
            let encoded: Vec<_> = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let body = format!("{name}={}", encoded.concat());
            let form = Form::read(body.as_bytes()).unwrap();
            prop_assert_eq!(form.get(&name), Some(value.as_str()));
        }
    }
}
