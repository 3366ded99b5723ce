//! What was changed at run time, saved and loaded.

use super::orders::MOUNTS;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http;

/// Changes something of every kind.
fn change(gateway: &Gateway, name: &str, at: i64) -> Result<()> {
    let admin = gateway.admin();
    admin.freeze_clock(at)?;
    admin.patch_settings("brighthr", &json!({ "access_ttl": at % 1000 + 60 }))?;
    admin.put(
        "brighthr",
        "clients",
        name,
        &json!({ "secret": "a-long-secret", "claims": { "z": 1, "a": [1, 2.5] } }),
    )?;
    admin.call(
        "PATCH",
        "/v1/mounts/brighthr/clients/web",
        Some(&json!({ "name": name, "claims": { "tenant": name } })),
    )?;
    admin.put("brighthr", "users", name, &json!({ "password": "a-long-password" }))?;
    admin.call("POST", "/v1/scenarios", Some(&json!({ "mount": "bits", "error": "unavailable", "times": 5 })))?;
    Ok(())
}

fn save(gateway: &Gateway) -> Result<Value> {
    gateway.admin().call("GET", "/v1/state", None)
}

fn refused(gateway: &Gateway, state: &Value) -> Result<String> {
    let error = gateway.admin().call("PUT", "/v1/state", Some(state)).err().context("it was taken")?.to_string();
    ensure!(error.contains(": 400 "), "{error}");
    Ok(error)
}

#[test]
fn a_state_is_put_back_exactly() -> Result<()> {
    let mut gateway = Gateway::start(MOUNTS)?;
    let admin = |gateway: &Gateway| gateway.admin();
    let file = save(&gateway)?;
    ensure!(file["format"] == 1 && file["mounts"]["brighthr"]["clients"] == json!({}), "{file}");
    change(&gateway, "one", 1_800_000_000)?;
    admin(&gateway).delete("bits", "clients", "batch")?;
    let saved = save(&gateway)?;
    ensure!(saved["mounts"]["bits"]["clients"] == json!({ "batch": null }), "{saved}");
    ensure!(!saved.to_string().contains("a-long-"), "a secret is told: {saved}");
    let views = |gateway: &Gateway| -> Result<Vec<Value>> {
        let paths =
            ["/v1/mounts/brighthr/clients", "/v1/mounts/brighthr/users", "/v1/mounts", "/v1/clock", "/v1/scenarios"];
        paths.iter().map(|path| admin(gateway).call("GET", path, None)).collect()
    };
    let before = views(&gateway)?;

    change(&gateway, "two", 1_900_000_000)?;
    admin(&gateway).delete("brighthr", "clients", "one")?;
    admin(&gateway).put(
        "bits",
        "clients",
        "batch",
        &json!({ "scopes": ["application"], "claims": { "customerId": "bits:customer::2" } }),
    )?;
    ensure!(views(&gateway)? != before, "something is changed");
    admin(&gateway).call("PUT", "/v1/state", Some(&saved))?;
    ensure!(save(&gateway)? == saved && views(&gateway)? == before, "{:#}\n{:#}", saved, save(&gateway)?);
    let text = save(&gateway)?.to_string();
    ensure!(text.contains(r#""claims":{"a""#) || text.contains(r#""z":1"#), "{text}");
    let client = admin(&gateway).get("brighthr", "clients", "one")?;
    ensure!(client["public"] == false, "{client}");
    gateway.restart()?;
    // Scenarios of one process end with it; all else is kept.
    ensure!(save(&gateway)?["mounts"] == saved["mounts"] && save(&gateway)?["clock"] == saved["clock"], "a restart");
    admin(&gateway).call("PUT", "/v1/state", Some(&file))?;
    ensure!(save(&gateway)? == file, "back to the file");
    Ok(())
}

#[test]
fn a_state_that_does_not_fit_changes_nothing() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    change(&gateway, "one", 1_800_000_000)?;
    let saved = save(&gateway)?;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut state = saved.clone();
        change(&mut state);
        state
    };
    for (state, word) in [
        (with(&|state| state["format"] = 2.into()), "format 2"),
        (with(&|state| state["more"] = 1.into()), "more"),
        (with(&|state| state["mounts"]["nowhere"] = json!({})), "nowhere"),
        (with(&|state| state["mounts"]["bits"]["clients"]["x"] = json!({ "id": "x", "scopes": ["no"] })), "client `x`"),
        (with(&|state| state["mounts"]["brighthr"]["clients"]["x"] = json!({ "id": "y" })), "another id"),
        (with(&|state| state["mounts"]["bits"]["settings"] = json!({ "access_ttl": "x" })), "access_ttl"),
        (
            with(&|state| state["mounts"]["brighthr"]["users"]["x"] = json!({ "sub": "x", "username": "one" })),
            "user `x`",
        ),
        (with(&|state| state["clock"] = json!({ "frozen": 1 })), "clock"),
        (with(&|state| state["scenarios"][0]["scenario"] = json!({ "error": "nothing" })), "scenario 1"),
        (with(&|state| state["scenarios"][0]["id"] = u64::MAX.into()), "go beyond"),
        (with(&|state| state["scenarios"][0]["seen"] = u64::MAX.into()), "go beyond"),
    ] {
        let error = refused(&gateway, &state)?;
        ensure!(error.contains(word), "{word}: {error}");
        ensure!(save(&gateway)? == saved, "{word}: something was changed");
    }
    Ok(())
}

