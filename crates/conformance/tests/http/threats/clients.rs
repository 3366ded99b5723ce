//! Cases 18 to 24: how a client may not present itself.

use super::{
    BITS, BRIGHTHR, ODD_SECRET, SCREENING_EAGLE, Target, Wire, all, basic, basics, config, gateway, granted, refused,
};
use anyhow::{Context, Result, ensure};
use testkit::http::{self, Response};

#[test]
fn t18_basic_that_cannot_be_read() -> Result<()> {
    let encoded = |text: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    for target in [BITS, SCREENING_EAGLE, BRIGHTHR] {
        for bad in [
            "Basic".to_owned(),
            "Basic !!!".to_owned(),
            format!("Basic {}", encoded(b"no-colon")),
            format!("Basic {}", encoded(b":secret")),
            format!("Basic {}", encoded(b"a\xFF:secret")),
            format!("Digest {}", encoded(b"a:b")),
        ] {
            let request = target.post(&[target.media(), ("Authorization", &bad)], target.asks.as_bytes());
            let response = refused(&target, &request, target.invalid_client)?;
            let challenge = response.header("www-authenticate").is_some_and(|value| value.starts_with("Basic "));
            assert_eq!(challenge, response.status == 401, "{} {bad}", target.mount);
        }
    }
    Ok(())
}

#[test]
fn t19_secrets_with_signs_that_encodings_use() -> Result<()> {
    // Plain concatenation in Basic, or no encoding but the body's own.
    for target in all()? {
        granted(target, &target.ask(("t-odd", ODD_SECRET), target.asks))?;
    }
    for target in basics()? {
        let encoded = ODD_SECRET.replace('%', "%25").replace(':', "%3A").replace('+', "%2B");
        refused(target, &target.ask(("t-odd", &encoded), target.asks), target.invalid_client)?;
    }
    granted(&BITS, &BITS.ask(("bits-colon", "se:cret%3A"), BITS.asks))?;
    // IdentityServer decodes each part of the header (RFC 6749 section 2.3.1).
    let header = |secret: &str| {
        let basic = basic("t-odd", secret);
        BRIGHTHR.post(&[BRIGHTHR.media(), ("Authorization", &basic)], BRIGHTHR.asks.as_bytes())
    };
    granted(&BRIGHTHR, &header("a%3Ab%253Ac%2Bd%26e%3Df"))?;
    refused(&BRIGHTHR, &header(ODD_SECRET), BRIGHTHR.invalid_client)?;
    refused(&BRIGHTHR, &header("a%zz"), BRIGHTHR.invalid_client)?;
    Ok(())
}

#[test]
fn t20_t21_credentials_in_header_and_body() -> Result<()> {
    for target in [BITS, SCREENING_EAGLE, BRIGHTHR] {
        let (id, secret) = target.client;
        let right = basic(id, secret);
        for (header, more) in [
            (right.as_str(), format!("&client_id={id}&client_secret={secret}")),
            (right.as_str(), format!("&client_secret={secret}")),
            (right.as_str(), "&client_id=other".to_owned()),
            ("Basic !!!", format!("&client_id={id}&client_secret={secret}")),
        ] {
            let body = format!("{}{more}", target.asks);
            let request = target.post(&[target.media(), ("Authorization", header)], body.as_bytes());
            refused(&target, &request, target.invalid_request)?;
        }
    }
    Ok(())
}

#[test]
fn t22_a_public_client_with_a_secret() -> Result<()> {
    let with = BRIGHTHR.ask(("t-public", "x"), BRIGHTHR.asks);
    refused(&BRIGHTHR, &with, BRIGHTHR.invalid_client)?;
    let without = BRIGHTHR.post(&[BRIGHTHR.media()], format!("{}&client_id=t-public", BRIGHTHR.asks).as_bytes());
    refused(&BRIGHTHR, &without, (400, "unauthorized_client"))?;
    let confidential = BRIGHTHR.post(&[BRIGHTHR.media()], format!("{}&client_id=app-ok", BRIGHTHR.asks).as_bytes());
    refused(&BRIGHTHR, &confidential, BRIGHTHR.invalid_client)?;
    Ok(())
}

/// A response without what differs from one to the next by nature: the date, and the order of the headers.
fn bytes(response: &Response) -> String {
    let mut headers: Vec<_> = response.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date")).collect();
    headers.sort();
    format!("{} {} {headers:?} {}", response.status, response.reason, response.text())
}

#[test]
fn t23_an_unknown_client_and_a_wrong_secret_look_alike() -> Result<()> {
    for target in all()? {
        let (id, secret) = target.client;
        let wrong = refused(target, &target.ask((id, "wrong"), target.asks), target.invalid_client)?;
        for other in [("nobody", "wrong"), ("nobody", secret), (id, &secret[1..]), (&id.to_uppercase(), secret)] {
            let response = refused(target, &target.ask(other, target.asks), target.invalid_client)?;
            assert_eq!(bytes(&response), bytes(&wrong), "{} {other:?}", target.mount);
        }
    }
    Ok(())
}

