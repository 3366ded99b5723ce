//! Tokens that are presented and do not hold.

use super::Case;
use super::code::clock;
use grant::{RefusalKind, TokenFault, TokenKind};
use issuer::Clue;

fn clue<'a>(case: &'a Case<'_>) -> Option<&'a Clue> {
    case.entry.more.clue.as_deref()
}

/// No token.
pub(super) fn missing(case: &Case<'_>) -> Option<String> {
    let refusal = case.entry.more.refusal.as_deref()?;
    (*refusal == RefusalKind::InvalidToken(TokenFault::Missing)).then(|| {
        let basic = if case.entry.more.seen.has_basic { ", not Basic," } else { "" };
        format!("send `Authorization: Bearer`{basic} and the access token")
    })
}

/// Another kind of token, or none.
pub(super) fn kind(case: &Case<'_>) -> Option<String> {
    let what = match clue(case)? {
        Clue::NotAccess(TokenKind::Id) => "an ID token",
        Clue::NotAccess(TokenKind::Refresh) => "a refresh token",
        Clue::Handle => "a code or a refresh token",
        _ => return None,
    };
    Some(format!("what was presented is {what}: present `access_token` of the token reply"))
}

/// A token of another mount, or of an issuer written in another way.
pub(super) fn foreign(case: &Case<'_>) -> Option<String> {
    let (Clue::Foreign(iss), mount) = (clue(case)?, case.mount?) else { return None };
    let own = &*mount.core.issuer;
    if **iss == *own {
        // An issuer that is a name is the same in all namespaces.
        let elsewhere = if own.contains("://") { "" } else { ", or is another namespace's" };
        return Some(format!(
            "the token names this mount as its issuer, and none of the mount's keys signed it: it was altered, signed with a key \
             that is gone{elsewhere}; `POST /v1/tokens/inspect` says more"
        ));
    }
    if iss.trim_end_matches('/') == own.trim_end_matches('/') {
        let with = if own.ends_with('/') { "with" } else { "without" };
        return Some(format!("the token's iss differs by a slash at the end: the issuer is `{own}`, {with} one"));
    }
    let other = case.others().find(|other| **iss == *other.core.issuer)?;
    let (name, url) = (other.name(), &other.base_url);
    Some(format!(
        "the token was issued by mount `{name}`: present it there, at {url}, or get one of `{}`",
        mount.name()
    ))
}

/// A token of another namespace, or of what is outside any.
pub(super) fn of_another_world(case: &Case<'_>) -> Option<String> {
    let Clue::Foreign(iss) = clue(case)? else { return None };
    let base = &*case.world.base;
    let public = case.world.name().map_or(base, |name| base.strip_suffix(&**name).unwrap_or(base));
    let public = public.strip_suffix("/~").unwrap_or(public);
    let below = iss.strip_prefix(public)?.strip_prefix('/')?;
    let (world, mount) = match below.strip_prefix('~') {
        // Whatever the namespace is called: it may be gone, and its name is a stranger's.
        Some(named) => ("in another namespace", named.split_once('/')?.1),
        None => ("outside any namespace", below),
    };
    let is_known = case.world.mounts.get(mount).is_some();
    is_known.then(|| {
        format!(
            "the token was issued {world}, where it is good, and nowhere else: get one at {base}/{mount}, or present it where \
             its `iss` says"
        )
    })
}

/// A token that came too late or too early.
pub(super) fn lifetime(case: &Case<'_>) -> Option<String> {
    match clue(case)? {
        Clue::Expired(ago) => {
            Some(format!("the token ended {ago} s ago: get a new one before `expires_in` is over{}", clock(case)))
        }
        Clue::Early(wait) => {
            Some(format!("the token begins in {wait} s: it was issued by a clock that is ahead{}", clock(case)))
        }
        _ => None,
    }
}
