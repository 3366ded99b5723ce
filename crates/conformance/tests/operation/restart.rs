//! What a gateway still knows after it ended, well or badly.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

fn ask(gateway: &Gateway, form: &[(&str, &str)]) -> Result<Response> {
    let basic = format!("Basic {}", STANDARD.encode("integration-dev-VNZQqDt4Hv:se-secret"));
    let headers = [
        ("Host", "screeningeagle.test"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", basic.as_str()),
    ];
    let body = serde_urlencoded::to_string(form)?;
    http::exchange(gateway.public(), &http::request("POST", "/api/id/v1/auth/token", &headers, body.as_bytes()))
}

fn refresh(gateway: &Gateway, token: &str) -> Result<Response> {
    ask(gateway, &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

fn member(response: &Response, name: &str) -> Result<String> {
    ensure!(response.status == 200, "{} {}", response.status, response.text());
    response.json()?[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"))
}

fn verified(gateway: &Gateway, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "screeningeagle.test"), ("Authorization", bearer.as_str())];
    let request = http::request("GET", "/_gateway/verify/screeningeagle", &headers, b"");
    Ok(http::exchange(gateway.public(), &request)?.status)
}

#[test]
fn t49_tokens_live_on_and_the_spent_stay_dead() -> Result<()> {
    let contracts = contract::load_all()?;
    let mut gateway = Gateway::start(&contract::config(&contracts).to_toml()?)?;
    let first = ask(&gateway, &[("grant_type", "client_credentials"), ("scope", "openid")])?;
    let (access, spent) = (member(&first, "access_token")?, member(&first, "refresh_token")?);
    let kept = member(&refresh(&gateway, &spent)?, "refresh_token")?;
    let code = gateway.admin().code(
        "screeningeagle",
        &admin_api::CodeRequest {
            client_id: "integration-dev-VNZQqDt4Hv".to_owned(),
            user: "1302".to_owned(),
            redirect_uri: "https://client.test/cb".to_owned(),
            scope: None,
            code_challenge: None,
            nonce: None,
        },
    )?;

    gateway.kill9()?;
    gateway.restart()?;
    assert_eq!(verified(&gateway, &access)?, 200, "a token signed before the crash");
    let redeem =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "https://client.test/cb")];
    assert_eq!(ask(&gateway, &redeem)?.status, 200, "a code minted before the crash");
    let kept = member(&refresh(&gateway, &kept)?, "refresh_token")?;

    gateway.terminate()?;
    gateway.restart()?;
    assert_eq!(ask(&gateway, &redeem)?.status, 400, "a code redeemed before the end");
    assert_eq!(verified(&gateway, &access)?, 200, "a token signed before the end");
    member(&refresh(&gateway, &kept)?, "refresh_token")?;
    assert_eq!(refresh(&gateway, &spent)?.status, 400, "a token spent before the crash");
    Ok(())
}
