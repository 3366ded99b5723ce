//! The admin API over HTTP.

use crate::Error;
use admin_api::{About, Operation, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use ureq::http::Request;

/// An assertion may wait for a minute.
const TIMEOUT: Duration = Duration::from_secs(90);

/// The query of a call.
pub(crate) type Query<'a> = &'a [(&'a str, String)];

/// Calls the admin API. Each call has a connection of its own.
#[derive(Clone)]
pub struct Admin {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
}

impl Admin {
    /// The API at that URL, `http://127.0.0.1:8081`, with the token that it wants.
    pub fn new(url: &str, token: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_idle_connections(0)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT));
        Self { agent: config.build().into(), url: url.trim_end_matches('/').to_owned(), token }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A call of [`admin_api::operations`], with `names` in the places of the path's parameters. A body that does not
    /// belong to it is left out: `()` is none.
    pub fn call<B, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        query: &[(&str, String)],
        body: impl Serialize,
    ) -> Result<A, Error> {
        let text = self.text(&operation.about, &operation.url(names), query, body)?;
        read(&operation.about, if text.is_empty() { "null" } else { &text })
    }

    /// The same; the answer as text.
    pub(crate) fn text(
        &self,
        about: &About,
        path: &str,
        query: Query<'_>,
        body: impl Serialize,
    ) -> Result<String, Error> {
        let call = format!("{} {path}", about.method);
        let broken =
            |error: &dyn std::fmt::Display| Error::Gateway(format!("no gateway answers at {}: {error}", self.url));
        let body = if about.has_body() {
            serde_json::to_string(&body).map_err(|error| broken(&error))?
        } else {
            String::new()
        };
        let mut request = Request::builder().method(about.method).uri(self.located(path, query));
        if about.has_body() {
            request = request.header("content-type", "application/json");
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body).map_err(|error| broken(&error))?;
        let mut response = self.agent.run(request).map_err(|error| broken(&error))?;
        let status = response.status().as_u16();
        let text =
            response.body_mut().with_config().limit(u64::MAX).read_to_string().map_err(|error| broken(&error))?;
        if status < 400 {
            return Ok(text);
        }
        let problem = serde_json::from_str(&text).unwrap_or_else(|_| Problem::new(status, "", text.as_str(), ""));
        Err(Error::Refused { call, problem: Box::new(problem) })
    }

    fn located(&self, path: &str, query: Query<'_>) -> String {
        let pair =
            |(name, value): &(&str, String)| format!("{name}={}", value.bytes().map(encoded).collect::<String>());
        let query: Vec<_> = query.iter().map(pair).collect();
        format!("{}{path}{}{}", self.url, if query.is_empty() { "" } else { "?" }, query.join("&"))
    }
}

/// A byte of a query's value (RFC 3986 section 2.3).
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// What an answer says.
pub(crate) fn read<A: DeserializeOwned>(about: &About, text: &str) -> Result<A, Error> {
    serde_json::from_str(text).map_err(|error| {
        let (method, path) = (about.method, about.path);
        Error::Gateway(format!(
            "the answer to {method} {path} has another form: is the gateway of this version? {error}"
        ))
    })
}

/// An object's members as a query; what is null is left out.
pub(crate) fn query(of: impl Serialize) -> Vec<(String, String)> {
    let Ok(Value::Object(members)) = serde_json::to_value(of) else { return Vec::new() };
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    members.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}
