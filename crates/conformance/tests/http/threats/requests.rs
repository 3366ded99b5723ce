//! Cases 1 to 11 and 15 to 17: what a token request may not be.

use super::{BITS, BIZZASSURE, BRIGHTHR, SCREENING_EAGLE, all, forms, granted, refused};
use anyhow::Result;
use testkit::http;

#[test]
fn t01_a_parameter_twice() -> Result<()> {
    for target in forms()? {
        for more in ["&grant_type=client_credentials", "&scope=a&scope=a", "&x=1&x=2", "&x&x", "&x=1&%78=1"] {
            refused(target, &target.and(more.as_bytes()), target.invalid_request)?;
        }
    }
    Ok(())
}

#[test]
fn t02_a_json_key_twice() -> Result<()> {
    for again in [r#""scopes":["policy.get"]"#, r#""x":1,"x":1"#, r#""x":{"a":1,"a":1}"#, r#""client_i\u0064":"x""#] {
        let request = BIZZASSURE.ask(BIZZASSURE.client, &format!("{},{again}", BIZZASSURE.asks));
        refused(&BIZZASSURE, &request, BIZZASSURE.invalid_request)?;
    }
    Ok(())
}

#[test]
fn t03_bytes_that_are_not_utf8() -> Result<()> {
    for target in forms()? {
        for more in [&b"&x=%FF"[..], b"&x=\xFF", b"&%FF=x", b"&x=%C3"] {
            refused(target, &target.and(more), target.invalid_request)?;
        }
    }
    let body = b"{\"client_id\":\"ba_full\",\"client_secret\":\"\xFF\",\"scopes\":[\"policy.get\"]}";
    refused(&BIZZASSURE, &BIZZASSURE.with_body(body), BIZZASSURE.invalid_request)?;
    Ok(())
}

