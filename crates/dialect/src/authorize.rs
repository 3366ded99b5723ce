//! Reads a request to the authorization endpoint, and writes its answer, as RFC 6749 section 4.1 has them.

use crate::{Form, WireRequest, WireResponse, claims_request, respond};
use grant::{
    AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, ClaimsRequest, Prompt, Refusal, RefusalKind, RequestFault,
    ResponseMode, Seconds,
};
use std::fmt::Write;

/// The parameter that may hold anything: it is repeated, never read.
const OPAQUE: [&str; 1] = ["state"];

/// The parameters: of the query (GET), or of a form in the body (POST, OpenID Connect Core section 3.1.2.1).
pub fn form<'b>(request: &WireRequest<'b>) -> Result<Form<'b>, Refusal> {
    if request.method == "POST" {
        Form::from_request_with_opaque(request, &OPAQUE)
    } else {
        Form::read_with_opaque(request.query.unwrap_or_default().as_bytes(), &OPAQUE)
    }
}

/// The request that those parameters make.
pub fn request(form: &Form<'_>) -> AuthorizeRequest {
    let own = |name: &str| form.get(name).map(str::to_owned);
    AuthorizeRequest {
        client_id: own("client_id"),
        redirect_uri: own("redirect_uri"),
        response_type: own("response_type"),
        response_mode: form.get("response_mode").map_or_else(|| Ok(ResponseMode::default()), ResponseMode::parse),
        scopes: form.scopes(),
        state: own("state"),
        nonce: own("nonce"),
        challenge: own("code_challenge"),
        challenge_method: own("code_challenge_method"),
        prompt: form.get("prompt").map_or_else(|| Ok(Prompt::default()), Prompt::parse),
        max_age: max_age(form),
        login_hint: own("login_hint"),
        id_token_hint: form.secret("id_token_hint"),
        acr_values: words(form.get("acr_values")),
        claims: form.get("claims").map_or_else(|| Ok(ClaimsRequest::default()), claims_request::read),
        resource: own("resource"),
        unserved: ["request", "request_uri"].into_iter().find(|name| form.get(name).is_some()),
    }
}

