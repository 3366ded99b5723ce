//! The grants: each is a file here, with a line in [`terms`] and one in [`prove`].

mod authorization_code;
mod client_credentials;
mod device_code;
mod ground;
mod jwt_bearer;
mod password;
mod refresh;
mod refresh_handle;
mod refresh_jwt;
mod token_exchange;

pub use ground::OFFLINE_ACCESS;
pub(crate) use ground::{heeded_resource, may_refresh, permit};

use crate::At;
use crate::state::FamilyId;
use grant::{Capabilities, Client, GrantType, Login, Proof, Refusal, Scopes, TokenRequest, User, Value};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// What a grant asks of a request before its proof.
pub(crate) struct Terms {
    /// Whether the client must have it among its grants.
    pub(crate) needs_entry: fn(&Capabilities) -> bool,
    /// Where its scopes come from.
    pub(crate) scopes: ScopeSource,
}

/// Where the scopes of a grant come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeSource {
    /// The request or, where it names none, the client.
    Client,
    /// What was granted before; the request may narrow it.
    Granted,
}

/// A request with its client, grant and scopes settled.
pub(crate) struct Entitled<'a> {
    pub(crate) client: Arc<Client>,
    pub(crate) grant_type: GrantType,
    /// The scopes to grant, or to narrow to.
    pub(crate) scopes: Option<Scopes>,
    /// Whether the request named them, or what was granted before must do.
    pub(crate) names_scopes: bool,
    pub(crate) request: &'a TokenRequest,
    /// Whether what proves it is spent; else it is only asked about.
    pub(crate) spends: bool,
}

/// What a proof found: who the tokens are for, and on what terms.
pub(crate) struct Proven {
    /// The family that the tokens belong to.
    pub(crate) family: FamilyId,
    pub(crate) user: Option<Arc<User>>,
    pub(crate) scopes: Scopes,
    pub(crate) login: Option<Login>,
    pub(crate) refresh: Option<Refresh>,
    /// Who acts for the user.
    pub(crate) act: Option<Value>,
    /// When the access token ends at the latest, seconds since the epoch.
    pub(crate) until: Option<i64>,
}

/// The refresh token to issue.
pub(crate) struct Refresh {
    /// The scopes first granted.
    pub(crate) scopes: Scopes,
    /// When it ends, seconds since the epoch.
    pub(crate) expires_at: i64,
    /// The handle, already recorded, or the identifier of the JWT to mint.
    pub(crate) token: RefreshToken,
}

impl Proven {
    /// What was found where nothing is spent: the user alone.
    fn of(family: FamilyId, user: Arc<User>) -> Self {
        Self { family, user: Some(user), scopes: Scopes::default(), login: None, refresh: None, act: None, until: None }
    }
}

pub(crate) enum RefreshToken {
    Handle(String),
    JwtId(String),
}

pub(crate) const fn terms(grant_type: GrantType) -> Terms {
    match grant_type {
        GrantType::ClientCredentials => client_credentials::TERMS,
        GrantType::AuthorizationCode => authorization_code::TERMS,
        GrantType::RefreshToken => refresh::TERMS,
        GrantType::Password => password::TERMS,
        GrantType::JwtBearer => jwt_bearer::TERMS,
        GrantType::DeviceCode => device_code::TERMS,
        GrantType::TokenExchange => token_exchange::TERMS,
    }
}

/// Checks what a request rests on, and spends it where it is to be spent.
pub(crate) async fn prove(at: At<'_>, entitled: &Entitled<'_>) -> Result<Proven, Refusal> {
    match entitled.request.proof.as_ref().map_err(Clone::clone)? {
        Proof::ClientCredentials => client_credentials::prove(at, entitled).await,
        Proof::AuthorizationCode { code, redirect_uri, verifier } => {
            let verifier = verifier.as_ref().map(ExposeSecret::expose_secret);
            // These two ask the store; what the commonest grant carries along stays small.
            Box::pin(authorization_code::prove(at, entitled, code.expose_secret(), redirect_uri, verifier)).await
        }
        Proof::Refresh { token } => Box::pin(refresh::prove(at, entitled, token.expose_secret())).await,
        Proof::Password { username, password } => Box::pin(password::prove(at, entitled, username, password)).await,
        Proof::JwtBearer { assertion } => Box::pin(jwt_bearer::prove(at, entitled, assertion.expose_secret())).await,
        Proof::DeviceCode { code } => Box::pin(device_code::prove(at, entitled, code.expose_secret())).await,
        Proof::TokenExchange(exchange) => Box::pin(token_exchange::prove(at, entitled, exchange)).await,
        Proof::Incomplete { error, .. } => Err(error.clone()),
    }
}
