//! Bugs put in on purpose: each a store that asks the real one, and gets wrong what stores get wrong.

use super::calls::Replica;
use grant::{Millis, Seconds};
use issuer::state::{
    CodeRecord, CodeStore, DeviceCall, DeviceRecord, DeviceStore, FamilyId, HandleHash, Hit, LimitOutcome, LimitStore,
    LimitTicket, Moment, Poll, PollOutcome, Realm, RedeemOutcome, Redemption, RefreshRecord, RefreshStore, RequestId,
    RotateOutcome, Rotation, Spend, SpendOutcome, StoreError,
};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use testkit::suite;

type Outcome<T> = Result<T, StoreError>;

/// A handle that nobody else has.
fn fresh() -> HandleHash {
    let mut hash = [1; 32];
    hash[..16].copy_from_slice(&suite::request().0);
    HandleHash(hash)
}

/// Checks whether a code is spent, then spends it: two steps, between which another may check.
pub(crate) struct CheckThenSpend {
    real: Arc<dyn CodeStore>,
    refresh: Arc<dyn RefreshStore>,
    records: Mutex<HashMap<(Realm, HandleHash), CodeRecord>>,
    spent: Mutex<HashMap<(Realm, HandleHash), RequestId>>,
}

pub(crate) fn check_then_spend(replica: Replica) -> Replica {
    let (real, refresh) = (Arc::clone(&replica.codes), Arc::clone(&replica.refresh));
    let codes = Arc::new(CheckThenSpend { real, refresh, records: Mutex::default(), spent: Mutex::default() });
    Replica { codes, ..replica }
}

#[async_trait::async_trait]
impl CodeStore for CheckThenSpend {
    async fn put_code(&self, realm: &Realm, code: HandleHash, record: CodeRecord) -> Outcome<()> {
        self.records.lock().entry((realm.clone(), code)).or_insert(record);
        Ok(())
    }

    async fn redeem_code(&self, realm: &Realm, redemption: Redemption) -> Outcome<RedeemOutcome> {
        let key = (realm.clone(), redemption.code);
        let known = self.records.lock().get(&key).cloned();
        let Some(record) = known.filter(|record| record.family == redemption.family) else {
            // A device's code, if any.
            return self.real.redeem_code(realm, redemption).await;
        };
        if record.client_id != redemption.client_id.as_str() {
            return Ok(RedeemOutcome::WrongClient);
        }
        let spent = self.spent.lock().get(&key).copied();
        if spent.is_some_and(|request| request != redemption.request) {
            let until = record.refresh_until.unwrap_or(record.expires_at);
            self.refresh.revoke_family(realm, record.family, until).await?;
            return Ok(RedeemOutcome::Replayed);
        }
        // Each request has a copy of the code, so that the real store's own check does not help.
        let mut copy = redemption.code;
        copy.0[16..].copy_from_slice(&redemption.request.0);
        self.real.put_code(realm, copy, record).await?;
        let outcome = self.real.redeem_code(realm, Redemption { code: copy, ..redemption.clone() }).await?;
        if matches!(outcome, RedeemOutcome::Granted(_)) {
            self.spent.lock().entry(key).or_insert(redemption.request);
        }
        Ok(outcome)
    }
}

/// What goes wrong with the use of a refresh handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotating {
    /// A repeat within the grace records its successor once more, alive.
    ForksWithinGrace,
    /// A spent handle is refused, and its family lives on.
    SparesTheFamily,
    /// Reuse is looked for before the client.
    LetsStrangersKill,
}

struct BadRotation {
    real: Replica,
    bug: Rotating,
    /// Where the real store has what is known by another handle.
    places: Mutex<HashMap<(Realm, HandleHash), HandleHash>>,
    spent: Mutex<HashMap<(Realm, HandleHash), RequestId>>,
}

pub(crate) fn bad_rotation(replica: Replica, bug: Rotating) -> Replica {
    let real = replica.clone();
    let refresh = Arc::new(BadRotation { real, bug, places: Mutex::default(), spent: Mutex::default() });
    Replica { refresh, ..replica }
}

impl BadRotation {
    fn place(&self, realm: &Realm, token: HandleHash) -> HandleHash {
        self.places.lock().get(&(realm.clone(), token)).copied().unwrap_or(token)
    }

