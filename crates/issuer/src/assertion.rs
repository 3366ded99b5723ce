//! Assertions of clients: what must hold of one, and that each is good once (RFC 7521 section 5.2, RFC 7523 section 3).

use crate::assertion_fault::{AssertionFault, Claim, NamedAudience};
use crate::clue::Clue;
use crate::keys::client::{is_mac_of, verifies};
use crate::state::{FamilyId, Realm, RequestId, Spend, SpendOutcome};
use crate::{At, ids};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{AssertionAlg, AssertionTerms, Audience, AuthMethod, Claims, Client, Refusal, RefusalKind, Seconds, Value};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

/// How far the clock of whoever signs may be ahead.
const LEEWAY: Seconds = Seconds::MINUTE;

/// Longer assertions are refused unread, in bytes.
const LONGEST: usize = 16 * 1024;

/// What checks the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The client's keys.
    Keys,
    /// The client's secrets.
    Secrets,
}

/// An assertion that holds.
#[derive(Debug)]
pub(crate) struct Asserted {
    /// What it says.
    pub(crate) claims: Claims,
    /// When it ends, seconds since the epoch.
    expires_at: i64,
}

/// The refusal of an assertion, of which the clue is noted.
pub(crate) fn refused(at: At<'_>, fault: AssertionFault, kind: RefusalKind) -> Refusal {
    let cause = format!("the assertion {}", fault.cause());
    at.hint(|| Clue::Assertion(Box::new(fault)));
    Refusal::new(kind, cause)
}

/// Checks signature, `iss`, `aud` and times of a client's assertion, in that order. Nothing is spent.
pub(crate) fn check(
    at: At<'_>,
    client: &Client,
    jwt: &str,
    terms: &AssertionTerms,
    signer: Signer,
) -> Result<Asserted, AssertionFault> {
    let claims = signed(at, client, jwt, signer)?;
    if claims.str("iss") != Some(client.id.as_str()) {
        return Err(AssertionFault::NotTheClient(Claim::Iss));
    }
    check_audience(at, &claims, &terms.audiences)?;
    let expires_at = check_times(&claims, at.seconds(), terms.longest)?;
    if claims.str("jti").is_none_or(str::is_empty) && (terms.wants_jti || claims.get("jti").is_some()) {
        return Err(AssertionFault::NoJti);
    }
    Ok(Asserted { claims, expires_at })
}

/// Spends an assertion: one with a `jti` is good once, until it ends.
pub(crate) async fn spend(at: At<'_>, client: &Client, asserted: &Asserted, kind: RefusalKind) -> Result<(), Refusal> {
    let Some(jti) = asserted.claims.str("jti") else { return Ok(()) };
    // Whoever chooses it, it is short, and no other client's.
    let id = Sha256::digest([client.id.as_str().as_bytes(), b"\0", jti.as_bytes()].concat());
    let bits = id[..8].iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    // It is spent as a refresh token is that carries its own state and has no successor.
    let spend = Spend {
        request: RequestId(ids::random()),
        moment: at.now,
        family: FamilyId::from_bits(bits),
        token_id: ids::hex_upper(&id),
        link: None,
        expires_at: asserted.expires_at,
        rotate: true,
        grace: Seconds(0),
    };
    match at.store().spend(&spent(at.realm()), spend).await? {
        SpendOutcome::Granted => Ok(()),
        SpendOutcome::Reused | SpendOutcome::Revoked => Err(refused(at, AssertionFault::Replayed, kind)),
    }
}

/// Where the assertions are that a realm has seen: its refresh tokens are elsewhere.
fn spent(realm: &Realm) -> Realm {
    Realm::of_mount(&format!("{}\u{1}assertions", realm.as_str()))
}

