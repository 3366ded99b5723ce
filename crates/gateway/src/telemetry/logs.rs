//! Structured logs on standard error: for people on a terminal, JSON otherwise.

use admin::AUDIT;
use configuration::{LogFormat, TelemetryConfig};
use std::io::{BufWriter, IsTerminal};
use std::sync::{Arc, OnceLock};
use surface::telemetry::ACCESS;
use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, reload};

/// Lines that may wait for a slow terminal or pipe; beyond it lines are dropped rather than requests held up.
const BUFFERED_LINES: usize = 16_384;

/// How many bytes of log are written at once.
const WRITE_BUFFER: usize = 64 * 1024;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// How many lines were dropped.
pub(crate) fn dropped() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// What is logged, which a reload may change.
#[derive(Clone)]
pub(crate) struct LogLevel(Arc<dyn Fn(EnvFilter) + Send + Sync>);

impl LogLevel {
    /// Of a process that does not log.
    pub(crate) fn of_nothing() -> Self {
        Self(Arc::new(drop))
    }

    /// Logs from now on what `level` says.
    pub(crate) fn set(&self, level: &str) {
        match filter(level) {
            Ok(filter) => (self.0)(filter),
            // The configuration has checked it.
            Err(error) => tracing::error!("{error:#}"),
        }
    }
}

impl std::fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogLevel(…)")
    }
}

/// The filter of that level or filter. A bare level is ours: the framework's own start-up chatter is not worth a line.
/// Who asks for an access log gets it, and the audit is not for a level to silence.
fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    let ours = if level.contains('=') { "" } else { ",actix_server=warn" };
    EnvFilter::try_new(format!("{level}{ours},{ACCESS}=info,{AUDIT}=info"))
        .map_err(|error| anyhow::anyhow!("telemetry.level `{level}` is no log filter: {error}"))
}

/// The layer that writes the log, and what changes its level. What is still waiting is written when the guard is dropped.
pub(super) fn layer<S>(config: &TelemetryConfig) -> anyhow::Result<(impl Layer<S> + use<S>, LogLevel, WorkerGuard)>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    // The writing thread flushes when no line waits: lines that come together are written together.
    let stderr = BufWriter::with_capacity(WRITE_BUFFER, std::io::stderr());
    let (writer, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(BUFFERED_LINES).finish(stderr);
    let _ = DROPPED.set(writer.error_counter());
    let (filter, handle) = reload::Layer::new(filter(&config.level)?);
    let level = LogLevel(Arc::new(move |filter| {
        // An error says that there is no log any more.
        let _ = handle.reload(filter);
    }));
    let is_terminal = std::io::stderr().is_terminal();
    let pretty = match config.log {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => is_terminal,
    };
    let logs = tracing_subscriber::fmt::layer().with_writer(writer).with_target(false);
    let logs = if pretty {
        logs.with_ansi(is_terminal && config.colors).boxed()
    } else {
        logs.json().flatten_event(true).with_current_span(false).with_span_list(false).with_ansi(false).boxed()
    };
    Ok((logs.with_filter(filter), level, guard))
}
