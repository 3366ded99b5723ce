//! Why a call was refused, as a problem (RFC 9457) with a remedy.

use crate::change::ChangeError;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use admin_api::Near;
use dialect::respond::json_bytes;
use grant::{Refusal, RefusalKind};
use issuer::state::StoreError;
use std::borrow::Cow;

/// A failure.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// What is wrong with this request; no secret.
    pub(super) detail: Cow<'static, str>,
    /// What to do about it.
    remedy: Cow<'static, str>,
    header: Option<(&'static str, String)>,
    nearest: Box<[Near]>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        detail: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, detail: detail.into(), remedy: remedy.into(), header: None, nearest: Box::default() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// The same with what is nearest to what was wanted.
    pub(super) fn beside(self, nearest: Vec<Near>) -> Self {
        Self { nearest: nearest.into(), ..self }
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

    /// It as it is sent.
    pub(super) fn body(&self) -> admin_api::Problem {
        let title = self.status.canonical_reason().unwrap_or_default();
        let problem = admin_api::Problem::new(self.status.as_u16(), title, &*self.detail, &*self.remedy);
        admin_api::Problem { nearest: self.nearest.clone(), ..problem }
    }

    pub(super) fn response(self) -> HttpResponse {
        let body = json_bytes(&self.body());
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        if let Some(header) = self.header {
            response.insert_header(header);
        }
        response.body(body)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Newer { .. } => Self::unavailable(&error.to_string()),
            StoreError::Corrupt(_) => Self::internal(&error.to_string()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(error: Refusal) -> Self {
        match error.kind {
            RefusalKind::Unavailable { .. } => Self::unavailable(&error.cause),
            _ => Self::internal(&error.cause),
        }
    }
}

impl From<ChangeError> for Problem {
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
            ChangeError::Unfit(error) => super::body::unfit(&error),
            ChangeError::Contended => Self::new(StatusCode::CONFLICT, detail, "send it again"),
            ChangeError::Store(error) => error.into(),
            ChangeError::Internal(cause) => Self::internal(&cause),
        }
    }
}
