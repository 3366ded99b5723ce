//! What the library says of itself holds against a real gateway.

use idp_gateway_test::admin_api::{ClientSpec, JournalFilter, NamespaceSpec, ScenarioSpec, StepSpec};
use idp_gateway_test::{Count, Error, Gateway, Start, json, shared, world};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The status of a request for a token.
fn post(url: &str, basic: &str) -> u16 {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.build().into();
    let sent = agent.post(url).header("authorization", basic).send_form([("grant_type", "client_credentials")]);
    sent.map_or(0, |answer| answer.status().as_u16())
}

/// `bits-demo:bits-demo-secret`, and a secret that is another.
const RIGHT: &str = "Basic Yml0cy1kZW1vOmJpdHMtZGVtby1zZWNyZXQ=";
const WRONG: &str = "Basic Yml0cy1kZW1vOndyb25n";

fn text(outcome: Result<impl Sized, Error>) -> String {
    outcome.err().map(|error| format!("{error:?}")).unwrap_or_default()
}

#[test]
fn a_mount_is_where_it_says() -> Result<(), Error> {
    let world = world()?;
    let bits = world.mount("bits")?;
    assert_eq!((bits.url(), bits.issuer()), (&*format!("{}/bits", world.base()), bits.url()));
    assert_eq!(bits.token_url()?, format!("{}/v1/oauth2/token", bits.url()));
    assert!(bits.host().is_some_and(|host| host.starts_with(&format!("{}.bits.localhost:", world.name()))));
    assert_eq!(post(&bits.token_url()?, RIGHT), 200);
    assert!(text(world.mount("bit")).contains("there are bits"));
    assert!(text(bits.endpoint("authorise")).contains("no endpoint authorise; it has "));
    Ok(())
}

#[test]
fn worlds_do_not_see_each_other_and_end_with_the_value() -> Result<(), Error> {
    let (one, mut other) = (world()?, shared()?.world_with(NamespaceSpec { name: None, ttl: Some(60) })?);
    other.mount("bits")?.clients().delete("bits-demo")?;
    assert_eq!(post(&other.mount("bits")?.token_url()?, RIGHT), 401);
    assert_eq!(post(&one.mount("bits")?.token_url()?, RIGHT), 200);
    assert_eq!(one.journal().entries(())?.iter().map(|entry| entry.status).collect::<Vec<_>>(), [200]);
    other.extend(120)?;
    let url = other.mount("bits")?.url().to_owned();
    drop(other);
    assert_eq!(post(&url, RIGHT), 404);
    Ok(())
}

#[test]
fn failures_come_as_ordered() -> Result<(), Error> {
    let world = world()?;
    let bits = world.mount("bits")?;
    let url = bits.token_url()?;
    let scenario = bits.fail("unavailable", ScenarioSpec { times: Some(1), ..ScenarioSpec::default() })?;
    let limited = StepSpec { error: Some("rate_limited".to_owned()), retry_after: Some(2), ..StepSpec::default() };
    let passed = StepSpec { pass: Some(true), ..StepSpec::default() };
    bits.scenario(ScenarioSpec { steps: Some(vec![limited, passed]), ..ScenarioSpec::default() })?;
    assert_eq!([post(&url, RIGHT), post(&url, RIGHT), post(&url, RIGHT)], [503, 429, 200]);
    let view = scenario.view()?;
    assert_eq!((view.seen, view.remaining, view.fired), (1, Some(0), vec![1]));
    scenario.remove()?;
    let refused = text(bits.fail("unavailble", ()));
    assert!(refused.contains("answered 400") && refused.contains("unavailable"), "{refused}");
    Ok(())
}

#[test]
fn clients_users_settings_keys_and_codes() -> Result<(), Error> {
    let world = world()?;
    let (bits, brighthr) = (world.mount("bits")?, world.mount("brighthr-sandbox")?);
    let spec = json!({ "secret": "a-secret-of-mine", "scopes": ["application"], "claims": { "customerId": "c1" } });
    assert!(!bits.clients().put("a/b c", spec)?.public);
    assert_eq!(bits.clients().patch("a/b c", json!({ "rate_limit": "1/1m" }))?.rate_limit.as_deref(), Some("1/1m"));
    assert_eq!(bits.clients().get("a/b c")?.scopes, ["application"]);
    let many = (0..1203).map(|number| ClientSpec { id: format!("c{number}"), ..ClientSpec::default() });
    assert_eq!(brighthr.clients().put_all(many.collect::<Vec<_>>())?.put, 1203);
    assert_eq!(brighthr.clients().list()?.len(), 1203);
    brighthr.users().put("carol-1", json!({ "username": "carol" }))?;
    assert!(brighthr.users().patch("carol-1", json!({ "disabled": true }))?.disabled);
    brighthr.users().delete("carol-1")?;
    let eagle = world.mount("screeningeagle")?;
    let ttl = eagle.settings(json!({ "access_ttl": 60 }))?.into_iter().find(|setting| setting.name == "access_ttl");
    assert_eq!(ttl.map(|setting| setting.value), Some(60.into()));
    let code = json!({ "client_id": "screeningeagle-demo", "user": "test", "redirect_uri": "https://client.test/cb" });
    assert!(!eagle.code(code)?.is_empty());
    let first = eagle.keys().list()?.remove(0).kid;
    assert_eq!(eagle.keys().rotate(0)?.len(), 2);
    eagle.keys().forget(&first)?;
    Ok(())
}

