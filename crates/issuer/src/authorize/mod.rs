//! The authorization endpoint (RFC 6749 section 4.1, OpenID Connect Core section 3.1.2): whether a request may go on,
//! which page its user must see, and what its client is told.

mod check;
mod codes;
mod offline;
mod wishes;

pub use crate::grants::OFFLINE_ACCESS;
pub use crate::redirect::origin;
pub use check::{Authorization, AuthorizeRefusal};
pub(crate) use check::{asked_scopes, check_entitlement, is_challenge};
pub(crate) use codes::CodeTerms;
pub use codes::{CodeOrder, IssuedCode, OrderError};
pub use wishes::Wishes;

use crate::sessions::{OpenedSession, Session};
use crate::{At, Phase, ids};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Login, Refusal, RefusalKind, Scopes, Seconds, User};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The scope that makes a request an OpenID Connect one.
const OPENID: &str = "openid";

/// What comes next for a request that may go on.
#[derive(Debug)]
pub enum Step {
    /// The user must sign in, or choose an account.
    SignIn,
    /// The user must be asked for consent.
    Consent,
    /// The client is told; a session that was opened on the way has its cookie with it.
    Reply(Box<AuthorizeReply>, Option<OpenedSession>),
}

impl Step {
    fn told(reply: AuthorizeReply) -> Self {
        Self::Reply(Box::new(reply), None)
    }
}

/// A user's consent.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The scopes allowed, among those asked for.
    pub scopes: Scopes,
    /// Whether a later request for no more needs no page.
    pub remember: bool,
}

impl At<'_> {
    /// Whether the request may go on.
    pub async fn check_authorize(self, request: &AuthorizeRequest) -> Result<Authorization, AuthorizeRefusal> {
        let mut asked = check::check(self, request)?;
        let Some(hint) = &asked.id_token_hint else { return Ok(asked) };
        let facts = self.read_hint(hint.expose_secret()).await?.map(|(facts, _)| facts.subject);
        let another = |sub: &Arc<str>| asked.expected.as_ref().is_some_and(|expected| expected != sub);
        match facts {
            None => {
                let error = Refusal::malformed("id_token_hint", "is no ID token of this mount");
                Err(asked.refuse(error, None))
            }
            Some(sub) if another(&sub) => {
                let error =
                    Refusal::malformed("id_token_hint", "is of another user than the claims parameter asks for");
                Err(asked.refuse(error, None))
            }
            Some(sub) => {
                asked.expected = Some(sub);
                Ok(asked)
            }
        }
    }

    /// What comes next for it in a browser that has `session`; `agent` is that browser in its own words.
    pub async fn authorize(
        self,
        asked: &Authorization,
        session: Option<&Session>,
        agent: &str,
    ) -> Result<Step, AuthorizeRefusal> {
        let terms = self.terms()?;
        let hinted = asked.login_hint.as_deref().filter(|_| terms.auto_approve);
        if let Some(user) = hinted.and_then(|hint| self.mount.directory.find_user(hint)).filter(|user| !user.disabled) {
            if asked.expects_another(&user.sub) {
                let why = "login_hint names another user than id_token_hint or claims";
                return Err(asked.refuse(Refusal::new(RefusalKind::LoginRequired, why), session));
            }
            return self.approve(asked, session, &user, agent).await;
        }
        let fresh = session.filter(|session| !asked.prompt.login && !self.is_stale(asked, session));
        let fresh = fresh.filter(|session| !asked.expects_another(&session.user.sub));
        let Some(session) = fresh.filter(|_| !asked.prompt.select_account) else {
            let why = match session {
                None => "prompt=none, and the browser has no session here",
                Some(_) => "prompt=none, and the browser's session does not do: it is too old, or another is asked for",
            };
            return self.shows(Phase::SignIn, asked, why, session);
        };
        self.noted(Phase::SignIn, true);
        if self.needs_consent(asked, session).await? {
            let why = "prompt=none, and the user has not consented to all of it";
            return self.shows(Phase::Consent, asked, why, Some(session));
        }
        let consent = Consent { scopes: asked.scopes.clone(), remember: false };
        Ok(Step::told(self.consented(asked, session, &consent).await?))
    }

    /// The mount approves by itself: the user is signed in, unless the browser's session is that user's and will do.
    async fn approve(
        self,
        asked: &Authorization,
        session: Option<&Session>,
        user: &Arc<User>,
        agent: &str,
    ) -> Result<Step, AuthorizeRefusal> {
        if user.denies_consent {
            return Err(self.denied(asked, "the user is one who denies consent", session));
        }
        let consent = Consent { scopes: asked.scopes.clone(), remember: false };
        let own = session.filter(|session| session.user.sub == user.sub);
        if let Some(session) = own.filter(|session| !asked.prompt.login && !self.is_stale(asked, session)) {
            return Ok(Step::told(self.consented(asked, session, &consent).await?));
        }
        let opened = self.open_session(user, agent, session).await?;
        let reply = self.consented(asked, &opened.session, &consent).await?;
        Ok(Step::Reply(Box::new(reply), Some(opened)))
    }

    /// Whether the user signed in longer ago than the client admits (OpenID Connect Core section 3.1.2.1). Times are whole
    /// seconds, so a sign-in as many seconds ago as are admitted may be longer ago; under a `max_age` of 0 every one is, for it
    /// means what `prompt=login` does.
    pub fn is_stale(self, asked: &Authorization, session: &Session) -> bool {
        let age = Seconds::between(session.record.auth_time, self.seconds());
        asked.max_age.is_some_and(|most| age >= most)
    }

    /// The user of `session` allows: a code for the client. No scope allowed is a denial.
    pub async fn consented(
        self,
        asked: &Authorization,
        session: &Session,
        consent: &Consent,
    ) -> Result<AuthorizeReply, AuthorizeRefusal> {
        let allowed = |name: &str| {
            let required = || self.hooks.scope_text(name).is_some_and(|text| text.required);
            consent.scopes.contains(name) || required()
        };
        let scopes = self.without_ignored(asked, session).await?;
        let scopes: Scopes = scopes.iter().filter(|scope| allowed(scope.as_str())).cloned().collect();
        if scopes.is_empty() {
            return Err(self.denied(asked, "no scope was allowed", Some(session)));
        }
        let terms = CodeTerms {
            client: &asked.client,
            subject: &session.record.subject,
            redirect_uri: &asked.redirect_uri,
            scopes: &scopes,
            challenge: asked.challenge.as_deref(),
            login: Login {
                sid: session.record.sid.clone(),
                auth_time: session.record.auth_time,
                nonce: asked.nonce.clone(),
                issuer: self.here.cloned(),
                acr: asked.wishes.acr.clone(),
                claims: asked.wishes.claims.asked.clone(),
                resource: asked.resource.as_deref().map(Into::into),
            },
            remember: consent.remember,
        };
        self.take_part(&session.record, &asked.client).await?;
        let issued = self.keep_code(terms).await?;
        self.note(|notes| notes.scopes = Some(scopes.clone()));
        self.noted(Phase::SignIn, true);
        self.noted(Phase::Consent, true);
        let outcome = AuthorizeOutcome::Code { code: issued.code.into(), scopes };
        Ok(asked.reply(outcome, Some(session)))
    }

    /// The user says no.
    pub fn denied(self, asked: &Authorization, cause: &'static str, session: Option<&Session>) -> AuthorizeRefusal {
        self.noted(Phase::Consent, false);
        asked.refuse(Refusal::new(RefusalKind::AccessDenied, cause), session)
    }

    /// The page of a phase; a refusal where the client wants none shown.
    fn shows(
        self,
        phase: Phase,
        asked: &Authorization,
        why: &'static str,
        session: Option<&Session>,
    ) -> Result<Step, AuthorizeRefusal> {
        let (page, kind) = match phase {
            Phase::Consent => (Step::Consent, RefusalKind::ConsentRequired),
            _ => (Step::SignIn, RefusalKind::LoginRequired),
        };
        if !asked.prompt.none {
            return Ok(page);
        }
        self.noted(phase, false);
        Err(asked.refuse(Refusal::new(kind, why), session))
    }
}

