//! Devices in the model. Their families are their own: what comes of a decision is a code like any other from then on.

use super::history::DEVICES;
use issuer::state::{CodeRecord, DeviceRecord, FamilyId, Poll, PollOutcome, RequestId, Verdict};
use testkit::suite::{self, NOW, code};

/// What a device asks for and how far it has come, as a state has it: what differs from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Device {
    /// When it ends, seconds since the epoch.
    expires_at: i64,
    interval: grant::Seconds,
    polled_at: Option<i64>,
    last_poll: Option<(RequestId, bool)>,
    is_allowed: Option<bool>,
    decided_by: Option<RequestId>,
}

/// The record of a family's device that was put at `now`.
pub(crate) fn device(family: u64, now: i64) -> DeviceRecord {
    DeviceRecord { expires_at: NOW + now.div_euclid(1000) + 300, ..suite::devices::device(family) }
}

/// The code of a family, whatever it comes of.
pub(crate) fn code_of(family: u64) -> CodeRecord {
    if DEVICES.contains(&family) { suite::devices::allowed(family) } else { code(family) }
}

impl Device {
    pub(crate) fn new(family: u64, now: i64) -> Self {
        Self::of(&device(family, now))
    }

    fn of(record: &DeviceRecord) -> Self {
        Self {
            expires_at: record.expires_at,
            interval: record.interval,
            polled_at: record.polled_at,
            last_poll: record.last_poll,
            is_allowed: record.verdict.map(|verdict| verdict == Verdict::Allowed),
            decided_by: record.decided_by,
        }
    }

    pub(crate) fn poll(&mut self, poll: &Poll) -> PollOutcome {
        let mut record = self.record(poll.call.family);
        let outcome = record.poll(poll);
        *self = Self::of(&record);
        outcome
    }

    /// Notes a decision, where that call decides; whether it does, and whether it is no repeat.
    pub(crate) fn decide(&mut self, call: &issuer::state::DeviceCall, is_allowed: bool) -> (bool, bool) {
        let (decides, is_first) = (self.record(call.family).decides(call), self.decided_by.is_none());
        if decides && is_first {
            (self.is_allowed, self.decided_by) = (Some(is_allowed), Some(call.request));
        }
        (decides, decides && is_first)
    }

    fn record(&self, family: FamilyId) -> DeviceRecord {
        let verdict = self.is_allowed.map(|is_allowed| if is_allowed { Verdict::Allowed } else { Verdict::Denied });
        DeviceRecord {
            expires_at: self.expires_at,
            interval: self.interval,
            polled_at: self.polled_at,
            last_poll: self.last_poll,
            verdict,
            decided_by: self.decided_by,
            ..suite::devices::device(family.0)
        }
    }
}
