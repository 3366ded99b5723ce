//! Calls of a store as plain values, and their answers: what a history is made of.

use super::devices::{code_of, device};
use grant::Seconds;
use issuer::state::{
    CodeRecord, CodeStore, DeviceCall, DeviceStore, FamilyId, Hit, LimitOutcome, LimitStore, LimitTicket, Link, Poll,
    PollOutcome, Realm, RedeemOutcome, Redemption, RefreshStore, RequestId, RotateOutcome, Rotation, Spend,
    SpendOutcome, Store, StoreError,
};
use std::sync::Arc;
use testkit::suite::{NOW, handle, millis, scopes};

/// A replica's way to the state: each kind by itself, so that a test can put a fault into one of them.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) codes: Arc<dyn CodeStore>,
    pub(crate) devices: Arc<dyn DeviceStore>,
    pub(crate) refresh: Arc<dyn RefreshStore>,
    pub(crate) limits: Arc<dyn LimitStore>,
}

impl Replica {
    pub(crate) fn of(store: &Arc<dyn Store>) -> Self {
        Self {
            codes: Arc::clone(store) as _,
            devices: Arc::clone(store) as _,
            refresh: Arc::clone(store) as _,
            limits: Arc::clone(store) as _,
        }
    }
}

/// Who presents a code or handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    Owner,
    Stranger,
}

impl Client {
    const fn id(self) -> &'static str {
        match self {
            Self::Owner => "web",
            Self::Stranger => "stranger",
        }
    }
}

/// What is wrong with a redemption or rotation beside its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    None,
    /// The code is presented as another family's.
    Family,
    Redirect,
    Verifier,
    Scope,
    /// The code is only asked about.
    Asks,
}

/// One call. `now` is milliseconds after the suite's present; requests, codes and handles are numbers, a family's code
/// has the family's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Put {
        family: u64,
        now: i64,
    },
    PutDevice {
        family: u64,
        now: i64,
    },
    Poll {
        request: u64,
        now: i64,
        family: u64,
        client: Client,
        counts: bool,
    },
    Decide {
        request: u64,
        now: i64,
        family: u64,
        allows: bool,
    },
    Redeem {
        request: u64,
        now: i64,
        family: u64,
        client: Client,
        fault: Fault,
        refresh: u64,
    },
    Rotate {
        request: u64,
        now: i64,
        token: Token,
        client: Client,
        fault: Fault,
        successor: Option<u64>,
        grace: i64,
        place: Option<Place>,
    },
    /// Tokens of a chain are of numbers from 1 on.
    Spend {
        request: u64,
        now: i64,
        family: u64,
        token: u8,
        rotate: bool,
        grace: i64,
        linked: bool,
    },
    RevokeFamily {
        family: u64,
    },
    RevokeHandle {
        token: Token,
        client: Client,
    },
    RevokeToken {
        family: u64,
        token: u8,
    },
    IsRevoked {
        family: u64,
        token: u8,
    },
    Hit {
        request: u64,
        now: i64,
        key: u8,
        limit: Limit,
    },
    Undo {
        key: u8,
        request: u64,
        at: i64,
    },
}

/// A refresh handle with the family that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Token {
    pub(crate) family: u64,
    pub(crate) number: u64,
}

/// For how many numbers a use is remembered.
const KEPT: u64 = 2;

/// Where a handle stands in its chain; handles are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) number: u64,
    pub(crate) first: u64,
    pub(crate) forgotten: Option<u64>,
}

impl Place {
    /// That of the last of those handles, each the successor of the one before.
    pub(crate) fn of(chain: &[u64]) -> Option<Self> {
        let number = chain.len() as u64;
        let forgotten = chain.len().checked_sub(1 + usize::try_from(KEPT).ok()?).filter(|at| *at > 0);
        Some(Self { number, first: *chain.first()?, forgotten: forgotten.map(|at| chain[at]) })
    }

    pub(crate) fn link(self) -> Link<u64> {
        let Self { number, first, forgotten } = self;
        Link { number, first, kept: KEPT, forgotten }
    }
}

