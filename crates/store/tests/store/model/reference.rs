//! The reference: what a store must answer to calls that come one after another. No more than maps and sets, by the
//! words of the traits.

use super::calls::{Answer, Call, Client, Fault, Limit, Token, record};
use issuer::state::{CodeRecord, RedeemOutcome, RefreshRecord, RotateOutcome, SpendOutcome};
use std::collections::{BTreeMap, BTreeSet};
use testkit::suite::NOW;

/// The first use of a code or token: by which request, and when.
type Spending = (u64, i64);

/// A realm's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    /// By family: when it was put, and its spending.
    codes: BTreeMap<u64, (i64, Option<Spending>)>,
    handles: BTreeMap<Token, Option<Spending>>,
    /// JWT refresh tokens that are spent.
    spends: BTreeMap<(u64, u8), Spending>,
    revoked_families: BTreeSet<u64>,
    revoked_tokens: BTreeSet<(u64, u8)>,
    /// By key: the places taken, each with its moment and request.
    logs: BTreeMap<u8, BTreeSet<(i64, u64)>>,
}

fn has_ended(now: i64, end: i64) -> bool {
    NOW + now.div_euclid(1000) >= end
}

fn has_grace(now: i64, spent: i64, grace: i64) -> bool {
    (now - spent).abs() < grace * 1000
}

pub(crate) fn terms(code: CodeRecord) -> RefreshRecord {
    RefreshRecord {
        family: code.family,
        client_id: code.client_id,
        subject: code.subject,
        scopes: code.scopes,
        login: code.login,
        expires_at: code.refresh_until.unwrap_or(code.expires_at),
    }
}

impl Reference {
    /// Makes one call after all others.
    pub(crate) fn apply(&mut self, call: &Call) -> Answer {
        match *call {
            Call::Put { family, now } => {
                self.codes.entry(family).or_insert((now, None));
                Answer::Done
            }
            Call::Redeem { request, now, family, client, fault, refresh } => {
                Answer::Redeemed(self.redeem(request, now, family, client, fault, refresh))
            }
            Call::Rotate { request, now, token, client, fault, successor, grace } => {
                Answer::Rotated(self.rotate(request, now, token, client, fault, successor, grace))
            }
            Call::Spend { request, now, family, token, rotate, grace } => {
                Answer::Spent(self.spend(request, now, (family, token), rotate, grace))
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

    fn redeem(
        &mut self,
        request: u64,
        now: i64,
        family: u64,
        client: Client,
        fault: Fault,
        refresh: u64,
    ) -> RedeemOutcome {
        let Some((put, spending)) = self.codes.get_mut(&family) else { return RedeemOutcome::Unknown };
        if fault == Fault::Family {
            return RedeemOutcome::Unknown;
        }
        if client == Client::Stranger {
            return RedeemOutcome::WrongClient;
        }
        let record = record(family, *put);
        match spending {
            Some((by, _)) if *by == request => return RedeemOutcome::Granted(record),
            Some(_) => {
                self.revoked_families.insert(family);
                return RedeemOutcome::Replayed;
            }
            None => {}
        }
        if has_ended(now, record.expires_at) {
            return RedeemOutcome::Expired;
        }
        if self.revoked_families.contains(&family) {
            return RedeemOutcome::Revoked;
        }
        match fault {
            Fault::Redirect => RedeemOutcome::WrongRedirect,
            Fault::Verifier => RedeemOutcome::WrongVerifier(record.challenge),
            Fault::Scope => RedeemOutcome::ScopeTooWide("email".to_owned()),
            Fault::None | Fault::Family => {
                *spending = Some((request, now));
                self.handles.insert(Token { family, number: refresh }, None);
                RedeemOutcome::Granted(record)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a rotation is made of")]
    fn rotate(
        &mut self,
        request: u64,
        now: i64,
        token: Token,
        client: Client,
        fault: Fault,
        successor: Option<u64>,
        grace: i64,
    ) -> RotateOutcome {
        let Some(spending) = self.handles.get_mut(&token) else { return RotateOutcome::Unknown };
        // No handle is without its code.
        let Some((put, _)) = self.codes.get(&token.family) else { return RotateOutcome::Unknown };
        if fault == Fault::Family {
            return RotateOutcome::Unknown;
        }
        if client == Client::Stranger {
            return RotateOutcome::WrongClient;
        }
        let record = terms(record(token.family, *put));
        if spending.is_some_and(|(by, _)| by == request) {
            return RotateOutcome::Granted(record);
        }
        if self.revoked_families.contains(&token.family) {
            return RotateOutcome::Revoked;
        }
        if has_ended(now, record.expires_at) {
            return RotateOutcome::Expired;
        }
        if spending.is_some_and(|(_, spent)| !has_grace(now, spent, grace)) {
            self.revoked_families.insert(token.family);
            return RotateOutcome::Reused;
        }
        if fault == Fault::Scope {
            return RotateOutcome::ScopeTooWide("email".to_owned());
        }
        if let (Some(number), None) = (successor, &spending) {
            *spending = Some((request, now));
            self.handles.insert(Token { number, ..token }, None);
        }
        RotateOutcome::Granted(record)
    }

    fn spend(&mut self, request: u64, now: i64, token: (u64, u8), rotate: bool, grace: i64) -> SpendOutcome {
        let spending = self.spends.get(&token).copied();
        if spending.is_some_and(|(by, _)| by == request) {
            return SpendOutcome::Granted;
        }
        if self.revoked_families.contains(&token.0) {
            return SpendOutcome::Revoked;
        }
        match spending {
            Some((_, spent)) if !has_grace(now, spent, grace) => {
                self.revoked_families.insert(token.0);
                return SpendOutcome::Reused;
            }
            None if rotate => {
                self.spends.insert(token, (request, now));
            }
            _ => {}
        }
        SpendOutcome::Granted
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
