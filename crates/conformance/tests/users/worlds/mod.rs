//! Namespaces: worlds beside each other in one gateway, of which none sees another.

mod apart;
mod lives;
mod ways;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::vendor::Vendor;

/// A namespace, or what is outside any.
#[derive(Clone, Debug)]
struct World {
    /// `None` outside any.
    name: Option<String>,
    /// What stands before every path.
    root: String,
}

impl World {
    fn outside() -> Self {
        Self { name: None, root: String::new() }
    }

    /// Makes one of that name, or of one that is drawn.
    fn make(gateway: &Gateway, name: Option<&str>) -> Result<Self> {
        let body = name.map_or_else(|| json!({}), |name| json!({ "name": name }));
        let made = gateway.admin().call("POST", "/v1/namespaces", Some(&body))?;
        let name = made["name"].as_str().context("no name")?;
        Ok(Self { name: Some(name.to_owned()), root: format!("/~{name}") })
    }

    /// An admin call about it.
    fn admin(&self, gateway: &Gateway, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let query = self.name.as_ref().map(|name| format!("namespace={name}")).unwrap_or_default();
        let joint = if path.contains('?') { "&" } else { "?" };
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}{joint}{query}") };
        gateway.admin().call(method, &path, body)
    }

    /// The vendor's mount in it.
    fn vendor(&self, vendor: &Vendor) -> Vendor {
        let below = |path: &str| -> &'static str { Box::leak(format!("{}{path}", self.root).into_boxed_str()) };
        Vendor {
            authorize: below(vendor.authorize),
            token: below(vendor.token),
            login: below(vendor.login),
            account: below(vendor.account),
            logout: below(vendor.logout),
            userinfo: vendor.userinfo.map(below),
            introspect: vendor.introspect.map(below),
            ..*vendor
        }
    }

    /// The status of forward auth for a token, and of userinfo where the mount has it.
    fn statuses(&self, gateway: &Gateway, vendor: &Vendor, token: &str) -> Result<Vec<u16>> {
        let verify = format!("{}/_gateway/verify/{}", self.root, vendor.mount);
        let userinfo = vendor.userinfo.map(|path| format!("{}{path}", self.root));
        let bearer = format!("Bearer {token}");
        let paths = [verify].into_iter().chain(userinfo);
        paths.map(|path| Ok(get(gateway, &path, &[("Authorization", &bearer)])?.status)).collect()
    }
}

/// GET of a path at `localhost` with further headers.
fn get(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Result<Response> {
    let headers = [&[("Host", "localhost")], headers].concat();
    http::exchange(gateway.public(), &http::request("GET", path, &headers, b""))
}

/// The status of an admin call, and its answer.
fn status(gateway: &Gateway, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let headers = [("Host", "localhost"), ("Content-Type", "application/json")];
    let request = http::request(method, path, &headers, body.as_bytes());
    let answer = http::exchange(gateway.admin_address(), &request)?;
    ensure!(answer.status != 204 || answer.body.is_empty(), "a 204 with a body");
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
}