/// What a client and a user hold.
struct Held {
    access: String,
    refresh: String,
    code: String,
    pat: String,
}

fn order(gateway: &Gateway) -> Result<Value> {
    let order = json!({ "client_id": "web", "user": "alice" });
    gateway.admin().call("POST", "/v1/mounts/brighthr/tokens", Some(&order))
}

fn hold(gateway: &Gateway) -> Result<Held> {
    let tokens = order(gateway)?;
    let text = |name: &str| tokens[name].as_str().map(str::to_owned).context("no token");
    let code = json!({ "client_id": "web", "user": "alice", "redirect_uri": "https://client.test/cb" });
    let code = gateway.admin().call("POST", "/v1/mounts/brighthr/codes", Some(&code))?;
    let pat = gateway.admin().call("POST", "/v1/mounts/brighthr/users/alice/pats", Some(&json!({ "name": "ci" })))?;
    Ok(Held {
        access: text("access_token")?,
        refresh: text("refresh_token")?,
        code: code["code"].as_str().context("no code")?.to_owned(),
        pat: pat["token"].as_str().context("no token")?.to_owned(),
    })
}

fn bearer(gateway: &Gateway, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", &*bearer)];
    let request = http::request("GET", "/_gateway/verify/brighthr", &headers, b"");
    Ok(http::exchange(gateway.public(), &request)?.status)
}

fn grant(gateway: &Gateway, fields: &str) -> Result<u16> {
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let form = format!("client_id=web&client_secret=web-secret&{fields}");
    let request = http::request("POST", "/brighthr/connect/token", &headers, form.as_bytes());
    Ok(http::exchange(gateway.public(), &request)?.status)
}

impl Held {
    /// The statuses of all that is held: bearers first, which spend nothing, then refresh token and code.
    fn statuses(&self, gateway: &Gateway) -> Result<[u16; 4]> {
        Ok([
            bearer(gateway, &self.access)?,
            bearer(gateway, &self.pat)?,
            grant(gateway, &format!("grant_type=refresh_token&refresh_token={}", self.refresh))?,
            grant(
                gateway,
                &format!("grant_type=authorization_code&redirect_uri=https://client.test/cb&code={}", self.code),
            )?,
        ])
    }
}

const WITH_TOKENS: &str = "/v1/state?with=tokens";