    /// Records a handle of the family anew, alive.
    async fn record(&self, realm: &Realm, terms: &RefreshRecord, handle: HandleHash) -> Outcome<()> {
        let (code, refresh) = (fresh(), fresh());
        let record = CodeRecord { family: terms.family, refresh_until: Some(terms.expires_at), ..suite::code(0) };
        self.real.codes.put_code(realm, code, record).await?;
        let redemption = Redemption { family: terms.family, ..suite::redemption(code, Some(refresh)) };
        if matches!(self.real.codes.redeem_code(realm, redemption).await?, RedeemOutcome::Granted(_)) {
            self.places.lock().insert((realm.clone(), handle), refresh);
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl RefreshStore for BadRotation {
    async fn rotate(&self, realm: &Realm, rotation: Rotation) -> Outcome<RotateOutcome> {
        let key = (realm.clone(), rotation.token);
        let spent = self.spent.lock().get(&key).copied();
        let is_spent = spent.is_some_and(|request| request != rotation.request);
        if is_spent
            && self.bug == Rotating::SparesTheFamily
            && rotation.grace == Seconds(0)
            && rotation.client_id.as_str() == "web"
        {
            return Ok(RotateOutcome::Reused);
        }
        if is_spent && self.bug == Rotating::LetsStrangersKill && rotation.client_id.as_str() != "web" {
            self.real.refresh.revoke_family(realm, rotation.family, suite::NOW + 1000).await?;
        }
        let token = self.place(realm, rotation.token);
        let outcome = self.real.refresh.rotate(realm, Rotation { token, ..rotation.clone() }).await?;
        if let (RotateOutcome::Granted(terms), Some(successor)) = (&outcome, rotation.successor) {
            self.spent.lock().entry(key).or_insert(rotation.request);
            if is_spent && self.bug == Rotating::ForksWithinGrace {
                self.record(realm, terms, successor).await?;
            }
        }
        Ok(outcome)
    }

    async fn spend(&self, realm: &Realm, spend: Spend) -> Outcome<SpendOutcome> {
        self.real.refresh.spend(realm, spend).await
    }

    async fn revoke_family(&self, realm: &Realm, family: FamilyId, until: i64) -> Outcome<()> {
        self.real.refresh.revoke_family(realm, family, until).await
    }

    async fn revoke_handle(&self, realm: &Realm, family: FamilyId, token: HandleHash, client: &str) -> Outcome<bool> {
        self.real.refresh.revoke_handle(realm, family, self.place(realm, token), client).await
    }

    async fn revoke_token(&self, realm: &Realm, now: Moment, family: FamilyId, id: &str, until: i64) -> Outcome<()> {
        self.real.refresh.revoke_token(realm, now, family, id, until).await
    }

    async fn is_revoked(&self, realm: &Realm, family: FamilyId, token_id: &str) -> Outcome<bool> {
        self.real.refresh.is_revoked(realm, family, token_id).await
    }
}

/// What goes wrong with a device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deciding {
    /// A poll counts whoever's it is.
    HearsStrangers,
    /// Whoever decides is told that it holds.
    AnybodyDecides,
}

struct BadDevices {
    real: Arc<dyn DeviceStore>,
    bug: Deciding,
}

pub(crate) fn bad_devices(replica: Replica, bug: Deciding) -> Replica {
    let devices = Arc::new(BadDevices { real: Arc::clone(&replica.devices), bug });
    Replica { devices, ..replica }
}

#[async_trait::async_trait]
impl DeviceStore for BadDevices {
    async fn put_device(&self, realm: &Realm, record: DeviceRecord) -> Outcome<bool> {
        self.real.put_device(realm, record).await
    }

    async fn device(&self, realm: &Realm, family: FamilyId) -> Outcome<Option<DeviceRecord>> {
        self.real.device(realm, family).await
    }

    async fn poll_device(&self, realm: &Realm, poll: Poll) -> Outcome<PollOutcome> {
        let outcome = self.real.poll_device(realm, poll.clone()).await?;
        if self.bug != Deciding::HearsStrangers || outcome != PollOutcome::WrongClient {
            return Ok(outcome);
        }
        let known = self.real.device(realm, poll.call.family).await?;
        let owner = known.map_or(poll.client_id.clone(), |device| device.client_id.into());
        self.real.poll_device(realm, Poll { client_id: owner, ..poll }).await
    }

    async fn decide_device(&self, realm: &Realm, call: DeviceCall, code: Option<CodeRecord>) -> Outcome<bool> {
        let holds = self.real.decide_device(realm, call, code).await?;
        let is_known = self.real.device(realm, call.family).await?.is_some();
        Ok(holds || self.bug == Deciding::AnybodyDecides && is_known)
    }
}

/// What goes wrong with a rate limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limiting {
    /// Windows begin at fixed moments, so that two meet in one that rolls.
    FixedWindows,
    /// Whoever is refused takes a place too.
    CountsTheRefused,
    /// Reads how many places are taken, then takes one: two steps.
    CheckThenTake,
    /// Compares by "more than" where "as many as" is meant.
    OneMore,
}

struct BadLimit {
    real: Arc<dyn LimitStore>,
    bug: Limiting,
    /// Places taken, by key and window.
    taken: Mutex<HashMap<(Realm, String, i64), HashSet<RequestId>>>,
}

pub(crate) fn bad_limit(replica: Replica, bug: Limiting) -> Replica {
    let limits = Arc::new(BadLimit { real: Arc::clone(&replica.limits), bug, taken: Mutex::default() });
    Replica { limits, ..replica }
}

#[async_trait::async_trait]
impl LimitStore for BadLimit {
    async fn hit(&self, realm: &Realm, hit: Hit<'_>) -> Outcome<LimitOutcome> {
        match self.bug {
            Limiting::FixedWindows => {
                let window = hit.moment.millis / (Millis::from(hit.window).0);
                let key = (realm.clone(), hit.key.to_owned(), window);
                let mut taken = self.taken.lock();
                let requests = taken.entry(key).or_default();
                if requests.len() >= hit.count as usize {
                    let end = (window + 1) * Millis::from(hit.window).0;
                    return Ok(LimitOutcome::Full { wait: Millis(end - hit.moment.millis) });
                }
                requests.insert(hit.request);
                Ok(LimitOutcome::Taken(LimitTicket { at: hit.moment.millis, request: hit.request }))
            }
            Limiting::CountsTheRefused => {
                let outcome = self.real.hit(realm, hit).await?;
                if matches!(outcome, LimitOutcome::Full { .. }) {
                    self.real.hit(realm, Hit { count: u32::MAX, ..hit }).await?;
                }
                Ok(outcome)
            }
            Limiting::OneMore => self.real.hit(realm, Hit { count: hit.count + 1, ..hit }).await,
            Limiting::CheckThenTake => {
                // Whether a place is free is what the real store says to one that is given back at once.
                let outcome = self.real.hit(realm, hit).await?;
                let LimitOutcome::Taken(ticket) = outcome else { return Ok(outcome) };
                self.real.undo(realm, hit.key, ticket).await?;
                tokio::task::yield_now().await;
                self.real.hit(realm, Hit { count: u32::MAX, ..hit }).await
            }
        }
    }

