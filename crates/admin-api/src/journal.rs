//! What became of the last requests.

use crate::Traffic;
use serde::{Deserialize, Serialize};

/// What became of one request. No credential is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JournalEntry {
    /// Its number: one more for each request that the replica which answers the call knows of since it started.
    pub number: u64,
    /// Its id, a UUID: the error page's reference, and the `X-Gateway-Request-Id` of the answer where that is turned on.
    pub id: String,
    /// The namespace that it belongs to; null outside any.
    pub namespace: Option<String>,
    /// The replica that answered it; none where the store is of one process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<String>,
    /// What the trusted proxy that it came through calls it (`X-Request-ID`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_request_id: Option<String>,
    /// When it was answered in real time, RFC 3339 in UTC to the millisecond.
    pub at: String,
    /// The same by the gateway's clock, which may be frozen or shifted.
    pub clock: String,
    /// The same as `clock`, in milliseconds since the epoch.
    pub at_ms: i64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The mount's name; none where no mount was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// The mount's dialect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// The endpoint (`token`, `authorize` and so on) or page (`login`, `consent`, `account`, `logout`, `error`); `none`
    /// where there is nothing.
    pub endpoint: String,
    /// The method; `_OTHER` where it is no usual one.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The client that it names, authenticated or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `sub` of the user that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The grant type that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// How its client authenticates: `basic`, `form`, `json`, `private_key_jwt`, `client_secret_jwt`, `assertion` where the
    /// assertion that asks for a token speaks for it, or `none` where it brings its id alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
    /// Which of its client's secrets it has proven, by position from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<usize>,
    /// The method of PKCE that it asks for (authorize) or uses (token): `S256`, `plain`, or `_OTHER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkce: Option<String>,
    /// The scopes that it asks for, separated by spaces; `...` stands for the rest of a long list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_asked: Option<String>,
    /// The scopes that it grants, or that the token which it presents has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The tokens that it brings about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<TokenIds>,
    /// The tokens that it presents: those that the mount has signed, and personal access tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presented: Option<TokenIds>,
    /// The phases that it came to, in order, each with what it decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Decision>,
    /// The status it was answered with; 0 where a scenario let no byte of an answer out.
    pub status: u16,
    /// The kind of its refusal, as scenarios name them, or `not_found`; none where it was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it was refused, or what is odd about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What became of it, in one sentence: `token for bits-demo: application`, or `refused: …` with what to change.
    #[serde(default)]
    pub says: String,
    /// What to change, where that can be told from what the request looked like and what came before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The id again, where the error page told it to a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Whether a scenario acted on it.
    pub forced: bool,
    /// Which one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced_by: Option<ForcedBy>,
    /// Request and answer, where the mount keeps them (`journal_bodies`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
}

/// What acted on a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ForcedBy {
    /// The scenario's id.
    pub scenario: String,
    /// Which of its steps, from 1.
    pub step: u32,
}

/// Identifiers (`jti`) of tokens. An opaque refresh token has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenIds {
    /// The access token's, or the id of a personal access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// The ID token's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The refresh token's, where it is a JWT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// What a phase decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Decision {
    /// Its name: `client`, `token`, `redirect_uri`, `grant`, `scopes`, `entitlement`, `rate_limit`, `proof`, `sign_in` or
    /// `consent`.
    pub phase: String,
    /// `passed` or `refused`.
    pub decision: String,
    /// The same in a sentence.
    pub says: String,
}
