//! The endpoints beside the token endpoint in a file.

use super::{Answer, Carrier};
use crate::ordered::{Ordered, Texts};
use schemars::JsonSchema;
use serde::Deserialize;

/// The authorization endpoint.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Authorize {
    /// Where it is; one path or several. Without one it is at a path of the gateway's own, where there are users.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What the vendor calls a parameter, by its standard name: `client_id = "client_key"`.
    pub(crate) names: Ordered<String>,
    /// What stands between two scopes.
    pub(crate) scope_separator: String,
    /// Whether `response_type` may be left out; then it is `code`.
    pub(crate) response_type_optional: bool,
    /// Whether clients use PKCE: `optional`, `required`, `ignored` (challenge and verifier count for nothing) or `refused`. With the last
    /// two, clients without a secret come without PKCE as well. Default: `"optional"`.
    pub(crate) pkce: Pkce,
    /// What the client is told through the user's browser.
    pub(crate) callback: Callback,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// Whether clients use PKCE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pkce {
    /// As they like.
    #[default]
    Optional,
    /// Each must.
    Required,
    /// It counts for nothing.
    Ignored,
    /// A challenge is refused.
    Refused,
}

/// What the client is told through the user's browser.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Callback {
    /// The parameter that holds the code.
    pub(crate) code: String,
    /// The parameter that says what went wrong.
    pub(crate) error: String,
    /// The parameter that holds the request's `state`.
    pub(crate) state: String,
    /// The parameter that names the issuer (RFC 9207); empty where there is none.
    pub(crate) iss: String,
    /// Parameters of the vendor's own beside a code, by name; each a template. One without a value is left out.
    pub(crate) members: Ordered<String>,
    /// The same beside an error.
    pub(crate) error_members: Ordered<String>,
}

/// Tells what a token is worth (RFC 7662).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Introspect {
    /// Where it is; one path or several; none where it is not served.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What the vendor calls a parameter, by its standard name.
    pub(crate) names: Ordered<String>,
    /// What it answers of a token that holds; the standard's answer where it is left out.
    pub(crate) answer: Answer,
    /// What it answers of one that does not.
    pub(crate) inactive: Answer,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// Ends a token (RFC 7009).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Revoke {
    /// Where it is; one path or several; none where it is not served.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What a request is written in, as at the token endpoint; a form where it is left out.
    pub(crate) body: Vec<Carrier>,
    /// What the vendor calls a parameter, by its standard name.
    pub(crate) names: Ordered<String>,
    /// What it answers; 200 and nothing where it is left out.
    pub(crate) answer: Answer,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// Ends a user's session (OpenID Connect RP-Initiated Logout).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EndSession {
    /// Where it is; one path or several; none where it is not served.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What the vendor calls a parameter, by its standard name: `post_logout_redirect_uri = "returnTo"`.
    pub(crate) names: Ordered<String>,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// Publishes the metadata: all that is served, and nothing else.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Discovery {
    /// Where they are; one path or several; none where there are none.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// Members of the vendor's own, or with values of its own. A text is a template.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub(crate) members: Ordered<toml::Value>,
    /// The standard's members that the vendor has not.
    pub(crate) without: Vec<String>,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// Publishes the keys (RFC 7517).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Jwks {
    /// Where they are; one path or several; none where there are none.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// Where devices without a browser are given their codes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeviceAuthorization {
    /// Where it is; one path or several; none where there is none.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// What the vendor calls `scope`. The client's credentials are called as at the token endpoint.
    pub(crate) names: Ordered<String>,
    /// The path of the page at which a user types the code.
    pub(crate) page: String,
    /// What a device is told; the standard's answer where it is left out.
    pub(crate) answer: Answer,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}