#[test]
fn t04_control_characters() -> Result<()> {
    for target in forms()? {
        for more in ["&x=%00", "&x=a%0D%0Ab", "&x=%7F", "&%00=x", "&x=%C2%85"] {
            refused(target, &target.and(more.as_bytes()), target.invalid_request)?;
        }
    }
    for secret in [r"\u0000", r"a\nb", "a\u{1}b"] {
        let body = format!(r#"{{"client_id":"ba_full","client_secret":"{secret}",{}}}"#, BIZZASSURE.asks);
        refused(&BIZZASSURE, &BIZZASSURE.with_body(body.as_bytes()), BIZZASSURE.invalid_request)?;
    }
    Ok(())
}

#[test]
fn t05_broken_percent_encoding() -> Result<()> {
    for target in forms()? {
        for more in ["&x=%zz", "&x=%", "&x=%4", "&%zz=x"] {
            refused(target, &target.and(more.as_bytes()), target.invalid_request)?;
        }
    }
    Ok(())
}

#[test]
fn t06_t07_another_media_type_or_none() -> Result<()> {
    for target in all()? {
        let good = String::from_utf8(target.good())?;
        let (name, media) = target.media();
        let header = format!("{name}: {media}\r\n");
        assert!(good.contains(&header));
        for other in ["Content-Type: text/plain\r\n", "Content-Type: multipart/form-data\r\n", "", "Content-Type: \r\n"]
        {
            refused(target, good.replace(&header, other).as_bytes(), target.invalid_request)?;
        }
        refused(target, good.replace(&header, &header.repeat(2)).as_bytes(), target.invalid_request)?;
    }
    let json = [("Content-Type", "application/json")];
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    for target in forms()? {
        refused(target, &target.post(&json, br#"{"grant_type":"client_credentials"}"#), target.invalid_request)?;
    }
    refused(&BIZZASSURE, &BIZZASSURE.post(&form, b"client_id=ba_full"), BIZZASSURE.invalid_request)?;
    Ok(())
}

#[test]
fn t09_deep_json() -> Result<()> {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        for depth in [20, 5_000] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for asks in [format!(r#"{},"ignored":{deep}"#, BIZZASSURE.asks), format!(r#""scopes":{deep}"#)] {
                let request = BIZZASSURE.ask(BIZZASSURE.client, &asks);
                refused(&BIZZASSURE, &request, BIZZASSURE.invalid_request)?;
            }
        }
        // So long that it may be too large before it is too deep.
        let deep = format!(r#"{},"ignored":{}1{}"#, BIZZASSURE.asks, open.repeat(100_000), close.repeat(100_000));
        let request = BIZZASSURE.ask(BIZZASSURE.client, &deep);
        let too_deep = refused(&BIZZASSURE, &request, BIZZASSURE.invalid_request);
        too_deep.or_else(|_| refused(&BIZZASSURE, &request, (413, "VALIDATION_ERROR")))?;
    }
    Ok(())
}

#[test]
fn t10_json_of_another_type() -> Result<()> {
    for wrong in ["1", "null", "true", "{}", r#"["ba_full"]"#] {
        for body in [
            format!(r#"{{"client_id":{wrong},"client_secret":"ba_full_secret",{}}}"#, BIZZASSURE.asks),
            format!(r#"{{"client_id":"ba_full","client_secret":{wrong},{}}}"#, BIZZASSURE.asks),
            format!(r#"{{"client_id":"ba_full","client_secret":"ba_full_secret","scopes":[{wrong}]}}"#),
        ] {
            refused(&BIZZASSURE, &BIZZASSURE.with_body(body.as_bytes()), BIZZASSURE.invalid_request)?;
        }
    }
    for body in ["[]", "null", "\"x\"", "", "{} {}"] {
        refused(&BIZZASSURE, &BIZZASSURE.with_body(body.as_bytes()), BIZZASSURE.invalid_request)?;
    }
    Ok(())
}

#[test]
fn t11_get_and_credentials_in_the_query() -> Result<()> {
    for target in all()? {
        let (id, secret) = target.client;
        let query = format!("{}?client_id={id}&client_secret={secret}&grant_type=client_credentials", target.path);
        let get = http::request("GET", &query, &[("Host", target.host)], b"");
        // IdentityServer answers another method as an invalid request.
        let other_method = if target.mount == BRIGHTHR.mount { target.invalid_request } else { (405, "") };
        let response = refused(target, &get, other_method)?;
        assert_eq!(response.header("allow"), (response.status == 405).then_some("POST"), "{}", target.mount);
        let asks = if target.mount == BIZZASSURE.mount { format!("{{{}}}", target.asks) } else { target.asks.into() };
        let post = http::request("POST", &query, &[("Host", target.host), target.media()], asks.as_bytes());
        let expected = if target.mount == BIZZASSURE.mount { target.invalid_request } else { target.invalid_client };
        refused(target, &post, expected)?;
    }
    Ok(())
}

#[test]
fn t15_a_grant_that_is_not_offered_or_not_the_clients() -> Result<()> {
    for (target, expected) in [
        (&BITS, (400, "unsupported_grant_type")),
        (&BRIGHTHR, (400, "unsupported_grant_type")),
        (&SCREENING_EAGLE, (400, "permission denied")),
    ] {
        for grant in ["password", "Client_Credentials", "implicit"] {
            refused(target, &target.ask(target.client, &format!("grant_type={grant}&scope=openid")), expected)?;
        }
    }
    let web = BRIGHTHR.ask(("web", "web-secret"), "grant_type=client_credentials");
    refused(&BRIGHTHR, &web, (400, "unauthorized_client"))?;
    let code = "grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fclient.test%2Fcb";
    let limited = SCREENING_EAGLE.ask(("se-limited", "se-limited-secret"), code);
    refused(&SCREENING_EAGLE, &limited, (403, "permission denied"))?;
    Ok(())
}

#[test]
fn t16_a_scope_that_is_not_the_clients() -> Result<()> {
    let form = "grant_type=client_credentials&scope=";
    for (target, client, asks, expected) in [
        (
            &BIZZASSURE,
            ("ba_ro", "ba_ro_secret"),
            r#""scopes":["policy.list","policy.get"]"#.into(),
            (403, "policy.get"),
        ),
        (&BITS, ("bits-ro", "bits-ro-secret"), format!("{form}application.read+application"), (400, "invalid_scope")),
        (&BRIGHTHR, BRIGHTHR.client, format!("{form}company%3Aread+employee%3Awrite"), (400, "invalid_scope")),
        (
            &SCREENING_EAGLE,
            ("se-limited", "se-limited-secret"),
            format!("{form}openid+inspect"),
            (403, "permission denied"),
        ),
    ] {
        let asks: String = asks;
        refused(target, &target.ask(client, &asks), expected)?;
    }
    Ok(())
}

#[test]
fn t17_an_empty_parameter_is_absent() -> Result<()> {
    let default = granted(&BITS, &BITS.and(b"&scope="))?;
    assert!(default.text().ends_with(r#""scope":"application"}"#), "{}", default.text());
    let silent = granted(&BRIGHTHR, &BRIGHTHR.and(b"&scope=&x="))?;
    assert!(silent.text().ends_with(r#""expires_in":3600}"#), "{}", silent.text());
    refused(&BITS, &BITS.with_body(b"grant_type="), (400, "Missing parameter: grant_type"))?;
    refused(&SCREENING_EAGLE, &SCREENING_EAGLE.with_body(b"grant_type=client_credentials&scope="), (400, "denied"))?;
    let nobody = BRIGHTHR.post(&[BRIGHTHR.media()], b"grant_type=client_credentials&client_id=&client_secret=x");
    refused(&BRIGHTHR, &nobody, BRIGHTHR.invalid_client)?;
    Ok(())
}
