//! Devices that wait for a user's decision.

use super::Case;
use super::code::clock;
use grant::RefusalKind;
use issuer::Clue;

/// A device that polls before anybody has decided.
pub(super) fn waiting(case: &Case<'_>) -> Option<String> {
    let RefusalKind::AuthorizationPending = case.entry.more.refusal.as_deref()? else { return None };
    let mount = case.entry.mount.as_deref()?;
    Some(format!(
        "a user has to open verification_uri and allow the device; without a browser, POST /v1/mounts/{mount}/devices/{{user_code}} \
         of the admin API does"
    ))
}

/// A device on which nobody decided in time, or which did not ask in time.
pub(super) fn expired(case: &Case<'_>) -> Option<String> {
    let Clue::ExpiredDevice = case.entry.more.clue.as_deref()? else { return None };
    let ttl = case.mount?.dialect().policy().device?.ttl;
    Some(format!(
        "a device's codes live {ttl} s here, in which its user allows it and it gets its tokens: ask for new codes, or raise \
         `device_code_ttl`{}",
        clock(case)
    ))
}

/// A device that polls too fast.
pub(super) fn too_soon(case: &Case<'_>) -> Option<String> {
    let Clue::PolledTooSoon(seconds) = case.entry.more.clue.as_deref()? else { return None };
    Some(format!(
        "this device must wait {seconds} s between two requests for its token now: each that comes sooner adds 5 s, and the first \
         wait is `interval` of the device authorization"
    ))
}
