//! The token endpoint: the phases of a grant in their order.
//!
//! authenticate the client → grant type → scopes → entitlement → rate limit → proof → plan → sign.

mod code;
mod entitle;
mod limit;
mod mint;
mod prove;
mod refresh;

pub(crate) use entitle::{may_refresh, permit};

use crate::authenticate::authenticate;
use crate::state::FamilyId;
use crate::{Issuer, Mount};
use grant::{Client, GrantError, GrantType, Login, Profile, Scopes, TokenReply, TokenRequest, User};
use std::sync::Arc;

/// What the proof phase found: who the tokens are for, and on what terms.
pub(crate) struct Proven {
    /// The family that the tokens belong to.
    pub(crate) family: FamilyId,
    pub(crate) user: Option<Arc<User>>,
    pub(crate) scopes: Scopes,
    pub(crate) login: Option<Login>,
    pub(crate) refresh: Option<Refresh>,
}

/// The refresh token to issue.
pub(crate) struct Refresh {
    /// The scopes first granted.
    pub(crate) scopes: Scopes,
    pub(crate) expires_at: i64,
    /// The handle, already recorded, or the identifier of the JWT to mint.
    pub(crate) token: RefreshToken,
}

pub(crate) enum RefreshToken {
    Handle(String),
    JwtId(String),
}

/// A request with its client, grant and scopes settled.
pub(crate) struct Entitled<'a> {
    pub(crate) client: Arc<Client>,
    pub(crate) grant_type: GrantType,
    /// The scopes to grant (client credentials), or to narrow to.
    pub(crate) scopes: Option<Scopes>,
    pub(crate) request: &'a TokenRequest,
}

impl Issuer {
    /// Answers a token request.
    pub async fn token(
        &self,
        mount: &Mount,
        profile: &dyn Profile,
        request: &TokenRequest,
    ) -> Result<TokenReply, GrantError> {
        let auth = request.client.as_ref().map_err(Clone::clone)?;
        let span = tracing::trace_span!(target: "trace", "authenticate");
        let client = span.in_scope(|| authenticate(&mount.directory, auth))?;
        let entitled = entitle::entitle(profile, client, request)?;
        let moment = self.clock.now();
        // Had before anything is spent, for the store may fail to give it.
        let key = mount.keys.signing(profile.policy().alg, &*self.store, moment.seconds()).await?;
        let place = limit::take_place(self, mount, profile, &entitled.client, moment).await?;
        let granted = async {
            let proving = prove::Proving { issuer: self, mount, profile, entitled: &entitled, moment };
            let proven = proving.prove().await?;
            mint::mint(mount, &key, profile, &entitled, proven, moment.seconds())
        };
        let outcome = granted.await;
        if outcome.is_err()
            && let Some(ticket) = place
        {
            limit::give_back(self, mount, &entitled.client, ticket).await;
        }
        outcome
    }
}
