//! Whether an authorization request may go on: its client, redirect URI, challenge and scopes.

use super::wishes::{self, Wishes};
use crate::clue::{self, Clue};
use crate::grants::{heeded_resource, may_refresh, permit};
use crate::redirect::is_registered;
use crate::{At, Phase};
use grant::{
    AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Client, GrantType, Hooks, Prompt, Refusal, RefusalKind,
    ResponseMode, ScopeFault, Scopes, Seconds, Secret, SignInTerms,
};
use std::sync::Arc;

/// A request that may go on, and what it comes down to.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// The client.
    pub client: Arc<Client>,
    /// Where to answer: one of the client's.
    pub redirect_uri: String,
    /// The scopes asked for, all of which the client may be granted.
    pub scopes: Scopes,
    /// How to answer.
    pub mode: ResponseMode,
    /// Opaque to the gateway.
    pub state: Option<String>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// The S256 challenge to bind the code to.
    pub challenge: Option<String>,
    /// Which pages the user must see, or not.
    pub prompt: Prompt,
    /// How many seconds ago the user may have signed in at most.
    pub max_age: Option<Seconds>,
    /// Whom the client expects.
    pub login_hint: Option<String>,
    /// An ID token of the user whom the client expects.
    pub id_token_hint: Option<Secret>,
    /// What is asked for beyond scopes.
    pub wishes: Wishes,
    /// What the access token is to be for (RFC 8707), where the mount looks at that.
    pub resource: Option<String>,
    /// `sub` of the one user whom the client is told of; `None` is whoever signs in.
    pub expected: Option<Arc<str>>,
}

/// A request that may not go on.
#[derive(Clone, Debug)]
pub struct AuthorizeRefusal {
    /// Why.
    pub error: Refusal,
    /// What the client is told, where its redirect URI holds and its vendor tells clients; else the user sees a page
    /// of the gateway's own.
    pub reply: Option<Box<AuthorizeReply>>,
}

impl From<Refusal> for AuthorizeRefusal {
    fn from(error: Refusal) -> Self {
        Self { error, reply: None }
    }
}

/// Checks a request.
pub(super) fn check(at: At<'_>, request: &AuthorizeRequest) -> Result<Authorization, AuthorizeRefusal> {
    let terms = at.terms()?;
    let client = at.decide(Phase::Client, client(at, request))?;
    at.note(|notes| notes.client = Some(client.id.shared()));
    let redirect_uri = at.decide(Phase::RedirectUri, redirect_uri(at, &client, request))?;
    let refuse = |error: Refusal| {
        let reply = terms.errors_to_client.then(|| {
            Box::new(AuthorizeReply {
                redirect_uri: redirect_uri.to_owned(),
                mode: request.response_mode.as_ref().copied().unwrap_or_default(),
                state: request.state.clone(),
                session_state: None,
                client: Some(Arc::clone(&client)),
                user: None,
                outcome: AuthorizeOutcome::Refused(error.kind.clone()),
            })
        });
        AuthorizeRefusal { error, reply }
    };
    at.decide(Phase::Grant, check_form(&client, terms, request)).map_err(refuse)?;
    let asked = request.scopes.clone().and_then(|asked| asked_scopes(at.hooks, &client, asked));
    let scopes = at.decide(Phase::Scopes, asked).map_err(refuse)?;
    at.decide(Phase::Entitlement, check_entitlement(at.hooks, &client, &scopes)).map_err(refuse)?;
    let wishes = wishes::of(request, &terms.openid).map_err(refuse)?;
    let resource = heeded_resource(at.hooks, request.resource.as_deref()).map_err(refuse)?.map(str::to_owned);
    Ok(Authorization {
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        mode: request.response_mode.clone().map_err(refuse)?,
        state: request.state.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        prompt: request.prompt.clone().map_err(refuse)?,
        max_age: request.max_age.clone().map_err(refuse)?,
        login_hint: request.login_hint.clone(),
        id_token_hint: request.id_token_hint.clone().filter(|_| terms.openid.holds_to_hint),
        expected: wishes.claims.subject.as_deref().map(Into::into),
        wishes,
        resource,
        client,
    })
}

