//! Signing keys: listed, rotated and forgotten.

use crate::gateway::Gateway;
use serde_json::{Value, json};

const KEYS: &str = "/v1/mounts/brighthr-sandbox/keys";
const ROTATE: &str = "/v1/mounts/brighthr-sandbox/keys/rotate";
const USERINFO: &str = "/brighthr-sandbox/connect/userinfo";
/// The longest that a token of the mount lives.
const LIFE: i64 = 3_600;

fn frozen() -> Gateway {
    let gateway = Gateway::start();
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1000000}"#);
    gateway
}

fn advance(gateway: &Gateway, seconds: i64) {
    gateway.ok("POST", "/v1/clock/advance", &json!({ "seconds": seconds }).to_string());
}

/// An access token of alice's.
fn token(gateway: &Gateway) -> String {
    let order = r#"{"client_id":"brighthr-sandbox-web","user":"alice","redirect_uri":"https://client.test/cb"}"#;
    let code = gateway.ok("POST", "/v1/mounts/brighthr-sandbox/codes", order)["code"].as_str().unwrap().to_owned();
    let body = format!(
        "grant_type=authorization_code&client_id=brighthr-sandbox-web&client_secret=brighthr-sandbox-web-secret\
         &redirect_uri=https%3A%2F%2Fclient.test%2Fcb&code={code}"
    );
    let reply = gateway.post_form("/brighthr-sandbox/connect/token", &body);
    reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned()
}

