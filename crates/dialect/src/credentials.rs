//! Finds a client's credentials in header and body (RFC 6749 section 2.3).

use crate::basic::{self, Decoding};
use crate::{Form, WireRequest};
use grant::{AuthMethod, ClientAuth, Refusal, RefusalKind, RequestFault};

/// Whether a dialect takes credentials in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InBody {
    /// The header alone counts.
    Ignored,
    /// `client_id` and `client_secret` count too.
    Accepted,
}

/// The credentials of a form request.
///
/// The outer error is an ambiguity, refused before any credential is looked at: both ways at once, or two ids. The
/// inner one is a finding for the authentication phase.
pub fn read(
    request: &WireRequest<'_>,
    form: &Form<'_>,
    decoding: Decoding,
    in_body: InBody,
) -> Result<Result<ClientAuth, Refusal>, Refusal> {
    let twice = |cause| Refusal::new(RefusalKind::InvalidRequest(RequestFault::CredentialsTwice), cause);
    let header = basic::read(request, decoding);
    if !matches!(header, Ok(None)) && form.get("client_secret").is_some() {
        return Err(twice("credentials came in the Authorization header and in the body"));
    }
    match header {
        Ok(Some(basic)) => {
            if form.get("client_id").is_some_and(|id| id != basic.id) {
                return Err(twice("the client_id of the body is not that of the Authorization header"));
            }
            Ok(Ok(ClientAuth {
                id: basic.id.into(),
                secret: basic.secret,
                method: AuthMethod::Basic,
                hint: basic.hint,
            }))
        }
        Err(error) => Ok(Err(error)),
        Ok(None) => Ok(from_body(form, in_body)),
    }
}

fn from_body(form: &Form<'_>, in_body: InBody) -> Result<ClientAuth, Refusal> {
    if in_body == InBody::Ignored {
        return Err(Refusal::invalid_client("the Authorization header has no Basic credentials"));
    }
    let id = form.get("client_id").ok_or_else(|| Refusal::invalid_client("the request has no client_id"))?;
    let secret = form.secret("client_secret");
    let method = if secret.is_some() { AuthMethod::Form } else { AuthMethod::None };
    Ok(ClientAuth { id: id.into(), secret, method, hint: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_both(header: Option<&str>, body: &str, in_body: InBody) -> Result<Result<ClientAuth, Refusal>, Refusal> {
        let headers: Vec<_> = header.iter().map(|value| ("authorization", value.as_bytes())).collect();
        let request = WireRequest { method: "POST", path: "/", query: None, headers: &headers, body: b"" };
        read(&request, &Form::read(body.as_bytes()).unwrap(), Decoding::Plain, in_body)
    }

    #[test]
    fn t20_t21_both_ways_or_two_ids_are_refused_whichever_is_right() {
        for header in ["Basic YTpi", "Basic !!!"] {
            assert!(read_both(Some(header), "client_id=a&client_secret=b", InBody::Accepted).is_err());
            assert!(read_both(Some(header), "client_secret=b", InBody::Ignored).is_err());
        }
        assert!(read_both(Some("Basic YTpi"), "client_id=z", InBody::Accepted).is_err());
        let same = read_both(Some("Basic YTpi"), "client_id=a", InBody::Accepted).unwrap().unwrap();
        assert_eq!((same.id.as_str(), same.secret.is_some()), ("a", true));
    }

    #[test]
    fn the_body_counts_where_the_dialect_says_so() {
        let body = "client_id=a&client_secret=b";
        assert!(read_both(None, body, InBody::Accepted).unwrap().unwrap().secret.is_some());
        assert!(read_both(None, "client_id=a", InBody::Accepted).unwrap().unwrap().secret.is_none());
        assert!(read_both(None, body, InBody::Ignored).unwrap().is_err());
        assert!(read_both(None, "", InBody::Accepted).unwrap().is_err());
    }
}
