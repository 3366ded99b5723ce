//! Sites that sign users in, each with a library of its own, and a program without a site.

use super::{led_to, node, python};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Command;
use testkit::agent::Agent;
use testkit::gateway::Gateway;
use testkit::http::Response;
use testkit::ports::free_port;
use testkit::program::Program;

const ALICE: (&str, &str) = ("alice", "a-long-demo-password");

/// A gateway for a site of that port, and the issuer of its mount.
fn gateway(port: u16) -> Result<(Gateway, String)> {
    let gateway = Gateway::start(&format!(
        r#"
        [[mount]]
        name = "openid"
        dialect = "openid-connect"
        [[mount.client]]
        id = "site"
        secret = "site-secret"
        grants = ["authorization_code", "refresh_token"]
        scopes = ["openid", "profile", "email", "offline_access"]
        redirect_uris = ["http://localhost:{port}/cb", "https://client.test/cb"]
        post_logout_redirect_uris = ["http://localhost:{port}/bye", "https://client.test/bye"]
        [[mount.client]]
        id = "service"
        secret = "service-secret"
        scopes = ["api"]
        [[mount.user]]
        sub = "u1"
        username = "{}"
        password = "{}"
        claims = {{ name = "Alice", email = "alice@client.test" }}
        "#,
        ALICE.0, ALICE.1
    ))?;
    let issuer = format!("http://localhost:{}/openid", gateway.public().port());
    Ok((gateway, issuer))
}

fn clients(command: &mut Command, issuer: &str) {
    command.args(["--issuer", issuer, "--client-id", "site", "--client-secret", "site-secret"]);
}

/// What a site shows: JSON, or a page that has it.
fn shown(page: &Response) -> Result<Value> {
    let text = page.text();
    let text = match text.split_once("<pre id=\"result\">") {
        Some((_, rest)) => rest.split("</pre>").next().unwrap_or_default().replace("&#34;", "\"").replace("&#38;", "&"),
        None => text,
    };
    serde_json::from_str(&text).with_context(|| format!("{} {text}", page.status))
}

/// A site, a user's browser at it, and the same browser at the gateway.
struct Visit {
    _program: Program,
    gateway: Gateway,
    origin: String,
    at_site: Agent,
    at_gateway: Agent,
}

impl Visit {
    fn start(command: impl FnOnce() -> Result<Command>, has_service: bool) -> Result<Self> {
        let port = free_port()?;
        let (gateway, issuer) = gateway(port)?;
        let mut command = command()?;
        clients(&mut command, &issuer);
        if has_service {
            command.args(["--service-id", "service", "--service-secret", "service-secret"]);
        }
        let mut program = Program::start(command.args(["--port", &port.to_string()]))?;
        program.wait_for(|line| line.starts_with("relying party at ").then_some(()))?;
        let at_site = Agent::new(SocketAddr::from(([127, 0, 0, 1], port)));
        let at_gateway = Agent::new(gateway.public());
        Ok(Self { _program: program, gateway, origin: format!("http://localhost:{port}"), at_site, at_gateway })
    }

    /// Follows a redirect of the site to the gateway, and back.
    fn there_and_back(&mut self, away: &Response) -> Result<Response> {
        let away = away.header("location").with_context(|| format!("{} {}", away.status, away.text()))?;
        let gateway = format!("http://localhost:{}", self.gateway.public().port());
        let path = away.strip_prefix(&gateway).with_context(|| format!("sent to {away}"))?;
        let back = led_to(&mut self.at_gateway, path, &self.origin, ALICE)?;
        self.at_site.get(back.strip_prefix(&self.origin).context("of another origin")?)
    }

    fn get(&mut self, path: &str) -> Result<Value> {
        shown(&self.at_site.get(path)?)
    }

    fn post(&mut self, path: &str) -> Result<Value> {
        shown(&self.at_site.post(path, &[])?)
    }

    /// Whether the browser has a session at the gateway.
    fn has_session(&mut self) -> Result<bool> {
        Ok(self.at_gateway.get("/openid/account")?.status == 200)
    }

