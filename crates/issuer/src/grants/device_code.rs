//! What a user allowed a device, which polls (RFC 8628 section 3.4).

use super::authorization_code::{Code, redeemed};
use super::{Entitled, Proven, ScopeSource, Terms};
use crate::At;
use crate::clue::Clue;
use crate::ids;
use crate::state::{DeviceCall, Poll, PollOutcome, RequestId};
use grant::{GrantType, Refusal, RefusalKind};

pub(super) const TERMS: Terms = Terms { needs_entry: |_| true, scopes: ScopeSource::Granted };

pub(super) async fn prove(at: At<'_>, entitled: &Entitled<'_>, code: &str) -> Result<Proven, Refusal> {
    let none = || Refusal::invalid_grant("the device code is none of ours");
    let handle = ids::parse_handle(code).ok_or_else(none)?;
    at.note(|notes| notes.family = Some(handle.0));
    let poll = Poll {
        call: DeviceCall { request: RequestId(ids::random()), moment: at.now, family: handle.0 },
        device_code: handle.1,
        client_id: entitled.client.id.clone(),
        counts: entitled.spends,
    };
    let refuse = |kind, why: &'static str| Err(Refusal::new(kind, why));
    match at.store().poll_device(at.realm(), poll).await? {
        // It was put as a code, sent to no redirect URI.
        PollOutcome::Allowed => {
            let redirect_uri = GrantType::DeviceCode.as_str();
            redeemed(at, entitled, Code { handle, redirect_uri, challenge: None, verifier: None }).await
        }
        PollOutcome::Unknown => refuse(RefusalKind::InvalidGrant, "the device code is unknown"),
        PollOutcome::WrongClient => {
            at.hint(|| Clue::CodeOfAnother);
            refuse(RefusalKind::InvalidGrant, "the device code belongs to another client")
        }
        PollOutcome::Expired => {
            at.hint(|| Clue::ExpiredDevice);
            refuse(RefusalKind::ExpiredToken, "nobody decided on the device in time")
        }
        PollOutcome::Denied => refuse(RefusalKind::AccessDenied, "the user denied the device"),
        PollOutcome::Pending => refuse(RefusalKind::AuthorizationPending, "nobody has decided on the device yet"),
        PollOutcome::TooSoon(seconds) => {
            at.hint(|| Clue::PolledTooSoon(seconds));
            refuse(RefusalKind::SlowDown, "nobody has decided on the device yet, and it polled too soon")
        }
    }
}
