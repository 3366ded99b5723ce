//! Reads `Authorization: Basic` (RFC 7617).

use crate::WireRequest;
use crate::form::percent_decode;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use grant::{Client, Refusal, Remarks, Secret};
use zeroize::Zeroizing;

/// How the two parts are encoded inside the base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// Plain concatenation, as RFC 7617 says.
    Plain,
    /// Each part form-encoded first, as RFC 6749 section 2.3.1 says.
    FormEncoded,
}

/// The two parts of a Basic header.
#[derive(Debug)]
pub struct Basic {
    /// The user-id part.
    pub id: String,
    /// The password part; `None` where it is empty.
    pub secret: Option<Secret>,
    /// What another reader of the password part would take it for, where that differs.
    pub hint: Option<&'static str>,
}

/// Refuses a client whose id no Basic header can carry where nothing is decoded: the first colon divides (RFC 7617).
pub fn check_id(client: &Client, remarks: &mut Remarks) {
    if client.id.as_str().contains(':') {
        let message = "has a colon, and in a Basic header all after the first colon is the secret (RFC 7617 section 2)";
        remarks.refuse("id", format!("`{}` {message}; choose one without", client.id));
    }
}

const LENIENT_PADDING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The Basic credentials of a request: `None` where there is no Basic header, an invalid client where there is one
/// that cannot be read. The scheme's case does not matter; the first colon divides.
pub fn read(request: &WireRequest<'_>, decoding: Decoding) -> Result<Option<Basic>, Refusal> {
    let header = request.header("authorization").map_err(|error| Refusal::invalid_client(error.cause))?;
    let Some((scheme, encoded)) = header.map(|value| value.split_once(' ').unwrap_or((value, ""))) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = LENIENT_PADDING
        .decode(encoded.trim())
        .map(Zeroizing::new)
        .map_err(|_| Refusal::invalid_client("Basic: the credentials are not base64"))?;
    let text =
        std::str::from_utf8(&decoded).map_err(|_| Refusal::invalid_client("Basic: the credentials are not UTF-8"))?;
    let (id, secret) = text
        .split_once(':')
        .ok_or_else(|| Refusal::invalid_client("Basic: the credentials have no colon between id and secret"))?;
    let part = |text: &str| {
        let part = match decoding {
            Decoding::Plain => Zeroizing::new(text.to_owned()),
            Decoding::FormEncoded => percent_decode(text.as_bytes(), true)
                .map_err(|why| Refusal::invalid_client(format!("Basic: a part of the credentials {why}")))?,
        };
        if part.chars().any(char::is_control) {
            return Err(Refusal::invalid_client("Basic: the credentials hold a control character"));
        }
        Ok(part)
    };
    let hint = hint(secret, decoding);
    let (id, secret) = (part(id)?, part(secret)?);
    if id.is_empty() {
        return Err(Refusal::invalid_client("Basic: the client's id is empty"));
    }
    Ok(Some(Basic { id: id.to_string(), secret: (!secret.is_empty()).then(|| Secret::from(secret.as_str())), hint }))
}

/// Why a password part as it was sent may not be the secret that its sender means: clients differ in whether they
/// encode it.
fn hint(sent: &str, decoding: Decoding) -> Option<&'static str> {
    let percent = |at: &[u8]| at[0] == b'%' && at[1..].iter().all(u8::is_ascii_hexdigit);
    match decoding {
        Decoding::FormEncoded if sent.contains('+') => {
            Some("it came with a raw `+`, which this vendor reads as a space (RFC 6749 section 2.3.1): send `%2B`")
        }
        Decoding::Plain if sent.as_bytes().windows(3).any(percent) => {
            Some("it came percent-encoded, and this vendor decodes nothing: send it as it is")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    fn read_header(values: &[&[u8]], decoding: Decoding) -> Result<Option<(String, String)>, Refusal> {
        let headers: Vec<_> = values.iter().map(|value| ("authorization", *value)).collect();
        let request = WireRequest { method: "POST", path: "/", query: None, headers: &headers, body: b"" };
        let secret = |basic: &Basic| basic.secret.as_ref().map_or("", |s| s.expose_secret()).to_owned();
        Ok(read(&request, decoding)?.map(|basic| (basic.id.clone(), secret(&basic))))
    }

    fn encoded(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    #[test]
    fn t19_the_first_colon_divides_and_nothing_is_decoded_in_plain() {
        let header = encoded("bits-colon:se:cret%3A+");
        let plain = read_header(&[header.as_bytes()], Decoding::Plain).unwrap().unwrap();
        assert_eq!(plain, ("bits-colon".into(), "se:cret%3A+".into()));
        let form = read_header(&[header.as_bytes()], Decoding::FormEncoded).unwrap().unwrap();
        assert_eq!(form, ("bits-colon".into(), "se:cret: ".into()));
    }

    #[test]
    fn t18_what_cannot_be_read_is_an_invalid_client() {
        for bad in ["Basic", "Basic ", "Basic !!!", "Basic YQ==", "basic OmI=", "Basic /w==", "Basic YTpi YTpi"] {
            assert!(read_header(&[bad.as_bytes()], Decoding::Plain).is_err(), "{bad}");
        }
        assert!(read_header(&[b"Basic YTpi", b"Basic YTpi"], Decoding::Plain).is_err());
        assert!(read_header(&[encoded("a:%zz").as_bytes()], Decoding::FormEncoded).is_err());
        assert!(read_header(&[encoded("a:b\n").as_bytes()], Decoding::Plain).is_err());
    }

    #[test]
    fn n36_a_secret_that_another_reader_takes_for_another_has_a_hint() {
        let hint = |text: &str, decoding| {
            let header = encoded(text);
            let headers = [("authorization", header.as_bytes())];
            let request = WireRequest { method: "POST", path: "/", query: None, headers: &headers, body: b"" };
            read(&request, decoding).unwrap().unwrap().hint
        };
        assert!(hint("a:b+c", Decoding::FormEncoded).unwrap().contains("`%2B`"));
        assert!(hint("a:b%2Bc", Decoding::Plain).unwrap().contains("percent-encoded"));
        for (text, decoding) in [
            ("a+:b%2Bc", Decoding::FormEncoded),
            ("a:b+c", Decoding::Plain),
            ("a%2B:100%", Decoding::Plain),
            ("a:5%zz", Decoding::Plain),
        ] {
            assert_eq!(hint(text, decoding), None, "{text}");
        }
    }

    #[test]
    fn other_schemes_are_not_basic() {
        assert!(read_header(&[], Decoding::Plain).unwrap().is_none());
        assert!(read_header(&[b"Bearer x"], Decoding::Plain).unwrap().is_none());
        assert!(read_header(&[b"bAsIc YTpi"], Decoding::Plain).unwrap().is_some());
    }

    proptest! {
        #[test]
        fn never_panics(header in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = read_header(&[&header], Decoding::FormEncoded);
        }
    }
}
