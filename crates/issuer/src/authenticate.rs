//! Client authentication (RFC 6749 section 2.3).

use crate::At;
use crate::directory::Directory;
use grant::{Client, ClientAuth, Refusal, RefusalKind, SecretDigest};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Compared where there is nothing to compare with, so that an unknown client costs what a wrong secret costs.
const NOBODY: SecretDigest = SecretDigest::new([0; 32]);

/// The digest under which a client's secret is kept.
pub fn secret_digest(secret: &str) -> SecretDigest {
    SecretDigest::new(Sha256::digest(secret.as_bytes()).into())
}

/// The client that these credentials prove. Unknown client, wrong secret, missing secret and a secret from a public
/// client are one error; right credentials of a disabled client are another.
/// Where the mount limits failures, each counts, and one beyond the limit is refused whatever it proves.
pub(crate) fn authenticate(at: At<'_>, auth: &ClientAuth) -> Result<Arc<Client>, Refusal> {
    let outcome = prove(&at.mount.directory, auth);
    let failed = outcome.as_ref().is_err_and(|error| error.kind == RefusalKind::InvalidClient);
    at.issuer.failures.count(at, &auth.id, failed)?;
    outcome
}

fn prove(directory: &Directory, auth: &ClientAuth) -> Result<Arc<Client>, Refusal> {
    let client = directory.client(auth.id.as_str());
    let expected = client.as_deref().and_then(|client| client.secret).unwrap_or(NOBODY);
    let presented = auth.secret.as_ref().map(|secret| secret_digest(secret.expose_secret()));
    let equal = bool::from(presented.unwrap_or(NOBODY).as_bytes().ct_eq(expected.as_bytes()));
    let id = &auth.id;
    let Some(client) = client else {
        return Err(Refusal::invalid_client(format!("client `{id:.64}` is not registered here")));
    };
    match (client.secret.is_some(), presented.is_some()) {
        (true, true) if equal => {}
        (true, true) => {
            let hint = auth.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            return Err(Refusal::invalid_client(format!("the secret of client `{id}` is wrong{hint}")));
        }
        (true, false) => return Err(Refusal::invalid_client(format!("client `{id}` sent no secret"))),
        (false, true) => {
            return Err(Refusal::invalid_client(format!("client `{id}` is public and must not send a secret")));
        }
        (false, false) => {}
    }
    if client.disabled {
        return Err(Refusal::new(RefusalKind::ClientDisabled, format!("client `{id}` is disabled")));
    }
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{AuthMethod, Secret};

    fn directory() -> Directory {
        let confidential = Client { secret: Some(secret_digest("s3cret")), ..Client::new("confidential") };
        let disabled = Client { disabled: true, ..confidential.clone() };
        let disabled = Client { id: "disabled".into(), ..disabled };
        Directory::new(vec![confidential, disabled, Client::new("public")], vec![])
    }

    fn outcome(id: &str, secret: Option<&str>) -> Result<String, RefusalKind> {
        let auth = ClientAuth { id: id.into(), secret: secret.map(Secret::from), method: AuthMethod::Form, hint: None };
        prove(&directory(), &auth).map(|client| client.id.to_string()).map_err(|error| error.kind)
    }

    #[test]
    fn t22_t23_t24_each_credential_has_its_outcome() {
        assert_eq!(outcome("confidential", Some("s3cret")), Ok("confidential".into()));
        assert_eq!(outcome("public", None), Ok("public".into()));
        for (id, secret) in [
            ("confidential", Some("wrong")),
            ("confidential", None),
            ("unknown", Some("s3cret")),
            ("unknown", None),
            ("public", Some("s3cret")),
            ("disabled", Some("wrong")),
        ] {
            assert_eq!(outcome(id, secret), Err(RefusalKind::InvalidClient), "{id} {secret:?}");
        }
        assert_eq!(outcome("disabled", Some("s3cret")), Err(RefusalKind::ClientDisabled));
    }

    #[test]
    fn n36_the_cause_of_a_wrong_secret_says_what_was_odd_in_it() {
        let hint = Some("send `%2B`");
        let secret = Some("s3 cret".into());
        let auth = ClientAuth { id: "confidential".into(), secret, method: AuthMethod::Basic, hint };
        let error = prove(&directory(), &auth).unwrap_err();
        assert_eq!(error.cause, "the secret of client `confidential` is wrong; send `%2B`");
    }
}
