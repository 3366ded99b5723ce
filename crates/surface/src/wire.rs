//! Between actix and the neutral wire types.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use dialect::{WireRequest, WireResponse, has_no_content};
use issuer::scenario::Canned;

/// The header fields of a request, as a dialect reads them.
pub(crate) fn headers(request: &HttpRequest) -> Vec<(&str, &[u8])> {
    request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

/// A request as a dialect reads it.
pub(crate) fn wire_request<'a>(
    request: &'a HttpRequest,
    path: &'a str,
    headers: &'a [(&'a str, &'a [u8])],
    body: &'a [u8],
) -> WireRequest<'a> {
    let query = request.uri().query();
    WireRequest { method: request.method().as_str(), path, query, headers, body }
}

/// A dialect's response for actix to send. A header that HTTP does not admit is left out.
pub(crate) fn http_response(response: WireResponse) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::new(status);
    for (name, value) in response.headers {
        let value = match value {
            std::borrow::Cow::Borrowed(text) => HeaderValue::from_str(text),
            std::borrow::Cow::Owned(text) => HeaderValue::try_from(text),
        };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
            builder.headers_mut().append(name, value);
        }
    }
    builder.set_body(content(status, response.body))
}

/// What is sent as the body of an answer of that status.
fn content(status: StatusCode, body: Vec<u8>) -> BoxBody {
    if has_no_content(status.as_u16()) { BoxBody::new(()) } else { BoxBody::new(body) }
}

/// An answer that a scenario has, for actix to send.
pub(crate) fn canned(answer: &Canned) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = HttpResponse::new(status);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.set_body(content(status, answer.body.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::{BodySize, MessageBody};

    #[test]
    fn what_has_no_content_is_sent_without_any() {
        let size = |status: u16| {
            let body = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
            let own = http_response(WireResponse { body: body.clone(), ..WireResponse::empty(status) });
            let canned = canned(&Canned { status, headers: Vec::new(), body });
            assert_eq!(own.body().size(), canned.body().size(), "{status}");
            own.body().size()
        };
        for status in [101, 204, 205, 304] {
            assert_eq!(size(status), BodySize::Sized(0), "{status}");
        }
        assert_eq!(size(200), BodySize::Sized(19));
    }
}