/// The claims of an assertion that the client signed.
fn signed(at: At<'_>, client: &Client, jwt: &str, signer: Signer) -> Result<Claims, AssertionFault> {
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let object = |part: &str| serde_json::from_slice::<Claims>(&decode(part)?).ok();
    let parts = jwt.rsplit_once('.').filter(|_| jwt.len() <= LONGEST);
    let read = parts.and_then(|(message, signature)| {
        let (header, claims) = message.split_once('.')?;
        Some((message, object(header)?, object(claims)?, decode(signature)?))
    });
    let (message, header, claims, signature) = read.ok_or(AssertionFault::Unreadable)?;
    if ["crit", "b64", "enc", "zip"].into_iter().any(|name| header.get(name).is_some()) {
        return Err(AssertionFault::ChangesMeaning);
    }
    let alg = header.str("alg").and_then(AssertionAlg::parse).ok_or(AssertionFault::Algorithm)?;
    let message = message.as_bytes();
    match signer {
        Signer::Secrets if alg == AssertionAlg::Hs256 => check_mac(at, client, message, &signature)?,
        Signer::Keys if alg.key_kind().is_some() => check_signature(client, &header, alg, message, &signature)?,
        Signer::Keys | Signer::Secrets => return Err(AssertionFault::Algorithm),
    }
    Ok(claims)
}

fn check_mac(at: At<'_>, client: &Client, message: &[u8], mac: &[u8]) -> Result<(), AssertionFault> {
    // Its secret may be known for another use.
    if client.mac_keys.is_empty() || client.auth_method != Some(AuthMethod::ClientSecretJwt) {
        return Err(AssertionFault::NoMacSecret);
    }
    // A secret ends by real time, whatever the gateway's clock shows.
    let now = at.issuer.clock.real_now().seconds();
    let holds = client.mac_keys.iter().filter(|(_, last)| last.is_none_or(|last| now <= last.seconds()));
    let mut made = holds.map(|(secret, _)| is_mac_of(secret.expose_secret(), message, mac));
    if made.any(|made| made) { Ok(()) } else { Err(AssertionFault::WrongKey { is_named: false }) }
}

fn check_signature(
    client: &Client,
    header: &Claims,
    alg: AssertionAlg,
    message: &[u8],
    signature: &[u8],
) -> Result<(), AssertionFault> {
    if client.keys.is_empty() {
        return Err(AssertionFault::NoKeys);
    }
    let kid = header.get("kid").map(|kid| kid.as_str().unwrap_or_default());
    let named: Vec<_> = client
        .keys
        .iter()
        .filter(|key| kid.is_none_or(|kid| key.kid.as_deref().is_none_or(|own| own == kid)))
        .collect();
    if named.is_empty() {
        let known = client.keys.iter().filter_map(|key| key.kid.as_deref().map(str::to_owned));
        return Err(AssertionFault::UnknownKid(known.collect()));
    }
    if named.iter().any(|key| verifies(key, alg, message, signature)) {
        return Ok(());
    }
    Err(AssertionFault::WrongKey { is_named: kid.is_some() })
}

/// `aud` is one text, so that no other server can use what was made for this one.
fn check_audience(at: At<'_>, claims: &Claims, admitted: &[Audience]) -> Result<(), AssertionFault> {
    let iss = at.iss();
    let base = iss.trim_end_matches('/');
    let text = |audience: &Audience| match audience {
        Audience::Issuer => iss.to_string(),
        Audience::TokenEndpoint(path) => format!("{base}{path}"),
        Audience::Host => {
            let rest = iss.split_once("://").map_or(&**iss, |(_, rest)| rest);
            rest.split('/').next().unwrap_or_default().to_owned()
        }
        Audience::Exact(text) => text.to_string(),
    };
    let wanted: Vec<String> = admitted.iter().map(text).collect();
    let named = match claims.get("aud") {
        Some(Value::List(_)) => NamedAudience::List,
        Some(Value::Text(given)) if !given.is_empty() => {
            if wanted.iter().any(|wanted| **wanted == **given) {
                return Ok(());
            }
            let without = given.trim_end_matches('/');
            match given {
                _ if wanted.iter().any(|wanted| wanted.trim_end_matches('/') == without) => NamedAudience::Slash,
                given if **given == **iss => NamedAudience::Issuer,
                given if given.strip_prefix(base).is_some_and(|rest| rest.starts_with('/')) => NamedAudience::Endpoint,
                _ => NamedAudience::Another,
            }
        }
        _ => NamedAudience::Nothing,
    };
    Err(AssertionFault::Audience { named, wanted })
}

