//! Devices without a browser: their codes, and what a user decides of them in a browser elsewhere (RFC 8628).

use crate::authenticate::authenticate;
use crate::authorize::{CodeTerms, asked_scopes, check_entitlement};
use crate::ids::{self, Handle};
use crate::seal::Seal;
use crate::sign_in::Counter;
use crate::state::{DeviceCall, DeviceRecord, FamilyId, LimitOutcome, RequestId};
use crate::{At, Phase, Session};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{
    Client, DeviceReply, DeviceRequest, DeviceTerms, GrantType, IssuedToken, Login, Refusal, RefusalKind, Scopes,
    Seconds,
};
use std::sync::Arc;

/// The letters of user codes: no vowels, so that they spell no words (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many a code has: 34 bits, which a source may guess at a few times a minute.
const LENGTH: usize = 8;
/// How often a code is drawn anew that is somebody's.
const DRAWS: usize = 8;
/// How many devices of one source may begin in a minute: what they ask for is kept before anybody has proven anything.
const BEGUN: u32 = 600;

/// What a user types to name a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    fn fresh() -> Self {
        // Each byte below 240 stands for one of 20 letters, all equally likely.
        let bytes = std::iter::repeat_with(ids::random::<16>).flatten().filter(|byte| *byte < 240);
        Self(bytes.take(LENGTH).map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect())
    }

    /// The code that somebody typed, in whatever case and with whatever between its letters; `None` where it has not a
    /// code's form.
    pub fn parse(typed: &str) -> Option<Self> {
        let letters = typed.chars().take(64).filter(char::is_ascii_alphanumeric);
        let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        (code.len() == LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte))).then_some(Self(code))
    }

    /// The code as it is shown: `BCDF-GHJK`.
    pub fn shown(&self) -> String {
        let (head, tail) = self.0.split_at(LENGTH / 2);
        format!("{head}-{tail}")
    }
}

/// A device that waits for a user's decision.
#[derive(Clone, Debug)]
pub struct WaitingDevice {
    /// Its code.
    pub user_code: UserCode,
    /// The client that runs on it.
    pub client: Arc<Client>,
    /// The scopes that it asks for.
    pub scopes: Scopes,
    record: DeviceRecord,
}

/// What there is of a code.
#[derive(Clone, Debug)]
pub enum FoundDevice {
    /// A device that waits.
    Waiting(Box<WaitingDevice>),
    /// Nothing that waits: it never was, is decided, or its time is over.
    Nothing,
    /// Too many codes were wrong: so long must pass before the next, at least a second.
    Wait(Seconds),
}

/// A user's consent to a device.
#[derive(Clone, Debug)]
pub struct DeviceConsent<'a> {
    /// `sub` of the user.
    pub subject: &'a str,
    /// The scopes allowed, among those asked for.
    pub scopes: Scopes,
    /// The session in which it was given; `None` is a sign-in of its own, now.
    pub session: Option<&'a Session>,
}