#[test]
fn tokens_and_the_clock() -> Result<(), Error> {
    let world = world()?;
    let bits = world.mount("bits")?;
    let issue = |more| bits.tokens().issue("bits-demo", more);
    let token = issue(json!({ "scope": "application" }))?.access_token;
    assert!(world.inspect(&token)?.active);
    bits.tokens().expire(json!({}))?;
    assert!(!bits.tokens().inspect(&token)?.active);
    let flawed = issue(json!({ "scope": "application", "flaw": "wrong_issuer" }))?;
    assert!(!flawed.explained.problems.is_empty());
    assert_eq!(world.clock().freeze(1_800_000_000)?, 1_800_000_000);
    let token = issue(json!({ "scope": "application" }))?.access_token;
    assert_eq!(world.clock().advance(3601)?, 1_800_003_601);
    assert!(!world.inspect(&token)?.active);
    assert!(world.clock().offset(0)? > 0 && world.clock().now()? > 0);
    world.clock().reset()
}

#[test]
fn the_journal_says_what_is_nearest() -> Result<(), Error> {
    let world = world()?;
    let url = world.mount("bits")?.token_url()?;
    let since = world.journal().newest()?;
    post(&url, RIGHT);
    post(&url, WRONG);
    let wanted = JournalFilter { status: Some(200), since: Some(since), ..JournalFilter::default() };
    assert_eq!(world.journal().verify(&wanted, Count::Exactly(1))?.count, 1);
    world.journal().verify(&wanted, Count::AtMost(1))?;
    let shown = text(world.journal().verify_within(&wanted, Count::AtLeast(2), Duration::from_millis(1)));
    assert!(shown.contains("status: wanted 200, found 401"), "{shown}");
    assert!(shown.contains("cause: the secret of client `bits-demo` is wrong"), "{shown}");
    assert_eq!(world.journal().export("curl", ())?.matches("curl ").count(), 2);
    post(&url, RIGHT);
    assert_eq!(world.journal().misuse(json!({ "mount": "bits" }))?[0].rule, "token_fetched_again");
    world.journal().clear()?;
    assert_eq!(world.journal().newest()?, 0);
    Ok(())
}

#[test]
fn a_state_is_put_back() -> Result<(), Error> {
    let world = world()?;
    let clients = world.mount("bits")?.clients();
    clients.delete("bits-readonly")?;
    let state = world.state().save()?;
    world.reset()?;
    assert!(clients.get("bits-readonly").is_ok());
    world.state().load(&state)?;
    assert!(clients.get("bits-readonly").is_err());
    Ok(())
}

#[test]
fn a_gateway_is_started_as_it_is_told() -> Result<(), Error> {
    let start = |start: Start| Gateway::start_with(&start).map(drop);
    let nowhere = Start { binary: Some(PathBuf::from("/nowhere")), ..Start::default() };
    assert!(text(start(nowhere)).contains("binary names /nowhere"));
    let mounts = |name: &str| vec![name.to_owned()];
    let unknown = text(start(Start { mounts: mounts("bit"), ..Start::default() }));
    assert!(unknown.contains("the sandbox has no mount `bit`; it has"), "{unknown}");
    let directory = tempfile::tempdir().map_err(|error| Error::Gateway(error.to_string()))?;
    let config = directory.path().join("own.toml");
    let _ = fs::write(&config, "[[mount]]\nname = \"mine\"\ndialect = \"bits-basic-form\"\n");
    let both = Start { config: Some(config.clone()), mounts: mounts("mine"), ..Start::default() };
    assert!(text(start(both)).contains("leave out `mounts`"));
    let environment = vec![("IDP_GATEWAY__ADMIN__TOKEN".to_owned(), "0123456789abcdef".to_owned())];
    let gateway = Gateway::start_with(&Start { config: Some(config), environment, ..Start::default() })?;
    assert_eq!(gateway.world()?.mounts(), ["mine"]);
    let refused = text(Gateway::attach(gateway.admin().url(), None).world());
    assert!(refused.contains("answered 401"), "{refused}");
    let url = gateway.admin().url().to_owned();
    drop(gateway);
    assert!(text(Gateway::attach(&url, None).world()).contains("no gateway answers at http"));
    Ok(())
}
