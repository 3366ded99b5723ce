//! What the admin API answers: JSON, nothing, or a problem (RFC 9457).

use super::problem::Problem;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use dialect::respond::json_bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::Stream;
use issuer::state::StoreError;
use serde::Serialize;
use std::io::Write;
use std::ops::RangeInclusive;
use tokio::sync::mpsc;

/// What a call comes to.
pub(super) type Outcome = Result<Answer, Problem>;

/// A success.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200 with this JSON.
    Json(Vec<u8>),
    /// 200 with JSON in gzip (RFC 1952).
    Packed(Vec<u8>),
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

    /// The same in gzip, where that is worth while and done in a few milliseconds.
    pub(super) fn packed(self) -> Self {
        match self {
            Self::Json(body) if PACKED.contains(&body.len()) => gzip(&body).map_or(Self::Json(body), Self::Packed),
            other => other,
        }
    }
}

/// How long JSON is that is packed, in bytes.
const PACKED: RangeInclusive<usize> = 1024..=512 * 1024;

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
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
        Ok(Answer::Packed(body)) => {
            let mut response = HttpResponse::Ok();
            response.insert_header((CONTENT_ENCODING, "gzip")).content_type("application/json").body(body)
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_short_stays_and_what_is_long_is_the_same_once_it_is_unpacked() {
        assert!(matches!(Answer::json(&"short").packed(), Answer::Json(_)));
        let long = vec!["the same again"; 1000];
        let Answer::Packed(packed) = Answer::json(&long).packed() else { panic!("it is not packed") };
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*packed).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, json_bytes(&long));
        assert!(packed.len() * 10 < unpacked.len());
    }
}
