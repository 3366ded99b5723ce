//! Tokens that are other than their dialect plans, on purpose: to see whether a validator notices.

use crate::keys::{SigningKey, forge, jwt};
use grant::{Claims, Flaw, HeaderMember, KeyFlaw, PlannedToken, Refusal, Seconds, SigningAlg, TokenKind};
use serde::Serialize;
use std::sync::Arc;

/// How the tokens of one grant differ from the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bend {
    /// Claims laid over those of access and ID token.
    pub claims: Claims,
    /// How long access and ID token live; negative where they have ended.
    pub lifetime: Option<Seconds>,
    /// What is wrong, and with which token.
    pub flaw: Option<(Flaw, TokenKind)>,
    /// What is wrong with the mount's published keys.
    pub keys: Option<KeyFlaw>,
    /// Whether no refresh token comes with them.
    pub withholds_refresh: bool,
    /// Whether the flaw was ordered, so that it is an error where it cannot be; else the tokens are as planned then.
    pub is_ordered: bool,
}

/// An hour, in seconds.
const HOUR: i64 = Seconds::HOUR.0;
/// Whoever it is, it is not there.
const NOBODY: &str = "https://wrong.invalid";

impl Bend {
    /// The flaw of a token of that kind.
    fn flaw_of(&self, kind: TokenKind) -> Option<Flaw> {
        self.flaw.filter(|(_, of)| *of == kind).map(|(flaw, _)| flaw)
    }

    /// Whether the ID token takes the access token's place.
    pub(crate) fn swaps(&self) -> bool {
        self.flaw.is_some_and(|(flaw, _)| flaw == Flaw::IdTokenAsAccess)
    }

    /// The claims that are laid over a planned token.
    pub(crate) fn over(&self, planned: &PlannedToken, now: i64) -> Claims {
        let mut over = Claims::empty();
        if planned.kind == TokenKind::Refresh {
            return over;
        }
        if let Some(lifetime) = self.lifetime {
            over.set("exp", lifetime.after(now).into());
        }
        for (name, value) in self.claims.iter() {
            over.set(name, value.clone());
        }
        let mut times = |iat: i64, nbf: i64, exp: i64| {
            for (name, time) in [("iat", iat), ("nbf", nbf)] {
                if planned.claims.iter().any(|(planned, _)| *planned == name) {
                    over.set(name, (now + time).into());
                }
            }
            over.set("exp", (now + exp).into());
        };
        match self.flaw_of(planned.kind) {
            Some(Flaw::Expired) => times(-2 * HOUR, -2 * HOUR, -HOUR),
            Some(Flaw::NotYetValid) => {
                times(0, HOUR, 2 * HOUR);
                over.set("nbf", (now + HOUR).into());
            }
            Some(Flaw::WrongAudience) => over.set("aud", NOBODY.into()),
            Some(Flaw::WrongIssuer) => over.set("iss", NOBODY.into()),
            _ => {}
        }
        over
    }

    /// Signs a planned token as it is to be.
    pub(crate) fn sign(&self, planned: &PlannedToken, keys: &Keys, claims: &impl Serialize) -> Result<String, Refusal> {
        let key = &*keys.own;
        let PlannedToken { typ, header, .. } = *planned;
        let signed = match self.flaw_of(planned.kind) {
            Some(Flaw::UnknownKey) => jwt::sign(keys.stranger.as_deref().unwrap_or(key), typ, header, claims),
            Some(Flaw::NoKid) => {
                let others: Vec<_> = header.iter().copied().filter(|member| *member != HeaderMember::Kid).collect();
                jwt::sign(key, typ, &others, claims)
            }
            Some(Flaw::WrongTyp) => jwt::sign(key, if typ == "JWT" { "at+jwt" } else { "JWT" }, header, claims),
            Some(Flaw::Tampered) => jwt::sign(key, typ, header, claims).and_then(|token| forge::tamper(&token)),
            Some(Flaw::AlgNone) => forge::unsigned(typ, claims),
            Some(Flaw::Hs256WithPublicKey) => forge::with_public_key(key, typ, header, claims),
            _ => jwt::sign(key, typ, header, claims),
        };
        signed.map_err(|error| Refusal::internal(format!("signing: {error}")))
    }
}

/// The keys that sign the tokens of one grant.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) own: Arc<SigningKey>,
    /// Where a token is to be of a key that nobody knows.
    pub(crate) stranger: Option<Arc<SigningKey>>,
}

/// Why tokens of a plan cannot have what is ordered of them.
pub(crate) fn misfit(bend: &Bend, plan: &[PlannedToken], alg: SigningAlg) -> Option<String> {
    let (flaw, kind) = bend.flaw.filter(|_| bend.is_ordered)?;
    let name = flaw.as_str();
    let Some(planned) = plan.iter().find(|planned| planned.kind == kind) else {
        return Some(format!("`{name}` cannot be: these scopes and this grant come with no such token"));
    };
    let has = |claim: &str| planned.claims.iter().any(|(name, _)| *name == claim);
    let (fits, want) = match flaw {
        Flaw::WrongAudience => (has("aud"), "whose tokens have an `aud`"),
        Flaw::WrongIssuer => (has("iss"), "whose tokens have an `iss`"),
        Flaw::NoKid => (planned.header.contains(&HeaderMember::Kid), "whose tokens name their key"),
        Flaw::Hs256WithPublicKey => (!alg.is_symmetric(), "that signs with RS256, PS256 or ES256"),
        Flaw::IdTokenAsAccess => {
            (plan.iter().any(|planned| planned.kind == TokenKind::Id), "and scopes that come with an ID token")
        }
        _ => (true, ""),
    };
    (!fits).then(|| format!("`{name}` cannot be with these tokens: it wants a mount {want}"))
}
