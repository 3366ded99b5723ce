//! What an answer must be: its status, the shape of its tokens, who issued them to whom, and that none was seen before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Bits,
    BizzAssure,
    BrightHrApp,
    BrightHrRefresh,
    ScreeningEagleRefresh,
    ScreeningEagleCode,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bits => "Bits, client credentials",
            Self::BizzAssure => "BizzAssure, client credentials",
            Self::BrightHrApp => "BrightHR, client credentials",
            Self::BrightHrRefresh => "BrightHR, refresh",
            Self::ScreeningEagleRefresh => "Screening Eagle, refresh",
            Self::ScreeningEagleCode => "Screening Eagle, code",
        }
    }

    const fn alg(self) -> &'static str {
        match self {
            Self::Bits | Self::ScreeningEagleRefresh | Self::ScreeningEagleCode => "HS256",
            Self::BizzAssure | Self::BrightHrApp | Self::BrightHrRefresh => "RS256",
        }
    }

    fn issuer(self, base: &str) -> String {
        match self {
            Self::Bits => format!("{base}/bits"),
            Self::BizzAssure => format!("{base}/bizzassure"),
            Self::BrightHrApp | Self::BrightHrRefresh => format!("{base}/brighthr"),
            Self::ScreeningEagleRefresh | Self::ScreeningEagleCode => "Screening Eagle ID".to_owned(),
        }
    }

    /// The claim of an access token that says whose it is.
    const fn owner(self) -> &'static str {
        match self {
            Self::Bits | Self::BizzAssure | Self::BrightHrApp => "client_id",
            Self::BrightHrRefresh | Self::ScreeningEagleRefresh | Self::ScreeningEagleCode => "sub",
        }
    }

    /// The members of the answer that are tokens, and whether they are JWTs.
    const fn tokens(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Bits | Self::BizzAssure | Self::BrightHrApp => &[("access_token", true)],
            Self::BrightHrRefresh => &[("access_token", true), ("id_token", true), ("refresh_token", false)],
            Self::ScreeningEagleRefresh | Self::ScreeningEagleCode => {
                &[("access_token", true), ("id_token", true), ("refresh_token", true)]
            }
        }
    }
}

/// What a right answer has granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Granted {
    /// What no other answer may have: each `jti`, and each refresh token that is no JWT.
    pub(crate) ids: Vec<String>,
    /// The successor.
    pub(crate) refresh: Option<String>,
}

/// Reads the body of a 200 to `whose` client or user; the error says what is wrong with it. Signatures are not checked.
pub(crate) fn granted(kind: Kind, whose: &str, base: &str, body: &[u8]) -> Result<Granted, String> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
    let answer = if kind == Kind::BizzAssure { &answer["payload"] } else { &answer };
    let life = answer["expires_in"].as_i64().filter(|life| *life > 0).ok_or("no expires_in")?;
    let mut granted = Granted::default();
    for (name, is_jwt) in kind.tokens() {
        let token = answer[name].as_str().filter(|token| !token.is_empty()).ok_or_else(|| format!("no {name}"))?;
        if *is_jwt {
            let claims = claims(token, kind.alg()).ok_or_else(|| format!("{name} is no {} token", kind.alg()))?;
            let issuer = kind.issuer(base);
            if claims["iss"] != issuer.as_str() {
                return Err(format!("{name} has iss {} and not {issuer}", claims["iss"]));
            }
            match (claims["jti"].as_str(), *name) {
                (Some(id), _) => granted.ids.push(id.to_owned()),
                (None, "id_token") => {}
                (None, _) => return Err(format!("{name} has no jti")),
            }
            if *name == "access_token" && claims[kind.owner()] != whose {
                return Err(format!("{name} is not of {whose}: {claims}"));
            }
            if *name == "access_token" && !lives(&claims, life) {
                return Err(format!("{name} does not live for {life} s: {claims}"));
            }
        } else {
            granted.ids.push(token.to_owned());
        }
        if *name == "refresh_token" {
            granted.refresh = Some(token.to_owned());
        }
    }
    Ok(granted)
}

fn lives(claims: &Value, life: i64) -> bool {
    matches!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(from), Some(until)) if until - from == life)
}

/// The claims of a JWT with that algorithm.
fn claims(token: &str, alg: &str) -> Option<Value> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { return None };
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let signed = URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| bytes.len() >= 32);
    (signed && json(header)?["alg"] == alg).then(|| json(claims)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn jwt(alg: &str, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(&json!({"alg": alg})), part(claims), URL_SAFE_NO_PAD.encode([7; 32]))
    }

    fn bits(alg: &str, claims: &Value) -> Result<Granted, String> {
        let body = json!({"access_token": jwt(alg, claims), "expires_in": 10}).to_string();
        granted(Kind::Bits, "me", "http://gateway", body.as_bytes())
    }

    #[test]
    fn a_right_answer_yields_its_ids_and_its_successor() {
        let right = json!({"iss": "http://gateway/bits", "jti": "a", "iat": 1, "exp": 11, "client_id": "me"});
        assert_eq!(bits("HS256", &right), Ok(Granted { ids: vec!["a".into()], refresh: None }));
        let token = |id: &str| jwt("RS256", &json!({"iss": "g/brighthr", "jti": id, "iat": 1, "exp": 3, "sub": "1"}));
        let body = json!({"access_token": token("b"), "id_token": token("c"), "refresh_token": "d", "expires_in": 2});
        let found = granted(Kind::BrightHrRefresh, "1", "g", body.to_string().as_bytes()).unwrap();
        assert_eq!(found, Granted { ids: vec!["b".into(), "c".into(), "d".into()], refresh: Some("d".into()) });
    }

    #[test]
    fn a_wrong_answer_is_said_to_be_wrong() {
        let right = json!({"iss": "http://gateway/bits", "jti": "a", "iat": 1, "exp": 11, "client_id": "me"});
        let with = |name: &str, value: Value| {
            let mut claims = right.clone();
            claims[name] = value;
            bits("HS256", &claims).unwrap_err()
        };
        assert!(with("iss", json!("http://other/bits")).contains("has iss"));
        assert!(with("client_id", json!("another")).contains("not of me"));
        assert!(with("jti", Value::Null).contains("no jti"));
        assert!(with("exp", json!(12)).contains("does not live"));
        assert!(bits("RS256", &right).unwrap_err().contains("no HS256 token"));
        let unsigned = json!({"access_token": "e30.e30.", "expires_in": 10}).to_string();
        assert!(granted(Kind::Bits, "me", "g", unsigned.as_bytes()).is_err());
        assert!(granted(Kind::Bits, "me", "g", b"<html>").unwrap_err().contains("no JSON"));
        assert!(granted(Kind::BizzAssure, "me", "g", br#"{"access_token":"a","expires_in":1}"#).is_err());
    }
}
