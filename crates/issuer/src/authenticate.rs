//! Client authentication (RFC 6749 section 2.3).

use crate::assertion::{self, Signer};
use crate::assertion_fault::{AssertionFault, Claim};
use crate::clue::Clue;
use crate::directory::Directory;
use crate::{At, Phase};
use grant::{AuthMethod, Client, ClientAuth, ClientSecret, Refusal, RefusalKind, SecretDigest};
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Compared where there is nothing to compare with, so that an unknown client costs what a wrong secret costs.
const NOBODY: SecretDigest = SecretDigest::new([0; 32]);

/// The digest under which a client's secret is kept.
pub fn secret_digest(secret: &str) -> SecretDigest {
    SecretDigest::new(Sha256::digest(secret.as_bytes()).into())
}

/// The client that these credentials prove: a secret, or an assertion, which is spent. Unknown client, wrong secret, secret
/// that has ended, missing secret, a secret from a public client and an assertion that does not hold are one error; right
/// credentials of a disabled client are another.
/// Where the mount limits failures, each counts, and one beyond the limit is refused whatever it proves.
pub(crate) async fn authenticate(at: At<'_>, auth: &Result<ClientAuth, Refusal>) -> Result<Arc<Client>, Refusal> {
    let outcome = match auth {
        Err(error) => Err(error.clone()),
        Ok(auth) => match auth.method {
            AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt | AuthMethod::Assertion => {
                // Few come this way; what all carry along stays small.
                Box::pin(by_assertion(at, auth)).await
            }
            AuthMethod::Basic | AuthMethod::Form | AuthMethod::Json | AuthMethod::None => judge(at, auth),
        },
    };
    at.decide(Phase::Client, outcome)
}

/// The client whom its assertion proves, by which it authenticates or asks for a token.
async fn by_assertion(at: At<'_>, auth: &ClientAuth) -> Result<Arc<Client>, Refusal> {
    let speaks = auth.method == AuthMethod::Assertion;
    let kind = if speaks { RefusalKind::InvalidGrant } else { RefusalKind::InvalidClient };
    let outcome = match at.mount.directory.client(auth.id.as_str()) {
        None => {
            let cause = format!("client `{:.64}`, whom the assertion names, is not registered here", auth.id);
            Err(Refusal::new(kind.clone(), cause))
        }
        Some(client) => prove_by_assertion(at, client, auth, &kind).await,
    };
    at.issuer.failures.count(at, &auth.id, outcome.as_ref().is_err_and(|error| error.kind == kind))?;
    outcome
}

async fn prove_by_assertion(
    at: At<'_>,
    client: Arc<Client>,
    auth: &ClientAuth,
    kind: &RefusalKind,
) -> Result<Arc<Client>, Refusal> {
    let policy = at.hooks.policy();
    let terms = match auth.method {
        AuthMethod::Assertion => policy.bearer_assertions.as_ref().map(|terms| &terms.assertions),
        _ => policy.client_assertions.as_ref(),
    };
    let terms = terms.ok_or_else(|| Refusal::new(kind.clone(), "the mount takes no assertions"))?;
    let signer = if auth.method == AuthMethod::ClientSecretJwt { Signer::Secrets } else { Signer::Keys };
    let jwt = auth.secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let refused = |fault| assertion::refused(at, fault, kind.clone());
    let asserted = assertion::check(at, &client, jwt, terms, signer).map_err(refused)?;
    if auth.method == AuthMethod::Assertion {
        // Its grant checks it as well, and spends it.
        return enabled(client, None).map(|(client, _)| client);
    }
    if terms.wants_sub && asserted.claims.str("sub") != Some(client.id.as_str()) {
        return Err(refused(AssertionFault::NotTheClient(Claim::Sub)));
    }
    fits(&client, auth.method)?;
    let (client, _) = enabled(client, None)?;
    assertion::spend(at, &client, &asserted, kind.clone()).await?;
    Ok(client)
}

/// Whether the client may authenticate in that way.
fn fits(client: &Client, method: AuthMethod) -> Result<(), Refusal> {
    match client.auth_method.and_then(AuthMethod::standard_name) {
        Some(only) if Some(only) != method.standard_name() => {
            let cause = format!("client `{}` authenticates by {only} alone (token_endpoint_auth_method)", client.id);
            Err(Refusal::invalid_client(cause))
        }
        _ => Ok(()),
    }
}

fn judge(at: At<'_>, auth: &ClientAuth) -> Result<Arc<Client>, Refusal> {
    // A secret ends by real time, whatever the gateway's clock shows.
    let outcome = prove(&at.mount.directory, auth, || at.issuer.clock.real_now().seconds());
    if let Some(client) = swapped(&at.mount.directory, auth).filter(|_| outcome.is_err()) {
        at.note(|notes| (notes.client, notes.is_swapped) = (Some(client.id.shared()), true));
    } else if outcome.is_err() {
        explain(at, auth);
    }
    let failed = outcome.as_ref().is_err_and(|error| error.kind == RefusalKind::InvalidClient);
    at.issuer.failures.count(at, &auth.id, failed)?;
    let (client, secret) = outcome?;
    at.note(|notes| notes.secret = secret);
    Ok(client)
}

/// The client whose id was sent as the secret, and one of whose secrets as the id.
fn swapped(directory: &Directory, auth: &ClientAuth) -> Option<Arc<Client>> {
    let client = directory.client(auth.secret.as_ref()?.expose_secret())?;
    find(&client.secrets, secret_digest(auth.id.as_str()))?;
    Some(client)
}

