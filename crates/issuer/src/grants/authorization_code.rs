//! An authorization code, with PKCE (RFC 6749 section 4.1.3, RFC 7636).

use super::Entitled;
use super::ground::{live_user, may_refresh, permit, too_wide, within_resource};
use super::{Proven, Refresh, RefreshToken, ScopeSource, Terms};
use crate::At;
use crate::chain::Chain;
use crate::clue::{self, Clue};
use crate::ids::{self, Handle};
use crate::redirect::is_registered;
use crate::state::{CodeRecord, FamilyId, HandleHash, RedeemOutcome, Redemption, RequestId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{GrantType, RefreshForm, Refusal, RefusalKind, Seconds, User};
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub(super) const TERMS: Terms = Terms { needs_entry: |_| true, scopes: ScopeSource::Granted };

pub(super) async fn prove(
    at: At<'_>,
    entitled: &Entitled<'_>,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Proven, Refusal> {
    // Some vendors ask for it only where the client has several.
    let redirect_uri = match (redirect_uri, &*entitled.client.redirect_uris) {
        ("", [only]) => only,
        (given, _) => given,
    };
    let handle = ids::parse_handle(code).ok_or_else(|| Refusal::invalid_grant("the code is none of ours"))?;
    at.note(|notes| notes.family = Some(handle.0));
    let challenge = verifier.map(pkce_challenge).transpose().inspect_err(|_| at.hint(|| Clue::OddVerifier))?;
    redeemed(at, entitled, Code { handle, redirect_uri, challenge, verifier }).await
}

/// A code as a request brings it.
pub(super) struct Code<'c> {
    /// Its family and hash.
    pub(super) handle: (FamilyId, HandleHash),
    /// Where it was sent.
    pub(super) redirect_uri: &'c str,
    /// What the verifier is the verifier of.
    pub(super) challenge: Option<String>,
    pub(super) verifier: Option<&'c str>,
}

/// What a code stands for, which is spent where it is to be.
pub(super) async fn redeemed(at: At<'_>, entitled: &Entitled<'_>, code: Code<'_>) -> Result<Proven, Refusal> {
    let Code { handle: (family, hash), redirect_uri, challenge, verifier } = code;
    let (key, generation) = (at.handle_key().await?, at.mount.expiry.generation());
    let chain = Chain::new(family, &key);
    let handle = (at.hooks.policy().refresh.form == RefreshForm::Handle).then(|| chain.first_handle(generation));
    let redemption = Redemption {
        request: RequestId(ids::random()),
        moment: at.now,
        family,
        code: hash,
        client_id: entitled.client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        challenge,
        scopes: entitled.scopes.clone(),
        refresh: handle.as_ref().map(Handle::hash),
        spends: false,
    };
    // Asked about first: a refusal must spend nothing.
    let user = check_ground(at, entitled, &redeem(at, entitled, redemption.clone(), verifier).await?)?;
    if !entitled.spends {
        return Ok(Proven::of(family, user));
    }
    let record = redeem(at, entitled, Redemption { spends: true, ..redemption }, verifier).await?;
    let refresh = record.refresh_until.map(|expires_at| Refresh {
        scopes: record.scopes.clone(),
        expires_at,
        token: match &handle {
            Some(handle) => RefreshToken::Handle(handle.as_str().to_owned()),
            None => RefreshToken::JwtId(chain.first_jti(generation)),
        },
    });
    Ok(Proven {
        family,
        user: Some(user),
        scopes: entitled.scopes.clone().unwrap_or(record.scopes),
        login: record.login,
        refresh,
        act: None,
        until: None,
    })
}

