//! What the admin API answers: JSON, nothing, or a problem (RFC 9457).

use super::problem::Problem;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use dialect::respond::json_bytes;
use futures_util::Stream;
use issuer::state::StoreError;
use serde::Serialize;
use tokio::sync::mpsc;

/// What a call comes to.
pub(super) type Outcome = Result<Answer, Problem>;

/// A success.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200 with this JSON.
    Json(Vec<u8>),
    /// 200 with this text of that media type.
    Text(&'static str, String),
    /// 200 with these chunks of that media type; an error breaks it off.
    Stream(&'static str, mpsc::Receiver<Result<Vec<u8>, StoreError>>),
    /// 204.
    Empty,
}

impl Answer {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::Json(json_bytes(value))
    }
}

/// Names the replicas in which a change is not in force yet.
const LAGGING: HeaderName = HeaderName::from_static("gateway-lagging");

/// The answer for actix to send. None of it is for a cache, nor for a page of another origin to embed.
pub(super) fn respond(outcome: Result<(Answer, Vec<String>), Problem>) -> HttpResponse {
    let (outcome, lagging) = match outcome {
        Ok((answer, lagging)) => (Ok(answer), lagging),
        Err(refusal) => (Err(refusal), Vec::new()),
    };
    let mut response = match outcome {
        Ok(Answer::Json(body)) => HttpResponse::Ok().content_type("application/json").body(body),
        Ok(Answer::Text(media, text)) => HttpResponse::Ok().content_type(media).body(text),
        Ok(Answer::Stream(media, chunks)) => HttpResponse::Ok().content_type(media).streaming(stream(chunks)),
        Ok(Answer::Empty) => HttpResponse::NoContent().finish(),
        Err(refusal) => refusal.response(),
    };
    if let (false, Ok(names)) = (lagging.is_empty(), HeaderValue::from_str(&lagging.join(", "))) {
        response.headers_mut().insert(LAGGING, names);
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn stream(chunks: mpsc::Receiver<Result<Vec<u8>, StoreError>>) -> impl Stream<Item = Result<Bytes, StoreError>> {
    futures_util::stream::unfold(chunks, async |mut chunks| {
        let chunk = chunks.recv().await?;
        if let Err(error) = &chunk {
            tracing::error!(%error, "an answer breaks off");
        }
        Some((chunk.map(Bytes::from), chunks))
    })
}
