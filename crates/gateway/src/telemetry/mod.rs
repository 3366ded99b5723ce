//! What operators see of a gateway that runs: logs, metrics and traces.

mod collector;
mod listener;
mod logs;
mod trace;

use configuration::TelemetryConfig;
pub(crate) use listener::server as metrics_server;
pub(crate) use logs::{LogLevel, dropped as log_lines_dropped};
use surface::refusal_log::RefusalLog;
use tracing::field::display;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What writes logs and sends traces: what still waits is written and sent when this is dropped.
#[derive(Debug)]
pub struct Telemetry {
    /// First, for the end of traces may be worth a line.
    _traces: Option<trace::Sending>,
    /// What is logged.
    pub(crate) level: LogLevel,
    _logs: WorkerGuard,
}

/// Has panics logged like anything else, one line each and up to a rate: the hook that writes to standard error would
/// wait for whoever reads it.
fn log_panics() {
    let log = RefusalLog::default();
    std::panic::set_hook(Box::new(move |panic| {
        if log.admits(None, None) {
            let location = panic.location().map(display);
            tracing::error!(location, cause = panic.payload_as_str().unwrap_or("no text"), "panic");
        }
    }));
}

/// Starts logs and, where a collector is configured, traces; `replica` is what this one is called in them.
pub fn start(config: &TelemetryConfig, replica: &str) -> anyhow::Result<Telemetry> {
    let (logs, level, guard) = logs::layer(config)?;
    let (traces, sending) = trace::start(config, replica)?.unzip();
    let started = tracing_subscriber::registry().with(logs).with(traces).try_init();
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    log_panics();
    Ok(Telemetry { _traces: sending, level, _logs: guard })
}
