//! Clients that are not who they say.

use super::Case;
use dialect::{BodyFormat, ClientPlace};
use grant::{AuthMethod, Client, RefusalKind, RequestFault, SecretDigest};
use issuer::Clue;

/// Credentials in a place where this vendor does not look.
pub(super) fn place(case: &Case<'_>) -> Option<String> {
    let (seen, mount) = (case.entry.more.seen, case.mount?);
    let call = &mount.kind.token_call;
    let is_client = matches!(case.entry.error, Some("invalid_client" | "invalid_request"));
    // Where both places count, credentials in either are where they belong.
    if !is_client || !call.is_only_place || case.entry.auth.is_some() && case.entry.error != Some("invalid_request") {
        return None;
    }
    match call.client {
        ClientPlace::Basic if seen.has_secret_in_body && !seen.has_basic => Some(
            "this vendor takes id and secret in the header alone: send `Authorization: Basic …` and no client_secret in \
             the body"
                .to_owned(),
        ),
        ClientPlace::Body { id, secret } if seen.has_basic && !seen.has_secret_in_body => {
            let place = if call.body == BodyFormat::Query { "query" } else { "body" };
            Some(format!(
                "this vendor takes id and secret in the {place}: send `{id}` and `{secret}` there, and no Authorization header"
            ))
        }
        _ => None,
    }
}

/// Credentials in two places.
pub(super) fn twice(case: &Case<'_>) -> Option<String> {
    let fault = case.entry.more.refusal.as_deref()?;
    (*fault == RefusalKind::InvalidRequest(RequestFault::CredentialsTwice)).then(|| {
        "credentials came in two ways: send them in the Authorization header or in the body, not in both".to_owned()
    })
}

/// A secret that is not the client's: what was done to it, or whose it is.
pub(super) fn secret(case: &Case<'_>) -> Option<String> {
    let digest = match case.entry.more.clue.as_deref()? {
        Clue::WrongSecret { is_encoded: true, .. } => {
            return Some(
                "the secret is right once it is percent-decoded: it was encoded once too often; send it as it is"
                    .to_owned(),
            );
        }
        Clue::WrongSecret { digest, .. } => digest,
        Clue::OddSecret(hint, digest) => return owner(case, digest).or_else(|| Some(format!("the secret: {hint}"))),
        _ => return None,
    };
    owner(case, digest)
}

/// Whose a secret is.
fn owner(case: &Case<'_>, digest: &SecretDigest) -> Option<String> {
    let has = |client: &Client| client.secrets.iter().any(|secret| secret.digest.as_bytes() == digest.as_bytes());
    let id = case.entry.client_id.as_deref();
    if let Some(owner) = case.mount?.core.directory.clients().into_iter().find(|client| has(client)) {
        let ended = Some(owner.id.as_str()) == id;
        return Some(if let Some(only) = another_way(case, &owner).filter(|_| ended) {
            format!(
                "the secret is the client's, and client `{}` authenticates by `{only}` alone: do that, or change its \
                 `token_endpoint_auth_method`",
                owner.id
            )
        } else if ended {
            "this is a secret of the client that has ended: give it another".to_owned()
        } else {
            format!("this is the secret of client `{}`: send that id, or this client's own secret", owner.id)
        });
    }
    case.others().find_map(|mount| {
        let owner = mount.core.directory.clients().into_iter().find(|client| has(client))?;
        let (id, name, url) = (&owner.id, mount.name(), &mount.base_url);
        Some(format!("this is the secret of client `{id}` of mount `{name}`: ask that mount, at {url}"))
    })
}

/// The one way in which a client may authenticate, where a secret that was sent came in another.
fn another_way(case: &Case<'_>, client: &Client) -> Option<&'static str> {
    let sent = if case.entry.more.seen.has_basic { AuthMethod::Basic } else { AuthMethod::Form };
    client.auth_method.and_then(AuthMethod::standard_name).filter(|only| Some(*only) != sent.standard_name())
}

/// A client that another mount knows.
pub(super) fn of_another_mount(case: &Case<'_>) -> Option<String> {
    let (id, mount) = (case.entry.client_id.as_deref()?, case.mount?);
    if !matches!(case.entry.error, Some("invalid_client" | "unauthorized_client")) {
        return None;
    }
    let directory = &mount.core.directory;
    if directory.client(id).is_some() {
        return None;
    }
    let other = case.others().find(|other| other.core.directory.client(id).is_some());
    if let Some(other) = other {
        let (name, url) = (other.name(), &other.base_url);
        return Some(format!("client `{id}` is one of mount `{name}`: ask that mount, at {url}"));
    }
    let clients = directory.clients();
    let near = super::super::near::nearest(id, clients.iter().map(|client| client.id.as_str()))?;
    Some(format!("no client is called that here: did you mean `{near}`?"))
}