    async fn undo(&self, realm: &Realm, key: &str, ticket: LimitTicket) -> Outcome<()> {
        if self.bug == Limiting::FixedWindows {
            for ((of, name, _), requests) in self.taken.lock().iter_mut() {
                if of == realm && name == key {
                    requests.remove(&ticket.request);
                }
            }
        }
        self.real.undo(realm, key, ticket).await
    }
}

/// Repeats that forget which request they are of.
struct Forgetful(Replica);

pub(crate) fn forgetful(replica: Replica) -> Replica {
    let store = Arc::new(Forgetful(replica));
    let devices = Arc::clone(&store.0.devices);
    Replica { codes: Arc::clone(&store) as _, devices, refresh: Arc::clone(&store) as _, limits: store }
}

#[async_trait::async_trait]
impl CodeStore for Forgetful {
    async fn put_code(&self, realm: &Realm, code: HandleHash, record: CodeRecord) -> Outcome<()> {
        self.0.codes.put_code(realm, code, record).await
    }

    async fn redeem_code(&self, realm: &Realm, redemption: Redemption) -> Outcome<RedeemOutcome> {
        self.0.codes.redeem_code(realm, Redemption { request: suite::request(), ..redemption }).await
    }
}

#[async_trait::async_trait]
impl RefreshStore for Forgetful {
    async fn rotate(&self, realm: &Realm, rotation: Rotation) -> Outcome<RotateOutcome> {
        self.0.refresh.rotate(realm, Rotation { request: suite::request(), ..rotation }).await
    }

    async fn spend(&self, realm: &Realm, spend: Spend) -> Outcome<SpendOutcome> {
        self.0.refresh.spend(realm, Spend { request: suite::request(), ..spend }).await
    }

    async fn revoke_family(&self, realm: &Realm, family: FamilyId, until: i64) -> Outcome<()> {
        self.0.refresh.revoke_family(realm, family, until).await
    }

    async fn revoke_handle(&self, realm: &Realm, family: FamilyId, token: HandleHash, client: &str) -> Outcome<bool> {
        self.0.refresh.revoke_handle(realm, family, token, client).await
    }

    async fn revoke_token(&self, realm: &Realm, now: Moment, family: FamilyId, id: &str, until: i64) -> Outcome<()> {
        self.0.refresh.revoke_token(realm, now, family, id, until).await
    }

    async fn is_revoked(&self, realm: &Realm, family: FamilyId, token_id: &str) -> Outcome<bool> {
        self.0.refresh.is_revoked(realm, family, token_id).await
    }
}

#[async_trait::async_trait]
impl LimitStore for Forgetful {
    async fn hit(&self, realm: &Realm, hit: Hit<'_>) -> Outcome<LimitOutcome> {
        let outcome = self.0.limits.hit(realm, Hit { request: suite::request(), ..hit }).await?;
        Ok(match outcome {
            LimitOutcome::Taken(ticket) => LimitOutcome::Taken(LimitTicket { request: hit.request, ..ticket }),
            LimitOutcome::Full { .. } => outcome,
        })
    }

    async fn undo(&self, realm: &Realm, key: &str, ticket: LimitTicket) -> Outcome<()> {
        self.0.limits.undo(realm, key, ticket).await
    }
}
