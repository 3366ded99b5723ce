//! Paths as they are compared.

use std::borrow::Cow;

/// A path with what needs no percent-encoding decoded (RFC 3986 section 6.2.2.2).
pub(crate) fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            decoded.push(char::from(byte));
            decoded.push_str(&part[2..]);
        } else {
            decoded.push('%');
            decoded.push_str(part);
        }
    }
    decoded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n09_what_needs_no_encoding_is_decoded() {
        for (path, expected) in [
            ("/connect/token", "/connect/token"),
            ("/connect/%74oken", "/connect/token"),
            ("/%5Fgateway/%7e%2D%2e", "/_gateway/~-."),
            ("/a%2Fb%3Fc%25", "/a%2Fb%3Fc%25"),
            ("/%", "/%"),
            ("/%7", "/%7"),
            ("/%zz%C3%A9", "/%zz%C3%A9"),
        ] {
            assert_eq!(decoded(path), expected);
        }
    }
}
