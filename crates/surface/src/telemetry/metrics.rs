//! The process's metrics: where they are recorded, and their text for Prometheus.

use super::{catalogue, process};
use crate::app::App;
use crate::health::Check;
use crate::live::Live;
use crate::meter::InFlight;
use issuer::clock::{ClockState, real_seconds};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// The media type of the text (version 0.0.4 of the exposition format).
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How often observations are put in their buckets: until then each is kept by itself, eight bytes long.
const UPKEEP: Duration = Duration::from_secs(1);
/// How often it is looked whether the gateway is ready.
const LOOK: Duration = Duration::from_secs(5);

/// The recorder is the process's, and so is this.
static RECORDER: OnceLock<Recorder> = OnceLock::new();

struct Recorder {
    handle: PrometheusHandle,
    /// How many lines the log has dropped.
    log_lines_dropped: fn() -> u64,
}

/// Has everything that is counted from now on recorded. What is counted before, or in a process that never asks for
/// this, is lost, so that a command that only looks at a store records nothing. `log_lines_dropped` is asked whenever
/// the metrics are read; `commit` is what the program was built from.
pub fn install(log_lines_dropped: fn() -> u64, commit: &'static str) -> anyhow::Result<()> {
    let recorder = builder()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| anyhow::anyhow!("metrics are recorded already"))?;
    let _ = RECORDER.set(Recorder { handle, log_lines_dropped });
    catalogue::describe();
    metrics::gauge!("idp_gateway_build_info", "version" => env!("CARGO_PKG_VERSION"), "commit" => commit).set(1.0);
    #[expect(clippy::cast_precision_loss, reason = "a date in seconds is far below 2^52")]
    metrics::gauge!("process_start_time_seconds").set(real_seconds() as f64);
    Ok(())
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    catalogue::METRICS.iter().try_fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
        catalogue::Kind::Histogram(buckets) => {
            builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
        }
        _ => Ok(builder),
    })
}

/// All metrics as Prometheus reads them; empty where none are recorded.
pub fn render(app: &App) -> String {
    let Some(recorder) = RECORDER.get() else { return String::new() };
    // What is counted anyhow is told when somebody asks.
    metrics::counter!("idp_gateway_refusals_unlogged_total").absolute(app.refusal_log.unlogged());
    metrics::counter!("idp_gateway_log_lines_dropped_total").absolute((recorder.log_lines_dropped)());
    metrics::counter!("idp_gateway_journal_dropped_total").absolute(app.world.journal.dropped());
    process::observe();
    metrics::gauge!("idp_gateway_requests_in_flight").set(InFlight::now());
    let clock = &app.world.issuer.clock;
    let (now, is_frozen) = (clock.now().millis, matches!(clock.state(), ClockState::Frozen(_)));
    metrics::gauge!("idp_gateway_test_features").set(f64::from(u8::from(app.world.rules.test_features)));
    metrics::gauge!("idp_gateway_clock_frozen").set(f64::from(u8::from(is_frozen)));
    #[expect(clippy::cast_precision_loss, reason = "a difference in milliseconds is far below 2^52")]
    metrics::gauge!("idp_gateway_clock_ahead_seconds").set((now - clock.real_now().millis) as f64 / 1000.0);
    count("idp_gateway_scenarios", app.world.issuer.scenarios.count());
    count("idp_gateway_namespaces", app.worlds.living());
    count("idp_gateway_namespaces_max", app.worlds.most);
    recorder.handle.render()
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything")]
fn count(gauge: &'static str, number: usize) {
    metrics::gauge!(gauge).set(number as f64);
}

/// Keeps the memory of observations flat, and says whether the gateway is ready; never ends.
pub async fn tend(live: &Live) {
    let upkeep = async {
        let mut tick = interval(UPKEEP);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Some(recorder) = RECORDER.get() {
                recorder.handle.run_upkeep();
            }
        }
    };
    let look = async {
        let (ready, serving) = (metrics::gauge!("idp_gateway_ready"), metrics::gauge!("idp_gateway_serving"));
        let is = |failed: &[Check]| f64::from(u8::from(failed.is_empty()));
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let app = live.app();
            serving.set(is(&app.not_serving()));
            ready.set(is(&app.not_ready().await));
        }
    };
    tokio::join!(upkeep, look);
}
