//! `health`: whether the gateway that runs is live, serves or is ready, for a container's health check and for scripts.

use super::load_of_running;
use crate::output;
use anyhow::{anyhow, bail, ensure};
use clap::Args;
use configuration::host::reachable;
use listener::SPEAKS_TLS;
use rustls::crypto::ring;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use surface::health::Question;
use ureq::Error;
use ureq::http::Uri;
use ureq::tls::TlsConfig;

const PATH: &str = "/_gateway/health/";
/// How long the whole question may take: less than the usual patience of who runs this command.
const TIMEOUT: Duration = Duration::from_secs(3);
/// A gateway's answer is some 200 bytes; more than this is not read.
const LONGEST: u64 = 16 * 1024;

#[derive(Debug, Args)]
pub(super) struct Health {
    /// The configuration that the gateway runs with; without it, the built-in sandbox.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the gateway is, such as `http://127.0.0.1:8080`, instead of what a configuration says.
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "dev_tls"])]
    url: Option<String>,
    /// The gateway was started with this flag.
    #[arg(long)]
    dev_tls: bool,
    #[command(flatten)]
    asked: Asked,
}

/// What to ask.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Asked {
    /// Ask whether the process answers: for those who restart it.
    #[arg(long)]
    live: bool,
    /// Ask whether requests may be sent to it: for balancers.
    #[arg(long)]
    serving: bool,
    /// Ask whether all of it works, the store included: the default.
    #[arg(long)]
    ready: bool,
}

impl Asked {
    fn question(&self) -> Question {
        let named = [(self.live, Question::Live), (self.serving, Question::Serving), (self.ready, Question::Ready)];
        named.into_iter().find_map(|(is_asked, question)| is_asked.then_some(question)).unwrap_or(Question::Ready)
    }
}

impl Health {
    /// Says `ready`, or what else was asked; whatever else is the case is an error.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let question = self.asked.question();
        let target = match &self.url {
            Some(url) => Target::parse(url)?,
            None => self.configured()?,
        };
        target.ask(question)?;
        output::line(question.as_str());
        Ok(())
    }

    fn configured(&self) -> anyhow::Result<Target> {
        let config = load_of_running(self.config.as_deref(), self.dev_tls)?;
        let listen = config.server.listen;
        ensure!(listen.port() != 0, "server.listen leaves the port to the system; say where the gateway is by --url");
        let (scheme, is_tls) = if config.server.tls.is_some() { ("https", true) } else { ("http", false) };
        Ok(Target {
            name: format!("{listen} (server.listen)"),
            url: format!("{scheme}://{}{PATH}", reachable(listen)),
            is_tls,
        })
    }
}

/// Whom to ask.
#[derive(Debug)]
struct Target {
    /// For the errors.
    name: String,
    /// What the question's name follows.
    url: String,
    is_tls: bool,
}

impl Target {
    fn parse(url: &str) -> anyhow::Result<Self> {
        let wrong = || anyhow!("--url {url} is no URL of a gateway; write it as http://127.0.0.1:8080");
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let (Some(scheme @ ("http" | "https")), Some(authority), None) =
            (parsed.scheme_str(), parsed.authority(), parsed.query())
        else {
            bail!(wrong());
        };
        let base = parsed.path().trim_end_matches('/');
        let target = format!("{scheme}://{authority}{base}{PATH}");
        Ok(Self { name: url.to_owned(), url: target, is_tls: scheme == "https" })
    }

    fn ask(&self, question: Question) -> anyhow::Result<()> {
        let Self { name, .. } = self;
        let foreign = || anyhow!("what listens at {name} is no IdP Gateway: its answer has another form");
        let (code, body) = self.exchange(question).map_err(|error| match error {
            Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                anyhow!("nothing listens at {name}: the gateway does not run there")
            }
            Error::Timeout(_) => anyhow!("{name} does not answer within {TIMEOUT:?}"),
            Error::HostNotFound => anyhow!("{name} has no address"),
            Error::Io(error) if self.is_tls && error.kind() == ErrorKind::InvalidData => no_tls(name, &error),
            Error::Rustls(error) => no_tls(name, &error),
            Error::Protocol(_) | Error::Http(_) => foreign(),
            error => anyhow!("{name} does not answer: {error}"),
        })?;
        ensure!(body != SPEAKS_TLS, "{name} speaks TLS: write https:// where http:// stands");
        let body: Value = serde_json::from_str(&body).map_err(|_| foreign())?;
        let status = body["status"].as_str().ok_or_else(foreign)?;
        match code {
            200 => Ok(()),
            503 => bail!("the gateway at {name} is not {}: {status}", question.as_str()),
            _ => bail!(foreign()),
        }
    }

    /// The status and the body. The certificate is trusted, whatever it is: whether the gateway is ready is no secret, and is
    /// asked of an address that its certificate does not name.
    fn exchange(&self, question: Question) -> Result<(u16, String), Error> {
        let tls = TlsConfig::builder()
            .disable_verification(true)
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .tls_config(tls);
        let agent: ureq::Agent = config.build().into();
        let (head, body) = agent.get(format!("{}{}", self.url, question.as_str())).call()?.into_parts();
        Ok((head.status.as_u16(), body.into_with_config().limit(LONGEST).read_to_string()?))
    }
}

fn no_tls(name: &str, error: &dyn std::error::Error) -> anyhow::Error {
    anyhow!("{name} does not speak TLS ({error}): ask for http://, or set server.tls where it runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_whom_to_ask() {
        let target = Target::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!((&*target.url, target.is_tls), ("http://127.0.0.1:8080/_gateway/health/", false));
        let target = Target::parse("https://[::1]/base/").unwrap();
        assert_eq!((&*target.url, target.is_tls), ("https://[::1]/base/_gateway/health/", true));
        for url in ["127.0.0.1:8080", "ftp://a", "http://", "http://a b", "http://127.0.0.1/?a=b", "/"] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert!(error.contains("http://127.0.0.1:8080"), "{url}: {error}");
        }
    }
}
