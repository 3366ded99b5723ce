//! What a journal may show of a request: members whose value is no secret, by name. Of all others it keeps the name and
//! the length.

/// A member whose value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name in a form, a query, a JSON object at any depth, or a header (lower case).
    pub name: &'static str,
    /// The values that it has; any where there are none. A member that has few is shown with these alone, for a secret
    /// may stand in its place.
    pub values: &'static [&'static str],
}

impl Shown {
    /// A member that has any value.
    pub const fn any(name: &'static str) -> Self {
        Self { name, values: &[] }
    }

    /// A member that has one of a few.
    pub const fn of(name: &'static str, values: &'static [&'static str]) -> Self {
        Self { name, values }
    }

    /// Whether it may be shown with this value.
    pub fn admits(&self, value: &str) -> bool {
        self.values.is_empty() || self.values.contains(&value)
    }
}

/// `grant_type` (RFC 6749).
pub const GRANT_TYPE: Shown = Shown::of(
    "grant_type",
    &[
        "authorization_code",
        "client_credentials",
        "refresh_token",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ],
);
/// `client_id` (RFC 6749).
pub const CLIENT_ID: Shown = Shown::any("client_id");
/// `scope` (RFC 6749).
pub const SCOPE: Shown = Shown::any("scope");
/// `redirect_uri` (RFC 6749).
pub const REDIRECT_URI: Shown = Shown::any("redirect_uri");
/// `response_type` (RFC 6749).
pub const RESPONSE_TYPE: Shown =
    Shown::of("response_type", &["code", "token", "id_token", "code id_token", "code token", "id_token token"]);
/// `response_mode` (OAuth 2.0 Multiple Response Types, Form Post Response Mode).
pub const RESPONSE_MODE: Shown = Shown::of("response_mode", &["query", "fragment", "form_post"]);
/// `code_challenge_method` (RFC 7636).
pub const CHALLENGE_METHOD: Shown = Shown::of("code_challenge_method", &["S256", "plain"]);
/// `prompt` (OpenID Connect Core).
pub const PROMPT: Shown = Shown::of("prompt", &["none", "login", "consent", "select_account"]);
/// `max_age` (OpenID Connect Core).
pub const MAX_AGE: Shown = Shown::any("max_age");
/// `token_type_hint` (RFC 7009).
pub const TOKEN_TYPE_HINT: Shown = Shown::of("token_type_hint", &["access_token", "refresh_token"]);
/// `token_type` (RFC 6749).
pub const TOKEN_TYPE: Shown = Shown::of("token_type", &["Bearer", "bearer"]);
/// `expires_in` (RFC 6749).
pub const EXPIRES_IN: Shown = Shown::any("expires_in");
/// `error` (RFC 6749).
pub const ERROR: Shown = Shown::any("error");

/// What is no secret in the requests and answers of an OpenID provider.
pub const OPENID_CONNECT: [Shown; 20] = [
    GRANT_TYPE,
    CLIENT_ID,
    SCOPE,
    REDIRECT_URI,
    RESPONSE_TYPE,
    RESPONSE_MODE,
    CHALLENGE_METHOD,
    PROMPT,
    MAX_AGE,
    TOKEN_TYPE_HINT,
    TOKEN_TYPE,
    EXPIRES_IN,
    ERROR,
    Shown::any("active"),
    Shown::any("iss"),
    Shown::any("exp"),
    Shown::any("iat"),
    Shown::any("nbf"),
    Shown::any("sub"),
    Shown::any("aud"),
];