#[test]
fn what_was_issued_goes_back_with_it() -> Result<()> {
    let config = |port: u16| {
        let mounts = MOUNTS.replace("1/1h", "unlimited");
        format!("[server]\npublic_url = \"http://localhost:{port}\"\n{mounts}")
    };
    let mut gateway = Gateway::start(&config(8080))?;
    let held = hold(&gateway)?;
    let saved = gateway.admin().call("GET", WITH_TOKENS, None)?;
    let rows = saved["tokens"].as_array().context("no rows")?.len();
    ensure!(rows > 5, "{saved}");
    ensure!(!saved.to_string().contains(&held.refresh) && !saved.to_string().contains(&held.pat), "a handle is told");
    ensure!(held.statuses(&gateway)? == [200; 4], "before");
    ensure!(held.statuses(&gateway)? == [200, 200, 400, 400], "spent");
    gateway.admin().call("POST", "/v1/mounts/brighthr/tokens/expire", Some(&json!({ "refresh": true })))?;
    gateway.admin().rotate_key("brighthr", 0)?;
    let later = hold(&gateway)?;
    gateway.admin().call("PUT", "/v1/state", Some(&saved))?;
    ensure!(gateway.admin().call("GET", "/v1/state", None)?["tokens"] == Value::Null, "only where it is asked for");
    ensure!(gateway.admin().keys("brighthr")?.len() == 1, "the key that was made since is gone");
    gateway.restart()?;
    ensure!(later.statuses(&gateway)? == [401, 401, 400, 400], "what was issued since is gone");
    ensure!(held.statuses(&gateway)? == [200; 4], "all as it was");
    // What is issued after it holds, and is expired by what comes after that alone.
    let new = hold(&gateway)?;
    gateway.admin().call("POST", "/v1/mounts/brighthr/tokens/expire", Some(&json!({})))?;
    ensure!(bearer(&gateway, &new.access)? == 401 && bearer(&gateway, &hold(&gateway)?.access)? == 200, "generations");

    let mut broken = saved.clone();
    broken["tokens"][rows - 1] = json!({ "code": { "realm": "brighthr", "code": "?" } });
    ensure!(refused(&gateway, &broken)?.contains("cannot be read"), "a row that is none");
    broken["tokens"][rows - 1] = json!({ "code": { "realm": "elsewhere" } });
    ensure!(refused(&gateway, &broken)?.contains(&format!("row {rows}")), "another's row");
    let mut broken = saved.clone();
    let keys = broken["tokens"].as_array_mut().into_iter().flatten().filter(|row| row["key"]["body"]["m"].is_string());
    keys.for_each(|row| row["key"]["body"]["m"] = "AA".into());
    let before = gateway.admin().call("GET", WITH_TOKENS, None)?;
    ensure!(refused(&gateway, &broken)?.contains("cannot be used"), "a key that is none");
    ensure!(gateway.admin().call("GET", WITH_TOKENS, None)? == before, "all is there as before");
    let mark = json!({ "realm": "brighthr", "kind": "expiry", "id": "", "body": r#"{"generation":16777215,"at":0}"# });
    broken["tokens"] = json!([{ "change": { "body": mark } }]);
    ensure!(refused(&gateway, &broken)?.contains("no mark"), "the last generation of all");
    let other = Gateway::start(&config(8081))?;
    ensure!(refused(&other, &saved)?.contains("where they came from"), "another issuer");
    ensure!(gateway.admin().call("GET", WITH_TOKENS, None)? != saved, "what was refused changed nothing");
    Ok(())
}

#[test]
fn what_a_namespace_issued_goes_back_into_it_alone() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let admin = |method: &str, path: &str, body: Option<&Value>| gateway.admin().call(method, path, body);
    let make = |name: &str| admin("POST", "/v1/namespaces", Some(&json!({ "name": name })));
    make("one")?;
    make("two")?;
    let order = |name: &str| -> Result<String> {
        let order = json!({ "client_id": "web", "user": "alice" });
        let tokens = admin("POST", &format!("/v1/mounts/brighthr/tokens?namespace={name}"), Some(&order))?;
        Ok(tokens["access_token"].as_str().context("no token")?.to_owned())
    };
    let verify = |name: &str, token: &str| -> Result<u16> {
        let bearer = format!("Bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", &*bearer)];
        let path = format!("/~{name}/_gateway/verify/brighthr");
        Ok(http::exchange(gateway.public(), &http::request("GET", &path, &headers, b""))?.status)
    };
    let put = |name: &str, state: &Value| admin("PUT", &format!("/v1/state?namespace={name}"), Some(state));
    let (held, beside) = (order("one")?, order("two")?);
    let saved = admin("GET", "/v1/state?with=tokens&namespace=one", None)?;
    let text = saved["tokens"].to_string();
    ensure!(text.contains("~one.") && !text.contains("~two."), "rows of the namespace alone: {text}");
    admin("POST", "/v1/mounts/brighthr/tokens/expire?namespace=one", Some(&json!({})))?;
    admin("PATCH", "/v1/mounts/brighthr/clients/web?namespace=one", Some(&json!({ "name": "changed" })))?;
    admin("POST", "/v1/mounts/brighthr/keys/rotate?namespace=one", Some(&json!({ "lead_seconds": 0 })))?;
    ensure!(verify("one", &held)? == 401);
    let since = order("one")?;
    put("one", &saved)?;
    ensure!(verify("one", &held)? == 200, "what was expired since holds again");
    ensure!(verify("one", &since)? == 401, "what a key signed that was made since does not");
    ensure!(verify("two", &beside)? == 200, "another namespace is as it was");
    let client = admin("GET", "/v1/mounts/brighthr/clients/web?namespace=one", None)?;
    ensure!(client["name"].is_null(), "{client}");
    // Into no other, not even into the next of its name.
    ensure!(put("two", &saved).is_err() && refused(&gateway, &saved).is_ok());
    admin("DELETE", "/v1/namespaces/one", None)?;
    make("one")?;
    let again = put("one", &saved).err().context("it was taken")?.to_string();
    ensure!(again.contains(": 400 "), "{again}");
    ensure!(verify("one", &held)? == 401);
    Ok(())
}