/// When the assertion ends, where it is alive at `now`.
fn check_times(claims: &Claims, now: i64, longest: Seconds) -> Result<i64, AssertionFault> {
    let expires_at = claims.get("exp").and_then(seconds).ok_or(AssertionFault::NoExpiry)?;
    if now >= expires_at {
        return Err(AssertionFault::Expired(Seconds::between(expires_at, now)));
    }
    let ahead = Seconds::between(now, expires_at);
    // Made by a clock that is ahead, it ends by that clock.
    if ahead > longest + LEEWAY {
        return Err(AssertionFault::TooLong { ahead, most: longest });
    }
    for begins in ["nbf", "iat"].into_iter().filter_map(|name| claims.get(name)) {
        let begins = seconds(begins).unwrap_or(i64::MAX);
        if begins > LEEWAY.after(now) {
            return Err(AssertionFault::Early(Seconds::between(now, begins)));
        }
    }
    Ok(expires_at)
}

/// A time in whole seconds since the epoch; it need not be whole (RFC 7519 section 2).
#[expect(clippy::cast_possible_truncation, reason = "what is cut off is less than a second")]
fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Int(seconds) => Some(*seconds),
        Value::Float(seconds) if seconds.abs() < 1e15 => Some(seconds.floor() as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(exp: Value, more: &[(&str, i64)]) -> Claims {
        let mut claims = Claims::empty();
        claims.set("exp", exp);
        for (name, value) in more {
            claims.set(name, Value::Int(*value));
        }
        claims
    }

    #[test]
    fn o41_an_assertion_is_alive_for_a_bounded_time() {
        use AssertionFault::{Early, Expired, NoExpiry, TooLong};
        let judge = |exp, more: &[_]| check_times(&times(exp, more), 1000, Seconds(300));
        assert_eq!(judge(Value::Int(1001), &[("iat", 1000), ("nbf", 900)]), Ok(1001));
        assert_eq!(judge(Value::Int(1300), &[("iat", 1060)]), Ok(1300));
        assert_eq!(judge(Value::Float(1001.7), &[]), Ok(1001));
        assert_eq!(judge(Value::Int(1000), &[]), Err(Expired(Seconds(0))));
        assert_eq!(judge(Value::Int(10), &[]), Err(Expired(Seconds(990))));
        assert_eq!(judge(Value::Int(1361), &[]), Err(TooLong { ahead: Seconds(361), most: Seconds(300) }));
        assert_eq!(judge(Value::Int(1300), &[("nbf", 1061)]), Err(Early(Seconds(61))));
        assert_eq!(judge(Value::Int(1300), &[("iat", 1100)]), Err(Early(Seconds(100))));
        for exp in [Value::Null, "1300".into(), Value::Float(1e300), Value::Float(f64::NAN)] {
            assert_eq!(judge(exp, &[]), Err(NoExpiry));
        }
    }

    proptest! {
        #[test]
        fn o41_whatever_the_times_are_what_is_alive_ends_within_the_bound(
            now in any::<i64>(), exp in any::<i64>(), begins in any::<i64>(), longest in 1..i64::MAX,
        ) {
            if let Ok(until) = check_times(&times(Value::Int(exp), &[("iat", begins)]), now, Seconds(longest)) {
                prop_assert!(until > now && Seconds::between(now, until) <= Seconds(longest) + LEEWAY);
            }
        }
    }
}