/// Where a JWT stands.
pub(crate) fn link_of(token: u8) -> Link<u8> {
    let number = u64::from(token);
    let forgotten = number.checked_sub(KEPT).filter(|it| *it > 1).and_then(|it| u8::try_from(it).ok());
    Link { number, first: 1, kept: KEPT, forgotten }
}

/// So many in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Limit {
    pub(crate) count: u32,
    pub(crate) window: u32,
}

impl Limit {
    pub(crate) fn window_millis(self) -> i64 {
        i64::from(self.window) * 1000
    }
}

/// What a store answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    Was(bool),
    Polled(PollOutcome),
    Redeemed(RedeemOutcome),
    Rotated(RotateOutcome),
    Spent(SpendOutcome),
    Taken { at: i64 },
    Full { wait: i64 },
}

/// The record of a family's code that was put at `now`.
pub(crate) fn record(family: u64, now: i64) -> CodeRecord {
    let at = NOW + now.div_euclid(1000);
    CodeRecord { expires_at: at + 300, refresh_until: Some(at + 1000), ..code_of(family) }
}

pub(crate) fn request_id(number: u64) -> RequestId {
    let mut id = [0x2a; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    RequestId(id)
}

fn key_name(key: u8) -> String {
    format!("client {key}")
}

impl Call {
    /// The request that the call names; a repeat with it gets the first outcome.
    pub(crate) fn request(&self) -> Option<u64> {
        match self {
            Self::Redeem { request, .. }
            | Self::Rotate { request, .. }
            | Self::Spend { request, .. }
            | Self::Poll { request, .. }
            | Self::Decide { request, .. }
            | Self::Hit { request, .. } => Some(*request),
            _ => None,
        }
    }

    /// The same call, made again at `later`.
    pub(crate) fn again(&self, later: i64) -> Self {
        let mut call = self.clone();
        match &mut call {
            Self::Redeem { now, .. }
            | Self::Rotate { now, .. }
            | Self::Spend { now, .. }
            | Self::Poll { now, .. }
            | Self::Decide { now, .. }
            | Self::Hit { now, .. } => *now = later,
            _ => {}
        }
        call
    }

    /// A call that changes nothing, and is answered once nothing on what this one is about is to be taken back.
    pub(crate) fn look(&self) -> Option<Self> {
        let (client, fault, request) = (Client::Owner, Fault::None, u64::MAX);
        let family = match *self {
            Self::Redeem { .. } => self.redemption().family.0,
            Self::Rotate { .. } => self.rotation().family.0,
            Self::Spend { family, .. } => family,
            Self::Hit { key, .. } | Self::Undo { key, .. } => {
                let limit = Limit { count: 0, window: 100_000 };
                return Some(Self::Hit { request, now: 0, key, limit });
            }
            _ => return None,
        };
        let token = Token { family, number: u64::MAX };
        Some(Self::Rotate { request, now: 0, token, client, fault, successor: None, grace: 0, place: None })
    }

    /// The redemption that the call is.
    pub(crate) fn redemption(&self) -> Redemption {
        let Self::Redeem { request, now, family, client, fault, refresh } = *self else { unreachable!("{self:?}") };
        let terms = code_of(family);
        Redemption {
            request: request_id(request),
            moment: millis(now),
            family: FamilyId(family + u64::from(fault == Fault::Family)),
            code: handle(family),
            client_id: client.id().into(),
            redirect_uri: if fault == Fault::Redirect { "https://elsewhere.test".into() } else { terms.redirect_uri },
            challenge: terms.challenge.filter(|_| fault != Fault::Verifier),
            scopes: (fault == Fault::Scope).then(|| scopes("openid email")),
            refresh: Some(handle(refresh)),
            spends: fault != Fault::Asks,
        }
    }

    /// The rotation that the call is.
    pub(crate) fn rotation(&self) -> Rotation {
        let Self::Rotate { request, now, token, client, fault, successor, grace, place } = *self else {
            unreachable!("{self:?}")
        };
        Rotation {
            request: request_id(request),
            moment: millis(now),
            family: FamilyId(token.family + u64::from(fault == Fault::Family)),
            token: handle(token.number),
            link: place.map(|place| place.link().map(|number| handle(*number))),
            client_id: client.id().into(),
            successor: successor.map(handle),
            scopes: (fault == Fault::Scope).then(|| scopes("openid email")),
            grace: Seconds(grace),
        }
    }

    /// The spending that the call is.
    pub(crate) fn spending(&self) -> Spend {
        let Self::Spend { request, now, family, token, rotate, grace, linked } = *self else {
            unreachable!("{self:?}")
        };
        Spend {
            request: request_id(request),
            moment: millis(now),
            family: FamilyId(family),
            token_id: token.to_string(),
            link: linked.then(|| link_of(token).map(u8::to_string)),
            expires_at: NOW + 1000,
            rotate,
            grace: Seconds(grace),
        }
    }

    /// What a call about a device names.
    pub(crate) fn device_call(&self) -> DeviceCall {
        let (Self::Poll { request, now, family, .. } | Self::Decide { request, now, family, .. }) = *self else {
            unreachable!("{self:?}")
        };
        DeviceCall { request: request_id(request), moment: millis(now), family: FamilyId(family) }
    }

    /// The poll that the call is.
    pub(crate) fn poll(&self) -> Poll {
        let Self::Poll { family, client, counts, .. } = *self else { unreachable!("{self:?}") };
        Poll { call: self.device_call(), device_code: handle(family), client_id: client.id().into(), counts }
    }

    /// Makes the call.
    pub(crate) async fn perform(&self, replica: &Replica, realm: &Realm) -> Result<Answer, StoreError> {
        Ok(match *self {
            Self::Put { family, now } => {
                replica.codes.put_code(realm, handle(family), record(family, now)).await?;
                Answer::Done
            }
            Self::PutDevice { family, now } => {
                Answer::Was(replica.devices.put_device(realm, device(family, now)).await?)
            }
            Self::Poll { .. } => Answer::Polled(replica.devices.poll_device(realm, self.poll()).await?),
            Self::Decide { family, now, allows, .. } => {
                let code = allows.then(|| record(family, now));
                Answer::Was(replica.devices.decide_device(realm, self.device_call(), code).await?)
            }
            Self::Redeem { .. } => Answer::Redeemed(replica.codes.redeem_code(realm, self.redemption()).await?),
            Self::Rotate { .. } => Answer::Rotated(replica.refresh.rotate(realm, self.rotation()).await?),
            Self::Spend { .. } => Answer::Spent(replica.refresh.spend(realm, self.spending()).await?),
            Self::RevokeFamily { family } => {
                replica.refresh.revoke_family(realm, FamilyId(family), NOW + 1000).await?;
                Answer::Done
            }
            Self::RevokeHandle { token, client } => {
                let (family, hash) = (FamilyId(token.family), handle(token.number));
                Answer::Was(replica.refresh.revoke_handle(realm, family, hash, client.id()).await?)
            }
            Self::RevokeToken { family, token } => {
                let (id, until) = (token.to_string(), NOW + 1000);
                replica.refresh.revoke_token(realm, millis(0), FamilyId(family), &id, until).await?;
                Answer::Done
            }
            Self::IsRevoked { family, token } => {
                Answer::Was(replica.refresh.is_revoked(realm, FamilyId(family), &token.to_string()).await?)
            }
            Self::Hit { request, now, key, limit: Limit { count, window } } => {
                let (request, moment, key) = (request_id(request), millis(now), &*key_name(key));
                match replica.limits.hit(realm, Hit { request, moment, key, count, window: window.into() }).await? {
                    LimitOutcome::Taken(ticket) => {
                        assert_eq!(ticket.request, request, "another request's ticket");
                        Answer::Taken { at: ticket.at - millis(0).millis }
                    }
                    LimitOutcome::Full { wait } => Answer::Full { wait: wait.0 },
                }
            }
            Self::Undo { key, request, at } => {
                let ticket = LimitTicket { at: millis(at).millis, request: request_id(request) };
                replica.limits.undo(realm, &key_name(key), ticket).await?;
                Answer::Done
            }
        })
    }
}