impl At<'_> {
    /// Gives a device its codes.
    pub async fn authorize_device(self, request: &DeviceRequest) -> Result<DeviceReply, Refusal> {
        let client = authenticate(self, &request.client).await?;
        let terms = self.decide(Phase::Grant, self.device_terms(&client))?;
        let asked = request.scopes.clone().and_then(|asked| asked_scopes(self.hooks, &client, asked));
        let scopes = self.decide(Phase::Scopes, asked)?;
        self.decide(Phase::Entitlement, check_entitlement(self.hooks, &client, &scopes))?;
        self.decide(Phase::RateLimit, self.may_begin().await)?;
        self.note(|notes| notes.scopes = Some(scopes.clone()));
        for _ in 0..DRAWS {
            let user_code = UserCode::fresh();
            let family = self.family_of(&user_code).await?;
            let device_code = Handle::fresh(family);
            let record = DeviceRecord {
                family,
                device_code: device_code.hash(),
                client_id: client.id.to_string(),
                scopes: scopes.clone(),
                issuer: self.here.cloned(),
                expires_at: terms.ttl.after(self.seconds()),
                interval: terms.interval,
                polled_at: None,
                verdict: None,
                last_poll: None,
                decided_by: None,
                refresh_until: None,
            };
            if self.store().put_device(self.realm(), record).await? {
                self.note(|notes| notes.family = Some(family));
                return Ok(DeviceReply {
                    device_code: IssuedToken::from(device_code.as_str().to_owned()),
                    user_code: user_code.shown(),
                    expires_in: terms.ttl,
                    interval: terms.interval,
                });
            }
        }
        Err(Refusal::internal("no user code that is drawn is free"))
    }

    /// The terms on which the client's devices are authorized.
    fn device_terms(self, client: &Client) -> Result<DeviceTerms, Refusal> {
        let name = GrantType::DeviceCode.as_str();
        let offered = self.hooks.capabilities().grants.contains(&GrantType::DeviceCode);
        let Some(terms) = self.hooks.policy().device.filter(|_| offered) else {
            let why = format!("this mount does not offer the grant {name}");
            return Err(Refusal::new(RefusalKind::UnsupportedGrantType, why));
        };
        if client.grants.contains(&GrantType::DeviceCode) {
            return Ok(terms);
        }
        let why = format!("add {name} to the grants of client `{}`", client.id);
        Err(Refusal::new(RefusalKind::UnauthorizedClient, why))
    }

    async fn may_begin(self) -> Result<(), Refusal> {
        let counter = Counter { key: format!("{} devices", self.source_name()), count: BEGUN, window: Seconds::MINUTE };
        match self.count(&counter).await? {
            LimitOutcome::Taken(_) => Ok(()),
            LimitOutcome::Full { wait } => {
                let why = format!("more than {BEGUN} devices of this source began in a minute");
                Err(Refusal::new(RefusalKind::RateLimited { retry_after: wait.told() }, why))
            }
        }
    }

    fn source_name(self) -> String {
        self.source.map_or_else(|| "unknown".to_owned(), |source| source.to_string())
    }

    /// The family of what a device of that code is authorized to: so both its codes lead to one place of the store.
    async fn family_of(self, code: &UserCode) -> Result<FamilyId, Refusal> {
        let seal = self.seal(Seal::UserCode, &[&code.0]).await?;
        let bytes = URL_SAFE_NO_PAD.decode(seal).ok().and_then(|bytes| bytes.first_chunk().copied());
        let bytes = bytes.ok_or_else(|| Refusal::internal("a seal of no length"))?;
        Ok(FamilyId::from_bits(u64::from_be_bytes(bytes)))
    }

    /// The device of a code that a user typed. Each source may be wrong a few times a minute, by real time.
    pub async fn find_device(self, typed: &str) -> Result<FoundDevice, Refusal> {
        let counters = guesses(&self.source_name(), self.terms()?.failures);
        if let Some(wait) = self.wait(&counters).await? {
            return Ok(FoundDevice::Wait(wait));
        }
        if let Some(device) = self.device_of(typed).await? {
            return Ok(FoundDevice::Waiting(Box::new(device)));
        }
        self.fail(&counters).await?;
        Ok(FoundDevice::Nothing)
    }

    /// The device of a code that waits for a decision, by whoever may ask as often as they like.
    pub async fn device_of(self, typed: &str) -> Result<Option<WaitingDevice>, Refusal> {
        let Some(user_code) = UserCode::parse(typed) else { return Ok(None) };
        let family = self.family_of(&user_code).await?;
        let found = self.store().device(self.realm(), family).await?;
        let is_waiting = |record: &DeviceRecord| record.decided_by.is_none() && self.seconds() < record.expires_at;
        let Some(record) = found.filter(is_waiting) else { return Ok(None) };
        let client = self.mount.directory.client(&record.client_id).filter(|client| !client.disabled);
        let Some(client) = client else { return Ok(None) };
        self.note(|notes| (notes.client, notes.family) = (Some(client.id.shared()), Some(family)));
        Ok(Some(WaitingDevice { user_code, client, scopes: record.scopes.clone(), record }))
    }

    /// The user allows the device: it gets its tokens when it polls next. No scope allowed is a denial. `None` where it is
    /// decided already, or its time is over; else whether it was allowed.
    pub async fn allow_device(
        self,
        device: &WaitingDevice,
        consent: DeviceConsent<'_>,
    ) -> Result<Option<bool>, Refusal> {
        let allowed = |name: &str| {
            let required = || self.hooks.scope_text(name).is_some_and(|text| text.required);
            consent.scopes.contains(name) || required()
        };
        let scopes: Scopes = device.scopes.iter().filter(|scope| allowed(scope.as_str())).cloned().collect();
        if scopes.is_empty() {
            return Ok(self.deny_device(device).await?.then_some(false));
        }
        let (sid, auth_time) = match consent.session {
            None => (ids::hex_upper(&ids::random::<16>()), self.seconds()),
            Some(Session { record, .. }) => {
                self.take_part(record, &device.client).await?;
                (record.sid.clone(), record.auth_time)
            }
        };
        let terms = CodeTerms {
            client: &device.client,
            subject: consent.subject,
            redirect_uri: GrantType::DeviceCode.as_str(),
            scopes: &scopes,
            challenge: None,
            login: Login { sid, auth_time, issuer: device.record.issuer.clone(), ..Login::default() },
            remember: false,
        };
        let (code, note) = self.records(&terms, device.record.family, device.record.expires_at);
        let noted = self.store().note_consent(self.realm(), note);
        let decided = self.store().decide_device(self.realm(), self.device_call(device), Some(code));
        let ((), is_decided) = tokio::try_join!(noted, decided)?;
        self.noted(Phase::Consent, is_decided);
        self.note(|notes| notes.scopes = Some(scopes.clone()));
        Ok(is_decided.then_some(true))
    }

    /// The user denies the device; whether it was still to be decided.
    pub async fn deny_device(self, device: &WaitingDevice) -> Result<bool, Refusal> {
        self.noted(Phase::Consent, false);
        Ok(self.store().decide_device(self.realm(), self.device_call(device), None).await?)
    }

    fn device_call(self, device: &WaitingDevice) -> DeviceCall {
        DeviceCall { request: RequestId(ids::random()), moment: self.now, family: device.record.family }
    }
}

/// The counters of wrong codes from a source; 0 is any number.
fn guesses(source: &str, failures: u32) -> Vec<Counter> {
    if failures == 0 {
        return Vec::new();
    }
    [("minute", 1, Seconds::MINUTE), ("hour", 6, Seconds::HOUR)]
        .map(|(name, times, window)| Counter {
            key: format!("{source} codes {name}"),
            count: failures.saturating_mul(times),
            window,
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o44_a_user_code_is_read_however_it_is_typed() {
        for _ in 0..200 {
            let code = UserCode::fresh();
            let shown = code.shown();
            let (lower, spaced) = (shown.to_lowercase(), shown.replace('-', " "));
            for typed in [&*shown, &*lower, &*spaced, &code.0, &format!("  {shown} ")] {
                assert_eq!(UserCode::parse(typed).as_ref(), Some(&code), "{typed}");
            }
            assert!(shown.len() == 9 && !shown.contains(['A', 'E', 'I', 'O', 'U', 'Y', '0', '1']), "{shown}");
        }
        for typed in ["", "BCDF", "BCDF-GHJA", "BCDF-GHJKL", "BCDF-GHJ1", "ＢCDFGHJK"] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }
}
