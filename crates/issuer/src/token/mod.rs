//! The token endpoint: the phases of a grant in their order.
//!
//! authenticate the client → grant type → scopes → entitlement → rate limit → proof → plan → sign. What differs from
//! grant to grant is said by [`crate::grants`].

mod entitle;
mod limit;
mod mint;

use crate::authenticate::authenticate;
use crate::{At, grants};
use grant::{Refusal, TokenReply, TokenRequest};

impl At<'_> {
    /// Answers a token request.
    pub async fn token(self, request: &TokenRequest) -> Result<TokenReply, Refusal> {
        let auth = request.client.as_ref().map_err(Clone::clone)?;
        let span = tracing::trace_span!(target: "trace", "authenticate");
        let client = span.in_scope(|| authenticate(self, auth))?;
        let entitled = entitle::entitle(self.hooks, client, request)?;
        // Had before anything is spent, for the store may fail to give it.
        let key = self.signing_key().await?;
        let place = limit::take_place(self, &entitled.client).await?;
        let granted = async {
            let proven = grants::prove(self, &entitled).await?;
            mint::mint(self, &key, &entitled, proven)
        };
        let outcome = granted.await;
        if outcome.is_err()
            && let Some(ticket) = place
        {
            limit::give_back(self, &entitled.client, ticket).await;
        }
        outcome
    }
}
