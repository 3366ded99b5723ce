//! Notes what is known of a refusal, for whoever explains it.

use crate::At;
use crate::clue::{Clue, cut};
use crate::ids;
use crate::keys::jwt::{self, Verified};
use grant::{Seconds, TokenKind, TokenView};

impl At<'_> {
    /// Notes what is known of a refusal.
    pub(crate) fn hint(self, clue: impl FnOnce() -> Clue) {
        self.note(|notes| notes.clue = Some(Box::new(clue())));
    }

    /// Notes whose a token may be that none of the mount's keys signed.
    pub(crate) fn hint_of_stranger(self, token: &str) {
        if ids::parse_handle(token).is_some() {
            self.hint(|| Clue::Handle);
        } else if let Some(iss) = jwt::unchecked(token).as_ref().and_then(|read| read.claims.str("iss")) {
            self.hint(|| Clue::Foreign(cut(iss)));
        }
    }

    /// Notes by how much a token comes too early or too late.
    pub(crate) fn hint_of_lifetime(self, token: &Verified) {
        let (now, claim) = (self.seconds(), |name| token.claims.int(name));
        match (claim("nbf").filter(|nbf| now < *nbf), claim("exp").filter(|exp| now >= *exp)) {
            (Some(begins), _) => self.hint(|| Clue::Early(Seconds::between(now, begins))),
            (None, Some(ended)) => self.hint(|| Clue::Expired(Seconds::between(ended, now))),
            (None, None) => {}
        }
    }

    /// Notes what a token of ours is that is no access token.
    pub(crate) fn hint_of_kind(self, view: &TokenView<'_>) {
        let mut kinds = [TokenKind::Id, TokenKind::Refresh].into_iter();
        if let Some(kind) = kinds.find(|kind| self.hooks.read(*kind, view).is_some()) {
            self.hint(|| Clue::NotAccess(kind));
        }
    }
}
