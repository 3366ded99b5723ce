//! Clients, and how they present themselves.

use crate::{Claims, ClientKey, ClientSecret, GrantType, NotAfter, Origins, RateLimit, Scopes, Secret};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A client's identifier. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// The identifier's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared rather than copied.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl From<&str> for ClientId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for ClientId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Borrow<str> for ClientId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A registered client of one mount.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its identifier, unique in the mount.
    pub id: ClientId,
    /// What users know it by; its id where it has none.
    pub name: Option<Arc<str>>,
    /// Its secrets, any of which proves it; with none, and no key, it is a public client (RFC 6749 section 2.1).
    pub secrets: Vec<ClientSecret>,
    /// Its public keys, which check its assertions.
    pub keys: Vec<ClientKey>,
    /// The one way in which it may authenticate; `None`: any for which it has what is needed, but `client_secret_jwt`.
    pub auth_method: Option<AuthMethod>,
    /// Its secrets in the clear, each with the last moment at which it holds: of a client of `client_secret_jwt` alone, whose
    /// assertions are checked with them.
    pub mac_keys: Vec<(Secret, Option<NotAfter>)>,
    /// Grant types it may use.
    pub grants: Vec<GrantType>,
    /// Scopes it may be granted, in the order of the file.
    pub scopes: Scopes,
    /// Where an authorization may answer, compared exactly.
    pub redirect_uris: Vec<String>,
    /// Where a log-out may answer, compared exactly.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told of sessions that end (OpenID Connect Back-Channel Logout).
    pub backchannel_logout_uri: Option<Box<str>>,
    /// Whether it must bind its codes to a challenge, whatever the mount asks for (RFC 7636).
    pub requires_pkce: bool,
    /// The origins of its pages, which may read the mount's answers.
    pub allowed_origins: Origins,
    /// Whether users are spared the consent page.
    pub trusted: bool,
    /// Whether it is refused everywhere, its live tokens included.
    pub disabled: bool,
    /// `sub` of the user it acts for where its dialect binds one.
    pub user: Option<Arc<str>>,
    /// How many tokens it may be granted; `None` is the mount's default.
    pub rate_limit: Option<RateLimit>,
    /// Facts of the client that its dialect writes into tokens.
    pub claims: Claims,
}

impl Client {
    /// A client with that id, no secret, the default grant (`client_credentials`) and nothing else.
    pub fn new(id: impl Into<ClientId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            secrets: Vec::new(),
            keys: Vec::new(),
            auth_method: None,
            mac_keys: Vec::new(),
            grants: vec![GrantType::ClientCredentials],
            scopes: Scopes::empty(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            requires_pkce: false,
            allowed_origins: Origins::default(),
            trusted: false,
            disabled: false,
            user: None,
            rate_limit: None,
            claims: Claims::empty(),
        }
    }

    /// Whether it has neither secret nor key (RFC 6749 section 2.1).
    pub const fn is_public(&self) -> bool {
        self.secrets.is_empty() && self.keys.is_empty()
    }
}

/// The way a client's credentials came (RFC 6749 section 2.3.1, OpenID Connect Core section 9; JSON is a vendor's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// `Authorization: Basic`.
    Basic,
    /// Form parameters.
    Form,
    /// Members of a JSON body.
    Json,
    /// An identifier alone: a public client.
    None,
    /// An assertion that a key of the client's signed.
    PrivateKeyJwt,
    /// An assertion whose MAC the client's secret made.
    ClientSecretJwt,
    /// No credentials beside the assertion that asks for the token, which a key of the client's signed.
    Assertion,
}

impl AuthMethod {
    /// The name in the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Form => "form",
            Self::Json => "json",
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::Assertion => "assertion",
        }
    }

    /// The ways that a client can be registered for, by their standard names (OpenID Connect Core section 9).
    pub const REGISTERED: [(Self, &'static str); 5] = [
        (Self::Basic, "client_secret_basic"),
        (Self::Form, "client_secret_post"),
        (Self::ClientSecretJwt, "client_secret_jwt"),
        (Self::PrivateKeyJwt, "private_key_jwt"),
        (Self::None, "none"),
    ];

    /// The way of that standard name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::REGISTERED.into_iter().find(|(_, known)| *known == name).map(|(method, _)| method)
    }

    /// Its standard name; a body's is that of a form, whatever the body is.
    pub fn standard_name(self) -> Option<&'static str> {
        let known = if self == Self::Json { Self::Form } else { self };
        Self::REGISTERED.into_iter().find(|(method, _)| *method == known).map(|(_, name)| name)
    }
}

/// Credentials as a request presents them.
#[derive(Debug)]
pub struct ClientAuth {
    /// Who the client says it is.
    pub id: ClientId,
    /// What it proves that with: a secret or, where the method says so, an assertion.
    pub secret: Option<Secret>,
    /// How both came.
    pub method: AuthMethod,
    /// What is odd in how the secret was written, for the cause should it be wrong; never the secret itself.
    pub hint: Option<&'static str>,
}
