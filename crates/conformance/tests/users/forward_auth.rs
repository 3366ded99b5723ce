//! Forward auth as `examples/nginx` has it: a real nginx asks the gateway before the API behind it sees a request.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::tree;
use testkit::{ports::free_port, program::Program};

const TOKEN_REQUEST: &str =
    "grant_type=client_credentials&client_id=brighthr-sandbox-app&client_secret=brighthr-sandbox-app-secret";
/// The sandbox's user.
const ALICE: &str = "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69";
const APP: &str = "subject: brighthr-sandbox-app\nclient: brighthr-sandbox-app\n";
const FORBIDDEN: &str = r#"{"type":"https://docs.bright.hr/problems#forbidden","title":"Forbidden","status":403}"#;
const UNAUTHORIZED: &str =
    r#"{"type":"https://docs.bright.hr/problems#unauthorized","title":"Unauthorized","status":401}"#;
const INVALID_TOKEN: &str =
    r#"{"type":"https://docs.bright.hr/problems#invalid-token","title":"Invalid Token","status":401}"#;

/// The sandbox with nginx in front of the API.
struct Site {
    gateway: Gateway,
    nginx: Program,
    address: SocketAddr,
    _prefix: tempfile::TempDir,
}

fn example(file: &str) -> PathBuf {
    tree::root().join("examples/nginx").join(file)
}

/// The example's text with other ports than those of the sandbox and its own.
fn with_ports(text: &str, ports: &[(u16, u16)]) -> Result<String> {
    let mut text = text.to_owned();
    for (own, other) in ports {
        let own = format!(":{own}");
        ensure!(text.contains(&own), "the example names no port {own}");
        text = text.replace(&own, &format!(":{other}"));
    }
    Ok(text)
}

impl Site {
    /// The example as it is.
    fn start() -> Result<Self> {
        Self::start_for("brighthr-sandbox")
    }

    /// The example with that mount of the sandbox in place of BrightHR.
    fn start_for(mount: &str) -> Result<Self> {
        let sandbox = fs::read_to_string(tree::crate_dir("configuration").join("src/sandbox.toml"))?;
        let mut sandbox: toml::Table = toml::from_str(&sandbox)?;
        sandbox["store"].as_table_mut().context("no [store]")?.insert("path".to_owned(), ":memory:".into());
        let gateway = Gateway::start(&toml::to_string(&sandbox)?)?;

        let (port, api) = (free_port()?, free_port()?);
        let ports = [(8080, gateway.public().port()), (8090, port), (8091, api)];
        let prefix = tempfile::tempdir()?;
        let configuration = with_ports(&fs::read_to_string(example("nginx.conf"))?, &ports)?;
        fs::write(prefix.path().join("nginx.conf"), configuration.replace("brighthr-sandbox", mount))?;
        fs::copy(example("verify.conf"), prefix.path().join("verify.conf"))?;
        // Where an ordinary user's PATH does not lead on Debian.
        let installed = Some("/usr/sbin/nginx").filter(|path| Path::new(path).exists());
        let mut command = Command::new(installed.unwrap_or("nginx"));
        command.arg("-p").arg(prefix.path()).args(["-e", "stderr", "-c", "nginx.conf"]);
        let mut nginx = Program::start(&mut command)?;
        let address = nginx.wait_for_port(port)?;
        Ok(Self { gateway, nginx, address, _prefix: prefix })
    }

    /// A token of the sandbox's app, which acts for no user.
    fn app_token(&self) -> Result<String> {
        self.token(TOKEN_REQUEST)
    }

    /// A token of a client to which alice has signed in.
    fn user_token(&self, scope: &str) -> Result<String> {
        const REDIRECT: &str = "https://client.test/cb";
        let code = self.gateway.admin().code(
            "brighthr-sandbox",
            &admin_api::CodeRequest {
                client_id: "brighthr-sandbox-web".to_owned(),
                user: "alice".to_owned(),
                redirect_uri: REDIRECT.to_owned(),
                scope: Some(scope.to_owned()),
                code_challenge: None,
                nonce: None,
            },
        )?;
        self.token(&format!(
            "grant_type=authorization_code&client_id=brighthr-sandbox-web&client_secret=brighthr-sandbox-web-secret\
             &code={code}&redirect_uri={REDIRECT}"
        ))
    }

    fn token(&self, form: &str) -> Result<String> {
        let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
        let request = http::request("POST", "/brighthr-sandbox/connect/token", &headers, form.as_bytes());
        let answer = http::exchange(self.gateway.public(), &request)?.json()?;
        Ok(answer["access_token"].as_str().with_context(|| format!("no token: {answer}"))?.to_owned())
    }

    fn ask(&self, method: &str, path: &str, token: Option<&str>, others: &[(&str, &str)]) -> Result<Response> {
        ask(self.address, method, path, token, others)
    }

    /// The gateway's own answer to what nginx asks it.
    fn verify(&self, demands: &str, token: Option<&str>) -> Result<Response> {
        ask(self.gateway.public(), "GET", &format!("/_gateway/verify/brighthr-sandbox?{demands}"), token, &[])
    }
}

fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    others: &[(&str, &str)],
) -> Result<Response> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Host", "localhost")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    headers.extend(others);
    let body: &[u8] = if method == "POST" { b"name=alice" } else { b"" };
    http::exchange(address, &http::request(method, path, &headers, body))
}

