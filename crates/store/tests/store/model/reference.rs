//! The reference: what a store must answer to calls that come one after another. No more than maps and sets; what comes
//! of a code or token is judged as the traits say.

use super::calls::{Answer, Call, Client, Limit, Place, Token, link_of, record, request_id};
use super::devices::Device;
use issuer::state::{
    CodeRecord, Link, PollOutcome, RedeemOutcome, Redemption, RefreshRecord, RequestId, RotateOutcome, Rotation, Spend,
    SpendOutcome, Spending,
};
use std::collections::{BTreeMap, BTreeSet};

/// A realm's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    /// By family: when it was put, and its spending.
    codes: BTreeMap<u64, (i64, Option<Spending>)>,
    devices: BTreeMap<u64, Device>,
    handles: BTreeMap<Token, Option<Spending>>,
    /// JWT refresh tokens that are spent.
    spends: BTreeMap<(u64, u8), Spending>,
    /// By family: the newest number of a handle that was used, and of a JWT.
    newest: BTreeMap<u64, u64>,
    newest_jwt: BTreeMap<u64, u64>,
    /// By family: the last request that spent something, until that cannot be taken back any more.
    last: BTreeMap<u64, RequestId>,
    revoked_families: BTreeSet<u64>,
    revoked_tokens: BTreeSet<(u64, u8)>,
    /// By key: the places taken, each with its moment and request.
    logs: BTreeMap<u8, BTreeSet<(i64, u64)>>,
}

/// The terms of the refresh token that comes of a code.
pub(crate) fn terms(code: CodeRecord) -> RefreshRecord {
    RefreshRecord::of_code(code).unwrap()
}

impl Reference {
    /// Makes one call after all others.
    pub(crate) fn apply(&mut self, call: &Call) -> Answer {
        match *call {
            Call::Put { family, now } => {
                self.codes.entry(family).or_insert((now, None));
                Answer::Done
            }
            Call::PutDevice { family, now } => {
                let new = Device::new(family, now);
                let is_free = !self.revoked_families.contains(&family);
                Answer::Was(match self.devices.get(&family) {
                    Some(known) => *known == new,
                    None => is_free && self.devices.insert(family, new).is_none(),
                })
            }
            Call::Poll { family, .. } => {
                let known = self.devices.get_mut(&family);
                Answer::Polled(known.map_or(PollOutcome::Unknown, |device| device.poll(&call.poll())))
            }
            Call::Decide { family, now, allows, .. } => {
                let Some(device) = self.devices.get_mut(&family) else { return Answer::Was(false) };
                let (decides, is_first) = device.decide(&call.device_call(), allows);
                if is_first && allows {
                    self.codes.insert(family, (now, None));
                }
                Answer::Was(decides)
            }
            Call::Redeem { family, refresh, .. } => Answer::Redeemed(self.redeem(family, refresh, &call.redemption())),
            Call::Rotate { token, successor, place, .. } => {
                Answer::Rotated(self.rotate(token, successor, place.map(Place::link), &call.rotation()))
            }
            Call::Spend { family, token, linked, .. } => {
                let link = linked.then(|| link_of(token));
                Answer::Spent(self.spend((family, token), link, &call.spending()))
            }
            Call::RevokeFamily { family } => {
                self.revoked_families.insert(family);
                Answer::Done
            }
            Call::RevokeHandle { token, client } => {
                let is_theirs = client == Client::Owner && self.handles.contains_key(&token);
                if is_theirs {
                    self.revoked_families.insert(token.family);
                }
                Answer::Was(is_theirs)
            }
            Call::RevokeToken { family, token } => {
                self.revoked_tokens.insert((family, token));
                Answer::Done
            }
            Call::IsRevoked { family, token } => {
                Answer::Was(self.revoked_families.contains(&family) || self.revoked_tokens.contains(&(family, token)))
            }
            Call::Hit { request, now, key, limit } => self.hit(request, now, key, limit),
            Call::Undo { key, request, at } => {
                self.logs.entry(key).or_default().remove(&(at, request));
                Answer::Done
            }
        }
    }

    fn redeem(&mut self, family: u64, refresh: u64, redemption: &Redemption) -> RedeemOutcome {
        let Some((put, spent)) = self.codes.get_mut(&family) else { return RedeemOutcome::Unknown };
        let outcome = redemption.judge(record(family, *put), *spent, self.revoked_families.contains(&family));
        match outcome {
            RedeemOutcome::Granted(_) if redemption.spends && spent.is_none() => {
                *spent = Some(Spending { at: redemption.moment.millis, request: redemption.request });
                self.handles.insert(Token { family, number: refresh }, None);
                self.last.insert(family, redemption.request);
            }
            RedeemOutcome::Replayed => {
                self.revoked_families.insert(family);
            }
            _ => {}
        }
        outcome
    }

