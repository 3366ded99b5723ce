//! Canary secrets in every field of requests: in no metric, trace, log or journal.

use super::collector::Collector;
use super::exposition::Exposition;
use super::stage::{MOUNTS, basic, code, get, post, telemetry};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::wait_until;

/// What every secret that a client makes up has in it.
const CANARY: &str = "cAnArY7";

/// Sends canaries wherever a secret may be, and returns the real secrets that came of it.
fn exercise(gateway: &Gateway) -> Result<Vec<String>> {
    for (mount, path) in [("bits", "/bits/v1/oauth2/token"), ("brighthr", "/brighthr/connect/token")] {
        send_credentials(gateway, path).with_context(|| mount.to_owned())?;
    }
    send_grants(gateway)?;
    send_elsewhere(gateway)?;
    let configured = ["app-secret", "batch-secret", "web-secret", "alice-password"].map(str::to_owned);
    Ok([spend_real(gateway)?, configured.to_vec()].concat())
}

fn canary(field: &str) -> String {
    format!("{CANARY}-{field}")
}

fn of_web(gateway: &Gateway, form: &str) -> Result<Response> {
    post(gateway, "/brighthr/connect/token", &[("Authorization", &basic("web", "web-secret"))], form)
}

/// Wherever a client says who it is.
fn send_credentials(gateway: &Gateway, path: &str) -> Result<()> {
    for header in [basic("batch", &canary("basic")), format!("Basic {}", canary("header")), canary("scheme")] {
        post(gateway, path, &[("Authorization", &header)], "grant_type=client_credentials")?;
    }
    let secret = canary("secret");
    let form = format!("grant_type=client_credentials&client_id=web&client_secret={secret}");
    post(gateway, path, &[], &form)?;
    let unknown = format!("grant_type={0}&{0}={0}&scope={0}&{0}={0}", canary("unknown"));
    post(gateway, path, &[], &unknown)?;
    post(gateway, &format!("{path}?access_token={}", canary("query")), &[("Cookie", &canary("cookie"))], "a=b")?;
    Ok(())
}

/// In each dialect's own members.
fn send_grants(gateway: &Gateway) -> Result<()> {
    let body =
        json!({ "client_id": "app", "client_secret": canary("json"), canary("key"): canary("value") }).to_string();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json"), ("X-Secret", &canary("x-header"))];
    http::exchange(gateway.public(), &http::request("POST", "/bizzassure/v1/auth/token", &headers, body.as_bytes()))?;

    let code = canary("code");
    of_web(gateway, &format!("grant_type=authorization_code&code={code}&redirect_uri=https://client.test/cb"))?;
    let verifier = canary("verifier");
    of_web(gateway, &format!("grant_type=authorization_code&code=a&redirect_uri=b&code_verifier={verifier}"))?;
    of_web(gateway, &format!("grant_type=refresh_token&refresh_token={}", canary("refresh")))?;
    let web = basic("web", "web-secret");
    for path in ["introspect", "revocation"] {
        let (path, form) = (format!("/brighthr/connect/{path}"), format!("token={}", canary(path)));
        post(gateway, &path, &[("Authorization", &web)], &form)?;
    }
    Ok(())
}

/// At pages, with bearer tokens, in paths and methods, at the admin API.
fn send_elsewhere(gateway: &Gateway) -> Result<()> {
    let login = format!("username=alice&password={0}&csrf={0}&request={0}", canary("password"));
    post(gateway, "/brighthr/account/login", &[], &login)?;
    let query = format!("client_id=web&state={0}&login_hint={0}&{0}=1", canary("authorize"));
    get(gateway, &format!("/brighthr/connect/authorize?{query}"))?;
    let bearer = format!("Bearer {}", canary("bearer"));
    for path in ["/brighthr/connect/userinfo", "/_gateway/verify/brighthr"] {
        let request = http::request("GET", path, &[("Host", "localhost"), ("Authorization", &bearer)], b"");
        http::exchange(gateway.public(), &request)?;
    }
    get(gateway, &format!("/nowhere?{}", canary("path")))?;
    // A question mark that is encoded once too often, and id and secret in each other's place.
    for mark in ["%3F", ";", "&", "/"] {
        get(gateway, &format!("/bits/v1/oauth2/token{mark}client_secret={}", canary("encoded")))?;
    }
    let swapped = [("Authorization", &*basic("batch-secret", "batch"))];
    post(gateway, "/bits/v1/oauth2/token", &swapped, "grant_type=client_credentials")?;
    let form = "grant_type=client_credentials&client_id=web-secret&client_secret=web";
    post(gateway, "/brighthr/connect/token", &[], form)?;
    let method = format!("{CANARY}-METHOD").to_uppercase();
    http::exchange(gateway.public(), &http::request(&method, "/bits/v1/oauth2/token", &[("Host", "localhost")], b""))?;
    let admin = http::request("GET", "/v1/mounts", &[("Host", "localhost"), ("Authorization", &bearer)], b"");
    ensure!(http::exchange(gateway.admin_address(), &admin)?.status == 200, "no token is configured");
    Ok(())
}

