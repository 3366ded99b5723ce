//! Pages as responses, with what keeps other sites out of them.

use dialect::WireResponse;
use grant::Brand;
use issuer::authorize::origin;

/// A page. A form on it may be answered with a redirect to `client`, one of a client's own URIs; without it a browser
/// would follow no redirect beyond this site (Content Security Policy Level 3, `form-action`).
pub(super) fn html(status: u16, body: String, brand: Option<&Brand>, client: Option<&str>) -> WireResponse {
    let logo = brand.and_then(|brand| brand.logo.as_deref()).map(origin).filter(|origin| is_source(origin));
    let images = logo.map_or_else(|| "'self'".to_owned(), |logo| format!("'self' {logo}"));
    let client = client.map(source).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src {images}; form-action 'self'{client}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let response = WireResponse { status, headers: Vec::new(), body: body.into_bytes() }
        .with("Content-Type", "text/html; charset=utf-8")
        .with("Content-Security-Policy", policy);
    guarded(response)
}

/// 303: after a form has been sent, another page is shown (RFC 9110 section 15.4.4).
pub(super) fn see_other(location: impl Into<String>) -> WireResponse {
    guarded(WireResponse::empty(303).with("Location", location.into()))
}

/// 302 to a page.
pub(super) fn found(location: impl Into<String>) -> WireResponse {
    guarded(WireResponse::empty(302).with("Location", location.into()))
}

fn guarded(response: WireResponse) -> WireResponse {
    response
        .with("Cache-Control", "no-store")
        .with("Pragma", "no-cache")
        .with("Referrer-Policy", "no-referrer")
        .with("X-Content-Type-Options", "nosniff")
        .with("X-Frame-Options", "DENY")
}

/// A client's origin as a source; its scheme alone where a source cannot say more.
fn source(uri: &str) -> String {
    let origin = origin(uri);
    if is_source(origin) {
        return format!(" {origin}");
    }
    let scheme = origin.split(':').next().unwrap_or_default();
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    if !scheme.is_empty() && scheme.bytes().all(admitted) { format!(" {scheme}:") } else { String::new() }
}

/// Whether a text is one source and no more: brackets of an IPv6 address are beyond the grammar.
fn is_source(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t59_pages_cannot_be_framed_and_forms_go_to_the_client_alone() {
        let policy =
            |client| html(200, String::new(), None, client).header("content-security-policy").unwrap().to_owned();
        assert!(policy(None).contains("form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
        assert!(
            policy(Some("https://client.test:8443/cb?x=1")).contains("form-action 'self' https://client.test:8443;")
        );
        assert!(policy(Some("http://[::1]:1/cb")).contains("form-action 'self' http:;"));
        assert!(policy(Some("com.example.app:/cb")).contains("form-action 'self' com.example.app:;"));
        assert!(policy(Some("https://a;script-src *")).contains("form-action 'self' https:;"));
        assert!(!policy(None).contains("script-src") && policy(None).contains("default-src 'none'; style-src 'self';"));
    }
}
