//! What a step does.

use super::meaning::{Fault, Place};
use admin_api::{Answer, StepSpec};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dialect::has_no_content;
use grant::{Endpoint, Flaw, KeyFlaw, RefusalKind, TokenKind};
use issuer::bend::Bend;
use issuer::scenario::{Act, Canned, Commit, Outcome, Step};
use std::sync::Arc;
use std::time::Duration;

/// The longest delay, in milliseconds.
const DELAY: u32 = 600_000;
/// The longest answer, in bytes.
const ANSWER: usize = 1024 * 1024;
/// Header fields that are the connection's own.
const OWN: [&str; 5] = ["content-length", "transfer-encoding", "connection", "upgrade", "date"];

/// The members of which a step has one.
fn outcomes(step: &StepSpec) -> Vec<&'static str> {
    let there = [
        ("error", step.error.is_some()),
        ("hang", step.hang.is_some()),
        ("drop", step.drop.is_some()),
        ("answer", step.answer.is_some()),
        ("truncate", step.truncate.is_some()),
        ("malformed", step.malformed.is_some()),
        ("flaw", step.flaw.is_some()),
        ("pass", step.pass.is_some()),
    ];
    there.into_iter().filter_map(|(name, is_there)| is_there.then_some(name)).collect()
}

/// Whether the steps say anything of an outcome.
pub(super) fn is_any(steps: &[StepSpec]) -> bool {
    steps.iter().any(|step| !outcomes(step).is_empty() || step.delay_ms.is_some() || step.retry_after.is_some())
}

/// What a step does to requests of that place.
pub(super) fn read(step: &StepSpec, place: Option<Place>, is_last: bool) -> Result<Step, Fault> {
    let times = match step.times {
        None => Some(1),
        Some(Some(0)) => return Err(Fault::new("`times` is 0", "send 1 or more")),
        Some(Some(times)) => Some(times.into()),
        Some(None) if is_last => None,
        Some(None) => {
            return Err(Fault::new("`times` is null, so that no later step is reached", "send a number of requests"));
        }
    };
    let delay = step.delay_ms.unwrap_or(0);
    if delay > DELAY {
        return Err(Fault::new(format!("`delay_ms` is {delay}"), format!("send {DELAY} at most")));
    }
    let act = match outcomes(step)[..] {
        [] if step.delay_ms.is_some() => Act::Pass,
        [] => {
            return Err(Fault::new(
                "it does nothing",
                "send one of error, delay_ms, hang, drop, answer, truncate, malformed, flaw and pass",
            ));
        }
        [_] => act(step, place)?,
        [one, other, ..] => {
            return Err(Fault::new(format!("`{other}` stands beside `{one}`"), "send one of them, or two steps"));
        }
    };
    if step.token.is_some() && step.flaw.is_none() {
        return Err(Fault::new("`token` stands without `flaw`", "send both, or leave `token` out"));
    }
    if step.retry_after.is_some() && !matches!(act, Act::Error(Kind::RateLimited { .. } | Kind::Unavailable { .. })) {
        return Err(Fault::new(
            "`retry_after` stands without an error that tells it",
            "leave it out, or send `error` as `rate_limited` or `unavailable`",
        ));
    }
    Ok(Step { times, outcome: Outcome { delay: Duration::from_millis(delay.into()), act } })
}

use RefusalKind as Kind;

fn act(step: &StepSpec, place: Option<Place>) -> Result<Act, Fault> {
    if let Some(code) = &step.error {
        return error(code, step.retry_after, place);
    }
    if let Some(when) = &step.drop {
        return match when.as_str() {
            "before_commit" => Ok(Act::Drop(Commit::Before)),
            "after_commit" => Ok(Act::Drop(Commit::After)),
            _ => Err(unknown("drop", when, "before_commit, after_commit")),
        };
    }
    if let Some(given) = &step.answer {
        return answer(given).map(|answer| Act::Answer(Arc::new(answer)));
    }
    if let Some(bytes) = step.truncate {
        return Ok(Act::Truncate(usize::try_from(bytes).unwrap_or(usize::MAX)));
    }
    if let Some(what) = &step.malformed {
        return malformed(what, place);
    }
    if let Some(name) = &step.flaw {
        return flaw(name, step.token.as_deref(), place).map(|bend| Act::Flaw(Arc::new(bend)));
    }
    for (name, value, act) in [("hang", step.hang, Act::Hang), ("pass", step.pass, Act::Pass)] {
        match value {
            Some(true) => return Ok(act),
            Some(false) => return Err(Fault::new(format!("`{name}` is false"), "send true, or leave it out")),
            None => {}
        }
    }
    Ok(Act::Pass)
}

fn unknown(key: &str, value: &str, all: &str) -> Fault {
    Fault::new(format!("`{key}` is `{}`, which is not known", value.escape_debug()), format!("there are {all}"))
}

