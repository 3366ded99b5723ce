//! Real exchanges become the draft of a pack: `pack.toml`, `pairs.http` and `fixtures.json`.
//!
//! What was really sent and answered is read here and nowhere written: what a draft has of it is what the lists of `names` allow. All else
//! is replaced, by a hole where the vendor's own values stand, and by a word of ours where the client's do.

mod answer;
mod asked;
mod curl;
mod har;
mod names;
mod refusal;
mod text;
mod token;
mod vocabulary;
mod write;

pub use curl::{answer_of, from_curl};
pub use har::from_har;
pub use write::{Draft, draft, is_token_call};

use pairs::{Request, Response};

/// A call as it really was. Debug does not show it, for it holds credentials.
#[derive(Clone)]
pub struct Call {
    /// The request.
    pub request: Request,
    /// The answer, where it is known.
    pub answer: Option<Response>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("method", &self.request.method).finish_non_exhaustive()
    }
}