    /// The whole of it: sign-in, userinfo, refresh, introspection, revocation, log-out.
    fn goes_all_the_way(&mut self) -> Result<()> {
        ensure!(self.get("/")?["signed_in"] == false);
        let away = self.at_site.get("/login?prompt=consent")?;
        let answer = self.there_and_back(&away)?;
        ensure!(matches!(answer.status, 302 | 303), "{} {}", answer.status, answer.text());
        let first = self.get("/")?;
        ensure!(first["signed_in"] == true && first["claims"]["sub"] == "u1", "{first}");
        ensure!(
            first["scope"] == "openid profile email offline_access" && first["has_refresh_token"] == true,
            "{first}"
        );
        let me = self.get("/me")?;
        ensure!(me["sub"] == "u1" && me["email"] == "alice@client.test" && me["name"] == "Alice", "{me}");
        let second = self.post("/refresh")?;
        ensure!(second["claims"]["sub"] == "u1" && second["has_refresh_token"] == true, "{second}");
        let told = self.post("/introspect")?;
        ensure!(told["active"] == true && told["sub"] == "u1" && told["client_id"] == "site", "{told}");
        ensure!(self.post("/revoke")?["revoked"] == "refresh_token");
        ensure!(self.post("/refresh")?["error"] == "invalid_grant");
        ensure!(self.post("/introspect")?["active"] == false, "the access token went with it");
        ensure!(self.has_session()?);
        let away = self.at_site.post("/logout", &[])?;
        let bye = shown(&self.there_and_back(&away)?)?;
        ensure!(bye["bye"] == true && bye["signed_in"] == false, "{bye}");
        ensure!(!self.has_session()?, "signed out at the site alone");
        Ok(())
    }

    /// An answer of another sign-in's is refused by the library.
    fn refuses_a_strangers_answer(&mut self) -> Result<()> {
        let forged = self.get("/cb?code=x&state=another")?;
        ensure!(forged["error"].is_string() && self.get("/")?["signed_in"] == false, "{forged}");
        Ok(())
    }
}

#[test]
fn o01_authlib_signs_a_user_in_and_out() -> Result<()> {
    let mut visit = Visit::start(|| python("python", "authlib_site.py"), true)?;
    visit.refuses_a_strangers_answer()?;
    visit.goes_all_the_way()?;
    let own = visit.post("/service")?;
    ensure!(own["scope"] == "api" && own["has_refresh_token"] == false, "{own}");
    Ok(())
}

#[test]
fn o01_openid_client_signs_a_user_in_and_out() -> Result<()> {
    let mut visit = Visit::start(|| node("node", "relying-party.mjs"), false)?;
    visit.refuses_a_strangers_answer()?;
    visit.goes_all_the_way()
}

#[test]
fn o01_requests_oauthlib_signs_a_user_in_and_out() -> Result<()> {
    let (gateway, issuer) = gateway(3000)?;
    let mut command = python("python", "requests_oauthlib_user.py")?;
    clients(&mut command, &issuer);
    command.args(["--service-id", "service", "--service-secret", "service-secret"]);
    let mut program = Program::start_listening(&mut command)?;
    let base = format!("http://localhost:{}", gateway.public().port());
    let to_open = |line: &str| Some(line.strip_prefix("Open ")?.strip_prefix(&*base)?.to_owned());
    let mut browser = Agent::new(gateway.public());
    let path = program.wait_for(to_open)?;
    let back = led_to(&mut browser, &path, "https://client.test/cb", ALICE)?;
    program.tell(&back)?;
    let told = program.wait_for(|line| line.starts_with('{').then(|| line.to_owned()))?;
    let told: Value = serde_json::from_str(&told)?;
    let due = serde_json::json!({
        "sub": "u1", "email": "alice@client.test", "scope": "openid profile email offline_access",
        "introspected": true, "revoked": true, "service": "api",
    });
    ensure!(told == due, "{told}");
    let path = program.wait_for(to_open)?;
    let bye = led_to(&mut browser, &path, "https://client.test/bye", ALICE)?;
    ensure!(bye.contains("?state="), "{bye}");
    ensure!(browser.get("/openid/account")?.status == 303, "still signed in");
    Ok(())
}