fn error(code: &str, retry_after: Option<u32>, place: Option<Place>) -> Result<Act, Fault> {
    let all = || RefusalKind::samples().iter().map(RefusalKind::code).collect::<Vec<_>>().join(", ");
    let mut kind = RefusalKind::from_code(code).ok_or_else(|| unknown("error", code, &all()))?;
    let retry = match &mut kind {
        Kind::RateLimited { retry_after } | Kind::Unavailable { retry_after } => Some(retry_after),
        Kind::Internal => None,
        _ if matches!(place, Some(Place::Page(_))) => {
            return Err(Fault::new(
                format!("no page answers `{code}`"),
                "at a page `error` is unavailable, rate_limited or internal",
            ));
        }
        _ => None,
    };
    match (retry, retry_after) {
        (_, Some(0)) => Err(Fault::new("`retry_after` is 0", "send seconds, 1 or more")),
        (Some(retry), Some(seconds)) => {
            *retry = seconds.into();
            Ok(Act::Error(kind))
        }
        _ => Ok(Act::Error(kind)),
    }
}

fn answer(answer: &Answer) -> Result<Canned, Fault> {
    if !(200..=599).contains(&answer.status) {
        return Err(Fault::new(format!("`answer.status` is {}", answer.status), "send 200 to 599"));
    }
    for (name, value) in &answer.headers {
        if OWN.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Fault::new(format!("`{name}` is the connection's own"), "leave it out of `answer.headers`"));
        }
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let is_text = |b: u8| b == b'\t' || (b >= b' ' && b != 0x7f);
        if name.is_empty() || !name.bytes().all(is_token) || !value.bytes().all(is_text) {
            let detail = format!("`{}` is no header field of HTTP", name.escape_debug());
            return Err(Fault::new(detail, "send a name of letters, digits and hyphens, and a value in one line"));
        }
    }
    let body = match (&answer.body, &answer.body_base64) {
        (Some(_), Some(_)) => {
            return Err(Fault::new("`body_base64` stands beside `body`", "send one of them"));
        }
        (Some(text), None) => text.clone().into_bytes(),
        (None, Some(encoded)) => BASE64_STANDARD
            .decode(encoded)
            .map_err(|error| Fault::new(format!("`body_base64` is no base64: {error}"), "encode the body anew"))?,
        (None, None) => Vec::new(),
    };
    if body.len() > ANSWER {
        return Err(Fault::new(format!("the body has {} bytes", body.len()), format!("send {ANSWER} at most")));
    }
    if has_no_content(answer.status) && !body.is_empty() {
        let detail = format!("an answer of {} has no content, and a body is there", answer.status);
        return Err(Fault::new(detail, "leave the body out, or send another status"));
    }
    let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Canned { status: answer.status, headers, body })
}

fn flaw(name: &str, token: Option<&str>, place: Option<Place>) -> Result<Bend, Fault> {
    let at = |endpoint: Endpoint| match place {
        Some(place) if !matches!(place, Place::Endpoint(named) if named == endpoint) => Err(Fault::new(
            format!("`{}` answers nothing that can have the flaw `{name}`", place.as_str()),
            format!("send `endpoint` as `{}`, or leave it out", endpoint.as_str()),
        )),
        _ => Ok(()),
    };
    if let Some(keys) = KeyFlaw::parse(name) {
        at(Endpoint::Jwks)?;
        return match token {
            Some(_) => Err(Fault::new("`token` stands beside a flaw of keys", "leave `token` out")),
            None => Ok(Bend { keys: Some(keys), ..Bend::default() }),
        };
    }
    let all = || Flaw::ALL.map(Flaw::as_str).into_iter().chain(KeyFlaw::ALL.map(KeyFlaw::as_str));
    let flaw = Flaw::parse(name).ok_or_else(|| unknown("flaw", name, &all().collect::<Vec<_>>().join(", ")))?;
    at(Endpoint::Token)?;
    Ok(Bend { flaw: Some((flaw, kind(token)?)), ..Bend::default() })
}

/// The token that has a flaw.
pub(crate) fn kind(token: Option<&str>) -> Result<TokenKind, Fault> {
    match token {
        None | Some("access_token") => Ok(TokenKind::Access),
        Some("id_token") => Ok(TokenKind::Id),
        Some(other) => Err(unknown("token", other, "access_token, id_token")),
    }
}

fn malformed(what: &str, place: Option<Place>) -> Result<Act, Fault> {
    use Endpoint::{Authorize, EndSession, Revoke, Verify};
    if what != "json" {
        return Err(unknown("malformed", what, "json"));
    }
    match place {
        Some(place @ (Place::Endpoint(Authorize | EndSession | Revoke | Verify) | Place::Page(_))) => Err(Fault::new(
            format!("`{}` answers no JSON", place.as_str()),
            "send `truncate` or `answer`, or another `endpoint`",
        )),
        _ => Ok(Act::Malformed),
    }
}
