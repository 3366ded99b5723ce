//! The tokens in a file.

use schemars::JsonSchema;
use serde::Deserialize;

/// The access token.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AccessToken {
    /// `jwt`, or `opaque`: characters that say nothing to whoever has it. Default: `"jwt"`.
    pub(crate) form: Form,
    /// What an opaque one begins with.
    pub(crate) prefix: String,
    /// The JWT's `typ`.
    pub(crate) typ: String,
    /// Whether the JWT's header names the key (`kid`).
    pub(crate) kid: bool,
    /// The members of the JWT's header in the vendor's order, `alg`, `typ` and, where it names the key, `kid`; where it is left
    /// out, `alg`, `kid`, `typ`.
    pub(crate) header: Vec<String>,
    /// The claims in the vendor's order: a JSON object with holes. `iss` is `{{issuer}}`, `exp` is `{{expires_at}}`.
    pub(crate) claims: String,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// A JWT.
    #[default]
    Jwt,
    /// Characters that say nothing.
    Opaque,
}

/// The ID token.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdToken {
    /// The scope with which it comes; empty where there is none.
    pub(crate) with_scope: String,
    /// The JWT's `typ`.
    pub(crate) typ: String,
    /// Whether the JWT's header names the key (`kid`).
    pub(crate) kid: bool,
    /// The members of the JWT's header in the vendor's order, `alg`, `typ` and, where it names the key, `kid`; where it is left
    /// out, `alg`, `kid`, `typ`.
    pub(crate) header: Vec<String>,
    /// The claims in the vendor's order: a JSON object with holes.
    pub(crate) claims: String,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// The refresh token.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RefreshToken {
    /// `opaque`, whose state the gateway keeps, or `jwt`.
    pub(crate) form: Option<Form>,
    /// When one is issued: `code`, with every grant but client credentials; `always`, with those too, where it is a JWT; or `never`. Default:
    /// `"code"`.
    pub(crate) issue: Issue,
    /// The scope without which there is none.
    pub(crate) with_scope: String,
    /// Whether every client that is issued one may use it, without `refresh_token` among its grants.
    pub(crate) for_all: bool,
    /// The JWT's `typ`.
    pub(crate) typ: String,
    /// Whether the JWT's header names the key (`kid`).
    pub(crate) kid: bool,
    /// The members of the JWT's header in the vendor's order, `alg`, `typ` and, where it names the key, `kid`; where it is left
    /// out, `alg`, `kid`, `typ`.
    pub(crate) header: Vec<String>,
    /// A JWT's claims in the vendor's order: a JSON object with holes.
    pub(crate) claims: String,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// When a refresh token is issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Issue {
    /// With every grant.
    Always,
    /// With a code and a refresh token.
    #[default]
    Code,
    /// Not at all.
    Never,
}
