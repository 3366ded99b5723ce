//! Signs JWTs, as a client signs its assertions (RFC 7523).

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jwk::{Jwk, P_256};
use josekit::jws::{ES256, HS256, JwsSigner, PS256, RS256};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A client's private key.
#[derive(Debug)]
pub struct Signer {
    key: Jwk,
    alg: &'static str,
    kid: Option<String>,
}

impl Signer {
    /// A new key for RS256, PS256 or ES256.
    pub fn new(alg: &'static str, kid: Option<&str>) -> Result<Self> {
        let key = if alg == "ES256" { Jwk::generate_ec_key(P_256)? } else { Jwk::generate_rsa_key(2048)? };
        Ok(Self { key, alg, kid: kid.map(str::to_owned) })
    }

    /// A secret, for HS256.
    pub fn of_secret(secret: &str) -> Result<Self> {
        let mut key = Jwk::new("oct");
        key.set_parameter("k", Some(URL_SAFE_NO_PAD.encode(secret).into()))?;
        Ok(Self { key, alg: "HS256", kid: None })
    }

    /// The same key under another algorithm or identifier.
    #[must_use]
    pub fn as_if(&self, alg: &'static str, kid: Option<&str>) -> Self {
        Self { key: self.key.clone(), alg, kid: kid.map(str::to_owned) }
    }

    /// The public key, as it is registered.
    pub fn public(&self) -> Result<Value> {
        let mut public = self.key.to_public_key()?;
        if let Some(kid) = &self.kid {
            public.set_key_id(kid.as_str());
        }
        Ok(Value::Object(public.as_ref().clone()))
    }

    /// The set of the public key alone.
    pub fn jwks(&self) -> Result<Value> {
        Ok(json!({ "keys": [self.public()?] }))
    }

    /// The private key of an ES256 signer, as PKCS #8 in PEM.
    pub fn pem(&self) -> Result<String> {
        Ok(String::from_utf8(EcKeyPair::from_jwk(&self.key)?.to_pem_private_key())?)
    }

    /// A JWT of these claims.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        let signer: Box<dyn JwsSigner> = match self.alg {
            "HS256" => Box::new(HS256.signer_from_jwk(&self.key)?),
            "ES256" => Box::new(ES256.signer_from_jwk(&self.key)?),
            "PS256" => Box::new(PS256.signer_from_jwk(&self.key)?),
            _ => Box::new(RS256.signer_from_jwk(&self.key)?),
        };
        let mut header = json!({ "alg": self.alg, "typ": "JWT" });
        if let Some(kid) = &self.kid {
            header["kid"] = kid.as_str().into();
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = signer.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A key that is no client's: the same until the process ends.
#[expect(clippy::expect_used, reason = "a test's own key")]
pub fn stranger() -> &'static Signer {
    static STRANGER: LazyLock<Signer> = LazyLock::new(|| Signer::new("RS256", None).expect("an RSA key"));
    &STRANGER
}

/// The key of the clients of contracts that sign: the same until the process ends.
#[expect(clippy::expect_used, reason = "a test's own key")]
pub fn signer() -> &'static Signer {
    static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new("RS256", None).expect("an RSA key"));
    &SIGNER
}
