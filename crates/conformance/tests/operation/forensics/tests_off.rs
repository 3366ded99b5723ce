//! What is there for tests, where it is turned off.

use super::{bits, lines, metrics, token};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use testkit::gateway::Gateway;

const SECRET: &str = "a-secret-of-some-length";

fn config(test_features: bool, more: &str) -> String {
    let mount = bits(&format!("secret = \"{SECRET}\""));
    format!("[server]\nwatch_config = false\n[admin]\ntest_features = {test_features}\n{mount}{more}")
}

fn gauge(gateway: &Gateway, name: &str) -> Result<f64> {
    let metrics = metrics(gateway)?;
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    Ok(line.with_context(|| format!("no {name} in {metrics}"))?.parse()?)
}

#[test]
fn s16_turned_off_each_call_for_tests_is_refused_with_the_key() -> Result<()> {
    let gateway = Gateway::start(&config(false, ""))?;
    let code = json!({ "client_id": "a", "user": "b", "redirect_uri": "https://client.test/cb" });
    for (method, path, body) in [
        ("PUT", "/v1/clock", Some(json!({ "freeze": 5 }))),
        ("DELETE", "/v1/clock", None),
        ("POST", "/v1/clock/advance", Some(json!({ "seconds": 5 }))),
        ("POST", "/v1/scenarios", Some(json!({ "error": "internal" }))),
        ("DELETE", "/v1/scenarios", None),
        ("DELETE", "/v1/scenarios/1", None),
        ("POST", "/v1/mounts/bits/codes", Some(code)),
        ("POST", "/v1/mounts/bits/tokens", Some(json!({ "client_id": "a" }))),
        ("POST", "/v1/reset", None),
    ] {
        let refused = gateway.admin().call(method, path, body.as_ref()).unwrap_err().to_string();
        ensure!(refused.contains(" 403 ") && refused.contains("admin.test_features"), "{method} {path}: {refused}");
    }
    gateway.admin().clock()?;
    ensure!(gauge(&gateway, "idp_gateway_test_features")? < 0.5);
    ensure!(!gateway.logs()?.contains("test features are on"));
    Ok(())
}

#[test]
fn s16_a_clock_and_scenarios_of_before_are_not_in_force_and_a_line_says_so() -> Result<()> {
    let mut gateway = Gateway::start(&config(true, ""))?;
    gateway.wait_for_log("test features are on (admin.test_features)", 1)?;
    gateway.admin().freeze_clock(5)?;
    let names = ["idp_gateway_test_features", "idp_gateway_clock_frozen"];
    for name in names {
        ensure!(gauge(&gateway, name)? > 0.5, "{name}");
    }
    ensure!(gauge(&gateway, "idp_gateway_clock_ahead_seconds")? < -1.0e9);
    gateway.admin().call("POST", "/v1/scenarios", Some(&json!({ "error": "internal" })))?;
    ensure!(token(&gateway, SECRET, &[])?.status == 500 && gauge(&gateway, "idp_gateway_scenarios")? > 0.5);

    // Off by a reload, the scenario is not in force; and by a restart.
    gateway.write_config(&config(false, ""))?;
    gateway.signal("HUP")?;
    testkit::wait_until("the present", || Ok(token(&gateway, SECRET, &[])?.status == 200))?;
    ensure!(gateway.admin().clock()?.now > 1_700_000_000 && gauge(&gateway, "idp_gateway_scenarios")? == 0.0);
    gateway.restart()?;
    ensure!(gateway.admin().clock()?.now > 1_700_000_000);
    gateway.wait_for_log(
        "Kept from before and not in force, for admin.test_features is false: the clock stands still",
        1,
    )?;
    let changes = gateway.admin().call("GET", "/v1/changes", None)?;
    ensure!(
        changes["items"][0] == json!({ "kind": "clock", "form": "whole", "hides": false, "in_force": false }),
        "{changes}"
    );

    // What is kept is in force again where it is turned on.
    gateway.write_config(&config(true, ""))?;
    gateway.restart()?;
    ensure!(gateway.admin().clock()?.now == 5);
    Ok(())
}

#[test]
fn s16_turned_off_nobody_is_signed_in_without_a_password() -> Result<()> {
    let mount = |setting: &str| {
        format!("[[mount]]\nname = \"bright\"\ndialect = \"brighthr-connect\"\n[mount.settings]\n{setting} = true\n")
    };
    for setting in ["auto_approve", "user_picker"] {
        let refused = Gateway::start(&config(false, &mount(setting))).err().map(|error| format!("{error:#}"));
        let refused = refused.unwrap_or_default();
        ensure!(refused.contains("admin.test_features") && refused.contains(setting), "{refused}");
    }
    let gateway = Gateway::start(&config(false, &mount("advertise_iss")))?;
    let change = gateway.admin().patch_settings("bright", &json!({ "user_picker": true }));
    ensure!(change.unwrap_err().to_string().contains("admin.test_features"));
    let gateway = Gateway::start(&config(true, &mount("user_picker")))?;
    let told = lines(&gateway, "users are signed in without a password", 1)?.remove(0);
    ensure!(told["mount"] == "bright" && told["setting"] == "user_picker", "{told}");
    Ok(())
}
