//! What is learned of a request on its way.

use crate::meter::{Outcome, Target};
use crate::mounts::Mount;
use crate::seen::Seen;
use crate::traffic::Keeping;
use dialect::ClientPlace;
use grant::{AuthMethod, Call, GrantType, Proof, RefusalKind, Scope, Scopes};
use issuer::Notes;
use issuer::scenario::{Act, Forced};
use std::borrow::Cow;
use std::sync::Arc;

/// The longest text that is written down, in bytes: a stranger may make it as long as a body.
const LENGTH: usize = 300;

/// The method of PKCE that is served.
const S256: &str = "S256";

/// A method of PKCE by its name: none is `plain` (RFC 7636 section 4.3), and what is none may be anything.
fn pkce_method(name: Option<&str>) -> &'static str {
    match name {
        Some(S256) => S256,
        None | Some("plain") => "plain",
        Some(_) => "_OTHER",
    }
}

/// What is known of a request; what nobody learned is absent.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Facts {
    /// The mount that it leads to.
    pub(crate) mount: Option<Arc<Mount>>,
    /// Whether it leads to something of the gateway's own.
    pub(crate) is_own: bool,
    /// What it asks for.
    pub(crate) target: Target,
    /// The grant type that it names.
    pub(crate) grant: Option<GrantType>,
    /// How its client authenticates.
    pub(crate) auth: Option<AuthMethod>,
    /// The method of PKCE that it asks for or uses.
    pub(crate) pkce: Option<&'static str>,
    /// The scopes that it asks for.
    pub(crate) scope_asked: Option<Scopes>,
    /// Why it is refused.
    pub(crate) refusal: Option<Failure>,
    /// What is odd about it though it is served.
    pub(crate) note: Option<&'static str>,
    /// What a scenario does to it.
    pub(crate) forced: Option<Forced>,
    /// Whether a page shows its id.
    pub(crate) is_shown: bool,
    /// What it looked like, where it is refused.
    pub(crate) seen: Seen,
    /// Whether it came with a `state`.
    pub(crate) has_state: bool,
    /// Whether a page of another origin sent it that may not read the answer.
    pub(crate) is_foreign_page: bool,
    /// What is kept of it, where its mount keeps requests.
    pub(crate) keeping: Option<Box<Keeping>>,
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The kind.
    pub(crate) outcome: Outcome,
    /// The cause, for the log and the journal: no credential is in it.
    pub(crate) cause: Option<Cow<'static, str>>,
    /// The refusal with its data.
    pub(crate) kind: Option<Box<RefusalKind>>,
}

impl Facts {
    /// The vendor's own name of a client's secret, where that stands in the body.
    pub(crate) fn own_secret(&self) -> Option<&'static str> {
        match self.mount.as_ref()?.kind.token_call.client {
            ClientPlace::Body { secret, .. } => Some(secret),
            ClientPlace::Basic => None,
        }
    }

    /// The vendor's own names of credentials.
    pub(crate) fn own_secrets(&self) -> &'static [&'static str] {
        self.mount.as_ref().map_or(&[], |mount| mount.kind.token_call.secrets)
    }

    /// What a call says; its client goes to the notes.
    pub(crate) fn call(&mut self, call: &Call, notes: &mut Notes) {
        let auth = match call {
            Call::Token(request) => {
                let proof = request.proof.as_ref().ok();
                self.grant = proof.map(Proof::grant_type);
                let is_verified = |proof: &&Proof| matches!(proof, Proof::AuthorizationCode { verifier: Some(_), .. });
                self.pkce = proof.filter(is_verified).map(|_| S256);
                self.scope_asked = request.scopes.as_ref().ok().cloned().flatten();
                &request.client
            }
            Call::Introspect(request) => &request.client,
            Call::Revoke(request) => &request.client,
            Call::DeviceAuthorization(request) => {
                self.scope_asked = request.scopes.as_ref().ok().cloned().flatten();
                &request.client
            }
            Call::Authorize(request) => {
                notes.client = request.client_id.as_deref().map(Into::into);
                self.has_state = request.state.is_some();
                self.pkce = request.challenge.as_ref().map(|_| pkce_method(request.challenge_method.as_deref()));
                self.scope_asked = request.scopes.as_ref().ok().cloned().flatten();
                return;
            }
            Call::UserInfo(_) | Call::EndSession(_) | Call::Discovery | Call::Jwks => return,
        };
        if let Ok(client) = auth {
            (notes.client, self.auth) = (Some(client.id.shared()), Some(client.method));
        }
    }

    /// Why it is refused. The first reason counts: what follows from it says less.
    pub(crate) fn refuse(&mut self, refusal: Failure) {
        self.refusal.get_or_insert(refusal);
    }

    /// An answer of that status is a refusal, whether or not somebody said why.
    pub(crate) fn hold_to(&mut self, status: u16) {
        if status >= 400 {
            self.refuse(Failure { outcome: Outcome::of_status(status), cause: None, kind: None });
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

/// The first of the scopes where their text is longer than [`LENGTH`]; three dots then say that there are more.
pub(crate) fn shortened_scopes(scopes: Scopes) -> Scopes {
    let mut room = LENGTH;
    let fits = |scope: &&Scope| {
        let left = room.checked_sub(scope.as_str().len() + 1);
        room = left.unwrap_or_default();
        left.is_some()
    };
    let fitting = scopes.iter().take_while(fits).count();
    if fitting == scopes.len() {
        return scopes;
    }
    scopes.iter().take(fitting).cloned().chain(Scope::new("...")).collect()
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

    #[test]
    fn many_scopes_are_cut_to_the_first() {
        let few = Scopes::parse("a b").unwrap();
        assert_eq!(shortened_scopes(few.clone()), few);
        let names: Vec<_> = (0..200).map(|n| format!("scope{n}")).collect();
        let cut = shortened_scopes(Scopes::parse(&names.join(" ")).unwrap()).joined();
        assert!(cut.starts_with("scope0 scope1 ") && cut.ends_with(" ...") && cut.len() < LENGTH + 8, "{cut}");
        assert_eq!(shortened_scopes(Scopes::parse(&"x".repeat(LENGTH)).unwrap()).joined(), "...");
    }

    #[test]
    fn a_method_of_pkce_is_a_known_word() {
        assert_eq!(
            [Some("S256"), Some("plain"), None, Some("s256")].map(pkce_method),
            ["S256", "plain", "plain", "_OTHER"]
        );
    }
}
