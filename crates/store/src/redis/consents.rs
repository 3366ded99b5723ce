//! What users allowed clients: a hash for each user, and the families that came of each consent by their end.

use super::Redis;
use super::client::Repeat;
use super::script::{Call, NOTE_CONSENT, WITHDRAW_CONSENT};
use crate::record::{corrupt, from_json, to_json};
use deadpool_redis::redis::cmd;
use futures_util::future::try_join_all;
use grant::Scopes;
use issuer::state::{ConsentNote, ConsentRecord, ConsentStore, FamilyId, Realm, RefreshStore, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A consent as the script writes it.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "o")]
    scopes: String,
    #[serde(rename = "r")]
    remembered: bool,
    #[serde(rename = "g")]
    granted_at: i64,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    live_until: Option<i64>,
}

#[async_trait::async_trait]
impl ConsentStore for Redis {
    async fn consent(
        &self,
        realm: &Realm,
        subject: &str,
        client_id: &str,
    ) -> Result<Option<ConsentRecord>, StoreError> {
        let key = self.core.names.consents(self.core.epoch().await?, realm, subject);
        let mut command = cmd("HGET");
        command.arg(key.as_bytes()).arg(client_id);
        let body: Option<Vec<u8>> = self.core.client.send("consent", &command).await?;
        body.map(|body| decode(client_id.to_owned(), &body)).transpose()
    }

    async fn note_consent(&self, realm: &Realm, note: ConsentNote<'_>) -> Result<(), StoreError> {
        let epoch = self.core.epoch().await?;
        let keys = [
            self.core.names.consents(epoch, realm, note.subject),
            self.core.names.consent_families(epoch, realm, note.subject, note.client_id),
        ];
        let (family, ends) = note.family.map_or((String::new(), 0), |(family, ends)| (digits(family), ends));
        let call = Call::on(&keys)
            .arg(note.client_id)
            .arg(note.scopes.joined())
            .arg(u8::from(note.remember))
            .clock(note.moment)
            .arg(family)
            .arg(ends);
        self.core.client.run(&NOTE_CONSENT, call, Repeat::Safe).await
    }

    async fn consents_of(&self, realm: &Realm, subject: &str) -> Result<Vec<ConsentRecord>, StoreError> {
        let key = self.core.names.consents(self.core.epoch().await?, realm, subject);
        let mut command = cmd("HGETALL");
        command.arg(key.as_bytes());
        let all: HashMap<String, Vec<u8>> = self.core.client.send("consents_of", &command).await?;
        let mut consents = all.into_iter().map(|(id, body)| decode(id, &body)).collect::<Result<Vec<_>, _>>()?;
        consents.sort_by(|a, b| a.client_id.cmp(&b.client_id));
        Ok(consents)
    }

    /// The families lie in slots of their own: each is revoked first, and the consent is forgotten once all are. What
    /// breaks off half way has revoked some and is repeated.
    async fn withdraw_consent(&self, realm: &Realm, subject: &str, client_id: &str) -> Result<bool, StoreError> {
        let epoch = self.core.epoch().await?;
        let keys = [
            self.core.names.consents(epoch, realm, subject),
            self.core.names.consent_families(epoch, realm, subject, client_id),
        ];
        loop {
            let mut command = cmd("ZRANGE");
            command.arg(keys[1].as_bytes()).arg(0).arg(-1).arg("WITHSCORES");
            let families: Vec<(String, i64)> = self.core.client.send("consent_families", &command).await?;
            let revoked = families.iter().map(|(family, ends)| async move {
                let number = u64::from_str_radix(family, 16).map_err(|_| corrupt("a family"))?;
                self.revoke_family(realm, FamilyId(number), *ends).await
            });
            try_join_all(revoked).await?;
            let call = families.iter().fold(Call::on(&keys).arg(client_id), |call, (family, _)| call.arg(family));
            let outcome: String = self.core.client.run(&WITHDRAW_CONSENT, call, Repeat::Safe).await?;
            match outcome.as_str() {
                "gone" => return Ok(true),
                "none" => return Ok(false),
                // Others were noted meanwhile.
                _ => {}
            }
        }
    }
}

pub(super) fn digits(family: FamilyId) -> String {
    format!("{:015x}", family.0)
}

pub(super) fn decode(client_id: String, body: &[u8]) -> Result<ConsentRecord, StoreError> {
    let Body { scopes, remembered, granted_at, live_until } = from_json(body, "a consent")?;
    let scopes = Scopes::parse(&scopes).map_err(|_| corrupt("a scope"))?;
    Ok(ConsentRecord { client_id, scopes, remembered, granted_at, live_until })
}

pub(super) fn encode(record: ConsentRecord) -> Result<Vec<u8>, StoreError> {
    let ConsentRecord { client_id: _, scopes, remembered, granted_at, live_until } = record;
    to_json(&Body { scopes: scopes.joined(), remembered, granted_at, live_until })
}