fn client(at: At<'_>, request: &AuthorizeRequest) -> Result<Arc<Client>, Refusal> {
    let id = request.client_id.as_deref().ok_or_else(|| Refusal::missing("client_id"))?;
    // The user is shown the cause: it repeats no name that a stranger may have made up.
    let refused = |why: String| Refusal::new(RefusalKind::UnauthorizedClient, why);
    match at.mount.directory.client(id) {
        None => Err(refused("the client is not registered here".to_owned())),
        Some(client) if client.disabled => Err(refused(format!("client `{id}` is disabled"))),
        Some(client) => Ok(client),
    }
}

fn redirect_uri<'a>(at: At<'_>, client: &Client, request: &'a AuthorizeRequest) -> Result<&'a str, Refusal> {
    let uri = request.redirect_uri.as_deref().ok_or_else(|| Refusal::missing("redirect_uri"))?;
    if is_registered(&client.redirect_uris, uri) {
        return Ok(uri);
    }
    at.hint(|| Clue::UnknownRedirect(clue::cut(uri)));
    let why = format!("is not among the redirect_uris of client `{}`, byte for byte", client.id);
    Err(Refusal::malformed("redirect_uri", &why))
}

/// What the request is made of: response type and mode, grant, challenge.
fn check_form(client: &Client, terms: &SignInTerms, request: &AuthorizeRequest) -> Result<(), Refusal> {
    match request.response_type.as_deref() {
        None => return Err(Refusal::missing("response_type")),
        Some("code") => {}
        Some(_) => {
            let why = "response_type is not `code`, the only one that is served";
            return Err(Refusal::new(RefusalKind::UnsupportedResponseType, why));
        }
    }
    request.response_mode.as_ref().map_err(Clone::clone)?;
    if let Some(name) = request.unserved {
        return Err(Refusal::malformed(
            name,
            "is not served: leave it out, and send what it stands for as plain parameters",
        ));
    }
    if !client.grants.contains(&GrantType::AuthorizationCode) {
        let why = format!("add authorization_code to the grants of client `{}`", client.id);
        return Err(Refusal::new(RefusalKind::UnauthorizedClient, why));
    }
    match request.challenge.as_deref() {
        None if terms.pkce_required || client.requires_pkce || client.is_public() && terms.has_pkce => {
            Err(Refusal::missing("code_challenge"))
        }
        None => Ok(()),
        Some(_) if request.challenge_method.as_deref() != Some("S256") => {
            let why = match request.challenge_method.as_deref() {
                None => "is missing, which means `plain` (RFC 7636 section 4.3): send `S256`",
                Some("plain") => "is `plain`: send `S256`, the only one that is served",
                Some(_) => "is not `S256`, the only one that is served",
            };
            Err(Refusal::malformed("code_challenge_method", why))
        }
        Some(challenge) if is_challenge(challenge) => Ok(()),
        Some(_) => Err(Refusal::malformed("code_challenge", "is not the 43 base64url characters of a SHA-256")),
    }
}

/// Whether `text` has the form of an S256 challenge (RFC 7636 section 4.2).
pub(crate) fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The scopes that a request asks a user for, as far as they are looked at; all known.
pub(crate) fn asked_scopes(hooks: &dyn Hooks, client: &Client, mut asked: Option<Scopes>) -> Result<Scopes, Refusal> {
    let openid = hooks.policy().sign_in.as_ref().map(|terms| &terms.openid);
    if let Some(openid) = openid {
        asked = asked.map(|asked| wishes::heeded(hooks, client, openid, asked));
    }
    if let Some(unknown) = asked.as_ref().and_then(|asked| asked.first_outside(&hooks.policy().scopes)) {
        return Err(Refusal::unknown_scope(unknown.as_str()));
    }
    let scopes = hooks.authorize_scopes(client, asked.as_ref())?;
    if scopes.is_empty() {
        return Err(Refusal::new(RefusalKind::InvalidScope(ScopeFault::NoneLeft), "no scope is left to grant"));
    }
    Ok(scopes)
}

/// Whether a code for these scopes may be issued to the client.
pub(crate) fn check_entitlement(hooks: &dyn Hooks, client: &Client, scopes: &Scopes) -> Result<(), Refusal> {
    permit(hooks, client, scopes)?;
    if hooks.issues_refresh(GrantType::AuthorizationCode, scopes) { may_refresh(hooks, client) } else { Ok(()) }
}
