//! What is learned of a request on its way.

use crate::meter::{Outcome, Target};
use crate::mounts::Mount;
use grant::{AuthMethod, Call, ClientAuth, GrantType, Identity, Proof, Refusal};
use issuer::scenario::{Act, Forced};
use std::borrow::Cow;
use std::sync::Arc;

/// The longest text that is written down, in bytes: a stranger may make it as long as a body.
const LENGTH: usize = 300;

/// What is known of a request; what nobody learned is absent.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The mount that it leads to.
    pub(crate) mount: Option<Arc<Mount>>,
    /// Whether it leads to something of the gateway's own.
    pub(crate) is_own: bool,
    /// What it asks for.
    pub(crate) target: Target,
    /// The client that it names, authenticated or not.
    pub(crate) client: Option<String>,
    /// `sub` of the user that it is about.
    pub(crate) user: Option<String>,
    /// The grant type that it names.
    pub(crate) grant: Option<GrantType>,
    /// How its client authenticates.
    pub(crate) auth: Option<AuthMethod>,
    /// Why it is refused.
    pub(crate) refusal: Option<Failure>,
    /// What is odd about it though it is served.
    pub(crate) note: Option<&'static str>,
    /// What a scenario does to it.
    pub(crate) forced: Option<Forced>,
    /// Whether a page shows its id.
    pub(crate) is_shown: bool,
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The kind.
    pub(crate) outcome: Outcome,
    /// The cause, for the log and the journal: no credential is in it.
    pub(crate) cause: Option<Cow<'static, str>>,
}

impl Facts {
    /// What a call says.
    pub(crate) fn call(&mut self, call: &Call) {
        match call {
            Call::Token(request) => {
                self.grant = request.proof.as_ref().ok().map(Proof::grant_type);
                self.client_auth(&request.client);
            }
            Call::Introspect(request) => self.client_auth(&request.client),
            Call::Revoke(request) => self.client_auth(&request.client),
            Call::Authorize(request) => self.client.clone_from(&request.client_id),
            Call::UserInfo(_) | Call::EndSession(_) | Call::Discovery | Call::Jwks => {}
        }
    }

    fn client_auth(&mut self, client: &Result<ClientAuth, Refusal>) {
        if let Ok(client) = client {
            (self.client, self.auth) = (Some(client.id.to_string()), Some(client.method));
        }
    }

    /// What a token says.
    pub(crate) fn identity(&mut self, identity: &Identity) {
        self.client = identity.facts.client_id.as_ref().map(ToString::to_string);
        self.user = identity.facts.is_user.then(|| identity.facts.subject.to_string());
    }

    /// Why it is refused. The first reason counts: what follows from it says less.
    pub(crate) fn refuse(&mut self, refusal: Failure) {
        self.refusal.get_or_insert(refusal);
    }

    /// An answer of that status is a refusal, whether or not somebody said why.
    pub(crate) fn hold_to(&mut self, status: u16) {
        if status >= 400 {
            self.refuse(Failure { outcome: Outcome::of_status(status), cause: None });
        }
    }

    /// Whether a scenario makes it fail, rather than lets it wait.
    pub(crate) fn is_made_to_fail(&self) -> bool {
        self.forced.as_ref().is_some_and(|forced| forced.outcome.act != Act::Pass)
    }

    /// What it is counted as.
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.refusal {
            None => Outcome::SERVED,
            Some(_) if self.is_made_to_fail() => Outcome::FORCED,
            Some(refusal) => refusal.outcome,
        }
    }

    /// Whether it is written down. Probes and stylesheets come by the thousand and say nothing while they are served.
    pub(crate) fn is_kept(&self) -> bool {
        match self.target {
            Target::Health => false,
            Target::Style => self.refusal.is_some(),
            _ => true,
        }
    }
}

/// The text, cut to [`LENGTH`] between two characters where it is longer.
pub(crate) fn shortened<'t>(text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
    let text = text.into();
    if text.len() <= LENGTH {
        return text;
    }
    // A new one: what is long does not stay in memory behind what is short.
    format!("{}…", &text[..text.floor_char_boundary(LENGTH)]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        let cut = shortened("é".repeat(40_000)).into_owned();
        assert_eq!((cut.chars().count(), cut.chars().last()), (151, Some('…')));
        assert!(cut.capacity() < 4 * LENGTH, "what is kept is small");
        assert_eq!(shortened(format!("a{}", "é".repeat(200))).len(), 299 + '…'.len_utf8());
    }
}
