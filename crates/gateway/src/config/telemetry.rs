//! What the section `telemetry` means.

use super::findings::Findings;
use super::layers::Layers;
use super::sections::SOCKET;
use super::{AdminConfig, LogFormat, ServerConfig, TelemetryConfig};
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
    }
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
