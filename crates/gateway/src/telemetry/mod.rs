//! What operators see of a gateway that runs: logs, metrics and traces.

mod catalogue;
mod collector;
mod listener;
mod logs;
pub mod metrics;
pub(crate) mod trace;

use crate::config::TelemetryConfig;
pub(crate) use listener::server as metrics_server;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What writes logs and sends traces: what still waits is written and sent when this is dropped.
#[derive(Debug)]
pub struct Telemetry {
    /// First, for the end of traces may be worth a line.
    _traces: Option<trace::Sending>,
    _logs: WorkerGuard,
}

/// Starts logs and, where a collector is configured, traces; `replica` is what this one is called in them.
pub fn start(config: &TelemetryConfig, replica: &str) -> anyhow::Result<Telemetry> {
    let (logs, guard) = logs::layer(config)?;
    let (traces, sending) = trace::start(config, replica)?.unzip();
    let started = tracing_subscriber::registry().with(logs).with(traces).try_init();
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    Ok(Telemetry { _traces: sending, _logs: guard })
}
