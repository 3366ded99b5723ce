//! Pages as responses, with what keeps other sites out of them.

use dialect::WireResponse;
use grant::Brand;
use issuer::authorize::origin;

/// Where the forms of a page lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forms {
    /// To pages of this site: a browser lets them go nowhere else.
    Here,
    /// To a client in the end. Browsers hold `form-action` against every redirect that follows a form (Content Security
    /// Policy Level 3), and where a client sends its users on is its own affair.
    ToClient,
}

/// A page.
pub(super) fn html(status: u16, body: String, brand: Option<&Brand>, forms: Forms) -> WireResponse {
    let logo = brand.and_then(|brand| brand.logo.as_deref()).map(origin).filter(|origin| is_source(origin));
    let images = logo.map_or_else(|| "'self'".to_owned(), |logo| format!("'self' {logo}"));
    let forms = if forms == Forms::Here { "form-action 'self'; " } else { "" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src {images}; {forms}base-uri 'none'; frame-ancestors 'none'"
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

/// Whether a text is one source and no more: brackets of an IPv6 address are beyond the grammar.
fn is_source(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t59_pages_cannot_be_framed_and_have_no_script() {
        for forms in [Forms::Here, Forms::ToClient] {
            let page = html(200, String::new(), None, forms);
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; "), "{policy}");
            assert!(
                policy.ends_with("base-uri 'none'; frame-ancestors 'none'") && !policy.contains("script"),
                "{policy}"
            );
            assert_eq!(policy.contains("form-action 'self'; "), forms == Forms::Here, "{policy}");
            assert_eq!(policy.contains("form-action"), forms == Forms::Here, "{policy}");
        }
    }

    #[test]
    fn a_logo_cannot_add_to_the_policy() {
        let brand = |logo: &str| Brand { logo: Some(logo.to_owned()), ..Brand::default() };
        let policy = |logo| {
            let page = html(200, String::new(), Some(&brand(logo)), Forms::Here);
            page.header("content-security-policy").unwrap().to_owned()
        };
        assert!(policy("https://img.test:8443/a.svg").contains("img-src 'self' https://img.test:8443; "));
        assert!(policy("https://a;script-src *").contains("img-src 'self'; "));
    }
}
