//! An HTTP client of the admin API, for commands.

use super::exit::Unreached;
use super::likely;
use crate::roots;
use admin_api::{Operation, Problem};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Write;
use std::io::{ErrorKind, Read};
use std::marker::PhantomData;
use std::time::Duration;
use ureq::http::{Request, Response, StatusCode};
use ureq::{Body, Error};

/// How long a call may take, beyond what it is asked to wait.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read as a whole, in bytes: more than any set that may be sent.
const LONGEST: u64 = 1024 * 1024 * 1024;

/// The admin API of one gateway.
pub(super) struct Client {
    agent: ureq::Agent,
    /// Its URL, without a slash at the end.
    base: String,
    token: Option<grant::Secret>,
    namespace: Option<String>,
    /// How the gateway was found, for errors.
    found: String,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Nothing listens at the address.
    #[error("{0}")]
    Refused(String),
    /// The API says no.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// What answers is not the API, or the way to it is broken.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// The error, whose type is the problem's where there is one.
    pub(super) fn into_error(self) -> anyhow::Error {
        match self {
            Self::Problem(problem) => problem.into(),
            Self::Refused(why) | Self::Broken(why) => Unreached(why).into(),
        }
    }
}

/// What a call is sent with, beside its path.
#[derive(Default)]
pub(super) struct Sent<'a> {
    /// The parameters of the query.
    pub(super) query: Vec<(&'a str, String)>,
    /// Media type and bytes of the body.
    pub(super) body: Option<(&'a str, Vec<u8>)>,
    /// A header field more.
    pub(super) header: Option<(&'a str, String)>,
    /// How long the answer may take, beyond the usual; none for as long as it takes.
    pub(super) patience: Option<Duration>,
}

impl Sent<'_> {
    /// No body and no query.
    pub(super) fn nothing() -> Self {
        Self { patience: Some(Duration::ZERO), ..Self::default() }
    }

    /// A body of JSON.
    pub(super) fn json(body: &impl Serialize) -> anyhow::Result<Self> {
        Ok(Self { body: Some(("application/json", serde_json::to_vec(body)?)), ..Self::nothing() })
    }
}

/// An answer as it came.
pub(super) struct Answered<A> {
    /// Its body.
    pub(super) text: String,
    /// What is wrong where it is of another form.
    foreign: Failure,
    of: PhantomData<fn() -> A>,
}

impl<A: DeserializeOwned> Answered<A> {
    /// What it says.
    pub(super) fn read(self) -> anyhow::Result<A> {
        let text = if self.text.is_empty() { "null" } else { &self.text };
        serde_json::from_str(text).map_err(|_| self.foreign.into_error())
    }
}

impl<A> Answered<A> {
    /// The same where the call's declaration says less than is known here.
    pub(super) fn of<B>(self) -> Answered<B> {
        Answered { text: self.text, foreign: self.foreign, of: PhantomData }
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the gateway at {} ({})", self.base, self.found)
    }
}

impl Client {
    /// The API at that URL, which was `found` so.
    pub(super) fn new(base: &str, found: &str, token: Option<grant::Secret>) -> Self {
        let tls = base.starts_with("https://").then(roots::of_the_system).flatten();
        let agent = ureq::Agent::config_builder()
            // The address is the gateway's own: no proxy stands before it, and it sends nobody elsewhere.
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(TIMEOUT))
            .tls_config(tls.unwrap_or_default())
            .build();
        let base = base.trim_end_matches('/').to_owned();
        Self { agent: agent.into(), base, token, namespace: None, found: found.to_owned() }
    }

    /// The same for calls about a namespace.
    pub(super) fn within(self, namespace: Option<String>) -> Self {
        Self { namespace, ..self }
    }

    /// Its URL.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// One call, with `names` in the places of the path's parameters.
    pub(super) fn call<B, A>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        sent: Sent<'_>,
    ) -> Result<Answered<A>, Failure> {
        let mut answer = self.send(operation, names, sent)?;
        let limited = answer.body_mut().with_config().limit(LONGEST);
        let text = limited.read_to_string().map_err(|error| self.broken(&error))?;
        Ok(Answered { text, foreign: self.foreign(StatusCode::OK), of: PhantomData })
    }

    /// What a call answers, to be read as it comes.
    pub(super) fn stream<B, A>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        sent: Sent<'_>,
    ) -> Result<impl Read + use<B, A>, Failure> {
        Ok(self.send(operation, names, sent)?.into_body().into_reader())
    }

    fn send<B, A>(
        &self,
        operation: &Operation<B, A>,
        names: &[&str],
        sent: Sent<'_>,
    ) -> Result<Response<Body>, Failure> {
        let Sent { mut query, body, header, patience } = sent;
        if let (Some(parameter), Some(namespace)) = (operation.about.namespace(), &self.namespace) {
            query.push((parameter.name, namespace.clone()));
        }
        let mut uri = format!("{}{}", self.base, operation.url(names));
        for (index, (name, value)) in query.iter().enumerate() {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            let _ = write!(uri, "{}{name}={value}", if index == 0 { '?' } else { '&' });
        }
        let mut request = Request::builder().method(operation.about.method).uri(uri);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {}", token.expose_secret()));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let whole = patience.map(|patience| TIMEOUT + patience);
        let answer = if let Some((media, bytes)) = body {
            let request = request.header("Content-Type", media).body(bytes);
            let request = request.map_err(|error| self.broken(&error.into()))?;
            self.agent.run(self.agent.configure_request(request).timeout_global(whole).build())
        } else {
            let request = request.body(()).map_err(|error| self.broken(&error.into()))?;
            self.agent.run(self.agent.configure_request(request).timeout_global(whole).build())
        };
        self.judge(answer)
    }

    /// An answer that says yes.
    fn judge(&self, answer: Result<Response<Body>, Error>) -> Result<Response<Body>, Failure> {
        let mut answer = answer.map_err(|error| self.broken(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        let Ok(problem) = serde_json::from_str::<Problem>(&text) else { return Err(self.foreign(status)) };
        Err(match status {
            StatusCode::UNAUTHORIZED => Failure::Broken(format!(
                "{self} wants another admin token than is known here; set IDP_GATEWAY_ADMIN_TOKEN, or name the \
                 configuration that it runs with by --config FILE (and IDP_GATEWAY__ADMIN__TOKEN)"
            )),
            _ => Failure::Problem(likely::added(problem)),
        })
    }

    /// The error of what answers, but not as the API does.
    fn foreign(&self, status: StatusCode) -> Failure {
        Failure::Broken(format!(
            "what listens at {} ({}) is no IdP Gateway of this version: it answers {} in another form; name the \
             gateway's admin API by --admin URL, or free the address",
            self.base,
            self.found,
            status.as_u16()
        ))
    }

    fn broken(&self, error: &Error) -> Failure {
        match error {
            Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => Failure::Refused(format!(
                "nothing listens at {} ({}): start the gateway, or name the one that runs by --admin URL",
                self.base, self.found
            )),
            Error::Protocol(_) | Error::Http(_) => Failure::Broken(format!(
                "what listens at {} ({}) is no IdP Gateway: it does not speak HTTP as one does ({error})",
                self.base, self.found
            )),
            error => Failure::Broken(format!("{self} does not answer: {error}")),
        }
    }
}
