//! What a mount looks like from outside. No view holds a secret.

use grant::{Claims, NotAfter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One vendor's auth surface as it is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MountView {
    /// Its name, the first segment of its path.
    pub name: String,
    /// Its dialect, such as `bits-basic-form`.
    pub dialect: String,
    /// Whose auth surface it emulates.
    pub vendor: String,
    /// Hosts at which it is reached without the prefix.
    pub hosts: Vec<String>,
    /// The issuer its tokens name.
    pub issuer: String,
    /// Its endpoints.
    pub endpoints: Vec<EndpointView>,
    /// Its settings in force.
    pub settings: Vec<SettingView>,
    /// The endpoints and pages that scenarios may name there.
    #[serde(default)]
    pub places: Vec<String>,
    /// How its token request is written.
    #[serde(default)]
    pub token_call: TokenCallView,
    /// The names that its scopes may have.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How many clients it has.
    pub clients: usize,
    /// How many users it has.
    pub users: usize,
}

/// How a vendor's token request is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenCallView {
    /// Where the client's credentials stand: `basic`, or `body`.
    pub client: String,
    /// What the body calls the client's identifier, where it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the body calls its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What the body is: `form`, `json`, or `query` where the query has what a form would have.
    pub body: String,
    /// What an example asks for, in order; of JSON the values are JSON.
    pub asks: Vec<BodyMember>,
    /// Where the answer has the access token (RFC 6901).
    pub access_token: String,
    /// A client of the built-in sandbox that is granted it, where the mount has that with its published secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// A client of the built-in sandbox, whose secret everybody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Example {
    /// Its identifier.
    pub client_id: String,
    /// Its secret, as the manual publishes it.
    pub client_secret: String,
}

/// One path of a mount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EndpointView {
    /// What it is for: `token`, `userinfo` and so on.
    pub endpoint: String,
    /// The methods it serves.
    pub methods: Vec<String>,
    /// Its full URL below the gateway's public URL.
    pub url: String,
}

/// One setting of a mount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SettingView {
    /// Its key.
    pub name: String,
    /// Its present value.
    pub value: Value,
    /// Where that comes from: `file`, `run_time` or `default`.
    pub from: String,
    /// Its value where nothing sets it.
    pub default: Value,
    /// What it may be, in words.
    pub allowed: String,
    /// What it does.
    pub help: String,
}

/// A client without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClientView {
    /// Its identifier.
    pub id: String,
    /// What users know it by; none where its id must do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it has neither secret nor key (RFC 6749 section 2.1).
    pub public: bool,
    /// Its public keys, a JWK Set (RFC 7517); none where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Claims>,
    /// The one way in which it may authenticate; none where any will do for which it has what is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// Until when each of its secrets holds; left out where there is none, or one that does not end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretView>,
    /// Grant types it may use.
    pub grants: Vec<String>,
    /// Scopes it may be granted.
    pub scopes: Vec<String>,
    /// Where an authorization may answer.
    pub redirect_uris: Vec<String>,
    /// Where a log-out may answer.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told of sessions that end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// `required` where it must use PKCE whatever the mount asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkce: Option<String>,
    /// The origins of its pages, which may read the mount's answers.
    pub allowed_origins: Vec<String>,
    /// Whether users are spared the consent page.
    pub trusted: bool,
    /// Whether it is refused everywhere.
    pub disabled: bool,
    /// `sub` of the user it acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its own rate limit; none where the dialect's holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    /// Facts of the client.
    #[schema(value_type = Object)]
    pub claims: Claims,
}

/// One of a client's secrets, without the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SecretView {
    /// The last moment at which it holds, by real time; none where it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_after: Option<NotAfter>,
}

impl From<&grant::Client> for ClientView {
    fn from(client: &grant::Client) -> Self {
        let secrets = match &*client.secrets {
            [one] if one.not_after.is_none() => &[],
            secrets => secrets,
        };
        Self {
            secrets: secrets.iter().map(|secret| SecretView { not_after: secret.not_after }).collect(),
            id: client.id.to_string(),
            name: client.name.as_deref().map(str::to_owned),
            public: client.is_public(),
            jwks: jwks(&client.keys),
            token_endpoint_auth_method: client
                .auth_method
                .and_then(grant::AuthMethod::standard_name)
                .map(str::to_owned),
            grants: client.grants.iter().map(|grant| grant.as_str().to_owned()).collect(),
            scopes: client.scopes.iter().map(ToString::to_string).collect(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: client.backchannel_logout_uri.as_deref().map(str::to_owned),
            pkce: client.requires_pkce.then(|| "required".to_owned()),
            allowed_origins: client.allowed_origins.iter().map(str::to_owned).collect(),
            trusted: client.trusted,
            disabled: client.disabled,
            user: client.user.as_deref().map(str::to_owned),
            rate_limit: client.rate_limit.map(|limit| limit.to_string()),
            claims: client.claims.clone(),
        }
    }
}

/// Keys as they were registered.
fn jwks(keys: &[grant::ClientKey]) -> Option<Claims> {
    let all = keys.iter().map(|key| grant::Value::Map(key.jwk.clone())).collect::<Vec<_>>();
    let mut jwks = Claims::empty();
    jwks.set("keys", grant::Value::List(all));
    (!keys.is_empty()).then_some(jwks)
}

/// A user without the password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UserView {
    /// The subject identifier.
    pub sub: String,
    /// The name the user signs in with.
    pub username: String,
    /// Whether there is a password to sign in with.
    pub has_password: bool,
    /// Whether an automatic approval is answered as a denial.
    pub denies_consent: bool,
    /// Whether the user is refused everywhere.
    pub disabled: bool,
    /// Facts of the user.
    #[schema(value_type = Object)]
    pub claims: Claims,
}

impl From<&grant::User> for UserView {
    fn from(user: &grant::User) -> Self {
        Self {
            sub: user.sub.to_string(),
            username: user.username.to_string(),
            has_password: user.password.is_some(),
            denies_consent: user.denies_consent,
            disabled: user.disabled,
            claims: user.claims.clone(),
        }
    }
}

/// The keys of a mount as JWKs (RFC 7517), symmetric ones included: the admin listener alone shows them.
#[derive(Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JwksView {
    /// The keys that have not retired, the signing one first.
    #[schema(value_type = Vec<Object>)]
    pub keys: Vec<Map<String, Value>>,
}

impl std::fmt::Debug for JwksView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|key| key.get("kid").and_then(Value::as_str)).collect();
        f.debug_struct("JwksView").field("kids", &ids).finish_non_exhaustive()
    }
}

/// A member of a request's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BodyMember {
    /// Its name.
    pub name: String,
    /// Its value; of a JSON body it is JSON.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use grant::{Client, SecretDigest};

    #[test]
    fn a_client_is_shown_without_its_secret() {
        let mut client = Client::new("web");
        client.secrets = vec![SecretDigest::new([0x5a; 32]).into()];
        let json = serde_json::to_value(ClientView::from(&client)).unwrap();
        assert_eq!(json["public"], false);
        assert_eq!(json["grants"], serde_json::json!(["client_credentials"]));
        assert!(!json.to_string().contains("5a") && !json.to_string().contains("secret"));
    }

    #[test]
    fn debug_of_keys_shows_key_ids_alone() {
        let jwks: JwksView = serde_json::from_str(r#"{"keys":[{"kty":"oct","kid":"k1","k":"canary"}]}"#).unwrap();
        let debug = format!("{jwks:?}");
        assert!(debug.contains("k1") && !debug.contains("canary"), "{debug}");
    }
}
