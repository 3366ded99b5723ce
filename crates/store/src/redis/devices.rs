//! Devices that wait for a user's decision, each in the hash of its family.

use super::Redis;
use super::client::Repeat;
use super::script::{Call, DECIDE_DEVICE, POLL_DEVICE, PUT_DEVICE};
use super::unexpected;
use crate::record::{decode_device, encode_code, encode_device, hex};
use deadpool_redis::redis::cmd;
use grant::Seconds;
use issuer::state::{
    CodeRecord, DeviceCall, DeviceRecord, DeviceStore, FamilyId, Poll, PollOutcome, Realm, StoreError,
};

#[async_trait::async_trait]
impl DeviceStore for Redis {
    async fn put_device(&self, realm: &Realm, record: DeviceRecord) -> Result<bool, StoreError> {
        let keys = [self.core.names.family(self.core.epoch().await?, realm, record.family)];
        let ends = record.until();
        let call = Call::on(&keys).arg(encode_device(record)?).arg(ends);
        self.core.client.run(&PUT_DEVICE, call, Repeat::Safe).await
    }

    async fn device(&self, realm: &Realm, family: FamilyId) -> Result<Option<DeviceRecord>, StoreError> {
        let key = self.core.names.family(self.core.epoch().await?, realm, family);
        let mut command = cmd("HGET");
        command.arg(key.as_bytes()).arg("d");
        let body: Option<Vec<u8>> = self.core.client.send("device", &command).await?;
        body.map(|body| decode_device(&body, family)).transpose()
    }

    async fn poll_device(&self, realm: &Realm, poll: Poll) -> Result<PollOutcome, StoreError> {
        let keys = [self.core.names.family(self.core.epoch().await?, realm, poll.call.family)];
        let call = Call::on(&keys)
            .arg(hex(&poll.device_code.0))
            .arg(poll.client_id.as_str())
            .arg(hex(&poll.call.request.0))
            .clock(poll.call.moment)
            .arg(u8::from(poll.counts));
        let answer: Vec<String> = self.core.client.run(&POLL_DEVICE, call, Repeat::Safe).await?;
        let mut answer = answer.into_iter();
        Ok(match &*answer.next().unwrap_or_default() {
            "unknown" => PollOutcome::Unknown,
            "wrong_client" => PollOutcome::WrongClient,
            "allowed" => PollOutcome::Allowed,
            "expired" => PollOutcome::Expired,
            "denied" => PollOutcome::Denied,
            "pending" => PollOutcome::Pending,
            "too_soon" => {
                let interval = answer.next().and_then(|text| text.parse().ok());
                PollOutcome::TooSoon(Seconds(interval.ok_or_else(|| unexpected("poll_device"))?))
            }
            _ => return Err(unexpected("poll_device")),
        })
    }

    async fn decide_device(
        &self,
        realm: &Realm,
        call: DeviceCall,
        code: Option<CodeRecord>,
    ) -> Result<bool, StoreError> {
        let keys = [self.core.names.family(self.core.epoch().await?, realm, call.family)];
        let until = code.as_ref().and_then(|code| code.refresh_until).map(|until| until.to_string());
        let script = Call::on(&keys)
            .arg(hex(&call.request.0))
            .clock(call.moment)
            .arg(code.map(encode_code).transpose()?.unwrap_or_default())
            .arg(until.unwrap_or_default());
        self.core.client.run(&DECIDE_DEVICE, script, Repeat::Safe).await
    }
}
