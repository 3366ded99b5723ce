//! Refresh tokens and revocations, each in the hash of its family.

use super::Redis;
use super::client::Repeat;
use super::names::Key;
use super::script::{Call, REVOKE_FAMILY, REVOKE_HANDLE, REVOKE_TOKEN, ROTATE, SPEND};
use super::unexpected;
use crate::format::CHAINS;
use crate::record::{corrupt, decode_code};
use deadpool_redis::redis::cmd;
use issuer::state::{
    FamilyId, HandleHash, Link, Moment, Realm, RefreshRecord, RefreshStore, RequestId, RotateOutcome, Rotation, Spend,
    SpendOutcome, StoreError,
};
use std::sync::atomic::Ordering;

impl Redis {
    async fn family(&self, realm: &Realm, family: FamilyId) -> Result<[Key; 1], StoreError> {
        Ok([self.core.names.family(self.core.epoch().await?, realm, family)])
    }

    /// The call with where its token stands in its chain: five arguments. Chains are bounded once no program is left that
    /// could not tell what is forgotten.
    fn linked<'a>(&self, call: Call<'a>, link: Option<Link<Vec<u8>>>) -> Call<'a> {
        let bounded = self.core.format.load(Ordering::Relaxed) >= CHAINS;
        match link {
            None => (0..5).fold(call, |call, _| call.arg("")),
            Some(Link { number, first, kept, forgotten }) => {
                let call = call.arg(number).arg(kept).arg(first).arg(forgotten.filter(|_| bounded).unwrap_or_default());
                call.arg(u8::from(bounded))
            }
        }
    }
}

#[async_trait::async_trait]
impl RefreshStore for Redis {
    async fn rotate(&self, realm: &Realm, rotation: Rotation) -> Result<RotateOutcome, StoreError> {
        let keys = self.family(realm, rotation.family).await?;
        let link = rotation.link.as_ref().map(|link| link.map(|handle| handle.0.to_vec()));
        let call = Call::on(&keys)
            .arg(&rotation.token.0[..])
            .arg(&rotation.request.0[..])
            .clock(rotation.moment)
            .arg(rotation.client_id.as_str())
            .arg(rotation.successor.as_ref().map_or(&[][..], |hash| &hash.0[..]))
            .arg(rotation.scopes.as_ref().map(grant::Scopes::joined).unwrap_or_default())
            .arg(rotation.grace.0);
        let call = self.linked(call, link);
        let back = rotation
            .successor
            .map(|next| take_back(&keys, rotation.request).arg(field(*b"x", rotation.token)).arg(field(*b"t", next)));
        let answer = self.core.spend(&ROTATE, call, back).await?;
        let mut answer = answer.into_iter();
        let (outcome, detail) = (answer.next().unwrap_or_default(), answer.next().unwrap_or_default());
        Ok(match &*outcome {
            b"granted" => RotateOutcome::Granted(terms(&detail)?),
            b"unknown" => RotateOutcome::Unknown,
            b"wrong_client" => RotateOutcome::WrongClient,
            b"revoked" => RotateOutcome::Revoked,
            b"expired" => RotateOutcome::Expired,
            b"reused" => RotateOutcome::Reused,
            b"too_wide" => RotateOutcome::ScopeTooWide(String::from_utf8_lossy(&detail).into_owned()),
            _ => return Err(unexpected("rotate")),
        })
    }

    async fn spend(&self, realm: &Realm, spend: Spend) -> Result<SpendOutcome, StoreError> {
        let keys = self.family(realm, spend.family).await?;
        let link = spend.link.as_ref().map(|link| link.map(|jti| jti.clone().into_bytes()));
        let call = Call::on(&keys)
            .arg(&spend.token_id)
            .arg(&spend.request.0[..])
            .clock(spend.moment)
            .arg(spend.expires_at)
            .arg(u8::from(spend.rotate))
            .arg(spend.grace.0);
        let call = self.linked(call, link);
        let back = spend.rotate.then(|| take_back(&keys, spend.request).arg(format!("s{}", spend.token_id)));
        let answer = self.core.spend(&SPEND, call, back).await?;
        Ok(match answer.first().map(Vec::as_slice).unwrap_or_default() {
            b"granted" => SpendOutcome::Granted,
            b"revoked" => SpendOutcome::Revoked,
            b"reused" => SpendOutcome::Reused,
            _ => return Err(unexpected("spend")),
        })
    }

    async fn revoke_family(&self, realm: &Realm, family: FamilyId, until: i64) -> Result<(), StoreError> {
        let keys = self.family(realm, family).await?;
        self.core.client.run(&REVOKE_FAMILY, Call::on(&keys).arg(until), Repeat::Safe).await
    }

    async fn revoke_handle(
        &self,
        realm: &Realm,
        family: FamilyId,
        token: HandleHash,
        client_id: &str,
    ) -> Result<bool, StoreError> {
        let keys = self.family(realm, family).await?;
        let call = Call::on(&keys).arg(&token.0[..]).arg(client_id);
        self.core.client.run(&REVOKE_HANDLE, call, Repeat::Safe).await
    }

    async fn revoke_token(
        &self,
        realm: &Realm,
        moment: Moment,
        family: FamilyId,
        token_id: &str,
        until: i64,
    ) -> Result<(), StoreError> {
        let keys = self.family(realm, family).await?;
        let call = Call::on(&keys).arg(token_id).arg(until).arg(moment.seconds());
        self.core.client.run(&REVOKE_TOKEN, call, Repeat::Safe).await
    }

    async fn is_revoked(&self, realm: &Realm, family: FamilyId, token_id: &str) -> Result<bool, StoreError> {
        let [family] = self.family(realm, family).await?;
        let mut command = cmd("HMGET");
        command.arg(family.as_bytes()).arg("r").arg(format!("a{token_id}"));
        let found: Vec<Option<Vec<u8>>> = self.core.client.send("is_revoked", &command).await?;
        Ok(found.iter().any(Option::is_some))
    }
}

/// What takes back that this request has spent something of the family, once the fields that it has set are named.
pub(super) fn take_back(keys: &[Key], request: RequestId) -> Call<'_> {
    Call::on(keys).arg(&request.0[..])
}

/// The field of a family that says that of a code or handle.
pub(super) fn field(what: [u8; 1], handle: HandleHash) -> Vec<u8> {
    [&what[..], &handle.0].concat()
}

/// The terms that a code's refresh tokens have.
fn terms(body: &[u8]) -> Result<RefreshRecord, StoreError> {
    RefreshRecord::of_code(decode_code(body)?).ok_or_else(|| corrupt("the end of a refresh token"))
}
