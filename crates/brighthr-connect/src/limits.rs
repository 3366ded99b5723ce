//! What IdentityServer reads of credentials, and no more.

use dialect::basic::Decoding;
use dialect::credentials::{self, InBody};
use dialect::{Form, WireRequest};
use grant::{Client, ClientAuth, Refusal, Remarks};
use secrecy::ExposeSecret;

/// IdentityServer's limit, in characters.
const MAX_CREDENTIAL: usize = 100;

/// The client's credentials, in the header or in the body; an ambiguity is the outer error.
pub(crate) fn client(request: &WireRequest<'_>, form: &Form<'_>) -> Result<Result<ClientAuth, Refusal>, Refusal> {
    Ok(credentials::read(request, form, Decoding::FormEncoded, InBody::Accepted)?.and_then(within_limits))
}

/// Whether `text` has more than `limit` characters.
pub(crate) fn longer_than(limit: usize, text: &str) -> bool {
    text.chars().nth(limit).is_some()
}

fn within_limits(client: ClientAuth) -> Result<ClientAuth, Refusal> {
    let secret = client.secret.as_ref().map_or("", |secret| secret.expose_secret());
    if longer_than(MAX_CREDENTIAL, client.id.as_str()) || longer_than(MAX_CREDENTIAL, secret) {
        return Err(Refusal::invalid_client("the client's id or secret is longer than 100 characters"));
    }
    Ok(client)
}

/// Refuses a client whose credentials IdentityServer would not read.
pub(crate) fn check_credentials(client: &Client, secret: Option<&str>, remarks: &mut Remarks) {
    for (key, text) in [("id", client.id.as_str()), ("secret", secret.unwrap_or_default())] {
        if longer_than(MAX_CREDENTIAL, text) {
            let message =
                format!("has more than {MAX_CREDENTIAL} characters, and no request with it is read; shorten it");
            remarks.refuse(key, message);
        }
    }
}