#[test]
fn the_api_learns_who_asks_from_the_gateway_alone() -> Result<()> {
    let site = Site::start()?;
    let app = site.app_token()?;
    // Names that differ in case or punctuation reach a program under the same name.
    let forged =
        ["X-Auth-Subject", "x-auth-client", "X-AUTH-SCOPES", "X_Auth_Subject", "X-Auth_Client"].map(|n| (n, "forged"));
    for (method, others) in [("GET", &[][..]), ("POST", &[]), ("GET", &forged), ("POST", &forged)] {
        let answer = site.ask(method, "/employees/1", Some(&app), others)?;
        let wanted = format!("{APP}scopes: company:read employee:read employee:write\n");
        assert_eq!((answer.status, answer.text()), (200, wanted), "{method} {others:?}");
    }
    Ok(())
}

#[test]
fn a_user_is_known_by_a_client_s_token_and_by_one_of_their_own() -> Result<()> {
    let site = Site::start()?;
    let forged = [("X-Auth-Subject", "forged"), ("X-Auth-Client", "forged"), ("X-Auth-Scopes", "forged")];
    let shown = |client: &str, scopes: &str| format!("subject: {ALICE}\nclient: {client}\nscopes: {scopes}\n");
    let token = site.user_token("openid employee:read")?;
    for path in ["/me", "/employees"] {
        let answer = site.ask("GET", path, Some(&token), &forged)?;
        assert_eq!(
            (answer.status, answer.text()),
            (200, shown("brighthr-sandbox-web", "openid employee:read")),
            "{path}"
        );
    }

    // A personal access token is no client's.
    let pats = format!("/v1/mounts/brighthr-sandbox/users/{ALICE}/pats");
    let wish = json!({ "name": "forward auth", "scope": "openid" });
    let pat = site.gateway.admin().call("POST", &pats, Some(&wish))?;
    let token = pat["token"].as_str().context("no token")?;
    let answer = site.ask("GET", "/me", Some(token), &forged)?;
    assert_eq!((answer.status, answer.text()), (200, shown("", "openid")));
    assert_eq!(site.ask("GET", "/employees", Some(token), &[])?.text(), FORBIDDEN);
    let id = pat["id"].as_str().context("no id")?;
    site.gateway.admin().call("DELETE", &format!("{pats}/{id}"), None)?;
    let refused = site.ask("GET", "/me", Some(token), &[])?;
    assert_eq!((refused.status, refused.text().as_str()), (401, INVALID_TOKEN), "revoked");
    Ok(())
}

#[test]
fn refusals_are_the_vendor_s_own() -> Result<()> {
    let site = Site::start()?;
    let app = site.app_token()?;
    let (scope, user) = ("scope=employee:read", "user=required");
    let cases = [
        ("/me", user, Some(app.as_str()), 403, FORBIDDEN),
        ("/me", user, None, 401, UNAUTHORIZED),
        ("/employees", scope, None, 401, UNAUTHORIZED),
        ("/employees", scope, Some("garbage"), 401, INVALID_TOKEN),
    ];
    for (path, demands, token, status, body) in cases {
        let own = site.verify(demands, token)?;
        for method in ["GET", "POST"] {
            let answer = site.ask(method, path, token, &[("X-Auth-Subject", "forged")])?;
            assert_eq!((answer.status, answer.text().as_str()), (status, body), "{method} {path}");
            for name in ["content-type", "cache-control", "pragma", "www-authenticate"] {
                let (wanted, given) = (own.headers_named(name), answer.headers_named(name));
                assert_eq!(wanted.collect::<Vec<_>>(), given.collect::<Vec<_>>(), "{method} {path}: {name}");
            }
        }
    }
    assert_eq!(site.ask("GET", "/verify", Some(&app), &[])?.status, 404, "nginx's own question is nobody else's");
    assert_eq!(site.ask("GET", "/elsewhere", Some(&app), &[])?.status, 404);
    Ok(())
}

#[test]
fn a_challenge_comes_through_once() -> Result<()> {
    let answer = Site::start_for("bits")?.ask("GET", "/me", None, &[])?;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized"}"#));
    assert_eq!(answer.headers_named("www-authenticate").collect::<Vec<_>>(), [r#"Bearer realm="Bits""#]);
    Ok(())
}

#[test]
fn without_a_gateway_nobody_passes() -> Result<()> {
    let mut site = Site::start()?;
    let app = site.app_token()?;
    assert_eq!(site.ask("GET", "/employees", Some(&app), &[])?.status, 200);
    site.gateway.kill9()?;
    for token in [Some(app.as_str()), None] {
        let answer = site.ask("GET", "/employees", token, &[])?;
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    site.nginx.wait_for(|line| line.contains("auth request unexpected status: 502").then_some(()))
}

/// The page's calls, run by a shell, print what the page shows below them.
#[test]
fn the_page_s_calls_answer_as_it_shows() -> Result<()> {
    let site = Site::start()?;
    let page = fs::read_to_string(example("README.md"))?;
    let blocks = |mark: &str| -> String {
        let fence = format!("\n```{mark}\n");
        let rest = page.split(&fence).skip(1);
        rest.filter_map(|rest| rest.split("\n```").next()).fold(String::new(), |all, block| all + block + "\n")
    };
    let calls = blocks("sh").split_once("token=").context("the page gets no token")?.1.to_owned();
    let calls = format!("set -eu\ntoken={calls}");
    let (public, admin) = (site.gateway.public().port(), site.gateway.admin_address().port());
    let calls = with_ports(&calls, &[(8080, public), (8081, admin), (8090, site.address.port())])?;
    let output = Command::new("sh").args(["-c", &calls]).env("NO_PROXY", "*").env("no_proxy", "*").output()?;
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(printed, blocks("text"), "{errors}");
    Ok(())
}