/// Real codes and tokens; a spent code and a spent refresh token are causes of refusals.
fn spend_real(gateway: &Gateway) -> Result<Vec<String>> {
    let real = code(gateway)?;
    let form = format!("grant_type=authorization_code&code={real}&redirect_uri=https://client.test/cb");
    let reply = of_web(gateway, &form)?.json()?;
    let member = |name: &str| Ok::<_, anyhow::Error>(reply[name].as_str().with_context(|| name.to_owned())?.to_owned());
    let (access, refresh) = (member("access_token")?, member("refresh_token")?);
    let refreshing = format!("grant_type=refresh_token&refresh_token={refresh}");
    for form in [&refreshing, &form, &refreshing] {
        of_web(gateway, form)?;
    }
    Ok(vec![real, access, refresh])
}

#[test]
fn t64_no_secret_is_in_a_metric_a_trace_a_log_or_the_journal() -> Result<()> {
    let collector = Collector::start()?;
    let more = format!("level = \"debug\"\notlp_endpoint = \"{}\"", collector.url());
    let mut gateway = Gateway::start(&format!("{}{MOUNTS}", telemetry(&more)))?;
    let mut secrets = exercise(&gateway)?;
    secrets.extend([CANARY.to_owned(), CANARY.to_uppercase()]);

    let metrics = Exposition::of(&gateway)?.text;
    let journal = gateway.admin().call("GET", "/v1/journal?limit=1000", None)?.to_string();
    wait_until("the traces", || Ok(collector.spans()?.len() > 30))?;
    gateway.terminate()?;
    let traces = String::from_utf8_lossy(&collector.bytes()).into_owned();
    let logs = gateway.logs()?;
    ensure!(logs.contains("refused") && journal.contains("refused") | journal.contains("invalid_grant"), "{logs}");
    for (place, text) in [("metrics", metrics), ("journal", journal), ("traces", traces), ("logs", logs)] {
        for secret in &secrets {
            // Base64 of what comes in a Basic header would give it away as well.
            let encoded = basic("batch", &format!("{CANARY}-basic"));
            ensure!(!text.contains(secret.as_str()), "{place} have {secret}:\n{text}");
            ensure!(!text.contains(&encoded["Basic ".len()..]), "{place} have a Basic header:\n{text}");
        }
    }
    Ok(())
}

#[test]
fn t64_the_admin_token_is_in_no_metric_trace_or_log() -> Result<()> {
    let collector = Collector::start()?;
    let more = format!("level = \"debug\"\notlp_endpoint = \"{}\"", collector.url());
    let admin = format!("[admin]\ntoken = \"{CANARY}-admin-token\"\n");
    let mut gateway = Gateway::start(&format!("{admin}{}{MOUNTS}", telemetry(&more)))?;
    for token in [format!("Bearer {CANARY}-admin-token"), format!("Bearer {CANARY}-wrong"), format!("Basic {CANARY}")] {
        let request = http::request("GET", "/metrics", &[("Host", "localhost"), ("Authorization", &token)], b"");
        http::exchange(gateway.admin_address(), &request)?;
        let request = http::request("GET", "/", &[("Host", "localhost"), ("Authorization", &token)], b"");
        http::exchange(gateway.public(), &request)?;
    }
    let metrics = Exposition::of(&gateway)?.text;
    wait_until("the traces", || Ok(!collector.spans()?.is_empty()))?;
    gateway.terminate()?;
    let traces = String::from_utf8_lossy(&collector.bytes()).into_owned();
    for text in [metrics, traces, gateway.logs()?] {
        ensure!(!text.contains(CANARY), "{text}");
    }
    Ok(())
}
