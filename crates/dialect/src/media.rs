//! Media types and codings of a body (RFC 9110 sections 8.3 and 8.4).

use crate::WireRequest;
use grant::Refusal;

/// Whether the request has exactly one `Content-Type` and it is `wanted`, parameters and case apart.
pub fn has_media_type(request: &WireRequest<'_>, wanted: &str) -> bool {
    matches!(
        request.header("content-type"),
        Ok(Some(value)) if value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
    )
}

/// What a body that could not be read really is, where its first bytes or its `Content-Encoding` say so; else `error`.
/// The client is told the same either way: a body that cannot be read.
pub(crate) fn explained(request: &WireRequest<'_>, error: Refusal) -> Refusal {
    const COMPRESSED: [&str; 6] = ["gzip", "x-gzip", "deflate", "compress", "br", "zstd"];
    let coding = request.header("content-encoding").ok().flatten().unwrap_or_default();
    let why = match request.body {
        _ if COMPRESSED.iter().any(|known| coding.eq_ignore_ascii_case(known)) => {
            "the body is compressed, as its Content-Encoding says: send it uncompressed"
        }
        [0x1f, 0x8b, ..] => "the body is gzip: send it uncompressed",
        [0xef, 0xbb, 0xbf, ..] => "the body begins with a byte-order mark: send it without (RFC 8259 section 8.1)",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the body is UTF-16: send UTF-8 without a byte-order mark",
        _ => return error,
    };
    Refusal::unreadable(why)
}

#[cfg(test)]
mod tests {
    use crate::{Form, JsonObject, WireRequest};
    use grant::{RefusalKind, RequestFault};

    /// The cause of the refusal of that body as a form and as JSON, which is unreadable whatever it is.
    fn causes(coding: &[u8], body: &[u8]) -> [String; 2] {
        [Form::MEDIA_TYPE, JsonObject::MEDIA_TYPE].map(|media| {
            let headers = [("content-type", media.as_bytes()), ("content-encoding", coding)];
            let request = WireRequest { method: "POST", path: "/", query: None, headers: &headers, body };
            let error = match media {
                Form::MEDIA_TYPE => Form::from_request(&request).unwrap_err(),
                _ => JsonObject::from_request(&request).unwrap_err(),
            };
            assert_eq!(error.kind, RefusalKind::InvalidRequest(RequestFault::Unreadable));
            error.cause.into_owned()
        })
    }

    #[test]
    fn n36_a_body_that_is_encoded_or_marked_is_named() {
        for (coding, body, wanted) in [
            ("GZip", &b"\x1f\x8b\x08\0\0"[..], "Content-Encoding"),
            ("", b"\x1f\x8b\x08\0\0", "gzip"),
            ("deflate", b"\x78\x9c\x01\0", "Content-Encoding"),
            ("identity", b"\xef\xbb\xbf{}", "byte-order mark"),
            ("", b"\xef\xbb\xbfgrant_type=client_credentials", "byte-order mark"),
            ("utf-8", b"\xff\xfeg\0r\0", "UTF-16"),
        ] {
            for cause in causes(coding.as_bytes(), body) {
                assert!(cause.contains(wanted), "{coding} {body:?}: {cause}");
            }
        }
    }

    #[test]
    fn n36_other_faults_keep_their_causes() {
        let [form, json] = causes(b"identity", b"\xff=1");
        assert!(form.contains("name") && json.contains("syntax error"), "{form}; {json}");
    }
}