fn kid(token: &str) -> String {
    use base64::Engine;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

fn statuses(gateway: &Gateway) -> Vec<(String, String)> {
    let keys = gateway.ok("GET", KEYS, "");
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    keys.as_array().unwrap().iter().map(|key| (text(key, "kid"), text(key, "status"))).collect()
}

fn status_of(gateway: &Gateway, kid: &str) -> String {
    statuses(gateway).into_iter().find(|(known, _)| known == kid).map_or_else(String::new, |(_, status)| status)
}

fn published(gateway: &Gateway) -> Vec<String> {
    let keys = gateway.get_with("/_gateway/jwks/brighthr-sandbox", "").json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn f13_a_new_key_is_published_then_signs_and_the_old_one_goes_when_its_tokens_have() {
    let gateway = frozen();
    let before = token(&gateway);
    let old = kid(&before);
    let keys = gateway.ok("POST", ROTATE, r#"{"lead_seconds":60}"#);
    let new = keys[1]["kid"].as_str().unwrap().to_owned();
    let view = |kid: &str, status: &str, from: i64, retires: Value| {
        json!({ "kid": kid, "alg": "RS256",
        "status": status, "created_at": 1_000_000, "signs_from": from, "retires_at": retires })
    };
    assert_eq!(
        keys,
        json!([
            view(&old, "signing", 1_000_000, (1_000_060 + LIFE).into()),
            view(&new, "upcoming", 1_000_060, Value::Null)
        ])
    );
    assert_eq!(published(&gateway), [old.clone(), new.clone()]);
    advance(&gateway, 59);
    assert_eq!(kid(&token(&gateway)), old, "it signs to the last");
    advance(&gateway, 1);
    let after = token(&gateway);
    assert_eq!(kid(&after), new);
    assert_eq!(published(&gateway), [new.clone(), old.clone()], "the one that signs comes first");
    assert_eq!((status_of(&gateway, &old), status_of(&gateway, &new)), ("retiring".into(), "signing".into()));
    for token in [&before, &after] {
        assert_eq!(gateway.get_with(USERINFO, token).status, 200);
    }
    advance(&gateway, LIFE - 1);
    assert_eq!(published(&gateway).len(), 2);
    advance(&gateway, 1);
    assert_eq!(published(&gateway), [&*new]);
    assert_eq!(status_of(&gateway, &old), "retired");
    // A clock that is set back finds everything as it was.
    gateway.ok("PUT", "/v1/clock", r#"{"freeze":1000030}"#);
    assert_eq!(kid(&token(&gateway)), old);
    assert_eq!(gateway.get_with(USERINFO, &before).status, 200);
    assert_eq!(published(&gateway), [old, new]);
}

#[test]
fn without_a_lead_it_signs_at_once_and_by_default_in_five_minutes() {
    let gateway = frozen();
    let old = kid(&token(&gateway));
    advance(&gateway, 1);
    let keys = gateway.ok("POST", ROTATE, r#"{"lead_seconds":0}"#);
    assert_eq!(keys[1]["status"], "signing", "{keys}");
    let new = kid(&token(&gateway));
    assert!(new != old && keys[1]["kid"] == new, "{keys}");
    let keys = gateway.ok("POST", ROTATE, "{}");
    assert_eq!((&keys[2]["signs_from"], &keys[2]["status"]), (&1_000_301.into(), &"upcoming".into()), "{keys}");
    let keys = gateway.ok("POST", ROTATE, r#"{"lead_seconds":0}"#);
    let status =
        |kid: &Value| keys.as_array().unwrap().iter().find(|key| key["kid"] == *kid).unwrap()["status"].clone();
    let overtaken = &gateway.ok("GET", KEYS, "")[3]["kid"];
    assert_eq!(status(overtaken), "retiring", "n47: it was to sign in five minutes, and another signs now: {keys}");
    // What is reset is state; keys stay.
    gateway.done("POST", "/v1/reset");
    assert_eq!(statuses(&gateway).len(), 4);
}

#[test]
fn what_a_forgotten_key_signed_is_refused_and_the_one_that_signs_is_not_forgotten() {
    let gateway = frozen();
    let stolen = token(&gateway);
    let old = kid(&stolen);
    let path = |kid: &str| format!("{KEYS}/{kid}");
    let refused = gateway.refused(409, "DELETE", &path(&old), "");
    assert!(refused["remedy"].as_str().unwrap().contains("keys/rotate"), "{refused}");
    gateway.ok("POST", ROTATE, r#"{"lead_seconds":0}"#);
    let good = token(&gateway);
    gateway.done("DELETE", &path(&old));
    assert_eq!(gateway.get_with(USERINFO, &stolen).status, 401);
    assert_eq!(gateway.get_with(USERINFO, &good).status, 200);
    assert_eq!(published(&gateway), [kid(&good)]);
    gateway.refused(404, "DELETE", &path(&old), "");
}

#[test]
fn a_mount_keeps_so_many_keys_and_says_what_to_do() {
    const BITS: &str = "/v1/mounts/bits/keys";
    let gateway = Gateway::start();
    for _ in 1..issuer::MAX_KEYS {
        gateway.ok("POST", &format!("{BITS}/rotate"), r#"{"lead_seconds":0}"#);
    }
    let full = gateway.refused(409, "POST", &format!("{BITS}/rotate"), "{}");
    assert!(full["detail"].as_str().unwrap().contains("32") && full["remedy"].as_str().unwrap().contains("DELETE"));
    let keys = gateway.ok("GET", BITS, "");
    // Within one second all of them began, and any of them may sign.
    let idle = keys.as_array().unwrap().iter().find(|key| key["status"] != "signing").unwrap();
    gateway.done("DELETE", &format!("{BITS}/{}", idle["kid"].as_str().unwrap()));
    gateway.ok("POST", &format!("{BITS}/rotate"), r#"{"lead_seconds":0}"#);
}

#[test]
fn what_no_rotation_can_be_is_refused_with_a_remedy() {
    let gateway = Gateway::start();
    for (body, word) in [
        (r#"{"lead_seconds":-1}"#, "0 or more"),
        (r#"{"lead_seconds":31536001}"#, "a year"),
        (r#"{"lead":1}"#, "lead"),
        ("[]", "object"),
    ] {
        let detail = gateway.refused(400, "POST", ROTATE, body)["detail"].to_string();
        assert!(detail.contains(word), "{body}: {detail}");
    }
    gateway.refused(400, "POST", ROTATE, "");
    gateway.refused(404, "POST", "/v1/mounts/nowhere/keys/rotate", "{}");
    gateway.refused(404, "GET", "/v1/mounts/nowhere/keys", "");
    assert_eq!(statuses(&gateway).len(), 1, "nothing was made");
}

#[test]
fn a_key_of_ones_own_signs_and_is_not_shown_again() {
    use base64::Engine;
    let gateway = Gateway::start();
    let path = "/v1/mounts/bits/keys";
    let order = |kid: &str, secret: &[u8]| {
        let k = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret);
        let jwk = json!({ "kty": "oct", "k": k }).to_string();
        json!({ "kid": kid, "jwk": jwk, "lead_seconds": 0 }).to_string()
    };
    let keys = gateway.ok("POST", path, &order("mine", b"canary-7155-of-32-bytes-and-more"));
    assert!(!keys.to_string().contains("canary") && !gateway.ok("GET", path, "").to_string().contains("Y2FuYXJ5"));
    let tokens = gateway.ok("POST", "/v1/mounts/bits/tokens", r#"{"client_id":"bits-demo","scope":"application"}"#);
    assert_eq!(tokens["explained"]["key"], "mine", "{tokens}");
    let taken = gateway.refused(409, "POST", path, &order("mine", b"another-secret-of-32-bytes-or-more"));
    assert!(taken["detail"].to_string().contains("kid"), "{taken}");
    for (mount, body, word) in [
        ("bits", order("short", b"canary-7155-short"), "17 bytes"),
        ("bits", order("handle", b"canary-7155-of-32-bytes-and-more"), "handle"),
        ("bizzassure", order("mine", b"canary-7155-of-32-bytes-and-more"), "wants RSA"),
        ("bits", json!({ "kid": "none" }).to_string(), "exactly one"),
        ("bits", json!({ "pem": "canary-7155", "lead_seconds": 0 }).to_string(), "JWK"),
        ("bizzassure", json!({ "pem": "canary-7155" }).to_string(), "no private key"),
    ] {
        let refused = gateway.refused(400, "POST", &format!("/v1/mounts/{mount}/keys"), &body);
        let detail = refused["detail"].to_string();
        assert!(detail.contains(word) && !detail.contains("7155"), "{word}: {detail}");
    }
    assert_eq!(gateway.ok("GET", path, "").as_array().unwrap().len(), 2, "what is refused leaves no key");
}
