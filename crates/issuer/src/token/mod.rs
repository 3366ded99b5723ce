//! The token endpoint: the phases of a grant in their order.
//!
//! authenticate the client → grant type → scopes → entitlement → rate limit → proof → plan → sign. What differs from
//! grant to grant is said by [`crate::grants`].

mod entitle;
mod limit;
mod mint;
mod order;

pub use order::TokenOrder;

use crate::authenticate::authenticate;
use crate::bend::Keys;
use crate::grants::Entitled;
use crate::keys::forge;
use crate::{At, Phase, grants};
use grant::{Flaw, Refusal, TokenReply, TokenRequest, User};
use std::sync::Arc;
use tracing::Instrument;

impl At<'_> {
    /// The user that a token request speaks for, where it rests on something that holds. Nothing is spent, and no client
    /// is authenticated.
    pub async fn speaks_for(self, request: &TokenRequest) -> Option<Arc<User>> {
        let client = self.mount.directory.client(request.client.as_ref().ok()?.id.as_str())?;
        // What is only asked is not noted.
        let at = Self { notes: None, ..self };
        let entitled = entitle::entitle(at, client, request).ok()?;
        grants::prove(at, &Entitled { spends: false, ..entitled }).await.ok()?.user
    }

    /// Answers a token request.
    pub async fn token(self, request: &TokenRequest) -> Result<TokenReply, Refusal> {
        let span = tracing::trace_span!(target: "trace", "authenticate");
        let client = authenticate(self, &request.client).instrument(span).await?;
        let entitled = entitle::entitle(self, client, request)?;
        let keys = self.keys().await?;
        let place = self.decide(Phase::RateLimit, limit::take_place(self, &entitled.client).await)?;
        let granted = async {
            let mut proven = self.decide(Phase::Proof, grants::prove(self, &entitled).await)?;
            proven.refresh = proven.refresh.filter(|_| !self.bend.is_some_and(|bend| bend.withholds_refresh));
            mint::mint(self, &keys, &entitled, proven)
        };
        let outcome = granted.await;
        if outcome.is_err()
            && let Some(ticket) = place
        {
            limit::give_back(self, &entitled.client, ticket).await;
        }
        outcome
    }

    /// The keys that sign now: had before anything is spent, for the store may fail to give them.
    async fn keys(self) -> Result<Keys, Refusal> {
        let own = self.signing_key().await?;
        let stranger = match self.bend.and_then(|bend| bend.flaw) {
            Some((Flaw::UnknownKey, _)) => Some(forge::stranger(own.alg).await?),
            _ => None,
        };
        Ok(Keys { own, stranger })
    }
}
