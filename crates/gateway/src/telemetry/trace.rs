//! Traces: a span for each request and for the steps worth seeing, sent to a collector by OTLP over HTTP.
//!
//! Spans are `tracing`'s, of target `trace` and the finest level. Where no collector is configured nobody listens to them,
//! and each costs the look at one number. Logs are no part of traces: a span has nothing that a client sent.

use super::collector::Collector;
use configuration::TelemetryConfig;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use std::time::Duration;
use surface::telemetry::trace::{REQUEST, TARGET, turn_on};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{DynFilterFn, LevelFilter};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

/// Spans that may wait for the collector; beyond it they are dropped rather than requests held up.
const WAITING: usize = 8_192;
/// Spans that are sent at once.
const BATCH: usize = 512;
/// How long spans wait for others.
const DELAY: Duration = Duration::from_secs(1);
/// How long the end of the process waits for the last spans to be sent.
const FLUSH: Duration = Duration::from_secs(3);

/// What sends spans, until this is dropped.
#[derive(Debug)]
pub(super) struct Sending(SdkTracerProvider);

impl Drop for Sending {
    fn drop(&mut self) {
        // A collector that does not answer in time loses the last spans, and nothing else waits for it.
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!("the last traces were not sent: {error}");
        }
    }
}

/// Starts to send spans where a collector is configured: the layer that takes them, and what to drop at the end.
pub(super) fn start<S>(config: &TelemetryConfig, replica: &str) -> anyhow::Result<Option<(impl Layer<S>, Sending)>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new(endpoint)?)
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .build()?;
    let batch = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY);
    let resource = Resource::builder_empty().with_service_name("idp-gateway").with_attributes([
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", replica.to_owned()),
    ]);
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batch.build()).build())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.trace_sample_ratio))))
        .with_resource(resource.build())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("idp-gateway"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_filter(filter());
    turn_on();
    Ok(Some((layer, Sending(provider))))
}

/// Spans of ours, within a request; no event, for events have causes and names in them.
fn filter<S>() -> impl tracing_subscriber::layer::Filter<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let is_ours = |of: &Metadata<'_>| of.is_span() && of.target() == TARGET;
    let within = move |of: &Metadata<'_>, context: &LayerContext<'_, S>| {
        is_ours(of) && (of.name() == REQUEST || context.lookup_current().is_some())
    };
    DynFilterFn::new(within)
        .with_callsite_filter(move |of| {
            if is_ours(of) {
                tracing::subscriber::Interest::sometimes()
            } else {
                tracing::subscriber::Interest::never()
            }
        })
        .with_max_level_hint(LevelFilter::TRACE)
}