async fn redeem(
    at: At<'_>,
    entitled: &Entitled<'_>,
    redemption: Redemption,
    verifier: Option<&str>,
) -> Result<CodeRecord, Refusal> {
    let refuse = |why: &'static str| Err(Refusal::invalid_grant(why));
    let known = |clue, why: &'static str| {
        at.hint(|| clue);
        refuse(why)
    };
    let (redirect_uri, family) = (clue::cut(&redemption.redirect_uri), redemption.family);
    match at.store().redeem_code(at.realm(), redemption).await? {
        RedeemOutcome::Granted(record) => {
            let begun = record.expires_at.saturating_sub(at.hooks.policy().code_ttl.0);
            at.note(|notes| notes.code_age = Some(Seconds::between(begun, at.seconds())));
            Ok(record)
        }
        RedeemOutcome::Unknown => refuse("the code is unknown"),
        RedeemOutcome::Expired if entitled.grant_type == GrantType::DeviceCode => {
            at.hint(|| Clue::ExpiredDevice);
            Err(Refusal::new(
                RefusalKind::ExpiredToken,
                "the user allowed the device, which polled when its code was over",
            ))
        }
        RedeemOutcome::Expired => known(Clue::ExpiredCode, "the code has expired"),
        RedeemOutcome::WrongClient => known(Clue::CodeOfAnother, "the code belongs to another client"),
        RedeemOutcome::Replayed => {
            revoke_access_tokens(at, family).await?;
            known(Clue::SpentCode, "the code was used before; what came of it has been revoked")
        }
        RedeemOutcome::Revoked => refuse("the consent behind the code has been withdrawn"),
        RedeemOutcome::WrongRedirect => {
            known(Clue::CodeSentElsewhere(redirect_uri), "the redirect_uri is not the one the code was sent to")
        }
        RedeemOutcome::WrongVerifier(challenge) => {
            let (clue, why) = wrong_verifier(verifier, challenge.as_deref());
            known(clue, why)
        }
        RedeemOutcome::ScopeTooWide(scope) => Err(too_wide(&scope)),
    }
}

/// Has the revocation of a family outlive its access tokens: a store remembers it no longer than what it keeps of the
/// family, and of a code without a refresh token that is less.
async fn revoke_access_tokens(at: At<'_>, family: FamilyId) -> Result<(), Refusal> {
    let policy = at.hooks.policy();
    if policy.revocable_access_tokens {
        let until = policy.access_ttl.max(policy.code_ttl).after(at.seconds());
        at.store().revoke_family(at.realm(), family, until).await?;
    }
    Ok(())
}

/// The code's user, where all that it was granted on still stands.
fn check_ground(at: At<'_>, entitled: &Entitled<'_>, code: &CodeRecord) -> Result<Arc<User>, Refusal> {
    let client = &entitled.client;
    let is_sent = entitled.grant_type == GrantType::AuthorizationCode;
    if is_sent && !is_registered(&client.redirect_uris, &code.redirect_uri) {
        let cause = format!("the code's redirect_uri is no longer among those of client `{}`", client.id);
        return Err(Refusal::invalid_grant(cause));
    }
    if code.refresh_until.is_some() {
        may_refresh(at.hooks, client)?;
    }
    permit(at.hooks, client, entitled.scopes.as_ref().unwrap_or(&code.scopes))?;
    within_resource(entitled.request, code.login.as_ref())?;
    live_user(at, &code.subject)
}

/// What is wrong with a verifier that does not fit the challenge bound to the code.
fn wrong_verifier(verifier: Option<&str>, challenge: Option<&str>) -> (Clue, &'static str) {
    match (verifier, challenge) {
        (None, _) => (Clue::NoVerifier, "the code is bound to a code_challenge, and the request has no code_verifier"),
        (Some(_), None) => {
            (Clue::NoChallenge, "the request has a code_verifier, and the code is bound to no code_challenge")
        }
        (Some(verifier), Some(challenge)) if verifier == challenge => {
            let why = "the code_verifier is the code_challenge itself, as in the method `plain`: S256 alone is served";
            (Clue::PlainVerifier, why)
        }
        (Some(_), Some(_)) => (Clue::OtherVerifier, "the code_verifier does not match the code_challenge"),
    }
}

/// The S256 challenge of a verifier (RFC 7636 section 4.6); an error where it has not a verifier's form.
fn pkce_challenge(verifier: &str) -> Result<String, Refusal> {
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(admitted) {
        return Err(Refusal::invalid_grant("the code_verifier is not 43 to 128 characters of A-Z a-z 0-9 - . _ ~"));
    }
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n36_each_fault_of_a_verifier_has_its_cause() {
        let faults = [(None, Some("c")), (Some("v"), None), (Some("c"), Some("c")), (Some("v"), Some("c"))];
        let mut causes = faults.map(|(verifier, challenge)| wrong_verifier(verifier, challenge).1).to_vec();
        assert!(causes[0].contains("no code_verifier") && causes[2].contains("plain"), "{causes:?}");
        causes.sort_unstable();
        causes.dedup();
        assert_eq!(causes.len(), 4);
    }
}
