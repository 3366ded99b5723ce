//! The authorization endpoint: what is asked in a user's browser, and what the client is told there.

use crate::{ClaimsRequest, Client, IssuedToken, Refusal, RefusalKind, Scopes, Seconds, Secret, User};
use std::fmt;
use std::sync::Arc;

/// A request to the authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1). Parameters
/// stand as they came, `None` where absent or empty; the issuer judges them in its own order. Debug leaves out what
/// only the client is to know: a challenge of the method `plain` is the verifier itself.
#[derive(Clone)]
pub struct AuthorizeRequest {
    /// The client's identifier.
    pub client_id: Option<String>,
    /// Where to answer.
    pub redirect_uri: Option<String>,
    /// What to answer with; `code` alone is served.
    pub response_type: Option<String>,
    /// How to answer, or what is wrong with it.
    pub response_mode: Result<ResponseMode, Refusal>,
    /// The scopes asked for (`None`: the parameter is absent), or what is wrong with them.
    pub scopes: Result<Option<Scopes>, Refusal>,
    /// Opaque to the gateway: repeated to the client.
    pub state: Option<String>,
    /// Repeated in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge (RFC 7636 section 4.3).
    pub challenge: Option<String>,
    /// How the challenge was made; `S256` alone is served.
    pub challenge_method: Option<String>,
    /// Which pages the user must see, or not.
    pub prompt: Result<Prompt, Refusal>,
    /// How long ago the user may have signed in at most.
    pub max_age: Result<Option<Seconds>, Refusal>,
    /// Whom the client expects: a `sub` or a user name.
    pub login_hint: Option<String>,
    /// An ID token of the user whom the client expects.
    pub id_token_hint: Option<Secret>,
    /// The authentication context class references that would do, the best first.
    pub acr_values: Vec<String>,
    /// The claims asked for one by one, or what is wrong with them.
    pub claims: Result<ClaimsRequest, Refusal>,
    /// What the access token is to be for (RFC 8707).
    pub resource: Option<String>,
    /// The first parameter that would change the meaning of the request and is not served (`request`, `request_uri`,
    /// `registration`).
    pub unserved: Option<&'static str>,
}

impl fmt::Debug for AuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeRequest")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("response_type", &self.response_type)
            .field("response_mode", &self.response_mode)
            .field("scopes", &self.scopes)
            .field("challenge_method", &self.challenge_method)
            .field("prompt", &self.prompt)
            .field("max_age", &self.max_age)
            .field("login_hint", &self.login_hint)
            .field("acr_values", &self.acr_values)
            .field("claims", &self.claims)
            .field("unserved", &self.unserved)
            .finish_non_exhaustive()
    }
}

/// The `prompt` parameter (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one word of the parameter, and they combine freely")]
pub struct Prompt {
    /// No page may be shown.
    pub none: bool,
    /// The user must sign in anew.
    pub login: bool,
    /// The user must consent anew.
    pub consent: bool,
    /// The user must choose an account.
    pub select_account: bool,
}

impl Prompt {
    /// Reads the space-separated words; unknown ones are ignored. The error is `none` beside another word.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut prompt = Self::default();
        for word in text.split(' ') {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => {}
            }
        }
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            return Err(Refusal::malformed("prompt", "is `none` beside other values"));
        }
        Ok(prompt)
    }
}

/// How the client is told (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1, OAuth 2.0 Form Post Response
/// Mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In a form that the browser posts.
    FormPost,
    /// In the query of a redirect: the default of `response_type=code`.
    #[default]
    Query,
    /// In the fragment of a redirect.
    Fragment,
}

impl ResponseMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::FormPost, Self::Query, Self::Fragment];

    /// The value of `response_mode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::Query => "query",
            Self::Fragment => "fragment",
        }
    }

    /// The mode of that value.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        let unserved = || Refusal::malformed("response_mode", "is none of form_post, query and fragment");
        Self::ALL.into_iter().find(|mode| mode.as_str() == name).ok_or_else(unserved)
    }
}

/// What the client is told through the user's browser.
#[derive(Clone, Debug)]
pub struct AuthorizeReply {
    /// Where: one of the client's own, checked.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// The `state` of the request.
    pub state: Option<String>,
    /// The state of the session (OpenID Connect Session Management section 3); `None` where there is no session or
    /// the request is no OpenID Connect one.
    pub session_state: Option<String>,
    /// The client.
    pub client: Option<Arc<Client>>,
    /// The user who consented, where there is a code.
    pub user: Option<Arc<User>>,
    /// What came of the request.
    pub outcome: AuthorizeOutcome,
}

/// What came of an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizeOutcome {
    /// The user consented.
    Code {
        /// The authorization code.
        code: IssuedToken,
        /// The scopes consented to.
        scopes: Scopes,
    },
    /// There is no code.
    Refused(RefusalKind),
}

/// Where the user is sent after a log-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// One of the client's own, checked.
    pub post_logout_redirect_uri: String,
    /// The `state` of the request.
    pub state: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_read_and_none_stands_alone() {
        let both = Prompt::parse("login consent create").unwrap();
        assert_eq!(both, Prompt { login: true, consent: true, ..Prompt::default() });
        assert!(Prompt::parse("none").unwrap().none);
        assert_eq!(Prompt::parse("none login").unwrap_err().kind.code(), "invalid_request");
    }
}
