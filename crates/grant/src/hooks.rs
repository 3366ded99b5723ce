//! The hooks by which a dialect shapes a grant: the issuer owns the phases, a dialect fills these.

use crate::{
    Capabilities, Client, Grant, GrantType, Identity, Policy, Refusal, Remarks, Scope, ScopeText, Scopes, TokenFacts,
    TokenKind, TokenPlan, TokenRequest, TokenView, User,
};
use std::fmt::Debug;

/// What the issuer asks of a dialect. Pure: no clock, no key, no store.
pub trait Hooks: Debug + Send + Sync {
    /// What the dialect offers under its present settings.
    fn capabilities(&self) -> &Capabilities;

    /// The terms on which tokens are issued.
    fn policy(&self) -> &Policy;

    /// The scopes of a request that names none. Asked once the client is authenticated, only for `client_credentials` and
    /// JWT bearer: a code and a refresh token carry their own, and a password's are those of a page
    /// ([`Hooks::authorize_scopes`]).
    fn default_scopes(&self, client: &Client) -> Result<Scopes, Refusal>;

    /// The dialect's own rules on the scopes and further parameters of a request; the catalogue has been checked.
    fn check_scopes(&self, request: &TokenRequest, grant_type: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
        let _ = (request, grant_type, scopes);
        Ok(())
    }

    /// The dialect's own rules on further parameters that are the client's own. Asked once the client is authenticated.
    fn check_request(&self, client: &Client, request: &TokenRequest) -> Result<(), Refusal> {
        let _ = (client, request);
        Ok(())
    }

    /// Whether the client may be granted `scope`.
    fn permits(&self, client: &Client, scope: &Scope) -> bool {
        client.scopes.contains(scope.as_str())
    }

    /// The scopes of an authorization request that asks for `asked` (`None`: it names none); the catalogue and the
    /// client's entitlement are checked afterwards.
    fn authorize_scopes(&self, client: &Client, asked: Option<&Scopes>) -> Result<Scopes, Refusal> {
        Ok(asked.unwrap_or(&client.scopes).clone())
    }

    /// What `scope` means to a user; `None` where its name must do.
    fn scope_text(&self, scope: &str) -> Option<ScopeText<'_>> {
        let _ = scope;
        None
    }

    /// Whether a grant of `scopes` comes with a refresh token.
    fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool;

    /// What userinfo asks of a valid token beyond being one.
    fn check_userinfo(&self, identity: &Identity) -> Result<(), Refusal> {
        let _ = identity;
        Ok(())
    }

    /// The claims of clients and users that the dialect looks for; any other it leaves alone.
    fn known_claims(&self) -> KnownClaims<'_>;

    /// Judges a client when it is configured, by file or admin API, beyond what holds for every client: what it lacks
    /// or could never use here. `secret` is the longest, and `None` where there
    /// is none, or digests alone are known. Each remark says
    /// what to change, and quotes no secret.
    fn check_client(&self, client: &Client, secret: Option<&str>, remarks: &mut Remarks) {
        let _ = (client, secret, remarks);
    }

    /// Judges a user when it is configured, as [`Hooks::check_client`] does a client.
    fn check_user(&self, user: &User, remarks: &mut Remarks) {
        let _ = (user, remarks);
    }

    /// Whether it signs what a client is told with the client's secret, which is then kept in the clear where it is known so.
    fn signs_with_secrets(&self) -> bool {
        false
    }

    /// The tokens of a grant, in minting order.
    fn plan(&self, grant: &Grant<'_>) -> TokenPlan;

    /// Reads back a token that [`Hooks::plan`] made: `None` where it is not of that kind.
    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts>;
}

/// The names of the claims that a dialect knows: those that it looks for among the claims of clients and of users.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownClaims<'a> {
    /// Of clients.
    pub client: &'a [&'a str],
    /// Of users.
    pub user: &'a [&'a str],
}
