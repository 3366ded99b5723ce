//! Reads a request's body under a limit and a deadline, and never leaves one unread: an unread body costs the client
//! its connection.

use crate::app::Limits;
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::{StreamExt, poll};
use grant::{Refusal, RefusalKind};
use std::task::Poll;

/// How much of a body that is too long is read and thrown away to keep its connection, in bytes.
const DRAIN: usize = 64 * 1024 * 1024;

/// The whole body. Too long: the rest is drained without being kept; but a client that waits for leave to send it gets none
/// (RFC 9110 section 10.1.1).
pub async fn read(request: &HttpRequest, payload: &mut Payload, limits: Limits) -> Result<Bytes, Refusal> {
    if waits(request) && announced(request).is_some_and(|length| length > limits.body as u64) {
        return Err(too_long(limits.body));
    }
    tokio::time::timeout(limits.body_timeout, collect(payload, limits.body)).await.unwrap_or_else(|_| {
        let cause = format!("the body was not complete within {} ms", limits.body_timeout.as_millis());
        Err(Refusal::new(RefusalKind::RequestTimeout, cause))
    })
}

/// Takes what has come of a body that nobody needs. Where that is not all, the answer does not wait for the rest: the
/// listener says that it closes the connection, and reads on for a moment.
pub(crate) async fn pass_over(request: &HttpRequest, payload: &mut Payload) {
    if waits(request) {
        return;
    }
    let (mut taken, mut has_waited) = (0, false);
    while taken <= DRAIN {
        match poll!(payload.next()) {
            Poll::Ready(Some(Ok(chunk))) => taken += chunk.len(),
            Poll::Ready(_) => return,
            Poll::Pending if has_waited => return,
            // What came together with the head is not told from it yet.
            Poll::Pending => {
                has_waited = true;
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Whether the client may wait for leave to send its body.
fn waits(request: &HttpRequest) -> bool {
    request.head().expect()
}

/// How long the head says that the body is.
fn announced(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

async fn collect(payload: &mut Payload, limit: usize) -> Result<Bytes, Refusal> {
    let Some(first) = next(payload).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(drain(payload, first.len(), limit).await);
    }
    let Some(second) = next(payload).await? else { return Ok(first) };
    let mut body = BytesMut::from(first.as_ref());
    let mut chunk = second;
    loop {
        if body.len() + chunk.len() > limit {
            return Err(drain(payload, body.len() + chunk.len(), limit).await);
        }
        body.extend_from_slice(&chunk);
        match next(payload).await? {
            Some(more) => chunk = more,
            None => return Ok(body.freeze()),
        }
    }
}

async fn next(payload: &mut Payload) -> Result<Option<Bytes>, Refusal> {
    payload.next().await.transpose().map_err(|error| Refusal::unreadable(format!("the body broke off: {error}")))
}

async fn drain(payload: &mut Payload, mut read: usize, limit: usize) -> Refusal {
    while read <= DRAIN
        && let Ok(Some(chunk)) = next(payload).await
    {
        read += chunk.len();
    }
    too_long(limit)
}

fn too_long(limit: usize) -> Refusal {
    Refusal::new(RefusalKind::PayloadTooLarge, format!("the body is longer than {limit} bytes"))
}
