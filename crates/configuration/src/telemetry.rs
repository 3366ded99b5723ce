//! What the section `telemetry` means.

use super::findings::Findings;
use super::layers::Layers;
use super::sections::SOCKET;
use super::{AdminConfig, LogFormat, ServerConfig, TelemetryConfig, uri};
use std::net::SocketAddr;

pub(super) fn telemetry(
    layers: &Layers,
    server: &ServerConfig,
    admin: &AdminConfig,
    findings: &mut Findings,
) -> TelemetryConfig {
    TelemetryConfig {
        log: log(layers, findings),
        level: level(layers, findings),
        metrics_listen: metrics_listen(layers, server, admin, findings),
        otlp_endpoint: otlp_endpoint(layers, findings),
        trace_sample_ratio: trace_sample_ratio(layers, findings),
    }
}

/// The collector's base URL, to which OTLP adds the path of the signal.
fn otlp_endpoint(layers: &Layers, findings: &mut Findings) -> Option<String> {
    const KEY: &str = "telemetry.otlp_endpoint";
    let given = layers.text(KEY)?;
    if let Err(why) = uri::check_base(&given.value) {
        findings.error(given.place, KEY, format!("`{}` {why}", given.value.escape_debug()));
        return None;
    }
    let base = given.value.trim_end_matches('/');
    Some(base.strip_suffix("/v1/traces").unwrap_or(base).to_owned())
}

fn trace_sample_ratio(layers: &Layers, findings: &mut Findings) -> f64 {
    const KEY: &str = "telemetry.trace_sample_ratio";
    const WANTED: &str = "a number of 0 to 1, such as 0.05";
    let ratio = layers.parse(KEY, 1.0, WANTED, findings);
    if (0.0..=1.0).contains(&ratio) {
        return ratio;
    }
    findings.error(layers.place(KEY), KEY, format!("`{ratio}` must be {WANTED}"));
    1.0
}

fn log(layers: &Layers, findings: &mut Findings) -> LogFormat {
    let Some(given) = layers.text("telemetry.log") else { return LogFormat::Auto };
    match given.value.as_str() {
        "auto" => LogFormat::Auto,
        "pretty" => LogFormat::Pretty,
        "json" => LogFormat::Json,
        other => {
            let message = format!("`{}` must be \"auto\", \"pretty\" or \"json\"", other.escape_debug());
            findings.error(given.place, "telemetry.log", message);
            LogFormat::Auto
        }
    }
}

fn level(layers: &Layers, findings: &mut Findings) -> String {
    let level = layers.text("telemetry.level").map_or_else(|| "info".to_owned(), |given| given.value);
    if tracing_subscriber::EnvFilter::try_new(&level).is_err() {
        let message = format!(
            "`{}` must be error, warn, info, debug or trace, or a filter such as `info,issuer=debug`",
            level.escape_debug()
        );
        findings.error(layers.place("telemetry.level"), "telemetry.level", message);
    }
    level
}

/// Where metrics are served without a token; the admin listener serves them in any case.
fn metrics_listen(
    layers: &Layers,
    server: &ServerConfig,
    admin: &AdminConfig,
    findings: &mut Findings,
) -> Option<SocketAddr> {
    const KEY: &str = "telemetry.metrics_listen";
    let given = layers.text(KEY)?;
    let Ok(address) = given.value.parse::<SocketAddr>() else {
        findings.error(given.place, KEY, format!("`{}` must be {SOCKET}", given.value.escape_debug()));
        return None;
    };
    for (taken, key) in [(server.listen, "server.listen"), (admin.listen, "admin.listen")] {
        let overlaps = taken.ip() == address.ip() || taken.ip().is_unspecified() || address.ip().is_unspecified();
        if address.port() != 0 && address.port() == taken.port() && overlaps {
            let message = format!("{key} takes that port too; metrics have a listener of their own: give it another");
            findings.error(given.place.clone(), KEY, message);
        }
    }
    Some(address)
}
