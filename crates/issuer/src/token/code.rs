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
            RedeemOutcome::WrongVerifier => {
                return refuse("the code_verifier is missing, was not expected, or does not match the code_challenge");
            }
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

/// The S256 challenge of a verifier (RFC 7636 section 4.6); an error where it has not a verifier's form.
fn pkce_challenge(verifier: &str) -> Result<String, GrantError> {
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(admitted) {
        return Err(GrantError::invalid_grant("the code_verifier is not 43 to 128 characters of A-Z a-z 0-9 - . _ ~"));
    }
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
}
