//! Tokens as no issuer should make them, for validators to refuse.

use super::hmac::HmacKey;
use super::jwt::{Header, append_json};
use super::{KeyError, SigningKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant::{HeaderMember, Refusal, SigningAlg};
use josekit::JoseError;
use josekit::jws::JwsSigner;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A key that no store has; the same until the process ends, for RSA takes its time.
pub(crate) async fn stranger(alg: SigningAlg) -> Result<Arc<SigningKey>, Refusal> {
    static STRANGERS: [OnceCell<Arc<SigningKey>>; SigningAlg::ALL.len()] =
        [const { OnceCell::const_new() }; SigningAlg::ALL.len()];
    let index = SigningAlg::ALL.iter().position(|one| *one == alg).unwrap_or_default();
    let make = async || {
        let stored = SigningKey::make(alg, 0).await?;
        SigningKey::from_stored(&stored).map(Arc::new).map_err(|error| super::ring::broken(&error))
    };
    STRANGERS[index].get_or_try_init(make).await.cloned()
}

/// The token with a claim that was added after it was signed.
pub(crate) fn tamper(token: &str) -> Result<String, KeyError> {
    let parts: Vec<_> = token.split('.').collect();
    let claims = parts.get(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    let (Some(mut claims), [header, _, signature]) = (claims, &parts[..]) else { return Err(odd("no JWT")) };
    claims.pop();
    claims.extend_from_slice(br#","tampered":true}"#);
    Ok(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims)))
}

/// A token without a signature (RFC 7518 section 3.6).
pub(crate) fn unsigned(typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
    message(&Header { alg: "none", kid: "", typ, order: HeaderMember::WITHOUT_KID }, claims)
        .map(|message| message + ".")
}

/// A token by HS256, with the public key in PEM as the secret: what a validator takes for good that lets the token choose
/// the algorithm (RFC 8725 section 2.1).
pub(crate) fn with_public_key(
    key: &SigningKey,
    typ: &str,
    order: &[HeaderMember],
    claims: &impl Serialize,
) -> Result<String, KeyError> {
    let mut token = message(&Header { alg: "HS256", kid: &key.kid, typ, order }, claims)?;
    let secret = public_pem(key).map_err(|error| odd(&error.to_string()))?;
    let signer = HmacKey::new(SigningAlg::Hs256, &secret).ok_or_else(|| odd("a short public key"))?;
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

fn message(header: &Header<'_>, claims: &impl Serialize) -> Result<String, KeyError> {
    let mut message = String::new();
    append_json(&mut message, header)?;
    message.push('.');
    append_json(&mut message, claims)?;
    Ok(message)
}

fn public_pem(key: &SigningKey) -> Result<Vec<u8>, ErrorStack> {
    let number = |name: &str| {
        let text = key.jwk().params.iter().find(|(param, _)| *param == name).map_or("", |(_, text)| text);
        BigNum::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap_or_default())
    };
    match key.alg {
        SigningAlg::Es256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
            let public = EcKey::from_public_key_affine_coordinates(&group, &*number("x")?, &*number("y")?)?;
            PKey::from_ec_key(public)?.public_key_to_pem()
        }
        SigningAlg::Rs256 | SigningAlg::Ps256 | SigningAlg::Hs256 | SigningAlg::Hs512 => {
            PKey::from_rsa(Rsa::from_public_components(number("n")?, number("e")?)?)?.public_key_to_pem()
        }
    }
}

fn odd(why: &str) -> KeyError {
    KeyError::Jose(JoseError::InvalidJwtFormat(std::io::Error::other(why.to_owned()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use josekit::jwk::KeyPair;
    use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
    use josekit::jwk::alg::rsa::RsaKeyPair;
    use josekit::jws::{HS256, JwsVerifier};

    /// A validator that lets the token choose the algorithm takes its own public key, as it has it, for the secret.
    #[test]
    fn the_secret_is_the_public_key_as_it_is_published() {
        for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::Ps256] {
            let stored = SigningKey::generate(alg, 0).unwrap();
            let pem = match alg {
                SigningAlg::Es256 => {
                    EcKeyPair::from_der(&*stored.material, Some(EcCurve::P256)).unwrap().to_pem_public_key()
                }
                _ => RsaKeyPair::from_der(&*stored.material).unwrap().to_pem_public_key(),
            };
            let token =
                with_public_key(&SigningKey::from_stored(&stored).unwrap(), "JWT", HeaderMember::WITH_KID, &"claims")
                    .unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let verifier = HS256.verifier_from_bytes(&pem).unwrap();
            verifier.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        }
    }
}
