//! The recipes' forms in Rust, as docs/recipes shows them; a test of the examples compares the two.

use idp_gateway_test::{Count, Error, World, json};

/// A world in which Bits' client has got a token.
fn world() -> Result<World, Error> {
    let world = idp_gateway_test::world()?;
    let config = ureq::Agent::config_builder().proxy(None);
    let agent: ureq::Agent = config.build().into();
    let ask = agent
        .post(world.mount("bits")?.token_url()?)
        .header("authorization", "Basic Yml0cy1kZW1vOmJpdHMtZGVtby1zZWNyZXQ=");
    let answer = ask.send_form([("grant_type", "client_credentials")]);
    answer.map_err(|error| Error::Gateway(error.to_string()))?;
    Ok(world)
}

#[test]
fn asked_exactly_once() -> Result<(), Error> {
    let world = world()?;
    world
        .journal()
        .verify(json!({ "mount": "bits", "endpoint": "token", "client_id": "bits-demo" }), Count::Exactly(1))?;
    Ok(())
}

#[test]
fn attach_traffic_to_a_ticket() -> Result<(), Error> {
    let world = world()?;
    let har = world.journal().export("har", json!({ "mount": "bits" }))?;
    assert!(har.contains("entries"));
    Ok(())
}

#[test]
fn html_instead_of_json() -> Result<(), Error> {
    let world = world()?;
    world.mount("bits")?.scenario(
        json!({ "endpoint": "token", "times": 1, "answer": { "status": 502, "body": "<h1>502 Bad Gateway</h1>" } }),
    )?;
    Ok(())
}

#[test]
fn key_rotates() -> Result<(), Error> {
    let world = world()?;
    world.mount("brighthr-sandbox")?.keys().rotate(0)?;
    Ok(())
}

#[test]
fn load_test_my_client() -> Result<(), Error> {
    let world = world()?;
    world
        .mount("bizzassure")?
        .scenario(json!({ "endpoint": "token", "probability": 0.2, "seed": 7, "delay_ms": 20 }))?;
    Ok(())
}

#[test]
fn pkce_or_state_missing() -> Result<(), Error> {
    let world = world()?;
    assert!(world.journal().misuse(json!({ "mount": "brighthr-sandbox" }))?.is_empty());
    Ok(())
}

#[test]
fn rate_limited() -> Result<(), Error> {
    let world = world()?;
    world
        .mount("bits")?
        .fail("rate_limited", json!({ "client_id": "bits-demo", "after": 4, "times": 1, "retry_after": 2 }))?;
    Ok(())
}

#[test]
fn refresh_answer_lost() -> Result<(), Error> {
    let world = world()?;
    world
        .mount("brighthr-sandbox")?
        .scenario(json!({ "endpoint": "token", "grant": "refresh_token", "drop": "after_commit", "times": 1 }))?;
    Ok(())
}

#[test]
fn save_and_load_a_state() -> Result<(), Error> {
    let world = world()?;
    let base = world.state().save()?;
    world.state().load(&base)?;
    Ok(())
}

#[test]
fn single_page_application() -> Result<(), Error> {
    let world = world()?;
    world.mount("brighthr-sandbox")?.settings(json!({ "allowed_origins": ["https://shop.client.test"] }))?;
    Ok(())
}

#[test]
fn slow_hanging_down() -> Result<(), Error> {
    let world = world()?;
    world.mount("bits")?.scenario(json!({ "endpoint": "token", "steps": [{ "delay_ms": 3000 }, { "hang": true }, { "error": "unavailable", "retry_after": 5 }] }))?;
    Ok(())
}

#[test]
fn token_expires() -> Result<(), Error> {
    let world = world()?;
    world.mount("bits")?.tokens().expire(json!({ "client_id": "bits-demo" }))?;
    Ok(())
}

#[test]
fn why_refused() -> Result<(), Error> {
    let world = world()?;
    eprintln!("{}", world.journal().describe()?);
    Ok(())
}

#[test]
fn wrong_tokens() -> Result<(), Error> {
    let world = world()?;
    let token = world
        .mount("brighthr-sandbox")?
        .tokens()
        .issue("brighthr-sandbox-app", json!({ "scope": "company:read", "flaw": "alg_none" }))?
        .access_token;
    assert!(!world.inspect(&token)?.active);
    Ok(())
}
