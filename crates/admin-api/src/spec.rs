//! Clients and users as the configuration file and the admin API write them.

use crate::rules;
use crate::{ClientView, SecretText, UserView};
use grant::{Claims, Client, ClientSecret, NotAfter, Password, User};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// A client, as in a `[[mount.client]]` or a line of a client file.
///
/// At most one of `secret`, `secret_file`, `secret_env`, `secret_sha256` and `secrets` is given; with none of them, and no
/// `jwks`, the client is a public one (RFC 6749 section 2.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClientSpec {
    /// Its identifier, unique in the mount. Over HTTP it may be left out, for the path names it.
    #[schema(read_only)]
    pub id: String,
    /// What users know it by, on the pages where they sign in and consent; left out, its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its secret in the clear; only the SHA-256 is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, min_length = 1, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    pub secret: Option<SecretText>,
    /// A file that holds the secret; one trailing newline is not part of it. Refused over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub secret_file: Option<String>,
    /// An environment variable that holds the secret. Refused over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub secret_env: Option<String>,
    /// SHA-256 of the secret, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub secret_sha256: Option<String>,
    /// Its secrets, where it has more than one, or one that ends. Any that holds proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 8)]
    pub secrets: Option<Vec<SecretSpec>>,
    /// Its public keys, a JWK Set (RFC 7517): RSA of 2048 bits or more, or P-256. They check the assertions by which it
    /// authenticates (`private_key_jwt`) or asks for tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::jwks)]
    pub jwks: Option<Claims>,
    /// The one way in which it may authenticate (OpenID Connect Core section 9); left out, any for which it has what is
    /// needed, but `client_secret_jwt`, which must be named, and wants the secret in the clear in the configuration file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::auth_method)]
    pub token_endpoint_auth_method: Option<String>,
    /// Whether it has neither secret nor key. It may be left out, and must fit them where it is not; false without a
    /// secret, over HTTP, keeps the secret that the client has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Grant types it may use; left out, `client_credentials` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::grants)]
    pub grants: Option<Vec<String>>,
    /// Scopes it may be granted, of the mount's catalogue.
    pub scopes: Vec<String>,
    /// Where an authorization may answer: absolute URIs without a fragment, compared exactly.
    #[schema(schema_with = rules::redirect_uris)]
    pub redirect_uris: Vec<String>,
    /// Where a log-out may answer: absolute URIs without a fragment, compared exactly.
    #[schema(schema_with = rules::redirect_uris)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told, by a signed token, of sessions that end: an `https` URL, or an `http` one
    /// (OpenID Connect Back-Channel Logout).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::backchannel_logout_uri)]
    pub backchannel_logout_uri: Option<String>,
    /// `required`: it must use PKCE, also where the mount asks nobody for it; left out, or `optional`: as the mount says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::pkce)]
    pub pkce: Option<String>,
    /// The origins of its pages, which may read the mount's answers: `https://app.example.com`, or `loopback`.
    #[schema(schema_with = rules::origins)]
    pub allowed_origins: Vec<String>,
    /// Whether users are spared the consent page.
    pub trusted: bool,
    /// Whether it is refused everywhere, its live tokens included.
    pub disabled: bool,
    /// `sub` of the user it acts for, where its dialect binds one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How often it may be granted tokens, such as `100/1h` or `unlimited`; left out, the dialect's own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = rules::rate_limit)]
    pub rate_limit: Option<String>,
    /// Facts of the client that its dialect writes into tokens and replies.
    #[schema(value_type = Object)]
    pub claims: Claims,
}

/// One of a client's secrets, given in one of four ways. Over HTTP one that is given in none is the one that the client
/// has at its position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSpec {
    /// The secret in the clear; only the SHA-256 is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, min_length = 1, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    pub secret: Option<SecretText>,
    /// A file that holds the secret; one trailing newline is not part of it. Refused over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub secret_file: Option<String>,
    /// An environment variable that holds the secret. Refused over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub secret_env: Option<String>,
    /// SHA-256 of the secret, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub secret_sha256: Option<String>,
    /// The last moment at which it holds, by real time, as RFC 3339 writes it; left out, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_after: Option<NotAfter>,
}

impl SecretSpec {
    /// Whether it says which secret it is.
    pub const fn is_given(&self) -> bool {
        self.secret.is_some() || self.secret_file.is_some() || self.secret_env.is_some() || self.secret_sha256.is_some()
    }
}

impl ClientSpec {
    /// Its secrets as they are kept: one that does not end as those before them were, so that older versions read it.
    pub fn set_secrets(&mut self, secrets: &[ClientSecret]) {
        (self.secret, self.secret_sha256, self.secrets) = (None, None, None);
        let kept = |secret: &ClientSecret| SecretSpec {
            secret_sha256: Some(secret.digest.hex()),
            not_after: secret.not_after,
            ..SecretSpec::default()
        };
        match secrets {
            [] => {}
            [ClientSecret { digest, not_after: None }] => self.secret_sha256 = Some(digest.hex()),
            secrets => self.secrets = Some(secrets.iter().map(kept).collect()),
        }
    }
}

