//! The HTTP client that brings spans to the collector, on the thread that batches them.

use crate::roots;
use anyhow::Context;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use ureq::tls::TlsConfig;

/// How long a batch may take: spans that come meanwhile wait in the queue, or are dropped.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes: what was refused, at most.
const ANSWER: u64 = 64 * 1024;
/// Batches, by what came of them.
const EXPORTS: &str = "idp_gateway_trace_exports_total";

/// Sends batches.
#[derive(Debug)]
pub(super) struct Collector {
    agent: ureq::Agent,
    endpoint: String,
    /// Whether the last batch was refused, or met nobody: said once.
    is_failing: AtomicBool,
}

impl Collector {
    /// A client of the collector at that URL.
    pub(super) fn new(endpoint: &str) -> anyhow::Result<Self> {
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT));
        let config = if endpoint.starts_with("https://") { config.tls_config(tls()?) } else { config };
        for outcome in ["sent", "failed"] {
            metrics::counter!(EXPORTS, "outcome" => outcome).increment(0);
        }
        Ok(Self { agent: config.build().into(), endpoint: endpoint.to_owned(), is_failing: AtomicBool::new(false) })
    }

    fn note(&self, outcome: &Result<Response<Bytes>, ureq::Error>) {
        let failure = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        let label = if failure.is_some() { "failed" } else { "sent" };
        metrics::counter!(EXPORTS, "outcome" => label).increment(1);
        let was_failing = self.is_failing.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(why) if !was_failing => tracing::warn!(collector = self.endpoint, "traces are not sent: {why}"),
            None if was_failing => tracing::info!(collector = self.endpoint, "traces are sent again"),
            _ => {}
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (parts, body) = self.agent.run(request.map(|body| body.to_vec()))?.into_parts();
        let body = body.into_with_config().limit(ANSWER).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}

fn tls() -> anyhow::Result<TlsConfig> {
    roots::of_the_system()
        .context("telemetry.otlp_endpoint is https, and no certificates to trust were found: install ca-certificates")
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    /// Blocks, for the thread has nothing else to do.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let outcome = self.send(request);
        self.note(&outcome);
        Ok(outcome?)
    }
}
