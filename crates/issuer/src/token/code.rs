//! Redeems an authorization code, with PKCE (RFC 6749 section 4.1.3, RFC 7636).

use super::prove::{Proving, too_wide};
use super::{Proven, Refresh, RefreshToken};
use crate::ids::{self, Handle};
use crate::keys::unavailable;
use crate::state::{RedeemOutcome, Redemption, RequestId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{GrantError, RefreshForm};
use sha2::{Digest, Sha256};

impl Proving<'_> {
    pub(super) async fn code(
        self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Proven, GrantError> {
        let (family, hash) =
            ids::parse_handle(code).ok_or_else(|| GrantError::invalid_grant("the code is none of ours"))?;
        let challenge = verifier.map(pkce_challenge).transpose()?;
        let key = self.mount.keys.handle_key(&*self.issuer.store, self.moment.seconds()).await?;
        let handle =
            (self.profile.policy().refresh.form == RefreshForm::Handle).then(|| Handle::successor(family, code, &key));
        let redemption = Redemption {
            request: RequestId(ids::random()),
            moment: self.moment,
            family,
            code: hash,
            client_id: self.entitled.client.id.as_str(),
            redirect_uri,
            challenge: challenge.as_deref(),
            scopes: self.entitled.scopes.as_ref(),
            refresh: handle.as_ref().map(Handle::hash),
        };
        let refuse = |why: &'static str| Err(GrantError::invalid_grant(why));
        let record = match self.issuer.store.redeem_code(&self.mount.realm, redemption).await.map_err(unavailable)? {
            RedeemOutcome::Granted(record) => record,
            RedeemOutcome::Unknown => return refuse("the code is unknown"),
            RedeemOutcome::Expired => return refuse("the code has expired"),
            RedeemOutcome::WrongClient => return refuse("the code belongs to another client"),
            RedeemOutcome::Replayed => return refuse("the code was used before; what came of it has been revoked"),
            RedeemOutcome::Revoked => return refuse("the consent behind the code has been withdrawn"),
            RedeemOutcome::WrongRedirect => return refuse("the redirect_uri is not the one the code was sent to"),
            RedeemOutcome::WrongVerifier(challenge) => return refuse(wrong_verifier(verifier, challenge.as_deref())),
            RedeemOutcome::ScopeTooWide(scope) => return Err(too_wide(&scope)),
        };
        let refresh = record.refresh_until.map(|expires_at| Refresh {
            scopes: record.scopes.clone(),
            expires_at,
            token: match &handle {
                Some(handle) => RefreshToken::Handle(handle.as_str().to_owned()),
                None => RefreshToken::JwtId(ids::family_uuid(family, ids::tail(&key, code))),
            },
        });
        Ok(Proven {
            family,
            user: Some(self.live_user(&record.subject)?),
            scopes: self.entitled.scopes.clone().unwrap_or(record.scopes),
            login: record.login,
            refresh,
        })
    }
}

/// What is wrong with a verifier that does not fit the challenge bound to the code.
fn wrong_verifier(verifier: Option<&str>, challenge: Option<&str>) -> &'static str {
    match (verifier, challenge) {
        (None, _) => "the code is bound to a code_challenge, and the request has no code_verifier",
        (Some(_), None) => "the request has a code_verifier, and the code is bound to no code_challenge",
        (Some(verifier), Some(challenge)) if verifier == challenge => {
            "the code_verifier is the code_challenge itself, as in the method `plain`: S256 alone is served"
        }
        (Some(_), Some(_)) => "the code_verifier does not match the code_challenge",
    }
}

/// The S256 challenge of a verifier (RFC 7636 section 4.6); an error where it has not a verifier's form.
fn pkce_challenge(verifier: &str) -> Result<String, GrantError> {
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(admitted) {
        return Err(GrantError::invalid_grant("the code_verifier is not 43 to 128 characters of A-Z a-z 0-9 - . _ ~"));
    }
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n36_each_fault_of_a_verifier_has_its_cause() {
        let faults = [(None, Some("c")), (Some("v"), None), (Some("c"), Some("c")), (Some("v"), Some("c"))];
        let mut causes = faults.map(|(verifier, challenge)| wrong_verifier(verifier, challenge)).to_vec();
        assert!(causes[0].contains("no code_verifier") && causes[2].contains("plain"), "{causes:?}");
        causes.sort_unstable();
        causes.dedup();
        assert_eq!(causes.len(), 4);
    }
}
