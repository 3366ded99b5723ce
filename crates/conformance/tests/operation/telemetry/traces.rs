//! Traces: the caller's trace goes on, the steps are seen, and a collector that fails costs nothing.

use super::collector::{Collector, Got, hex};
use super::stage::{MOUNTS, bits, bits_with, bizzassure, code_and_refresh, get, telemetry};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::TcpListener;
use testkit::gateway::Gateway;
use testkit::wait_until;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A gateway that sends traces there.
fn start(url: &str, more: &str) -> Result<Gateway> {
    Gateway::start(&format!("{}{MOUNTS}", telemetry(&format!("otlp_endpoint = \"{url}\"\n{more}"))))
}

/// The name of a span with the name of what it lies within.
fn named(spans: &[Got], span: &Got) -> (String, Option<String>) {
    let parent = spans.iter().find(|other| other.span.span_id == span.span.parent_span_id);
    (span.span.name.clone(), parent.map(|parent| parent.span.name.clone()))
}

#[test]
fn a_request_is_a_span_of_its_callers_trace_and_its_steps_lie_within() -> Result<()> {
    let collector = Collector::start()?;
    let gateway = start(&collector.url(), "")?;
    let caller = format!("00-{TRACE}-{CALLER}-01");
    let headers = [("traceparent", &*caller), ("tracestate", "vendor=value")];
    ensure!(bits_with(&gateway, "batch-secret", &headers)?.status == 200);
    bizzassure(&gateway)?;
    code_and_refresh(&gateway)?;
    wait_until("the spans", || {
        Ok(collector.spans()?.iter().filter(|got| got.span.name.starts_with("POST ")).count() >= 4)
    })?;

    let spans = collector.spans()?;
    let of_caller: Vec<_> = spans.iter().filter(|got| got.trace() == TRACE).collect();
    let root =
        of_caller.iter().find(|got| hex(&got.span.parent_span_id) == CALLER).context("a child of the caller's")?;
    ensure!(root.span.name == "POST bits/token" && root.span.trace_state == "vendor=value", "{root:?}");
    for (key, value) in [
        ("idp_gateway.mount", "bits"),
        ("idp_gateway.endpoint", "token"),
        ("idp_gateway.outcome", "served"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
    ] {
        ensure!(root.attribute(key).as_deref() == Some(value), "{key}: {root:?}");
    }
    ensure!(root.resource.contains(&("service.name".to_owned(), "idp-gateway".to_owned())), "{root:?}");
    let instance = root.resource.iter().find(|(key, _)| key == "service.instance.id").context("an instance")?;
    ensure!(instance.1.ends_with(&format!("-{}", gateway.pid())), "{instance:?}");

    let all: Vec<_> = spans.iter().map(|span| named(&spans, span)).collect();
    for (name, parent) in [
        ("authenticate", "POST bits/token"),
        ("sign", "POST bits/token"),
        ("limiter", "POST bizzassure/token"),
        ("redeem", "POST brighthr/token"),
        ("rotate", "POST brighthr/token"),
    ] {
        ensure!(all.contains(&(name.to_owned(), Some(parent.to_owned()))), "no {name} within {parent}: {all:?}");
    }
    // Nothing is sent but requests and what lies within: no work of the gateway's own.
    for (span, (name, parent)) in spans.iter().zip(&all) {
        ensure!(span.span.kind == 2 || parent.is_some(), "{name} lies within nothing");
    }
    Ok(())
}

#[test]
fn callers_decide_and_the_ratio_decides_for_the_others() -> Result<()> {
    let collector = Collector::start()?;
    let gateway = start(&collector.url(), "trace_sample_ratio = 0.0")?;
    let unsampled = format!("00-{}-{CALLER}-00", "a".repeat(32));
    for _ in 0..5 {
        bits(&gateway, "batch-secret")?;
        bits_with(&gateway, "batch-secret", &[("traceparent", &unsampled)])?;
        // What is no trace's id, or is there twice, is none.
        bits_with(&gateway, "batch-secret", &[("traceparent", "00-zz-1-01")])?;
        let sampled = format!("00-{}-{CALLER}-01", "b".repeat(32));
        bits_with(&gateway, "batch-secret", &[("traceparent", &sampled), ("traceparent", &sampled)])?;
    }
    let sampled = format!("00-{TRACE}-{CALLER}-01");
    bits_with(&gateway, "batch-secret", &[("traceparent", &sampled)])?;
    wait_until("the one that is recorded", || Ok(!collector.spans()?.is_empty()))?;
    drop(gateway);
    let spans = collector.spans()?;
    ensure!(spans.iter().all(|got| got.trace() == TRACE), "{spans:?}");
    Ok(())
}

#[test]
fn the_log_line_of_a_request_names_its_trace_recorded_or_not() -> Result<()> {
    let collector = Collector::start()?;
    let gateway = start(&collector.url(), "trace_sample_ratio = 0.0")?;
    let caller = format!("00-{TRACE}-{CALLER}-01");
    bits_with(&gateway, "wrong", &[("traceparent", &caller)])?;
    bits(&gateway, "wrong")?;
    gateway.wait_for_log("\"message\":\"refused\"", 2)?;
    let logs = gateway.logs()?;
    let lines = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ids: Vec<_> = lines.filter(|line| line["message"] == "refused").map(|line| line["trace_id"].clone()).collect();
    ensure!(ids.len() == 2 && ids[0] == TRACE, "{ids:?}");
    let own = ids[1].as_str().context("an id")?;
    ensure!(own.len() == 32 && own != TRACE && own != "0".repeat(32), "{own}");

    let silent = super::stage::start("")?;
    bits_with(&silent, "wrong", &[("traceparent", &caller)])?;
    silent.wait_for_log("\"message\":\"refused\"", 1)?;
    ensure!(!silent.logs()?.contains("trace_id"), "{}", silent.logs()?);
    Ok(())
}

#[test]
fn the_end_sends_what_is_left() -> Result<()> {
    let collector = Collector::start()?;
    let mut gateway = start(&collector.url(), "")?;
    // Less than a second before the end: the batch has not gone out by itself.
    let caller = format!("00-{TRACE}-{CALLER}-01");
    bits_with(&gateway, "batch-secret", &[("traceparent", &caller)])?;
    gateway.terminate()?;
    ensure!(collector.spans()?.iter().any(|got| got.trace() == TRACE));
    Ok(())
}

#[test]
fn a_collector_that_is_gone_or_silent_costs_no_request_and_holds_up_no_end() -> Result<()> {
    let gone = testkit::ports::free_address()?;
    // Connections are taken by the kernel, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    for address in [gone, silent.local_addr()?] {
        let mut gateway = start(&format!("http://{address}"), "")?;
        // More spans than may wait.
        for _ in 0..300 {
            ensure!(bits(&gateway, "batch-secret")?.status == 200);
        }
        ensure!(get(&gateway, "/_gateway/health/ready")?.status == 200);
        gateway.wait_for_log("traces are not sent", 1)?;
        gateway.terminate()?;
        ensure!(gateway.logs()?.matches("traces are not sent").count() == 1, "it is said once");
    }
    Ok(())
}
