//! What scenarios do to requests, to the byte, and what the journal says of it.

use super::stop::wait_until;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use testkit::gateway::Gateway;
use testkit::http;

const MOUNTS: &str = concat!(
    testkit::mounts!(eagle),
    r#"
[[mount.user]]
sub = "1303"
username = "other"
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
[[mount.client]]
id = "web"
secret = "web-secret"
scopes = ["company:read"]
"#
);
const FORM: &str = "application/x-www-form-urlencoded";
/// `app:app-secret`.
const BASIC: &str = "Basic YXBwOmFwcC1zZWNyZXQ=";

struct Stage {
    gateway: Gateway,
}

impl Stage {
    fn start() -> Result<Self> {
        Ok(Self { gateway: Gateway::start(MOUNTS)? })
    }

    fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        self.gateway.admin().call(method, path, body)
    }

    fn force(&self, scenario: &Value) -> Result<String> {
        let made = self.admin("POST", "/v1/scenarios", Some(scenario))?;
        Ok(made["id"].as_str().context("no id")?.to_owned())
    }

    /// All bytes that come of a token request.
    fn token(&self, form: &str) -> Result<String> {
        let headers =
            [("Host", "localhost"), ("Content-Type", FORM), ("Authorization", BASIC), ("Connection", "close")];
        self.raw(&http::request("POST", "/eagle/api/id/v1/auth/token", &headers, form.as_bytes()))
    }

    fn get(&self, path: &str) -> Result<String> {
        self.raw(&http::request("GET", path, &[("Host", "localhost"), ("Connection", "close")], b""))
    }

    fn raw(&self, request: &[u8]) -> Result<String> {
        let mut stream = TcpStream::connect(self.gateway.public())?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(request)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// A code of a user, redeemed by this form.
    fn code(&self, user: &str) -> Result<String> {
        let order = json!({ "client_id": "app", "user": user, "redirect_uri": "https://client.test/cb",
            "scope": "openid email offline" });
        let code = self.admin("POST", "/v1/mounts/eagle/codes", Some(&order))?;
        let code = code["code"].as_str().context("no code")?;
        Ok(format!("grant_type=authorization_code&code={code}&redirect_uri=https://client.test/cb"))
    }

    fn last(&self) -> Result<Value> {
        Ok(self.admin("GET", "/v1/journal?limit=1", None)?[0].clone())
    }
}

const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials&scope=openid+email";

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

#[test]
fn a_lost_answer_is_committed_or_not_as_the_scenario_says() -> Result<()> {
    let stage = Stage::start()?;
    for (when, again) in [("before_commit", "200"), ("after_commit", "400")] {
        let form = stage.code("test")?;
        stage.force(&json!({ "mount": "eagle", "times": 1, "drop": when }))?;
        ensure!(stage.token(&form)?.is_empty(), "{when}: a byte of an answer came");
        let entry = stage.last()?;
        ensure!(entry["status"] == 0 && entry["error"] == "forced" && entry["forced"] == true, "{entry}");
        let answer = stage.token(&form)?;
        ensure!(status(&answer) == again, "{when}: {answer}");
    }
    Ok(())
}

