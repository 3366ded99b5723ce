//! Reads a bearer token: from `Authorization` (RFC 6750 section 2.1), and from a form (section 2.2).

use crate::{Form, WireRequest, has_media_type};
use grant::{Bearer, Refusal, RefusalKind, RequestFault, Secret, TokenFault};

/// The bearer token of the Authorization header; none where there is no Bearer header. The scheme's case does not
/// matter. A header that is there twice, or whose token has no token's form, is an invalid token.
pub fn read(request: &WireRequest<'_>) -> Result<Bearer, Refusal> {
    let header = request.header("authorization").map_err(|_| invalid("Authorization is repeated or not plain text"))?;
    let Some((scheme, token)) = header.map(|value| value.split_once(' ').unwrap_or((value, ""))) else {
        return Ok(Bearer { token: None });
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Bearer { token: None });
    }
    token_of(token.trim())
}

/// The bearer token of the Authorization header, or `access_token` of a form in the body. Both at once are an invalid
/// request (RFC 6750 section 2), whichever is right; so is a form that cannot be read.
pub fn read_with_form(request: &WireRequest<'_>) -> Result<Bearer, Refusal> {
    if request.method == "GET" || !has_media_type(request, Form::MEDIA_TYPE) {
        return read(request);
    }
    let form = Form::read(request.body)?;
    match (read(request), form.get("access_token")) {
        (header, None) => header,
        (Ok(Bearer { token: None }), Some(token)) => token_of(token),
        (_, Some(_)) => Err(Refusal::new(
            RefusalKind::InvalidRequest(RequestFault::CredentialsTwice),
            "a bearer token came in the Authorization header and in the body",
        )),
    }
}

fn token_of(token: &str) -> Result<Bearer, Refusal> {
    // `!` is no part of RFC 6750, and of the tokens of a large vendor.
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=!".contains(&b);
    if token.is_empty() || !token.bytes().all(admitted) {
        return Err(invalid("the bearer token has characters that no token has (RFC 6750 section 2.1)"));
    }
    Ok(Bearer { token: Some(Secret::from(token)) })
}

fn invalid(cause: &'static str) -> Refusal {
    Refusal::new(RefusalKind::InvalidToken(TokenFault::Invalid), cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
    const HEADER: (&str, &[u8]) = ("authorization", b"bearer a.b.c");

    fn token(method: &str, headers: &[(&str, &[u8])], body: &str) -> Result<Option<String>, &'static str> {
        let request = WireRequest { method, path: "/", query: None, headers, body: body.as_bytes() };
        let bearer = read_with_form(&request).map_err(|error| error.kind.code())?;
        Ok(bearer.token.map(|token| token.expose_secret().to_owned()))
    }

    #[test]
    fn n25_the_token_may_come_in_a_form() {
        assert_eq!(token("POST", &[FORM], "x=1&access_token=d.e.f"), Ok(Some("d.e.f".into())));
        assert_eq!(token("POST", &[HEADER, FORM], "x=1&access_token="), Ok(Some("a.b.c".into())));
        assert_eq!(token("POST", &[FORM], ""), Ok(None));
        let json: (&str, &[u8]) = ("content-type", b"application/json");
        assert_eq!(token("POST", &[json], "access_token=d.e.f"), Ok(None), "a form alone is read (section 2.2)");
        assert_eq!(token("GET", &[FORM], "access_token=d.e.f"), Ok(None), "never of a GET (section 2.2)");
    }

    #[test]
    fn n25_what_is_ambiguous_or_no_token_is_refused() {
        let broken: (&str, &[u8]) = ("authorization", b"Bearer {}");
        for (header, body) in [(HEADER, "a.b.c"), (HEADER, "d.e.f"), (broken, "a.b.c")] {
            let body = format!("access_token={body}");
            assert_eq!(token("POST", &[header, FORM], &body), Err("invalid_request"), "{header:?} {body}");
        }
        for broken in ["access_token=a&access_token=a", "access_token=%FF", "x=%zz"] {
            assert_eq!(token("POST", &[FORM], broken), Err("invalid_request"), "{broken}");
        }
        assert_eq!(token("POST", &[FORM], "access_token=Bearer+d.e.f"), Err("invalid_token"));
        assert_eq!(token("POST", &[HEADER, HEADER, FORM], ""), Err("invalid_token"));
    }
}
