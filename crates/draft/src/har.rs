//! Calls of an HTTP archive (HAR 1.2), as browsers and proxies save them.

use crate::Call;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pairs::{Request, Response};
use serde_json::Value;

/// The calls of an archive, in its order.
pub fn from_har(text: &str) -> Result<Vec<Call>> {
    let whole: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).context("this is no JSON")?;
    let entries =
        whole.pointer("/log/entries").and_then(Value::as_array).context("it has no log.entries: this is no HAR")?;
    let calls: Vec<_> = entries.iter().filter_map(call).collect();
    ensure!(!calls.is_empty(), "it has no request that can be read");
    Ok(calls)
}

fn call(entry: &Value) -> Option<Call> {
    let text = |at: &str| entry.pointer(at).and_then(Value::as_str);
    let (target, host) = target_of(text("/request/url")?)?;
    let mut headers = vec![("Host".to_owned(), host)];
    headers.extend(
        named(entry.pointer("/request/headers")).into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")),
    );
    let params = named(entry.pointer("/request/postData/params"));
    let body = match text("/request/postData/text") {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => serde_urlencoded::to_string(params).ok()?,
    };
    let request = Request { method: text("/request/method")?.to_owned(), target, headers, body };
    let content = text("/response/content/text").unwrap_or_default();
    let body = match text("/response/content/encoding") {
        Some("base64") => STANDARD.decode(content).unwrap_or_default(),
        _ => content.as_bytes().to_vec(),
    };
    let status =
        entry.pointer("/response/status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let answer = status.filter(|status| *status >= 100).map(|status| Response {
        status,
        reason: text("/response/statusText").unwrap_or_default().to_owned(),
        headers: named(entry.pointer("/response/headers")),
        body,
    });
    Some(Call { request, answer })
}

fn named(list: Option<&Value>) -> Vec<(String, String)> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
    // HTTP/2's own begin with a colon.
    list.iter()
        .filter_map(|one| Some((text(one, "name")?, text(one, "value")?)))
        .filter(|(name, _)| !name.starts_with(':'))
        .collect()
}

/// Path with query, and host, of a URL.
pub(crate) fn target_of(url: &str) -> Option<(String, String)> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split('#').next()?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(at);
    let host = authority.rsplit('@').next()?.to_owned();
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    (!host.is_empty()).then_some((target, host))
}