/// The words of a list, each once.
fn words(text: Option<&str>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

fn max_age(form: &Form<'_>) -> Result<Option<Seconds>, Refusal> {
    let Some(text) = form.get("max_age") else { return Ok(None) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten();
    seconds
        .map(|seconds| Some(Seconds(seconds)))
        .ok_or_else(|| Refusal::malformed("max_age", "is no whole number of seconds"))
}

/// `uri` with the parameters that have a value appended to its query.
pub fn with_query(uri: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut url = uri.to_owned();
    let separator = if !uri.contains('?') {
        "?"
    } else if uri.ends_with(['?', '&']) {
        ""
    } else {
        "&"
    };
    append(&mut url, separator, parameters);
    url
}

/// Appends the parameters that have a value, the first after `separator`.
fn append(url: &mut String, mut separator: &'static str, parameters: &[(&str, Option<&str>)]) {
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        url.push_str(separator);
        url.push_str(name);
        url.push('=');
        percent_encode(url, value);
        separator = "&";
    }
}

/// Appends `text`, all but RFC 3986's unreserved characters percent-encoded.
pub fn percent_encode(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

/// The answer of RFC 6749 section 4.1.2 with `iss` (RFC 9207), on success and on refusal, for which `describe` has the
/// `error_description`, where the vendor has one.
pub fn answer(
    reply: &AuthorizeReply,
    issuer: &str,
    describe: impl Fn(&RefusalKind) -> Option<&'static str>,
) -> WireResponse {
    let state = ("state", reply.state.as_deref());
    let iss = ("iss", Some(issuer));
    let (outcome, description) = match &reply.outcome {
        AuthorizeOutcome::Code { code, .. } => (("code", Some(code.as_str())), None),
        AuthorizeOutcome::Refused(kind) => (("error", Some(error_code(kind))), describe(kind)),
    };
    respond::uncached(tell(reply, &[outcome, ("error_description", description), state, iss], ""))
}

/// Tells the client `parameters` in the way that it asked for: a redirect, or a page whose form goes to the client.
/// `mark` is the fragment of a redirect that has none of its own. The caller forbids to store it, in its vendor's words.
pub fn tell(reply: &AuthorizeReply, parameters: &[(&str, Option<&str>)], mark: &str) -> WireResponse {
    let uri = &reply.redirect_uri;
    let redirect = |location: String| WireResponse::empty(302).with("Location", location);
    match reply.mode {
        ResponseMode::Query => redirect(with_query(uri, parameters) + mark),
        ResponseMode::Fragment => {
            let mut location = uri.clone();
            append(&mut location, "#", parameters);
            redirect(location)
        }
        ResponseMode::FormPost => form_post(uri, parameters),
    }
}

/// The one page that has a script, and may be answered with whatever the client does: no `form-action`.
fn form_post(uri: &str, parameters: &[(&str, Option<&str>)]) -> WireResponse {
    let fields = parameters.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    let body = pages::form_post(&pages::FormPost { action: uri, fields }).into_bytes();
    let policy = format!(
        "default-src 'none'; script-src '{}'; base-uri 'none'; frame-ancestors 'none'",
        pages::FormPost::SCRIPT_HASH
    );
    WireResponse { status: 200, headers: Vec::new(), body }
        .with("Content-Type", "text/html; charset=utf-8")
        .with("Content-Security-Policy", policy)
        .with("Referrer-Policy", "no-referrer")
        .with("X-Content-Type-Options", "nosniff")
        .with("X-Frame-Options", "DENY")
}

/// The standard's code for a refusal at the authorization endpoint (RFC 6749 section 4.1.2.1, OpenID Connect Core
/// section 3.1.2.6).
pub fn error_code(kind: &RefusalKind) -> &'static str {
    match kind {
        RefusalKind::InvalidRequest(RequestFault::Malformed(name)) if name == "request" => "request_not_supported",
        RefusalKind::InvalidRequest(RequestFault::Malformed(name)) if name == "request_uri" => {
            "request_uri_not_supported"
        }
        RefusalKind::InvalidRequest(RequestFault::Malformed(name)) if name == "registration" => {
            "registration_not_supported"
        }
        RefusalKind::UnauthorizedClient => "unauthorized_client",
        RefusalKind::AccessDenied | RefusalKind::UserGone => "access_denied",
        RefusalKind::UnsupportedResponseType => "unsupported_response_type",
        RefusalKind::InvalidScope(_) | RefusalKind::ScopeNotPermitted { .. } => "invalid_scope",
        RefusalKind::InvalidTarget => "invalid_target",
        RefusalKind::LoginRequired => "login_required",
        RefusalKind::ConsentRequired => "consent_required",
        RefusalKind::Internal => "server_error",
        RefusalKind::Unavailable { .. } | RefusalKind::RateLimited { .. } => "temporarily_unavailable",
        _ => "invalid_request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{IssuedToken, Scopes};

    #[test]
    fn parameters_come_from_the_query_or_the_body() {
        let query = "client_id=web&scope=b+a&state=%0D%0A&prompt=login&max_age=0&code_challenge_method=S256&nonce=";
        let get = WireRequest { method: "GET", path: "/", query: Some(query), headers: &[], body: b"client_id=x" };
        let media: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
        let post = WireRequest { method: "POST", query: None, headers: &media, body: query.as_bytes(), ..get };
        for wire in [get, post] {
            let read = request(&form(&wire).unwrap());
            assert_eq!(read.client_id.as_deref(), Some("web"));
            assert_eq!(read.scopes.unwrap().unwrap().joined(), "b a");
            assert_eq!((read.state.as_deref(), read.nonce), (Some("\r\n"), None));
            assert_eq!((read.prompt.unwrap().login, read.max_age.unwrap()), (true, Some(Seconds(0))));
        }
    }

    #[test]
    fn t32_what_is_there_twice_is_refused() {
        let wire = WireRequest { method: "GET", path: "/", query: Some("a=1&a=1"), headers: &[], body: b"" };
        assert_eq!(form(&wire).unwrap_err().kind.code(), "invalid_request");
    }

    #[test]
    fn what_cannot_be_read_is_kept_for_its_phase() {
        for bad in ["max_age=-1", "max_age=1.5", "max_age=99999999999999999999", "prompt=none+login", "scope=%22"] {
            let read = request(&Form::read(bad.as_bytes()).unwrap());
            assert!(read.max_age.is_err() || read.prompt.is_err() || read.scopes.is_err(), "{bad}");
        }
        assert_eq!(request(&Form::read(b"request_uri=x").unwrap()).unserved, Some("request_uri"));
    }

    #[test]
    fn t34_the_answer_repeats_state_encoded_and_keeps_the_clients_query() {
        let reply = AuthorizeReply {
            redirect_uri: "https://client.test/cb?a=1".into(),
            mode: ResponseMode::Query,
            state: Some("\r\nSet-Cookie: x=<b>&é".into()),
            session_state: None,
            client: None,
            user: None,
            outcome: AuthorizeOutcome::Code { code: IssuedToken::from("C".to_owned()), scopes: Scopes::empty() },
        };
        let location = answer(&reply, "Some Issuer", |_| None).header("location").unwrap().to_owned();
        assert_eq!(
            location,
            "https://client.test/cb?a=1&code=C&state=%0D%0ASet-Cookie%3A%20x%3D%3Cb%3E%26%C3%A9&iss=Some%20Issuer"
        );
        let refused = AuthorizeReply { outcome: AuthorizeOutcome::Refused(RefusalKind::LoginRequired), ..reply };
        assert!(
            answer(&refused, "i", |_| None).header("location").unwrap().contains("?a=1&error=login_required&state=")
        );
        let told = answer(&refused, "i", |_| Some("Sign in")).header("location").unwrap().to_owned();
        assert!(told.contains("?a=1&error=login_required&error_description=Sign%20in&state="), "{told}");
    }
}
