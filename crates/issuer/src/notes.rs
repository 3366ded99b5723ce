//! What the steps of a request learn, for whoever writes it down. No step reads it, and no credential is in it.

use crate::clue::Clue;
use crate::state::FamilyId;
use grant::{Scopes, Seconds, TokenKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is learned of one request. What nobody learned is absent.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// The client that it names, authenticated or not.
    pub client: Option<Arc<str>>,
    /// Whether it names as its client what is a secret: nothing of what it sent is kept.
    pub is_swapped: bool,
    /// Which of its client's secrets it has proven, from 1.
    pub secret: Option<usize>,
    /// `sub` of the user that it is about.
    pub user: Option<Arc<str>>,
    /// The scopes that it grants, or that the token which it presents has.
    pub scopes: Option<Scopes>,
    /// The tokens that it brings about.
    pub issued: TokenIds,
    /// The tokens that it presents, of those that are ours.
    pub presented: TokenIds,
    /// What the phases decided.
    pub phases: Decisions,
    /// What the phase knew that refused it.
    pub clue: Option<Box<Clue>>,
    /// The authorization that it descends from.
    pub family: Option<FamilyId>,
    /// How long the access token lives that it brings about.
    pub lifetime: Option<Seconds>,
    /// How old the code is that it redeems.
    pub code_age: Option<Seconds>,
    /// A hash of the nonce that its ID token is to repeat.
    pub nonce: Option<u64>,
    /// The scopes that it demands of a token.
    pub demanded: Option<Scopes>,
}

/// Identifiers (`jti`) of tokens, at most one of each kind. A token that has none is not here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenIds {
    /// The access token's, or the id of a personal access token.
    pub access: Option<String>,
    /// The ID token's.
    pub id: Option<String>,
    /// The refresh token's, where it is a JWT.
    pub refresh: Option<String>,
}

impl TokenIds {
    /// Sets that of a kind.
    pub(crate) fn set(&mut self, kind: TokenKind, id: Option<String>) {
        *match kind {
            TokenKind::Access => &mut self.access,
            TokenKind::Id => &mut self.id,
            TokenKind::Refresh => &mut self.refresh,
        } = id;
    }

    /// Whether none is there.
    pub const fn are_none(&self) -> bool {
        self.access.is_none() && self.id.is_none() && self.refresh.is_none()
    }
}

/// A phase: one check of a request, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Who the client is.
    Client,
    /// Whether the token presented holds.
    Token,
    /// Whether an authorization request is answered where it says.
    RedirectUri,
    /// Whether what it asks for is served at all: grant type, response type, challenge.
    Grant,
    /// Whether its scopes are known.
    Scopes,
    /// Whether the client, or the token presented, may have that.
    Entitlement,
    /// Whether the client has a place left in its window.
    RateLimit,
    /// What the grant rests on: code and verifier, refresh token, service user.
    Proof,
    /// Whether the user is signed in.
    SignIn,
    /// Whether the user allows it.
    Consent,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Client,
        Self::Token,
        Self::RedirectUri,
        Self::Grant,
        Self::Scopes,
        Self::Entitlement,
        Self::RateLimit,
        Self::Proof,
        Self::SignIn,
        Self::Consent,
    ];

    /// Its name in the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Token => "token",
            Self::RedirectUri => "redirect_uri",
            Self::Grant => "grant",
            Self::Scopes => "scopes",
            Self::Entitlement => "entitlement",
            Self::RateLimit => "rate_limit",
            Self::Proof => "proof",
            Self::SignIn => "sign_in",
            Self::Consent => "consent",
        }
    }
}

/// What phases decided, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    passed: u16,
    refused: u16,
}

impl Decisions {
    pub(crate) fn note(&mut self, phase: Phase, passed: bool) {
        *if passed { &mut self.passed } else { &mut self.refused } |= 1 << phase as u16;
    }

    /// The phases that were come to, in order, each with whether the request passed it.
    pub fn iter(self) -> impl Iterator<Item = (Phase, bool)> {
        let has = |bits: u16, phase: Phase| bits & 1 << phase as u16 != 0;
        let decision = move |phase| (phase, !has(self.refused, phase));
        Phase::ALL.into_iter().filter(move |phase| has(self.passed | self.refused, *phase)).map(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_stand_in_their_order_each_with_its_decision() {
        let mut decisions = Decisions::default();
        for (phase, passed) in [(Phase::Grant, true), (Phase::Consent, false), (Phase::Client, true)] {
            decisions.note(phase, passed);
        }
        let all: Vec<_> = decisions.iter().collect();
        assert_eq!(all, [(Phase::Client, true), (Phase::Grant, true), (Phase::Consent, false)]);
        for (place, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, place);
        }
    }
}