#[test]
fn t24_a_disabled_client() -> Result<()> {
    for target in all()? {
        // Screening Eagle alone tells a disabled client from an unknown one.
        let eagle = target.mount == SCREENING_EAGLE.mount;
        let expected = if eagle { (403, "permission denied") } else { target.invalid_client };
        let off = refused(target, &target.ask(("t-off", "t-off-secret"), target.asks), expected)?;
        let wrong = refused(target, &target.ask(("t-off", "wrong"), target.asks), target.invalid_client)?;
        assert_eq!(bytes(&off) == bytes(&wrong), !eagle, "{}", target.mount);
    }
    Ok(())
}

/// Forward auth, and userinfo where the vendor has one, refuse the token.
fn is_dead(target: &Target, token: &str) -> Result<()> {
    let answer = target.verify(token)?;
    ensure!(answer.status == 401, "{}: verify answers {} {}", target.mount, answer.status, answer.text());
    if target.mount == BITS.mount {
        let bearer = format!("Bearer {token}");
        let request =
            http::request("GET", "/oauth2/userinfo", &[("Host", target.host), ("Authorization", &bearer)], b"");
        let answer = http::exchange(gateway()?.public(), &request)?;
        ensure!(answer.status == 401, "userinfo answers {} {}", answer.status, answer.text());
    }
    Ok(())
}

#[test]
fn t24_live_tokens_of_a_client_that_is_disabled() -> Result<()> {
    let config = config()?;
    let admin = gateway()?.admin();
    for target in all()? {
        let live = ("t-live", "t-live-secret");
        let token = target.token(live)?;
        let before = target.verify(&token)?;
        ensure!(before.status == 200, "{}: verify answers {} {}", target.mount, before.status, before.text());
        let mount = config.mounts.iter().find(|mount| mount.name == target.mount).context("a mount")?;
        let mut client = mount.clients.iter().find(|client| client.id == live.0).context("a client")?.clone();
        client.disabled = true;
        admin.put(target.mount, "clients", live.0, &client)?;
        is_dead(target, &token)?;
        let eagle = target.mount == SCREENING_EAGLE.mount;
        let expected = if eagle { (403, "permission denied") } else { target.invalid_client };
        refused(target, &target.ask(live, target.asks), expected)?;
        client.disabled = false;
        admin.put(target.mount, "clients", live.0, &client)?;
        granted(target, &target.ask(live, target.asks))?;
    }
    Ok(())
}

#[test]
fn t24_a_disabled_user() -> Result<()> {
    let target = &SCREENING_EAGLE;
    let client = ("t-user", "t-user-secret");
    let token = target.token(client)?;
    ensure!(target.verify(&token)?.status == 200, "the token of an enabled user");
    let config = config()?;
    let mount = config.mounts.iter().find(|mount| mount.name == target.mount).context("a mount")?;
    let mut user = mount.users.iter().find(|user| user.sub == "1303").context("a user")?.clone();
    user.disabled = true;
    gateway()?.admin().put(target.mount, "users", "1303", &user)?;
    is_dead(target, &token)?;
    refused(target, &target.ask(client, target.asks), (404, "permission denied"))?;
    Ok(())
}

/// Whatever these requests brought, right or wrong, neither the log nor the journal has any of it.
#[test]
fn t64_no_secret_reaches_the_log_or_the_journal() -> Result<()> {
    let canary = "c4n4ry-s3cret";
    let mut hidden = vec![canary.to_owned(), "c4n4ry".to_owned()];
    for target in all()? {
        hidden.push(target.client.1.to_owned());
        hidden.push(target.token(target.client)?);
        refused(target, &target.ask((target.client.0, canary), target.asks), target.invalid_client)?;
        let broken = match target.wire {
            Wire::Json => format!(r#"{{"client_secret":"{canary}","#),
            Wire::BasicAndForm | Wire::Form => format!("code={canary}&scope={canary}%zz"),
        };
        refused(target, &target.with_body(broken.as_bytes()), target.invalid_request)?;
        let answer = target.verify(canary)?;
        ensure!(answer.status == 401, "{}: {}", target.mount, answer.status);
        let query = format!("{}?client_secret={canary}", target.path);
        http::exchange(gateway()?.public(), &http::request("GET", &query, &[("Host", target.host)], b""))?;
    }
    let logs = gateway()?.logs()?;
    let journal = gateway()?.admin().call("GET", "/v1/journal?limit=1000", None)?.to_string();
    ensure!(journal.contains("invalid_client"), "the refusals are not in the journal");
    for secret in &hidden {
        let line = logs.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "`{secret}` is in the log: {line:?}");
        assert!(!journal.contains(secret.as_str()), "`{secret}` is in the journal");
    }
    Ok(())
}
