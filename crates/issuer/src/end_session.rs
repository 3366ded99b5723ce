//! Signs a user out at a client's wish (OpenID Connect RP-Initiated Logout 1.0).

use crate::{At, LogoutNotice, Session};
use grant::{ClientId, EndSessionRequest, Refusal, SignedOut, TokenFacts, TokenKind, TokenView};
use secrecy::ExposeSecret;

/// What came of a client's wish.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// Where the user goes; `None` where the user must be asked first.
    pub to: Option<SignedOut>,
    /// Why the user must be asked, for the log.
    pub why: Option<&'static str>,
    /// Who is to be told of a session that has ended.
    pub notices: Vec<LogoutNotice>,
}

impl At<'_> {
    /// Ends the session at once where an ID token shows that the client may ask for it, and sends the user to one of
    /// the client's own URIs; else nothing is ended, and the user must be asked.
    pub async fn end_session(
        self,
        request: &EndSessionRequest,
        session: Option<&Session>,
    ) -> Result<EndedSession, Refusal> {
        let ask = |why| Ok(EndedSession { to: None, why: Some(why), notices: Vec::new() });
        let Some(hint) = &request.id_token_hint else { return ask("there is no id_token_hint") };
        let Some((facts, sid)) = self.read_hint(hint.expose_secret()).await? else {
            return ask("the id_token_hint is no ID token of this mount");
        };
        if request.client_id.is_some() && request.client_id.as_deref() != facts.client_id.as_ref().map(ClientId::as_str)
        {
            return ask("the client_id is not that of the id_token_hint");
        }
        let client = facts.client_id.as_ref().and_then(|id| self.mount.directory.client(id.as_str()));
        let Some(client) = client.filter(|client| !client.disabled) else { return ask("its client is gone") };
        let Some(uri) = &request.post_logout_redirect_uri else { return ask("there is no post_logout_redirect_uri") };
        if !client.post_logout_redirect_uris.contains(uri) {
            return ask("the post_logout_redirect_uri is not one of the client's, byte for byte");
        }
        let notices = match session {
            Some(session) if session.user.sub != facts.subject => return ask("the session is another user's"),
            Some(session) if sid.is_some_and(|sid| sid != session.record.sid) => {
                return ask("the id_token_hint is of another session");
            }
            Some(session) => self.close_session(&session.user.sub, &session.record.sid).await?,
            None => Vec::new(),
        };
        let to = SignedOut { post_logout_redirect_uri: uri.clone(), state: request.state.clone() };
        Ok(EndedSession { to: Some(to), why: None, notices })
    }

    /// What an ID token says, and the session it was issued for, whether or not its time is over.
    pub(crate) async fn read_hint(self, token: &str) -> Result<Option<(TokenFacts, Option<String>)>, Refusal> {
        let Ok(verified) = self.verified(token).await? else { return Ok(None) };
        let facts =
            self.hooks.read(TokenKind::Id, &TokenView { typ: verified.typ.as_deref(), claims: &verified.claims });
        Ok(facts.map(|facts| (facts, verified.claims.str("sid").map(str::to_owned))))
    }
}
