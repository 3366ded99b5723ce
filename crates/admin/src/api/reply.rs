//! What the admin API answers: JSON, nothing, or a problem (RFC 9457).

use crate::change::ChangeError;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use admin_api::Problem;
use dialect::respond::json_bytes;
use grant::{GrantError, GrantErrorKind};
use issuer::state::StoreError;
use serde::Serialize;
use std::borrow::Cow;

/// What a call comes to.
pub(super) type Outcome = Result<Answer, Refusal>;

/// A success.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200 with this JSON.
    Json(Vec<u8>),
    /// 200 with this text of that media type.
    Text(&'static str, String),
    /// 204.
    Empty,
}

impl Answer {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::Json(json_bytes(value))
    }
}

/// A failure.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// What is wrong with this request; no secret.
    pub(super) detail: Cow<'static, str>,
    /// What to do about it.
    remedy: Cow<'static, str>,
    header: Option<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(
        status: StatusCode,
        detail: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, detail: detail.into(), remedy: remedy.into(), header: None }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// The same, but it is the body that names what is not there, not the path.
    pub(super) fn of_body(self) -> Self {
        Self { status: StatusCode::BAD_REQUEST, ..self }
    }

    pub(super) fn bad_request(detail: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail, remedy)
    }

    pub(super) fn not_found(detail: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail, remedy)
    }

    /// A fault of the gateway's own: its cause goes to the log.
    pub(super) fn internal(cause: &str) -> Self {
        tracing::error!(cause, "admin call failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "a fault of the gateway", "the gateway's log has the cause")
    }

    fn unavailable(cause: &str) -> Self {
        tracing::error!(cause, "admin call failed");
        let detail = "the store does not answer or cannot write; nothing was changed";
        let remedy = "see that the store's disk has room and can be written, or that Redis answers; then try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail, remedy).with("Retry-After", "1")
    }

    pub(super) fn problem(&self) -> Problem {
        let title = self.status.canonical_reason().unwrap_or_default();
        Problem::new(self.status.as_u16(), title, &*self.detail, &*self.remedy)
    }

    fn response(self) -> HttpResponse {
        let body = json_bytes(&self.problem());
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        if let Some(header) = self.header {
            response.insert_header(header);
        }
        response.body(body)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable(&error.to_string()),
            StoreError::Corrupt(_) => Self::internal(&error.to_string()),
        }
    }
}

impl From<GrantError> for Refusal {
    fn from(error: GrantError) -> Self {
        match error.kind {
            GrantErrorKind::Unavailable { .. } => Self::unavailable(&error.cause),
            _ => Self::internal(&error.cause),
        }
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        let detail = error.to_string();
        match error {
            ChangeError::Faults(faults) => {
                let mut keys: Vec<_> = faults.iter().map(|fault| fault.key).filter(|key| !key.is_empty()).collect();
                keys.dedup();
                let remedy = match keys[..] {
                    [] => "change it as said and send it again".to_owned(),
                    _ => format!("change {} as said and send it again", keys.join(", ")),
                };
                Self::bad_request(detail, remedy)
            }
            ChangeError::NameTaken { .. } => {
                Self::new(StatusCode::CONFLICT, detail, "give one of the two another sub or username")
            }
            ChangeError::WeakSecret(_) => Self::bad_request(
                detail,
                "take a secret of 12 random characters or more, or accept weak ones by name: server.allow_weak_secrets",
            ),
            ChangeError::Settings(error) => Self::bad_request(
                detail,
                format!("correct `{}` and send it again; null puts back what the file says", error.name),
            ),
            ChangeError::Store(error) => error.into(),
            ChangeError::Internal(cause) => Self::internal(&cause),
        }
    }
}

/// Names the replicas in which a change is not in force yet.
const LAGGING: HeaderName = HeaderName::from_static("gateway-lagging");

/// The answer for actix to send. None of it is for a cache, nor for a page of another origin to embed.
pub(super) fn respond(outcome: Result<(Answer, Vec<String>), Refusal>) -> HttpResponse {
    let (outcome, lagging) = match outcome {
        Ok((answer, lagging)) => (Ok(answer), lagging),
        Err(refusal) => (Err(refusal), Vec::new()),
    };
    let mut response = match outcome {
        Ok(Answer::Json(body)) => HttpResponse::Ok().content_type("application/json").body(body),
        Ok(Answer::Text(media, text)) => HttpResponse::Ok().content_type(media).body(text),
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
