//! What the section `telemetry` means.

use super::environment::Environment;
use super::findings::Findings;
use super::settings::{self, Settings};
use super::{AdminConfig, LogFormat, ServerConfig, TelemetryConfig};
use std::net::SocketAddr;

pub(super) fn telemetry(
    settings: &Settings,
    environment: &Environment,
    server: &ServerConfig,
    admin: &AdminConfig,
    findings: &mut Findings,
) -> TelemetryConfig {
    TelemetryConfig {
        log: match settings.text(settings::LOG) {
            Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            _ => LogFormat::Auto,
        },
        // https://no-color.org: set to anything but nothing.
        colors: matches!(environment.get("NO_COLOR"), Ok(None | Some(""))),
        level: settings.value(settings::LEVEL),
        metrics_listen: metrics_listen(settings, server, admin, findings),
        otlp_endpoint: settings.text(settings::OTLP_ENDPOINT).map(|url| {
            // The collector's base URL, to which OTLP adds the path of the signal.
            let base = url.trim_end_matches('/');
            base.strip_suffix("/v1/traces").unwrap_or(base).to_owned()
        }),
        trace_sample_ratio: settings.value(settings::TRACE_SAMPLE_RATIO),
    }
}

/// Where metrics are served without a token; the admin listener serves them in any case.
fn metrics_listen(
    settings: &Settings,
    server: &ServerConfig,
    admin: &AdminConfig,
    findings: &mut Findings,
) -> Option<SocketAddr> {
    let address: SocketAddr = settings.get(settings::METRICS_LISTEN)?;
    for (taken, key) in [(server.listen, "server.listen"), (admin.listen, "admin.listen")] {
        let overlaps = taken.ip() == address.ip() || taken.ip().is_unspecified() || address.ip().is_unspecified();
        if address.port() != 0 && address.port() == taken.port() && overlaps {
            let message = format!("{key} takes that port too; metrics have a listener of their own: give it another");
            settings.error(settings::METRICS_LISTEN, message, findings);
        }
    }
    Some(address)
}