impl Authorization {
    /// Whether the client expects another user than the one of that `sub`, and is told of no other.
    pub fn expects_another(&self, sub: &str) -> bool {
        self.expected.as_deref().is_some_and(|expected| expected != sub)
    }

    /// A refusal that the client is told.
    pub fn refuse(&self, error: Refusal, session: Option<&Session>) -> AuthorizeRefusal {
        let outcome = AuthorizeOutcome::Refused(error.kind.clone());
        AuthorizeRefusal { reply: Some(Box::new(self.reply(outcome, session))), error }
    }

    fn reply(&self, outcome: AuthorizeOutcome, session: Option<&Session>) -> AuthorizeReply {
        let granted = matches!(outcome, AuthorizeOutcome::Code { .. });
        let user = session.filter(|_| granted).map(|session| Arc::clone(&session.user));
        let session = session.filter(|_| self.scopes.contains(OPENID));
        AuthorizeReply {
            redirect_uri: self.redirect_uri.clone(),
            mode: self.mode,
            state: self.state.clone(),
            client: Some(Arc::clone(&self.client)),
            user,
            session_state: session.map(|session| self.session_state(&session.record.sid)),
            outcome,
        }
    }

    /// A salted hash of client, origin and session (OpenID Connect Session Management section 3).
    fn session_state(&self, sid: &str) -> String {
        let salt = ids::hex_upper(&ids::random::<16>());
        let origin = origin(&self.redirect_uri);
        let hash = Sha256::digest(format!("{} {origin} {sid} {salt}", self.client.id));
        format!("{}.{salt}", URL_SAFE_NO_PAD.encode(hash))
    }
}