/// Notes what may have happened to a secret that proves nothing.
fn explain(at: At<'_>, auth: &ClientAuth) {
    let Some(secret) = auth.secret.as_ref().map(ExposeSecret::expose_secret) else { return };
    let digest = secret_digest(secret);
    if let Some(odd) = auth.hint {
        return at.hint(|| Clue::OddSecret(odd.into(), digest));
    }
    let client = at.mount.directory.client(auth.id.as_str());
    let is_its =
        |decoded: &str| client.as_ref().is_some_and(|client| find(&client.secrets, secret_digest(decoded)).is_some());
    let decoded = percent_decode_str(secret).decode_utf8().ok().map(|text| Zeroizing::new(text.into_owned()));
    let is_encoded = decoded.is_some_and(|decoded| **decoded != *secret && is_its(&decoded));
    at.hint(|| Clue::WrongSecret { digest, is_encoded });
}

/// The client, and which of its secrets proves it, from 1.
fn prove(
    directory: &Directory,
    auth: &ClientAuth,
    now: impl Fn() -> i64,
) -> Result<(Arc<Client>, Option<usize>), Refusal> {
    let client = directory.client(auth.id.as_str());
    let secrets = client.as_deref().map(|client| &*client.secrets).unwrap_or_default();
    let presented = auth.secret.as_ref().map(|secret| secret_digest(secret.expose_secret()));
    let matched = find(secrets, presented.unwrap_or(NOBODY));
    let id = &auth.id;
    if let (None, Some(client)) = (&client, swapped(directory, auth)) {
        let cause = format!("id and secret of client `{}` are in each other's place", client.id);
        return Err(Refusal::invalid_client(cause));
    }
    let Some(client) = client else {
        return Err(Refusal::invalid_client(format!("client `{id:.64}` is not registered here")));
    };
    let cause = match (client.is_public(), presented.is_some(), matched) {
        (true, false, _) => return enabled(client, None),
        (false, _, _) if client.secrets.is_empty() => {
            format!("client `{id}` has no secret, and authenticates by an assertion (private_key_jwt)")
        }
        (true, true, _) => format!("client `{id}` is public and must not send a secret"),
        (false, false, _) => format!("client `{id}` sent no secret"),
        (false, true, Some(place)) => match client.secrets[place] {
            ClientSecret { not_after: Some(last), .. } if now() > last.seconds() => {
                format!("the secret of client `{id}` (number {}) ended at {last}", place + 1)
            }
            _ => return fits(&client, auth.method).and_then(|()| enabled(client, Some(place + 1))),
        },
        (false, true, None) => {
            let hint = auth.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("the secret of client `{id}` is wrong{hint}")
        }
    };
    Err(Refusal::invalid_client(cause))
}

fn enabled(client: Arc<Client>, secret: Option<usize>) -> Result<(Arc<Client>, Option<usize>), Refusal> {
    if client.disabled {
        let cause = format!("client `{}` is disabled", client.id);
        return Err(Refusal::new(RefusalKind::ClientDisabled, cause));
    }
    Ok((client, secret))
}

/// The place of the first secret that was presented. All are compared, so that the time tells nothing of them; without
/// any there is one comparison all the same.
fn find(secrets: &[ClientSecret], presented: SecretDigest) -> Option<usize> {
    let none = [NOBODY.into()];
    let compared = if secrets.is_empty() { &none } else { secrets };
    let equal = |secret: &ClientSecret| bool::from(presented.as_bytes().ct_eq(secret.digest.as_bytes()));
    let found = compared.iter().enumerate().fold(None, |found, (place, secret)| {
        let is_equal = equal(secret);
        found.or(is_equal.then_some(place))
    });
    found.filter(|_| !secrets.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{AuthMethod, Secret};

    fn directory() -> Directory {
        let confidential = Client { secrets: vec![secret_digest("s3cret").into()], ..Client::new("confidential") };
        let disabled = Client { disabled: true, ..confidential.clone() };
        let disabled = Client { id: "disabled".into(), ..disabled };
        Directory::new(vec![confidential, disabled, Client::new("public")], vec![])
    }

    fn outcome(id: &str, secret: Option<&str>) -> Result<String, RefusalKind> {
        let auth = ClientAuth { id: id.into(), secret: secret.map(Secret::from), method: AuthMethod::Form, hint: None };
        prove(&directory(), &auth, || 0).map(|(client, _)| client.id.to_string()).map_err(|error| error.kind)
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
        let error = prove(&directory(), &auth, || 0).unwrap_err();
        assert_eq!(error.cause, "the secret of client `confidential` is wrong; send `%2B`");
    }

    #[test]
    fn s13_any_secret_that_holds_proves_and_one_that_has_ended_says_when() {
        let ends: grant::NotAfter = "2027-01-01T00:00:00Z".parse().unwrap();
        let old = ClientSecret { not_after: Some(ends), ..secret_digest("old").into() };
        let client = Client { secrets: vec![old, secret_digest("new").into()], ..Client::new("a") };
        let directory = Directory::new(vec![client], vec![]);
        let prove = |secret: &str, now| {
            let secret = Some(Secret::from(secret));
            let auth = ClientAuth { id: "a".into(), secret, method: AuthMethod::Basic, hint: None };
            prove(&directory, &auth, || now).map(|(_, place)| place).map_err(|error| error.cause)
        };
        let last = ends.seconds();
        assert_eq!((prove("old", last), prove("new", last)), (Ok(Some(1)), Ok(Some(2))));
        assert_eq!(prove("new", last + 1), Ok(Some(2)));
        let ended = "the secret of client `a` (number 1) ended at 2027-01-01T00:00:00Z";
        assert_eq!(prove("old", last + 1).unwrap_err(), ended);
        assert_eq!(prove("other", last).unwrap_err(), "the secret of client `a` is wrong");
    }
}
