//! Two hundred tests at once, each in a namespace of its own, against three replicas: nothing of one is seen or good in
//! another, though each tries.

use super::{Replicas, form};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::agent::Agent;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::vendor::{VERIFIER, challenge, code};

/// How many tests there are, and how many run at a time.
const TESTS: usize = 200;
const AT_ONCE: usize = 12;
/// How many tests on each is whose things it tries.
const NEXT: [usize; 3] = [1, 7, 100];
/// When the clock of the first test stands still, and how far that of each next is ahead, in seconds.
const FIRST: i64 = 1_715_861_418;
const APART: i64 = 1_000;
const CALLBACK: &str = "https://client.test/cb";

/// One test, and what it holds once it has run.
struct Test {
    number: usize,
    /// Its namespace.
    name: String,
    access: String,
    refresh: String,
    /// A code that nobody has redeemed.
    code: String,
    pat: String,
    /// A browser in which its user is signed in.
    browser: Agent,
}

fn user(number: usize) -> String {
    format!("user-{number}")
}

fn secret(number: usize) -> String {
    format!("secret-of-test-{number}")
}

fn clock(number: usize) -> i64 {
    FIRST + APART * i64::try_from(number).unwrap_or_default()
}

fn admin(gateway: &Gateway, name: &str, method: &str, path: &str, body: &Value) -> Result<Value> {
    let body = Some(body).filter(|body| !body.is_null());
    gateway.admin().call(method, &format!("{path}?namespace={name}"), body)
}

fn get(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Result<Response> {
    let headers = [&[("Host", "localhost")], headers].concat();
    http::exchange(gateway.public(), &http::request("GET", path, &headers, b""))
}

/// A Bits token of the test's own client, with that secret.
fn bits(gateway: &Gateway, root: &str, secret: &str) -> Result<u16> {
    let path = format!("{root}/bits/v1/oauth2/token");
    Ok(form(gateway, &path, ("batch", secret), &[("grant_type", "client_credentials")])?.status)
}

fn redeem(gateway: &Gateway, root: &str, code: &str) -> Result<Response> {
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    form(gateway, &format!("{root}/brighthr/connect/token"), ("web", "web-secret"), &fields)
}

fn refresh(gateway: &Gateway, root: &str, token: &str) -> Result<Response> {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    form(gateway, &format!("{root}/brighthr/connect/token"), ("web", "web-secret"), &fields)
}

fn verify(gateway: &Gateway, root: &str, token: &str, headers: &[(&str, &str)]) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [&[("Authorization", bearer.as_str())], headers].concat();
    Ok(get(gateway, &format!("{root}/_gateway/verify/brighthr"), &headers)?.status)
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no {name} in {value}"))?.to_owned())
}

/// The claims of a token.
fn claims(token: &str) -> Result<Value> {
    let payload = token.split('.').nth(1).context("no JWT")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
}