/// Its bytes would be read as the next answer.
#[test]
fn an_answer_without_content_has_none() -> Result<()> {
    let stage = Stage::start()?;
    let empty = |status: u16| json!({ "mount": "eagle", "times": 1, "answer": { "status": status } });
    for status in [204, 205, 304] {
        let mut scenario = empty(status);
        scenario["answer"]["body"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nowned".into();
        let error = format!("{:#}", stage.force(&scenario).err().context("a body is taken")?);
        ensure!(error.contains("400") && error.contains("no content"), "{status}: {error}");
        stage.force(&empty(status))?;
        let answer = stage.token(CLIENT_CREDENTIALS)?;
        ensure!(self::status(&answer) == status.to_string() && answer.ends_with("\r\n\r\n"), "{answer}");
    }
    Ok(())
}

#[test]
fn an_answer_is_cut_spoilt_or_made_up() -> Result<()> {
    let stage = Stage::start()?;
    let whole = stage.token(CLIENT_CREDENTIALS)?;
    let (head, body) = whole.split_once("\r\n\r\n").context("no head")?;
    let length = format!("content-length: {}", body.len());
    ensure!(head.contains(&length), "{head}");
    let page = json!({ "status": 502, "headers": { "Content-Type": "text/html" }, "body": "<h1>Bad Gateway</h1>" });
    let binary = json!({ "status": 200, "body_base64": "AP8B" });
    stage.force(&json!({ "mount": "eagle", "steps": [
        { "truncate": 12 }, { "malformed": "json" }, { "answer": page }, { "answer": binary },
        { "error": "rate_limited", "retry_after": 7, "delay_ms": 60 }, { "times": 2, "pass": true } ] }))?;
    let cut = stage.token(CLIENT_CREDENTIALS)?;
    let (head, left) = cut.split_once("\r\n\r\n").context("no head")?;
    ensure!(head.contains(&length) && left.len() == 12 && body.starts_with(&left[..11]), "{cut}");
    let spoilt = stage.token(CLIENT_CREDENTIALS)?;
    let (head, left) = spoilt.split_once("\r\n\r\n").context("no head")?;
    ensure!(head.contains(&format!("content-length: {}", left.len())) && !left.ends_with('}'), "{spoilt}");
    ensure!(serde_json::from_str::<Value>(&format!("{left}}}")).is_ok(), "{spoilt}");
    let page = stage.token(CLIENT_CREDENTIALS)?;
    ensure!(status(&page) == "502" && page.ends_with("\r\n\r\n<h1>Bad Gateway</h1>"), "{page}");
    ensure!(!page.contains("cache-control"), "no dialect wrote it: {page}");
    let headers = [("Host", "localhost"), ("Content-Type", FORM), ("Authorization", BASIC)];
    let request = http::request("POST", "/eagle/api/id/v1/auth/token", &headers, CLIENT_CREDENTIALS.as_bytes());
    ensure!(http::exchange(stage.gateway.public(), &request)?.body == [0, 255, 1]);
    let limited = stage.token(CLIENT_CREDENTIALS)?;
    ensure!(status(&limited) == "429" && limited.contains("retry-after: 7"), "{limited}");
    let entry = stage.last()?;
    ensure!(entry["duration_us"].as_u64().is_some_and(|took| took >= 60_000), "{entry}");
    ensure!(entry["forced_by"] == json!({ "scenario": "1", "step": 5 }), "{entry}");
    for _ in 0..3 {
        ensure!(status(&stage.token(CLIENT_CREDENTIALS)?) == "200");
    }
    let scenario = stage.admin("GET", "/v1/scenarios/1", None)?;
    ensure!(scenario["seen"] == 7 && scenario["remaining"] == 0 && scenario["step"].is_null(), "{scenario}");
    ensure!(scenario["fired"].as_array().is_some_and(|fired| fired.len() == 7), "{scenario}");
    Ok(())
}

#[test]
fn a_request_that_hangs_ends_with_its_client_or_with_the_gateway() -> Result<()> {
    let mut stage = Stage::start()?;
    let form = stage.code("test")?;
    stage.force(&json!({ "mount": "eagle", "steps": [{ "delay_ms": 600_000 }, { "times": 2, "hang": true }] }))?;
    let headers = [("Host", "localhost"), ("Content-Type", FORM), ("Authorization", BASIC)];
    let request = http::request("POST", "/eagle/api/id/v1/auth/token", &headers, form.as_bytes());
    for kind in ["delayed", "hung"] {
        let mut leaving = TcpStream::connect(stage.gateway.public())?;
        leaving.write_all(&request)?;
        leaving.shutdown(Shutdown::Write)?;
        ensure!(leaving.read_to_end(&mut Vec::new())? == 0 || kind == "delayed", "{kind}: a byte came");
        wait_until(|| Ok(stage.last()?["cause"].to_string().contains("client has gone")))?;
        stage.admin("DELETE", "/v1/journal", None)?;
    }
    let mut hung = TcpStream::connect(stage.gateway.public())?;
    hung.write_all(&request)?;
    wait_until(|| Ok(stage.admin("GET", "/v1/scenarios/1", None)?["remaining"] == 0))?;
    // Served beside it, and nothing is spent.
    ensure!(status(&stage.token(&form)?) == "200");
    stage.gateway.signal("TERM")?;
    ensure!(hung.read_to_end(&mut Vec::new())? == 0, "a byte came at the end");
    stage.gateway.wait_for_end()
}

#[test]
fn scenarios_pass_some_pick_some_and_end_by_themselves() -> Result<()> {
    let stage = Stage::start()?;
    let run = |count: usize| -> Result<String> {
        let all = (0..count).map(|_| Ok(status(&stage.token(CLIENT_CREDENTIALS)?)[..1].to_owned()));
        all.collect()
    };
    let picky = json!({ "mount": "eagle", "after": 2, "probability": 0.5, "seed": 7, "error": "internal", "times": 3 });
    let id = stage.force(&picky)?;
    let first = run(12)?;
    ensure!(first.starts_with("22") && first.matches('5').count() == 3, "{first}");
    stage.admin("DELETE", &format!("/v1/scenarios/{id}"), None)?;
    stage.force(&picky)?;
    ensure!(run(12)? == first, "the same seed picks others");
    stage.admin("DELETE", "/v1/scenarios", None)?;
    stage.force(&json!({ "mount": "eagle", "ttl": 1, "error": "internal" }))?;
    ensure!(run(1)? == "5");
    wait_until(|| Ok(stage.admin("GET", "/v1/scenarios", None)? == json!([])))?;
    ensure!(run(1)? == "2");
    Ok(())
}

#[test]
fn a_scenario_knows_whom_a_request_speaks_for() -> Result<()> {
    let stage = Stage::start()?;
    stage.force(&json!({ "mount": "eagle", "endpoint": "token", "user": "other", "error": "unavailable" }))?;
    ensure!(status(&stage.token(&stage.code("test")?)?) == "200");
    let form = stage.code("other")?;
    ensure!(status(&stage.token(&form)?) == "503");
    ensure!(status(&stage.token(CLIENT_CREDENTIALS)?) == "200", "the client's own user is another");
    stage.admin("DELETE", "/v1/scenarios", None)?;
    let answer = stage.token(&form)?;
    ensure!(status(&answer) == "200", "nothing was spent: {answer}");
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    let refresh = serde_json::from_str::<Value>(body)?["refresh_token"].as_str().context("no token")?.to_owned();
    stage.force(&json!({ "mount": "eagle", "user": "1303", "error": "unavailable" }))?;
    ensure!(status(&stage.token(&format!("grant_type=refresh_token&refresh_token={refresh}"))?) == "503");
    Ok(())
}

#[test]
fn pages_keys_and_forward_auth_can_be_made_to_fail() -> Result<()> {
    let stage = Stage::start()?;
    for (path, endpoint) in [
        ("/brighthr/account/login", "login"),
        ("/_gateway/jwks/brighthr", "jwks"),
        ("/_gateway/verify/brighthr", "verify"),
        ("/brighthr/.well-known/openid-configuration", "discovery"),
        ("/brighthr/connect/authorize", "authorize"),
    ] {
        let id = stage
            .force(&json!({ "mount": "brighthr", "endpoint": endpoint, "error": "unavailable", "retry_after": 9,
            "times": 1 }))?;
        let answer = stage.get(path)?;
        ensure!(status(&answer) == "503" && answer.contains("retry-after: 9"), "{path}: {answer}");
        ensure!(status(&stage.get(path)?) != "503", "{path}");
        stage.admin("DELETE", &format!("/v1/scenarios/{id}"), None)?;
        stage.force(&json!({ "mount": "brighthr", "endpoint": endpoint, "drop": "after_commit", "times": 1 }))?;
        ensure!(stage.get(path)?.is_empty(), "{path}");
        ensure!(stage.last()?["endpoint"] == endpoint);
    }
    Ok(())
}