    fn rotate(
        &mut self,
        token: Token,
        successor: Option<u64>,
        link: Option<Link<u64>>,
        rotation: &Rotation,
    ) -> RotateOutcome {
        let newest = self.newest.get(&token.family).copied();
        let is_forgotten = link.as_ref().is_some_and(|link| link.is_forgotten(newest));
        let mut forgotten = is_forgotten.then_some(Some(Spending::FORGOTTEN));
        let Some(spent) = self.handles.get_mut(&token).or(forgotten.as_mut()) else { return RotateOutcome::Unknown };
        // No handle is without its code.
        let Some((put, _)) = self.codes.get(&token.family) else { return RotateOutcome::Unknown };
        let is_revoked = self.revoked_families.contains(&token.family);
        let outcome = rotation.judge(terms(record(token.family, *put)), *spent, is_revoked);
        match (&outcome, successor) {
            (RotateOutcome::Granted(_), Some(number)) if spent.is_none() => {
                *spent = Some(Spending { at: rotation.moment.millis, request: rotation.request });
                self.handles.insert(Token { number, ..token }, None);
                self.last.insert(token.family, rotation.request);
                if let Some(link) = link {
                    let newest = self.newest.entry(token.family).or_default();
                    *newest = link.number.max(*newest);
                    link.forgotten.map(|number| self.handles.remove(&Token { number, ..token }));
                }
            }
            (RotateOutcome::Granted(_), Some(_)) => {
                let spent = *spent;
                self.keep(token.family, spent, rotation.request);
            }
            (RotateOutcome::Reused, _) => {
                self.revoked_families.insert(token.family);
            }
            _ => {}
        }
        outcome
    }

    fn spend(&mut self, token: (u64, u8), link: Option<Link<u8>>, spend: &Spend) -> SpendOutcome {
        let newest = self.newest_jwt.get(&token.0).copied();
        let is_forgotten = link.as_ref().is_some_and(|link| link.is_forgotten(newest));
        let before = self.spends.get(&token).copied().or(is_forgotten.then_some(Spending::FORGOTTEN));
        let outcome = spend.judge(before, self.revoked_families.contains(&token.0));
        match outcome {
            SpendOutcome::Granted if spend.rotate && before.is_none() => {
                let by = Spending { at: spend.moment.millis, request: spend.request };
                self.spends.insert(token, by);
                self.last.insert(token.0, spend.request);
                if let Some(link) = link {
                    self.spends.entry((token.0, link.first)).or_insert(by);
                    let newest = self.newest_jwt.entry(token.0).or_default();
                    *newest = link.number.max(*newest);
                    link.forgotten.map(|forgotten| self.spends.remove(&(token.0, forgotten)));
                }
            }
            SpendOutcome::Granted => self.keep(token.0, before, spend.request),
            SpendOutcome::Reused => {
                self.revoked_families.insert(token.0);
            }
            SpendOutcome::Revoked => {}
        }
        outcome
    }

    fn hit(&mut self, request: u64, now: i64, key: u8, limit: Limit) -> Answer {
        let (log, window) = (self.logs.entry(key).or_default(), limit.window_millis());
        let within: Vec<_> = log.iter().filter(|(at, _)| (now - at).abs() < window).copied().collect();
        if let Some(&(at, _)) = within.iter().find(|(_, by)| *by == request) {
            return Answer::Taken { at };
        }
        match within.len().checked_sub(limit.count as usize) {
            None => {
                log.insert((now, request));
                Answer::Taken { at: now }
            }
            // A place is free once so many have gone that fewer than the count are left.
            Some(over) => Answer::Full { wait: (within[over].0 + window - now).max(1) },
        }
    }

    /// What was spent and has been granted again within the grace stays spent.
    fn keep(&mut self, family: u64, spent: Option<Spending>, by: RequestId) {
        if let Some(first) = spent
            && first.request != by
            && self.last.get(&family) == Some(&first.request)
        {
            self.last.remove(&family);
        }
    }

    /// Takes a call back that nobody has an answer of.
    pub(crate) fn take_back(&mut self, call: &Call) {
        if let Call::Hit { request, key, .. } = *call {
            self.logs.entry(key).or_default().retain(|(_, by)| *by != request);
        }
        let (
            Some(number),
            Call::Redeem { family, .. } | Call::Spend { family, .. } | Call::Rotate { token: Token { family, .. }, .. },
        ) = (call.request(), call)
        else {
            return;
        };
        if self.last.get(family) != Some(&request_id(number)) {
            return;
        }
        self.last.remove(family);
        let (spent, made) = match *call {
            Call::Redeem { family, refresh, .. } => {
                (self.codes.get_mut(&family).map(|(_, spent)| spent), Some(Token { family, number: refresh }))
            }
            Call::Rotate { token, successor, .. } => {
                (self.handles.get_mut(&token), successor.map(|number| Token { number, ..token }))
            }
            Call::Spend { family, token, .. } => {
                self.spends.remove(&(family, token));
                (None, None)
            }
            _ => (None, None),
        };
        spent.map(Option::take);
        made.map(|made| self.handles.remove(&made));
    }

    /// A family that has two handles alive, which no sequence of calls may lead to.
    pub(crate) fn fork(&self) -> Option<u64> {
        let live = |family: u64| {
            let of_family =
                |(token, spending): &(&Token, &Option<Spending>)| token.family == family && spending.is_none();
            !self.revoked_families.contains(&family) && self.handles.iter().filter(of_family).count() > 1
        };
        self.codes.keys().copied().find(|&family| live(family))
    }
}
