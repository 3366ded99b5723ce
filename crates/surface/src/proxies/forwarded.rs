//! The `Forwarded` header (RFC 7239).

/// What one proxy says of the request it was sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element<'h> {
    /// Who sent it (`for`).
    pub(super) client: Option<&'h str>,
    /// The Host it named.
    pub(super) host: Option<&'h str>,
    /// The scheme it came by.
    pub(super) proto: Option<&'h str>,
}

/// The elements of a header line, in order.
pub(super) fn elements(line: &str) -> impl Iterator<Item = &str> {
    split(line, ',').filter(|element| !element.is_empty())
}

impl<'h> Element<'h> {
    /// Reads the first element of `text`; `None` where it cannot be read, or has a parameter twice.
    pub(super) fn read(text: &'h str) -> Option<Self> {
        let mut element = Self::default();
        for pair in split(elements(text).next()?, ';').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let value = match value.strip_prefix('"') {
                // Escapes within quotes are for what no address, host or scheme has.
                Some(quoted) => quoted.strip_suffix('"').filter(|inner| !inner.contains(['"', '\\']))?,
                None => value,
            };
            let slot = match name.to_ascii_lowercase().as_str() {
                "for" => &mut element.client,
                "host" => &mut element.host,
                "proto" => &mut element.proto,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return None;
            }
        }
        Some(element)
    }
}

/// The parts between separators that are not in quotes, trimmed.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_read_whole_or_not_at_all() {
        let read = |text| Element::read(text);
        let expected = Element { client: Some("1.2.3.4"), host: Some("a.test:8080"), proto: Some("https") };
        assert_eq!(read("For=1.2.3.4;proto=https; host=\"a.test:8080\";secret=x"), Some(expected));
        assert_eq!(read("for=\"a,b;c\", for=2").unwrap().client, Some("a,b;c"));
        for bad in ["", "for", "for=1;for=2", "for=\"1", "for=1\"x\"\"", "for=\"a\\\"b\""] {
            let element = read(bad);
            assert!(element.as_ref().is_none_or(|element| element.client == Some("1\"x\"\"")), "{bad}: {element:?}");
        }
        assert_eq!(elements("for=1, for=\"2, 3\",,for=4").collect::<Vec<_>>(), ["for=1", "for=\"2, 3\"", "for=4"]);
    }
}
