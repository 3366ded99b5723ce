use super::*;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair};
use josekit::jws::{ES256, JwsSigner, PS256, RS256};

fn of_jwk(jwk: &Jwk) -> Claims {
    serde_json::from_str(&jwk.to_string()).unwrap()
}

fn set(keys: Vec<Claims>) -> Claims {
    let mut jwks = Claims::empty();
    jwks.set("keys", Value::List(keys.into_iter().map(Value::Map).collect()));
    jwks
}

fn with(jwk: &Claims, name: &str, value: Value) -> Claims {
    let mut jwk = jwk.clone();
    jwk.set(name, value);
    jwk
}

#[test]
fn o41_a_key_checks_what_its_private_half_signed_by_its_own_algorithms() {
    let (rsa, ec) = (RsaKeyPair::generate(2048).unwrap(), EcKeyPair::generate(EcCurve::P256).unwrap());
    let jwks = set(vec![of_jwk(&rsa.to_jwk_public_key()), of_jwk(&ec.to_jwk_public_key())]);
    let [of_rsa, of_ec] = &*client_keys(&jwks).unwrap() else { panic!("two keys") };
    let signers: [(AssertionAlg, &ClientKey, Box<dyn JwsSigner>); 3] = [
        (AssertionAlg::Rs256, of_rsa, Box::new(RS256.signer_from_der(rsa.to_der_private_key()).unwrap())),
        (AssertionAlg::Ps256, of_rsa, Box::new(PS256.signer_from_der(rsa.to_der_private_key()).unwrap())),
        (AssertionAlg::Es256, of_ec, Box::new(ES256.signer_from_der(ec.to_der_private_key()).unwrap())),
    ];
    for (alg, own, signer) in &signers {
        let signature = signer.sign(b"message").unwrap();
        assert!(verifies(own, *alg, b"message", &signature), "{alg:?}");
        assert!(!verifies(own, *alg, b"massage", &signature), "{alg:?}");
        assert!(!verifies(own, *alg, b"message", &signature[1..]), "{alg:?}");
        for other in AssertionAlg::ALL.into_iter().filter(|other| other != alg) {
            assert!(!verifies(own, other, b"message", &signature), "{alg:?} as {other:?}");
        }
    }
    let only = client_keys(&set(vec![with(&of_jwk(&rsa.to_jwk_public_key()), "alg", "PS256".into())])).unwrap();
    let signature = signers[0].2.sign(b"message").unwrap();
    assert!(!verifies(&only[0], AssertionAlg::Rs256, b"message", &signature), "a key of one algorithm");
}

#[test]
fn o41_what_is_no_public_key_that_checks_is_refused_with_the_reason() {
    let rsa = RsaKeyPair::generate(2048).unwrap();
    let ec = EcKeyPair::generate(EcCurve::P256).unwrap();
    let (public, point) = (of_jwk(&rsa.to_jwk_public_key()), of_jwk(&ec.to_jwk_public_key()));
    let small = of_jwk(&RsaKeyPair::generate(1024).unwrap().to_jwk_public_key());
    let other = of_jwk(&EcKeyPair::generate(EcCurve::P384).unwrap().to_jwk_public_key());
    let named = with(&point, "kid", "k1".into());
    for (jwks, word) in [
        (Claims::empty(), "JWK Set"),
        (set(vec![]), "0 keys"),
        (set(vec![point.clone(); 17]), "17 keys"),
        (set(vec![named.clone(), named.clone()]), "two keys of one kid"),
        (set(vec![of_jwk(&rsa.to_jwk_private_key())]), "private"),
        (set(vec![of_jwk(&ec.to_jwk_private_key())]), "private"),
        (set(vec![small]), "1024 bits"),
        (set(vec![other]), "P-256"),
        (set(vec![with(&public, "kty", "oct".into())]), "kty"),
        (set(vec![with(&public, "use", "enc".into())]), "use"),
        (set(vec![with(&public, "alg", "ES256".into())]), "alg"),
        (set(vec![with(&point, "alg", "HS256".into())]), "alg"),
        (set(vec![with(&public, "kid", Value::Int(1))]), "kid"),
        (set(vec![with(&public, "e", "AQ".into())]), "`e`"),
        (set(vec![with(&public, "e", "AQABAQABAQAB".into())]), "`e`"),
        (set(vec![with(&public, "n", "!".into())]), "`n`"),
        (set(vec![with(&point, "x", "AQ".into())]), "1 bytes"),
        (set(vec![with(&point, "x", URL_SAFE_NO_PAD.encode([7; 32]).into())]), "point"),
    ] {
        let why = client_keys(&jwks).unwrap_err();
        assert!(why.contains(word), "{word}: {why}");
    }
}

#[test]
fn o41_a_secret_checks_its_own_macs_and_a_short_one_none() {
    let secret = "0123456789abcdef0123456789abcdef";
    let mac = josekit::jws::alg::hmac::HmacJwsAlgorithm::Hs256.signer_from_bytes(secret).unwrap().sign(b"m").unwrap();
    assert!(is_mac_of(secret, b"m", &mac) && !is_mac_of(secret, b"n", &mac));
    assert!(!is_mac_of(&secret[1..], b"m", &mac));
}
