//! Authorization codes, each in the hash of its family.

use super::Redis;
use super::client::Repeat;
use super::refresh::{field, take_back};
use super::script::{Call, PUT_CODE, REDEEM};
use super::unexpected;
use crate::record::{decode_code, encode_code};
use issuer::state::{CodeRecord, CodeStore, HandleHash, Realm, RedeemOutcome, Redemption, StoreError};

#[async_trait::async_trait]
impl CodeStore for Redis {
    async fn put_code(&self, realm: &Realm, code: HandleHash, record: CodeRecord) -> Result<(), StoreError> {
        let keys = [self.core.names.family(self.core.epoch().await?, realm, record.family)];
        let ends = record.expires_at;
        let call = Call::on(&keys).arg(&code.0[..]).arg(encode_code(record)?).arg(ends);
        self.core.client.run(&PUT_CODE, call, Repeat::Safe).await
    }

    async fn redeem_code(&self, realm: &Realm, redemption: Redemption) -> Result<RedeemOutcome, StoreError> {
        let keys = [self.core.names.family(self.core.epoch().await?, realm, redemption.family)];
        let call = Call::on(&keys)
            .arg(&redemption.code.0[..])
            .arg(&redemption.request.0[..])
            .clock(redemption.moment)
            .arg(redemption.client_id.as_str())
            .arg(redemption.redirect_uri)
            .optional(redemption.challenge.as_deref())
            .arg(redemption.scopes.as_ref().map(grant::Scopes::joined).unwrap_or_default())
            .arg(redemption.refresh.as_ref().map_or(&[][..], |hash| &hash.0[..]))
            .arg(u8::from(redemption.spends));
        let back = take_back(&keys, redemption.request).arg(field(*b"x", redemption.code));
        let back = match redemption.refresh {
            Some(refresh) => back.arg(field(*b"t", refresh)),
            None => back,
        };
        let back = redemption.spends.then_some(back);
        let answer = self.core.spend(&REDEEM, call, back).await?;
        let mut answer = answer.into_iter();
        let (outcome, detail) = (answer.next().unwrap_or_default(), answer.next().unwrap_or_default());
        Ok(match &*outcome {
            b"granted" => RedeemOutcome::Granted(decode_code(&detail)?),
            b"unknown" => RedeemOutcome::Unknown,
            b"expired" => RedeemOutcome::Expired,
            b"wrong_client" => RedeemOutcome::WrongClient,
            b"replayed" => RedeemOutcome::Replayed,
            b"revoked" => RedeemOutcome::Revoked,
            b"wrong_redirect" => RedeemOutcome::WrongRedirect,
            b"wrong_verifier" => {
                let bound = String::from_utf8_lossy(&detail).into_owned();
                RedeemOutcome::WrongVerifier(Some(bound).filter(|challenge| !challenge.is_empty()))
            }
            b"too_wide" => RedeemOutcome::ScopeTooWide(String::from_utf8_lossy(&detail).into_owned()),
            _ => return Err(unexpected("redeem")),
        })
    }
}
