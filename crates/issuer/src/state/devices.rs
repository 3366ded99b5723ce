//! Devices that wait for a user's decision (RFC 8628).

use super::{CodeRecord, FamilyId, HandleHash, Moment, Realm, RequestId, StoreError};
use grant::{ClientId, Millis, Scopes, Seconds};
use std::sync::Arc;

/// What a device asks for, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// The family of what it will yield. It follows from the user code, by which it is found.
    pub family: FamilyId,
    /// What the device polls with.
    pub device_code: HandleHash,
    /// The client that runs on it.
    pub client_id: String,
    /// The scopes asked for.
    pub scopes: Scopes,
    /// The issuer that it was begun at, where each request may reach the mount by another name.
    pub issuer: Option<Arc<str>>,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
    /// How long must be between two polls.
    pub interval: Seconds,
    /// When it polled last, milliseconds since the epoch.
    pub polled_at: Option<i64>,
    /// What was decided.
    pub verdict: Option<Verdict>,
    /// What polled last, and whether it came too soon.
    pub last_poll: Option<(RequestId, bool)>,
    /// What decided.
    pub decided_by: Option<RequestId>,
    /// When the refresh token ends that comes of it, seconds since the epoch; `None` where none does.
    pub refresh_until: Option<i64>,
}

/// What a user decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The device gets tokens.
    Allowed,
    /// It gets none.
    Denied,
}

/// What names a device's wish to a store.
#[derive(Clone, Copy, Debug)]
pub struct DeviceCall {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// The family.
    pub family: FamilyId,
}

/// A poll of a device.
#[derive(Clone, Debug)]
pub struct Poll {
    /// Whose.
    pub call: DeviceCall,
    /// What it brings.
    pub device_code: HandleHash,
    /// The authenticated client.
    pub client_id: ClientId,
    /// Whether the poll counts; one that is only asked about changes nothing.
    pub counts: bool,
}

/// What comes of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    /// No such device code.
    Unknown,
    /// It belongs to another client. Found before anything else, so that a stranger changes nothing.
    WrongClient,
    /// It was allowed: the device code can be redeemed as a code.
    Allowed,
    /// Nobody decided in time.
    Expired,
    /// It was denied.
    Denied,
    /// Nobody has decided yet.
    Pending,
    /// Nobody has decided yet, and it came too soon: so long must be between two polls now.
    TooSoon(Seconds),
}

/// How much longer a device must wait each time that it polls too soon (RFC 8628 section 3.5).
const SLOWER: Seconds = Seconds(5);

impl DeviceRecord {
    /// What comes of a poll. One that counts is noted in the record, where the outcome is `Pending` or `TooSoon`.
    pub fn poll(&mut self, poll: &Poll) -> PollOutcome {
        if self.family != poll.call.family || self.device_code != poll.device_code {
            return PollOutcome::Unknown;
        }
        if self.client_id != poll.client_id.as_str() {
            return PollOutcome::WrongClient;
        }
        if self.verdict == Some(Verdict::Allowed) {
            return PollOutcome::Allowed;
        }
        if poll.call.moment.seconds() >= self.expires_at {
            return PollOutcome::Expired;
        }
        if self.verdict == Some(Verdict::Denied) {
            return PollOutcome::Denied;
        }
        let told = |too_soon, interval| if too_soon { PollOutcome::TooSoon(interval) } else { PollOutcome::Pending };
        if let Some((request, too_soon)) = self.last_poll
            && request == poll.call.request
        {
            return told(too_soon, self.interval);
        }
        let now = poll.call.moment.millis;
        let shortest = Millis::from(self.interval).0;
        let too_soon = self.polled_at.is_some_and(|last| (0..shortest).contains(&(now - last)));
        if poll.counts {
            self.interval = if too_soon { self.interval + SLOWER } else { self.interval };
            (self.polled_at, self.last_poll) = (Some(now), Some((poll.call.request, too_soon)));
        }
        told(too_soon, self.interval)
    }

    /// How long it is remembered, seconds since the epoch: its user code is nobody else's as long as the family lives.
    pub fn until(&self) -> i64 {
        self.refresh_until.map_or(self.expires_at, |until| until.max(self.expires_at))
    }

    /// Whether that call decides: nobody has decided yet, or it is its repeat, and the time is not over.
    pub fn decides(&self, call: &DeviceCall) -> bool {
        match self.decided_by {
            Some(by) => by == call.request,
            None => call.moment.seconds() < self.expires_at,
        }
    }
}

/// Keeps what devices ask for. Each is found by its family.
#[async_trait::async_trait]
pub trait DeviceStore: Send + Sync {
    /// Keeps a new one; false where the family is another's.
    async fn put_device(&self, realm: &Realm, record: DeviceRecord) -> Result<bool, StoreError>;

    /// The one of that family, ended ones included.
    async fn device(&self, realm: &Realm, family: FamilyId) -> Result<Option<DeviceRecord>, StoreError>;

    /// Notes a poll in one step, as [`DeviceRecord::poll`] says.
    async fn poll_device(&self, realm: &Realm, poll: Poll) -> Result<PollOutcome, StoreError>;

    /// Notes what a user decided in one step, where it is still to be decided; whether it was. With a code it is
    /// allowed, and the code is put under the device code; else it is denied.
    async fn decide_device(
        &self,
        realm: &Realm,
        call: DeviceCall,
        code: Option<CodeRecord>,
    ) -> Result<bool, StoreError>;
}
