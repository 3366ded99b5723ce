//! One pair of request and response.

use crate::wire;
use anyhow::{Result, ensure};

/// One request with the response that the contract says it gets.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The line of the file at which it begins, from 1.
    pub line: usize,
    /// Its identifier, such as `BA-01`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What is documented of it and what is inferred.
    pub mark: String,
    /// Preconditions, in the order in which they apply.
    pub givens: Vec<Given>,
    /// Tokens that the response must hold.
    pub jwts: Vec<JwtExpectation>,
    /// The request.
    pub request: Request,
    /// The response.
    pub response: Expected,
}

/// A request, with placeholders that the givens fill.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// The value of header `name`, compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Its bytes; an error where a placeholder is left.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for text in headers.iter().map(|(_, value)| *value).chain([self.target.as_str(), self.body.as_str()]) {
            ensure!(!text.contains("{{"), "no given fills the placeholder in `{text}`");
        }
        Ok(wire::request(&self.method, &self.target, &headers, self.body.as_bytes()))
    }

    /// Puts `value` wherever the placeholder `name` stands.
    pub fn fill(&mut self, name: &str, value: &str) {
        let placeholder = format!("{{{{{name}}}}}");
        let Self { target, headers, body, .. } = self;
        for text in headers.iter_mut().map(|(_, value)| value).chain([target, body]) {
            *text = text.replace(&placeholder, value);
        }
    }
}

/// A response, with placeholders that the matcher knows.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The headers asserted; others may be there.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: String,
}

/// What a `# jwt:` line expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtExpectation {
    /// The body's placeholder that holds the token: `jwt`, `jwt_id` or `jwt_refresh`.
    pub placeholder: &'static str,
    /// The decoded header.
    pub header: Option<String>,
    /// The decoded payload.
    pub payload: Option<String>,
    /// Whether `payload` names only some of the members.
    pub subset: bool,
}

/// A precondition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// That many granted requests of that client.
    Successes {
        /// How many.
        count: u32,
        /// Whose.
        client: String,
    },
    /// The clock moves ahead by that many seconds.
    Advance(i64),
    /// The next token request meets a fault of the gateway's own.
    Fault,
    /// A setting of the mount has this value.
    Setting {
        /// Its name.
        name: String,
        /// Its value, as JSON.
        value: serde_json::Value,
    },
    /// The request's placeholder `name` (`token`, `code`, `refresh` or `device_code`) is what another pair answers.
    From {
        /// The placeholder.
        name: String,
        /// The other pair.
        pair: String,
        /// Whether the pair's own request is sent once before, and answered 200.
        spent: bool,
    },
    /// `assertion` is a JWT that the client of that name signs, with these claims over `iss`, `iat` and `exp`.
    Assertion {
        /// The client.
        client: String,
        /// Whether another key than the client's signs it.
        is_forged: bool,
        /// The claims.
        claims: serde_json::Value,
    },
    /// `code` is minted by the admin API.
    Code {
        /// For that user; absent: the first of the fixtures.
        user: Option<String>,
        /// With those scopes; absent: all of the client's.
        scope: Option<String>,
        /// Whether the pair's own request is granted once before.
        spent: bool,
    },
}