/// A user, as in a `[[mount.user]]` or a line of a user file.
///
/// At most one of `password` and `password_argon2` is given; with neither, no password is right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserSpec {
    /// The subject identifier, unique in the mount. Over HTTP it may be left out, for the path names it.
    #[schema(read_only)]
    pub sub: String,
    /// The name the user signs in with, unique in the mount; left out, the same as `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    pub username: Option<String>,
    /// The password in the clear; it is hashed before it reaches the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, min_length = 1)]
    pub password: Option<SecretText>,
    /// The password's Argon2id hash as a PHC string.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, pattern = r"^\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$")]
    pub password_argon2: Option<SecretText>,
    /// Whether there is a password. It may be left out, and must fit the password where it is not; true without a
    /// password, over HTTP, keeps the password that the user has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_password: Option<bool>,
    /// Whether an automatic approval is answered as a denial.
    pub denies_consent: bool,
    /// Whether the user is refused everywhere, live tokens included.
    pub disabled: bool,
    /// Facts of the user, typed as in the tokens.
    #[schema(value_type = Object)]
    pub claims: Claims,
}

impl From<&Client> for ClientSpec {
    fn from(client: &Client) -> Self {
        let ClientView {
            id,
            name,
            jwks,
            token_endpoint_auth_method,
            grants,
            scopes,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            pkce,
            allowed_origins,
            trusted,
            disabled,
            user,
            rate_limit,
            claims,
            ..
        } = client.into();
        let mut spec = Self {
            id,
            name,
            jwks,
            token_endpoint_auth_method,
            grants: Some(grants),
            scopes,
            redirect_uris,
            post_logout_redirect_uris,
            backchannel_logout_uri,
            pkce,
            allowed_origins,
            trusted,
            disabled,
            user,
            rate_limit,
            claims,
            ..Self::default()
        };
        spec.set_secrets(&client.secrets);
        spec
    }
}

impl From<&User> for UserSpec {
    fn from(user: &User) -> Self {
        let (password, password_argon2) = match &user.password {
            None => (None, None),
            Some(Password::Plain(text)) => (Some(text.expose_secret().into()), None),
            Some(Password::Argon2(hash)) => (None, Some(hash.as_str().into())),
        };
        let UserView { sub, username, denies_consent, disabled, claims, .. } = user.into();
        Self {
            sub,
            username: Some(username),
            password,
            password_argon2,
            has_password: None,
            denies_consent,
            disabled,
            claims,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s13_a_client_with_one_secret_that_does_not_end_is_kept_as_it_was() {
        let digest = grant::SecretDigest::new([0x5a; 32]);
        let mut client = Client { secrets: vec![digest.into()], ..Client::new("web") };
        let kept = serde_json::to_value(ClientSpec::from(&client)).unwrap();
        assert_eq!((&kept["secret_sha256"], kept.get("secrets")), (&digest.hex().into(), None));
        client.secrets[0].not_after = Some("2027-01-01T00:00:00Z".parse().unwrap());
        let kept = serde_json::to_value(ClientSpec::from(&client)).unwrap();
        let ends = serde_json::json!([{ "secret_sha256": digest.hex(), "not_after": "2027-01-01T00:00:00Z" }]);
        assert_eq!((kept.get("secret_sha256"), &kept["secrets"]), (None, &ends));
    }

    #[test]
    fn a_client_reads_back_as_it_was_sent() {
        let json = r#"{"id":"web","secret":"web-secret","scopes":["openid"],"claims":{"z":1,"a":[true]}}"#;
        let client: ClientSpec = serde_json::from_str(json).unwrap();
        assert_eq!(client.grants, None, "the default is the reader's to give");
        let sent = serde_json::to_string(&client).unwrap();
        assert!(sent.contains(r#""claims":{"z":1,"a":[true]}"#), "claims keep their order: {sent}");
        assert_eq!(serde_json::from_str::<ClientSpec>(&sent).unwrap(), client);
    }

    #[test]
    fn unknown_keys_are_refused_and_secrets_are_not_shown() {
        assert!(serde_json::from_str::<ClientSpec>(r#"{"id":"a","scope":["x"]}"#).is_err());
        assert!(serde_json::from_str::<UserSpec>(r#"{"sub":"a","name":"x"}"#).is_err());
        let user: UserSpec =
            serde_json::from_str(r#"{"sub":"1","password":"canary-1","password_argon2":"canary-2"}"#).unwrap();
        assert!(!format!("{user:?}").contains("canary"));
    }
}
