//! What is kept of one request.

use crate::seen::Seen;
use crate::traffic::Kept;
use grant::{RefusalKind, Scopes, Seconds};
use issuer::scenario::By;
use issuer::state::FamilyId;
use issuer::{Clue, Decisions, TokenIds};
use std::borrow::Cow;
use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What became of one request. What is dear, such as a hint, is made of it when it is read.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its number: one more for each request of its journal.
    pub number: u64,
    /// How much memory it takes, in bytes, near enough.
    pub size: usize,
    /// Its id, which the answer's header and the error page name it by.
    pub id: Uuid,
    /// The namespace that it belongs to; `None` outside any.
    pub namespace: Option<Arc<str>>,
    /// The replica that answered it; `None` where there are no others.
    pub replica: Option<Arc<str>>,
    /// Whether that is another than this one.
    pub is_of_another: bool,
    /// When it was answered in real time, milliseconds since the epoch.
    pub at: i64,
    /// The same by the gateway's clock.
    pub clock: i64,
    /// How long it took.
    pub took: Duration,
    /// The name of the mount that it led to.
    pub mount: Option<Arc<str>>,
    /// The dialect of that mount.
    pub dialect: Option<&'static str>,
    /// The endpoint or page; `none` where there is none.
    pub endpoint: &'static str,
    /// The method; `_OTHER` where it is no usual one.
    pub method: &'static str,
    /// The path, without the query.
    pub path: String,
    /// The client that it names, authenticated or not.
    pub client_id: Option<Arc<str>>,
    /// `sub` of the user that it is about.
    pub user: Option<Arc<str>>,
    /// The grant type that it names.
    pub grant: Option<&'static str>,
    /// How its client authenticates.
    pub auth: Option<&'static str>,
    /// Which of the client's secrets it has proven, from 1.
    pub secret: Option<usize>,
    /// What a trusted proxy calls it.
    pub proxy_request_id: Option<Box<str>>,
    /// The method of PKCE that it asks for or uses; `_OTHER` where it is no usual one.
    pub pkce: Option<&'static str>,
    /// The scopes that it asks for; three dots stand for those of a long list that are left out.
    pub scope_asked: Option<Scopes>,
    /// The scopes that it grants, or that the token which it presents has.
    pub scope: Option<Scopes>,
    /// The tokens that it brings about.
    pub issued: TokenIds,
    /// The tokens that it presents.
    pub presented: TokenIds,
    /// What the phases decided.
    pub phases: Decisions,
    /// The status it was answered with; 0 where no byte of an answer was sent.
    pub status: u16,
    /// The kind of its refusal.
    pub error: Option<&'static str>,
    /// Why it was refused, or what is odd about it.
    pub cause: Option<Cow<'static, str>>,
    /// Whether the error page shows its id.
    pub is_shown: bool,
    /// The scenario that acted on it, and which of its steps.
    pub forced_by: Option<(By, u32)>,
    /// What explains it: for hints and for the report of misuse, and shown to nobody as it is.
    pub more: More,
    /// Request and answer, where the mount keeps them.
    pub traffic: Option<Box<Kept>>,
}

/// What explains a request beyond what its entry says.
#[derive(Clone, Debug, Default)]
pub struct More {
    /// The refusal with its data.
    pub refusal: Option<Box<RefusalKind>>,
    /// What the phase knew that refused it.
    pub clue: Option<Box<Clue>>,
    /// What it looked like, where it was refused.
    pub seen: Seen,
    /// What it is about: all that descends from one authorization.
    pub family: Option<FamilyId>,
    /// How long the access token lives that it brought about.
    pub lifetime: Option<Seconds>,
    /// How old the code was that it redeemed.
    pub code_age: Option<Seconds>,
    /// A hash of the nonce that its ID token repeats.
    pub nonce: Option<u64>,
    /// The scopes that it demanded of a token.
    pub demanded: Option<Scopes>,
    /// Whether it came with a `state`.
    pub has_state: bool,
    /// Whether a credential was in its query.
    pub has_secret_in_query: bool,
    /// Whether a page of another origin sent it that may not read the answer.
    pub is_foreign_page: bool,
}

impl Entry {
    /// How much memory it takes, in bytes, near enough.
    pub(super) fn measure(&self) -> usize {
        let text = |text: Option<&str>| text.map_or(0, str::len);
        let ids =
            |ids: &TokenIds| [&ids.access, &ids.id, &ids.refresh].map(|id| text(id.as_deref())).iter().sum::<usize>();
        let cause = match &self.cause {
            Some(Cow::Owned(cause)) => cause.len(),
            _ => 0,
        };
        size_of::<Self>()
            + self.path.len()
            + text(self.client_id.as_deref())
            + text(self.proxy_request_id.as_deref())
            + cause
            + ids(&self.issued)
            + ids(&self.presented)
            + self.more.refusal.as_ref().map_or(0, |_| size_of::<RefusalKind>())
            + self.more.clue.as_ref().map_or(0, |_| size_of::<Clue>())
            + self.traffic.as_ref().map_or(0, |traffic| traffic.size())
    }
}
