//! What the integration does when the vendor does not do as it should.

use idp_gateway_test::{Count, Error, World, json, world};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use vendor_integration::Tokens;

const WEB: &str = "brighthr-sandbox-web";

/// A client of Bits with its own authority, and how long it has waited, which no test does.
struct Customer {
    tokens: Tokens,
    userinfo: String,
    slept: Rc<RefCell<Vec<Duration>>>,
}

impl Customer {
    fn of(world: &World) -> Result<Self, Error> {
        let bits = world.mount("bits")?;
        let slept = Rc::new(RefCell::new(Vec::new()));
        let noted = Rc::clone(&slept);
        let sleep = move |time| noted.borrow_mut().push(time);
        let tokens = Tokens::new(&bits.token_url()?, "bits-demo", "bits-demo-secret", sleep);
        Ok(Self { tokens, userinfo: bits.userinfo_url()?, slept })
    }

    fn profile(&mut self) -> Result<String, vendor_integration::Error> {
        self.tokens.profile(&self.userinfo).map(|profile| profile.customer_id)
    }
}

/// A user of BrightHR who has signed in before.
fn alice(world: &World) -> Result<Tokens, Error> {
    let brighthr = world.mount("brighthr-sandbox")?;
    let issued = brighthr.tokens().issue(WEB, json!({ "user": "alice", "scope": "openid offline_access" }))?;
    let mut tokens = Tokens::new(&brighthr.token_url()?, WEB, &format!("{WEB}-secret"), |_| ());
    tokens.refresh_token = issued.refresh_token;
    Ok(tokens)
}

#[test]
fn a_token_is_asked_for_once_and_reused() -> Result<(), Error> {
    let world = world()?;
    let mut customer = Customer::of(&world)?;
    for _ in 0..3 {
        assert!(customer.profile().is_ok_and(|id| id.starts_with("bits:customer:")));
    }
    world.journal().verify(json!({ "endpoint": "token" }), Count::Exactly(1))?;
    world.journal().verify(json!({ "endpoint": "userinfo", "status": 200 }), Count::Exactly(3))?;
    assert_eq!(world.journal().misuse(())?, []);
    Ok(())
}

#[test]
fn a_failure_is_retried() -> Result<(), Error> {
    let world = world()?;
    let mut customer = Customer::of(&world)?;
    world.mount("bits")?.fail("unavailable", json!({ "times": 2 }))?;
    assert!(customer.profile().is_ok());
    world.journal().verify(json!({ "endpoint": "token" }), Count::Exactly(3))?;
    Ok(())
}

#[test]
fn a_vendor_that_stays_away_is_told() -> Result<(), Error> {
    let world = world()?;
    let mut customer = Customer::of(&world)?;
    world.mount("bits")?.fail("unavailable", ())?;
    assert_eq!(customer.profile(), Err(vendor_integration::Error::Refused(503)));
    world.journal().verify(json!({ "endpoint": "token" }), Count::Exactly(3))?;
    Ok(())
}

#[test]
fn it_waits_as_long_as_it_is_told() -> Result<(), Error> {
    let world = world()?;
    let mut customer = Customer::of(&world)?;
    world.mount("bits")?.fail("rate_limited", json!({ "retry_after": 7, "times": 1 }))?;
    assert!(customer.profile().is_ok());
    assert_eq!(*customer.slept.borrow(), [Duration::from_secs(7)]);
    Ok(())
}

#[test]
fn a_token_that_expires_mid_job_is_replaced() -> Result<(), Error> {
    let world = world()?;
    let mut customer = Customer::of(&world)?;
    assert!(customer.profile().is_ok());
    world.mount("bits")?.tokens().expire(json!({ "client_id": "bits-demo" }))?;
    assert!(customer.profile().is_ok());
    world.journal().verify(json!({ "endpoint": "token" }), Count::Exactly(2))?;
    world.journal().verify(json!({ "endpoint": "userinfo", "error": "invalid_token" }), Count::Exactly(1))?;
    Ok(())
}

#[test]
fn a_balancers_page_is_no_token() -> Result<(), Error> {
    let world = world()?;
    let mut customer = Customer::of(&world)?;
    let page = json!({ "status": 200, "body": "<h1>Bad Gateway</h1>" });
    world.mount("bits")?.scenario(json!({ "endpoint": "token", "answer": page }))?;
    assert_eq!(customer.profile(), Err(vendor_integration::Error::NoJson));
    Ok(())
}

#[test]
fn each_refresh_token_is_used_once() -> Result<(), Error> {
    let world = world()?;
    let mut alice = alice(&world)?;
    let first = alice.refresh_token.clone();
    for _ in 0..2 {
        assert!(alice.get().is_ok());
        alice.forget();
    }
    assert_ne!(alice.refresh_token, first);
    world.journal().verify(json!({ "grant": "refresh_token", "status": 200 }), Count::Exactly(2))?;
    Ok(())
}

#[test]
fn an_answer_that_is_lost_costs_no_session() -> Result<(), Error> {
    let world = world()?;
    let mut alice = alice(&world)?;
    let brighthr = world.mount("brighthr-sandbox")?;
    brighthr.settings(json!({ "refresh_grace": 30 }))?;
    brighthr.scenario(json!({ "endpoint": "token", "drop": "after_commit", "times": 1 }))?;
    assert!(alice.get().is_ok());
    world.journal().verify(json!({ "grant": "refresh_token" }), Count::Exactly(2))?;
    Ok(())
}

#[test]
fn a_refresh_token_that_has_expired_asks_the_user() -> Result<(), Error> {
    let world = world()?;
    let mut alice = alice(&world)?;
    world.mount("brighthr-sandbox")?.tokens().expire(json!({ "user": "alice", "refresh": true }))?;
    assert_eq!(alice.get(), Err(vendor_integration::Error::SignInAgain));
    world.journal().verify(json!({ "grant": "refresh_token" }), Count::Exactly(1))?;
    Ok(())
}