/// Signs the test's user in, and has a code of that.
fn authorize(browser: &mut Agent, root: &str, number: usize) -> Result<String> {
    let (user, challenge) = (user(number), challenge(VERIFIER));
    let query = [
        ("client_id", "web"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid offline_access"),
        ("state", "s"),
        ("login_hint", &user),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let query = serde_urlencoded::to_string(query)?;
    code(&browser.get(&format!("{root}/brighthr/connect/authorize?{query}"))?)
}

impl Test {
    /// Has a namespace with its own clock, users, secret, limit and failure, and does in it what a test does.
    fn run(replicas: &Replicas, number: usize) -> Result<Self> {
        let any = || replicas.any();
        let made = any().admin().call("POST", "/v1/namespaces", Some(&json!({ "ttl": 3600 })))?;
        let name = text(&made, "name")?;
        let root = format!("/~{name}");
        let admin = |method: &str, path: &str, body: Value| admin(any(), &name, method, path, &body);
        admin("PUT", "/v1/clock", json!({ "freeze": clock(number) }))?;
        admin("PUT", &format!("/v1/mounts/brighthr/users/{}", user(number)), json!({ "username": user(number) }))?;
        let limit = 1 + number % 3;
        let client = json!({ "secret": secret(number), "rate_limit": format!("{limit}/1h") });
        admin("PATCH", "/v1/mounts/bits/clients/batch", client)?;
        let status = 500 + u16::try_from(number % 90)?;
        admin(
            "POST",
            "/v1/scenarios",
            json!({ "mount": "bits", "endpoint": "token", "times": 2,
            "answer": { "status": status } }),
        )?;
        Self::settled(any(), &name, number)?;
        // Its own failure, its own limit, counted over all replicas.
        for expected in [status, status].into_iter().chain(std::iter::repeat_n(200, limit)).chain([429, 429]) {
            let found = bits(any(), &root, &secret(number))?;
            ensure!(found == expected, "test {number}: {found} where {expected} is due");
        }
        let mut browser = Agent::new(any().public());
        let tokens = super::as_json(&redeem(any(), &root, &authorize(&mut browser, &root, number)?)?)?;
        let access = text(&tokens, "access_token")?;
        ensure!(claims(&access)?["iat"] == clock(number), "test {number}: {}", claims(&access)?);
        // A header leads there where a client asks.
        let bearer = format!("Bearer {access}");
        let headers = [("Authorization", bearer.as_str()), ("X-Gateway-Namespace", name.as_str())];
        ensure!(get(any(), "/brighthr/connect/userinfo", &headers)?.status == 200, "test {number}: by the header");
        let path = format!("/v1/mounts/brighthr/users/{}/pats", user(number));
        let pat = text(&admin("POST", &path, json!({ "name": "test" }))?, "token")?;
        let code = authorize(&mut browser, &root, number)?;
        Ok(Self { number, access, refresh: text(&tokens, "refresh_token")?, code, pat, browser, name })
    }

    /// Waits until every replica has what was changed: on a busy machine one may lag, which the answer says.
    fn settled(gateway: &Gateway, name: &str, number: usize) -> Result<()> {
        let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
        let body = json!({ "freeze": clock(number) }).to_string();
        let path = format!("/v1/clock?namespace={name}");
        let request = http::request("PUT", &path, &headers, body.as_bytes());
        testkit::wait_until("all replicas", || {
            let answer = http::exchange(gateway.admin_address(), &request)?;
            ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
            Ok(answer.header("gateway-lagging").is_none())
        })
    }

    fn root(&self) -> String {
        format!("/~{}", self.name)
    }

    /// Tries what this test holds where another is, or outside any namespace.
    fn intrude(&self, replicas: &Replicas, other: Option<&Self>) -> Result<()> {
        let any = || replicas.any();
        let root = other.map(Self::root).unwrap_or_default();
        let at = other.map_or("outside any".to_owned(), |other| format!("at {}", other.number));
        let fails = |what: &str, is_refused: bool| {
            ensure!(is_refused, "the {what} of test {} is good {at}", self.number);
            Ok(())
        };
        fails("access token", verify(any(), &root, &self.access, &[])? == 401)?;
        fails("personal access token", verify(any(), &root, &self.pat, &[])? == 401)?;
        let userinfo = format!("{root}/brighthr/connect/userinfo");
        let bearer = format!("Bearer {}", self.access);
        fails("access token", get(any(), &userinfo, &[("Authorization", &bearer)])?.status == 401)?;
        fails("code", redeem(any(), &root, &self.code)?.status == 400)?;
        fails("refresh token", refresh(any(), &root, &self.refresh)?.status == 400)?;
        fails("secret", bits(any(), &root, &secret(self.number))? == 401)?;
        // At forward auth no header leads from one namespace to another.
        let header = [("X-Gateway-Namespace", self.name.as_str())];
        fails("header", verify(any(), &root, &self.access, &header)? == 401)?;
        self.intrude_with_cookies(any(), &root).with_context(|| at.clone())
    }

    /// Its user's session, under the names that the cookies of the other have.
    fn intrude_with_cookies(&self, gateway: &Gateway, root: &str) -> Result<()> {
        let (login, account) = (format!("{root}/brighthr/account/login"), format!("{root}/brighthr/account"));
        let page = Agent::new(gateway.public()).get(&login)?;
        let (name, _) = page.headers_named("set-cookie").find_map(|line| line.split_once('=')).context("no cookie")?;
        let mut thief = Agent::new(gateway.public());
        thief.plant(name, self.browser.cookie("idp_browser_").unwrap_or_default());
        let session = self.browser.cookie("idp_session_").context("no session")?;
        thief.plant(&name.replace("browser", "session"), session);
        let answer = thief.get(&account)?;
        ensure!(answer.status != 200, "the session of test {} opens an account", self.number);
        Ok(())
    }

    /// What others have tried has changed nothing here, and nothing of theirs is seen.
    fn look(&self, replicas: &Replicas) -> Result<()> {
        let any = || replicas.any();
        let (number, root) = (self.number, self.root());
        let admin = |path: &str| admin(any(), &self.name, "GET", path, &Value::Null);
        let own = |what: &str, is_own: bool, found: &Value| {
            ensure!(is_own, "test {number}: {what}: {found}");
            Ok(())
        };
        let now = admin("/v1/clock")?;
        own("the clock", now["freeze"] == clock(number), &now)?;
        let users = admin("/v1/mounts/brighthr/users")?;
        let subs: Vec<_> = users["items"].as_array().into_iter().flatten().map(|user| user["sub"].clone()).collect();
        own("users", subs == [json!("u1"), json!(user(number))], &users)?;
        let client = admin("/v1/mounts/bits/clients/batch")?;
        own("the client", client["rate_limit"] == format!("{}/1h", 1 + number % 3), &client)?;
        let scenarios = admin("/v1/scenarios")?;
        let used = scenarios[0]["remaining"] == 0 && scenarios.as_array().map(Vec::len) == Some(1);
        own("scenarios", used, &scenarios)?;
        let path = format!("/v1/journal?namespace={}&limit=1000", self.name);
        let journal = any().admin().call("GET", &path, None)?;
        let of_others = |entry: &&Value| {
            let user_of_another = entry["user"].as_str().is_some_and(|found| found != user(number));
            entry["namespace"] != *self.name || user_of_another
        };
        let entries = journal.as_array().context("no entries")?;
        own("the journal", !entries.is_empty() && !entries.iter().any(|entry| of_others(&entry)), &journal)?;
        let own_bits = entries.iter().filter(|entry| entry["mount"] == "bits" && entry["status"] != 401).count();
        own("the requests to Bits", own_bits == 4 + 1 + number % 3, &journal)?;
        // All that it holds is good still.
        ensure!(verify(any(), &root, &self.access, &[])? == 200 && verify(any(), &root, &self.pat, &[])? == 200);
        ensure!(redeem(any(), &root, &self.code)?.status == 200, "test {number}: another has spent its code");
        ensure!(refresh(any(), &root, &self.refresh)?.status == 200, "test {number}: another has spent its token");
        ensure!(self.browser.clone().get(&format!("{root}/brighthr/account"))?.status == 200, "test {number}");
        ensure!(bits(any(), &root, &secret(number))? == 429, "test {number}: another has a place in its limit");
        Ok(())
    }
}

/// Does so much, some of it at a time.
fn in_parallel<T: Send>(count: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    super::at_once(AT_ONCE, |_| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            let result = work(number)?;
            done.lock().push((number, result));
        }
    })?;
    let mut done = done.into_inner();
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[test]
fn two_hundred_tests_in_parallel_do_not_see_each_other() -> Result<()> {
    let replicas = Replicas::start(3)?;
    let tests = in_parallel(TESTS, |number| Test::run(&replicas, number))?;
    in_parallel(TESTS, |number| {
        let test = &tests[number];
        for on in NEXT {
            test.intrude(&replicas, Some(&tests[(number + on) % TESTS]))?;
        }
        test.intrude(&replicas, None)
    })?;
    in_parallel(TESTS, |number| tests[number].look(&replicas))?;
    // Outside any namespace everything is as the file says.
    let outside = |path: &str| replicas.any().admin().call("GET", path, None);
    ensure!(outside("/v1/clock")?["offset"] == 0 && outside("/v1/scenarios")? == json!([]));
    ensure!(outside("/v1/changes")?["items"] == json!([]) && super::bits(replicas.any())?.status == 200);
    let strangers = outside("/v1/journal?limit=1000")?;
    let is_outside = |entry: &Value| entry["namespace"].is_null() && entry["user"].is_null();
    ensure!(strangers.as_array().is_some_and(|entries| entries.iter().all(is_outside)), "{strangers}");
    Ok(())
}
