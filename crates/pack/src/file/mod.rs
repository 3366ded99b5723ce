//! A pack as its file says it. The comments here are the manual's reference and the schema's descriptions.

mod answer;
mod endpoints;
mod token;
mod tokens;

pub(crate) use answer::{Answer, Body, Row};
pub(crate) use endpoints::{Authorize, DeviceAuthorization, Discovery, EndSession, Introspect, Jwks, Pkce, Revoke};
pub(crate) use token::{
    Carrier, Checks, ClientAssertion, ClientPlace, Decoding, Missing, NamedBy, Rule, ScopeForm, Token,
};
pub(crate) use tokens::{AccessToken, Form, IdToken, Issue, RefreshToken};

use crate::ordered::{Ordered, Texts};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a vendor's auth surface is, where it departs from its base.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct File {
    /// Whose auth surface it is.
    pub(crate) vendor: String,
    /// What the pack is laid over: `oauth2`, the token endpoint of RFC 6749, or `openid-connect`, the standard dialect whole.
    /// Default: `"oauth2"`.
    pub(crate) from: String,
    /// The vendor's variant and when it was so: vendors change the order of members, and texts.
    pub(crate) version: String,
    /// Where the facts are from.
    pub(crate) sources: Vec<String>,
    /// What is to be known of the pack, in a few words.
    pub(crate) notes: String,
    /// What a mount has where its settings say nothing.
    pub(crate) defaults: Defaults,
    /// What each client must have.
    pub(crate) client: Client,
    /// The authorization endpoint, where users are sent.
    pub(crate) authorize: Authorize,
    /// The token endpoint.
    pub(crate) token: Token,
    /// The access token.
    pub(crate) access_token: AccessToken,
    /// The ID token.
    pub(crate) id_token: IdToken,
    /// The refresh token.
    pub(crate) refresh_token: RefreshToken,
    /// Tells who a token speaks for; there is none without a path.
    pub(crate) userinfo: Resource,
    /// Tells what a token is worth (RFC 7662).
    pub(crate) introspect: Introspect,
    /// Ends a token (RFC 7009).
    pub(crate) revoke: Revoke,
    /// Ends a user's session; with `from = "openid-connect"` alone, whose pages it leads to.
    pub(crate) end_session: EndSession,
    /// Gives devices without a browser their codes (RFC 8628).
    pub(crate) device_authorization: DeviceAuthorization,
    /// Publishes the metadata.
    pub(crate) discovery: Discovery,
    /// Publishes the keys.
    pub(crate) jwks: Jwks,
    /// What the parts that vary of paths must be, by name.
    pub(crate) parts: Ordered<Rule>,
    /// The answers to what is refused.
    pub(crate) errors: Row,
    /// The answers of a resource to a bearer token that is refused: at userinfo, and where a proxy asks. What it does not
    /// say, the base does: `errors` is not asked there.
    pub(crate) resource_errors: Row,
    /// Settings of the pack's own, by name.
    pub(crate) settings: Ordered<Setting>,
    /// Clients and users of the sandbox, written as a mount's.
    pub(crate) demo: Demo,
}

/// What a mount has where its settings say nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Defaults {
    /// The scopes that the vendor knows.
    pub(crate) scopes: Vec<String>,
    /// The access token's lifetime, in seconds.
    pub(crate) access_ttl: i64,
    /// The ID token's lifetime, in seconds.
    pub(crate) id_ttl: i64,
    /// The refresh token's lifetime, in seconds.
    pub(crate) refresh_ttl: i64,
    /// The algorithm that tokens are signed with: `RS256`, `ES256`, `HS256`, `PS256` or `HS512`.
    pub(crate) alg: String,
    /// How many tokens a client is granted: `unlimited`, or a count and a window as in `100/1h`.
    pub(crate) rate_limit: String,
    /// Whether each use of a refresh token spends it and yields another.
    pub(crate) refresh_rotation: bool,
    /// How long a user has to allow a device, in seconds.
    pub(crate) device_code_ttl: i64,
    /// How long a device waits between two polls, in seconds; one that polls sooner waits 5 more each time.
    pub(crate) device_interval: i64,
}

/// What each client must have.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Client {
    /// Claims that a client must have.
    pub(crate) claims: Vec<String>,
    /// Whether a client acts for the user that is bound to it (`user`), without a login.
    pub(crate) acts_for_user: bool,
}

/// An endpoint that takes a bearer token.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Resource {
    /// Where it is; one path or several.
    pub(crate) path: Texts,
    /// The methods that it serves.
    pub(crate) methods: Vec<String>,
    /// The scope without which a token is refused; empty where there is none.
    pub(crate) with_scope: String,
    /// What it answers; over `openid-connect` the claims that the scopes open, where it is left out.
    pub(crate) answer: Answer,
    /// What is known of it: `D` documented, `Dc` in a copy of the page, `W` seen, `I` inferred.
    pub(crate) mark: String,
    /// Where that is from.
    pub(crate) source: String,
}

/// A setting of the pack's own, which a mount may set.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Setting {
    /// What it does, in a sentence.
    pub(crate) help: String,
    /// The words that it may be, the first by default; none for a switch.
    pub(crate) values: Vec<String>,
    /// What a switch is by default.
    pub(crate) default: bool,
    /// What is laid over the pack where it has a value: a table of the same keys as the pack's, for each value.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub(crate) when: Option<IgnoredAny>,
}

/// Clients and users of the sandbox, written as a mount's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Demo {
    /// The hosts that lead to the sandbox's mount.
    pub(crate) hosts: Vec<String>,
    /// The clients.
    #[schemars(with = "Vec<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub(crate) client: Vec<toml::Table>,
    /// The users.
    #[schemars(with = "Vec<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub(crate) user: Vec<toml::Table>,
}
