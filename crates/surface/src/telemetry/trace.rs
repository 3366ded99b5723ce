//! The span of each request.
//!
//! Spans are `tracing`'s, of target [`TARGET`] and the finest level. Where nobody takes them, each costs the look at one
//! number. A span has nothing that a client sent.

use crate::meter::{Meter, Outcome, Target};
use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Status, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::sync::OnceLock;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The target of spans, here, in the issuer and in the store.
pub const TARGET: &str = "trace";
/// The name of a request's span; every other lies within one.
pub const REQUEST: &str = "request";

/// Whether there are traces at all: the process's, as its subscriber is.
static IS_ON: OnceLock<()> = OnceLock::new();

/// From now on requests have spans: somebody takes them.
pub fn turn_on() {
    let _ = IS_ON.set(());
}

/// The span of a request, a child of its caller's where it names one (W3C Trace Context); `None` where there are no
/// traces.
pub(crate) fn begin(request: &HttpRequest) -> Option<Span> {
    IS_ON.get()?;
    let span = tracing::trace_span!(target: TARGET, REQUEST, otel.kind = "server");
    let caller = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(request.headers()));
    // An error says that nobody takes spans, which then need no parent.
    let _ = span.set_parent(caller);
    Some(span)
}

/// Notes in a request's span what it asked for and what became of it.
pub(crate) fn end(span: &Span, method: &str, meter: &Meter, (target, outcome): (Target, Outcome), status: u16) {
    let context = span.context();
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    let method = usual(method);
    span.update_name(format!("{method} {}/{}", meter.mount(), target.as_str()));
    span.set_attributes([
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.response.status_code", i64::from(status)),
        KeyValue::new("idp_gateway.mount", meter.mount().to_owned()),
        KeyValue::new("idp_gateway.endpoint", target.as_str()),
        KeyValue::new("idp_gateway.outcome", outcome.as_str()),
    ]);
    if status >= 500 {
        span.set_status(Status::error(outcome.as_str()));
    }
}

/// What methods are called: the last is any that is no usual one.
pub const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "_OTHER"];

/// A method by its name; what is no usual one may be anything.
pub(crate) fn usual(method: &str) -> &'static str {
    METHODS.into_iter().find(|usual| *usual == method).unwrap_or("_OTHER")
}

/// The trace of a request, recorded or not; `None` where nobody takes traces.
pub(crate) fn id(span: &Span) -> Option<TraceId> {
    let context = span.context();
    let id = context.span().span_context().trace_id();
    (id != TraceId::INVALID).then_some(id)
}

/// A request's headers. One that is there twice says nothing: whoever reads the other value sees another trace.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let mut values = self.0.get_all(key);
        values.next()?.to_str().ok().filter(|_| values.next().is_none())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(actix_web::http::header::HeaderName::as_str).collect()
    }
}
