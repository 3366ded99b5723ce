//! Tokens to order, and what tokens are.

use crate::{SecretText, rules, whole};
use grant::Claims;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What tokens are to be issued.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenOrder {
    /// The client that they are issued to.
    #[schema(min_length = 1)]
    pub client_id: String,
    /// The user that they speak for, by `sub` or username; left out, they are the client's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Scopes, separated by spaces; left out, all the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$")]
    pub scope: Option<String>,
    /// Claims laid over those of access and ID token, `iss` and `exp` too.
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    #[schema(value_type = Object)]
    pub claims: Claims,
    /// How many seconds access and ID token live; negative where they have ended. Left out, as the mount says.
    #[serde(default, deserialize_with = "whole::read_any", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -2_147_483_648_i64, maximum = 2_147_483_647)]
    pub lifetime: Option<i32>,
    /// What is wrong with the token: `expired`, `not_yet_valid`, `wrong_audience`, `wrong_issuer`, `unknown_key`,
    /// `tampered`, `alg_none`, `hs256_with_public_key`, `no_kid`, `wrong_typ`, `id_token_as_access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::token_flaw)]
    pub flaw: Option<String>,
    /// Which token has the flaw: `access_token`, or `id_token`. Left out, the access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::token)]
    pub token: Option<String>,
}

/// Tokens as they were ordered, in these names whatever the vendor's.
#[derive(Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenSet {
    /// The access token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// For how many seconds it holds.
    pub expires_in: i64,
    /// Its scopes, separated by spaces.
    pub scope: String,
    /// The ID token, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The refresh token, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What the access token is.
    pub explained: Inspection,
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Which of the tokens that are out: those that have all that is named; with nothing named, every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenSelection {
    /// Those of this client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub client_id: Option<String>,
    /// Those that speak for this user, by `sub` or username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub user: Option<String>,
    /// The one of this identifier; of refresh tokens, those that were issued with it or descend from the same sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub jti: Option<String>,
    /// Whether refresh tokens are expired too; left out, they are not.
    #[serde(default)]
    pub refresh: bool,
}

/// A token to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenText {
    /// The token.
    pub token: SecretText,
}

/// What a token is, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Inspection {
    /// The mount whose key signed it, else the one that it names as its issuer.
    pub mount: Option<String>,
    /// `access_token`, `id_token`, `refresh_token`, or `unknown`.
    pub kind: String,
    /// Whether it holds now.
    pub active: bool,
    /// Its header.
    #[schema(value_type = Object)]
    pub header: Claims,
    /// Its claims, each with what it means.
    pub claims: Vec<ClaimView>,
    /// `kid` of the key that signed it.
    pub key: Option<String>,
    /// Why it does not hold; empty where it does.
    pub problems: Vec<String>,
    /// What the mount's userinfo would say, where it has one.
    pub userinfo: Option<Answered>,
    /// What the mount's introspection would say to a client that may ask, where it has one.
    pub introspect: Option<Introspected>,
    /// What forward auth would say.
    pub verify: Option<Answered>,
}

/// A claim, and what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClaimView {
    /// Its name.
    pub name: String,
    /// Its value.
    #[schema(schema_with = rules::anything)]
    pub value: serde_json::Value,
    /// What it means.
    pub meaning: String,
}

/// What an endpoint would answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The kind of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// What introspection would answer (RFC 7662).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Introspected {
    /// The status.
    pub status: u16,
    /// The answer, with the vendor's own members.
    #[schema(schema_with = rules::anything)]
    pub answer: serde_json::Value,
    /// Why it says that the token is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}
