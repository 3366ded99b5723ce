//! Structured logs on standard error: for people on a terminal, JSON otherwise.

use crate::config::{LogFormat, TelemetryConfig};
use std::io::{BufWriter, IsTerminal};
use std::sync::OnceLock;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that may wait for a slow terminal or pipe; beyond it lines are dropped rather than requests held up.
const BUFFERED_LINES: usize = 16_384;

/// How many bytes of log are written at once.
const WRITE_BUFFER: usize = 64 * 1024;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// How many lines were dropped.
pub(super) fn dropped() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Starts logging. What is still waiting is written when the guard is dropped.
pub fn start(config: &TelemetryConfig) -> anyhow::Result<WorkerGuard> {
    // The writing thread flushes when no line waits: lines that come together are written together.
    let stderr = BufWriter::with_capacity(WRITE_BUFFER, std::io::stderr());
    let (writer, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(BUFFERED_LINES).finish(stderr);
    let dropped = writer.error_counter();
    // A bare level is ours; the framework's own start-up chatter is not worth a line.
    let level = &config.level;
    let filter = if level.contains('=') { level.clone() } else { format!("{level},actix_server=warn") };
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| anyhow::anyhow!("telemetry.level `{level}` is no log filter: {error}"))?;
    let pretty = match config.log {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    let started = if pretty {
        logs.with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        logs.json().flatten_event(true).with_current_span(false).with_span_list(false).with_ansi(false).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    let _ = DROPPED.set(dropped);
    Ok(guard)
}
