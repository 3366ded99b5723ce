//! Failures of the admin API (RFC 9457).

use crate::Near;
use serde::{Deserialize, Serialize};

/// A failure, sent as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem; `about:blank` where the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
    /// What is nearest to what was wanted of the journal.
    #[serde(default, skip_serializing_if = "<[Near]>::is_empty")]
    #[schema(value_type = Vec<Near>)]
    pub nearest: Box<[Near]>,
}

impl Problem {
    /// A problem that its status names.
    pub fn new(status: u16, title: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            remedy: remedy.into(),
            nearest: Box::default(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}; {}", self.title, self.status, self.detail, self.remedy)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_members_of_rfc_9457_and_a_remedy() {
        let problem = Problem::new(404, "Not Found", "there is no mount `x`", "GET /v1/mounts lists them");
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"there is no mount `x`","remedy":"GET /v1/mounts lists them"}"#
        );
    }
}
