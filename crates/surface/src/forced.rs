//! What scenarios do to a request: chosen at one place before its phases, carried out at one place behind them.

use crate::exchange::Exchange;
use crate::facts::Facts;
use crate::meter::Outcome;
use crate::mounts::Mount;
use crate::wire;
use actix_web::{HttpRequest, HttpResponse};
use dialect::WireResponse;
use grant::{Endpoint, GrantType, Refusal, RefusalKind, Seconds, User};
use issuer::bend::Bend;
use issuer::scenario::{Act, Forced, Subject};
use listener::{Cut, Gone};
use std::sync::Arc;
use tokio::time::sleep;

/// What is known of a request so far.
struct Known {
    mount: Option<Arc<Mount>>,
    target: &'static str,
    client: Option<Arc<str>>,
    user: Option<Arc<str>>,
    grant: Option<GrantType>,
}

impl Known {
    fn subject(&self) -> Option<Subject<'_>> {
        let (client_id, user) = (self.client.as_deref(), self.user.as_deref());
        let mount = self.mount.as_deref()?.name();
        Some(Subject { mount, target: self.target, client_id, user, grant: self.grant })
    }
}

impl Exchange<'_> {
    /// Asks the scenarios, and does what the one that acts does before the phases. Called once the request is known for
    /// what it is, before anything is changed.
    pub(crate) async fn force(&self) -> Result<(), Refusal> {
        if !self.may_be_forced() {
            return Ok(());
        }
        Box::pin(self.choose()).await
    }

    /// The same for a token request, whose user is asked for where a scenario wants to know.
    pub(crate) async fn force_for(&self, user: impl Future<Output = Option<Arc<User>>>) -> Result<(), Refusal> {
        if !self.may_be_forced() {
            return Ok(());
        }
        let choose = async {
            let known = self.known();
            if known.subject().is_some_and(|subject| self.world.issuer.scenarios.ask_for_user(subject)) {
                let user = user.await;
                self.notes.borrow_mut().user = user.map(|user| Arc::clone(&user.sub));
            }
            self.choose().await
        };
        Box::pin(choose).await
    }

    /// Whether anything could be done to it on purpose.
    fn may_be_forced(&self) -> bool {
        let has_manners = |facts: &Facts| facts.mount.as_ref().is_some_and(|mount| !mount.core.manners.is_empty());
        !self.world.issuer.scenarios.are_none() || has_manners(&self.facts.borrow())
    }

    fn known(&self) -> Known {
        let (facts, notes) = (self.facts.borrow(), self.notes.borrow());
        Known {
            mount: facts.mount.clone(),
            target: facts.target.as_str(),
            client: notes.client.clone(),
            user: notes.user.clone(),
            grant: facts.grant,
        }
    }

    async fn choose(&self) -> Result<(), Refusal> {
        let known = self.known();
        let Some(forced) = self.forced_by_any(&known).await? else { return Ok(()) };
        let too_many = |most: usize| {
            let cause = format!("{forced}; but {most} requests wait already");
            Refusal::new(RefusalKind::Unavailable { retry_after: Seconds(1) }, cause)
        };
        let (all, own) = (&self.app.waiting, &self.world.waiting);
        let _place = own.enter().ok_or_else(|| too_many(own.most))?;
        let _place_among_all = all.enter().ok_or_else(|| too_many(all.most))?;
        self.learn(|facts| facts.forced = Some(forced.clone()));
        self.wait(&forced).await?;
        let outcome = forced.before_phases();
        if outcome.is_err() && !matches!(forced.outcome.act, Act::Error(_)) {
            self.fail(Outcome::FORCED, forced.to_string());
        }
        outcome
    }

    /// What the scenarios do to a request or, where none acts on it, the manner of its client.
    async fn forced_by_any(&self, known: &Known) -> Result<Option<Forced>, Refusal> {
        let Some(subject) = known.subject() else { return Ok(None) };
        let issuer = &self.world.issuer;
        if let Some(forced) = issuer.force(subject).await? {
            return Ok(Some(forced));
        }
        match (&known.mount, subject.client_id) {
            (Some(mount), Some(client)) if subject.target == Endpoint::Token.as_str() => {
                issuer.force_by_manner(&mount.core, client, subject.grant).await
            }
            _ => Ok(None),
        }
    }

    /// Waits as long as the outcome says, or until the gateway stops. A client that leaves meanwhile has spent nothing.
    async fn wait(&self, forced: &Forced) -> Result<(), Refusal> {
        let time = forced.outcome.time();
        if time.is_zero() {
            return Ok(());
        }
        tokio::select! {
            () = sleep(time) => Ok(()),
            () = self.app.stopping() => Ok(()),
            () = is_gone(self.request) => {
                Err(Refusal::new(RefusalKind::RequestTimeout, format!("{forced}; its client has gone")))
            }
        }
    }

    /// How the tokens or keys that it gets are other than planned.
    pub(crate) fn bend(&self) -> Option<Arc<Bend>> {
        match &self.facts.borrow().forced.as_ref()?.outcome.act {
            Act::Flaw(bend) => Some(Arc::clone(bend)),
            _ => None,
        }
    }

    /// What the scenario that acts on it makes of its answer, with the status; 0 where no byte of it is sent.
    pub(crate) fn carry_out(&self, forced: &Forced, response: WireResponse) -> (HttpResponse, u16) {
        let status = response.status;
        let cut = || self.request.conn_data::<Cut>();
        let done = match &forced.outcome.act {
            Act::Pass | Act::Error(_) => return (wire::http_response(response), status),
            Act::Hang | Act::Drop(_) => {
                if let Some(cut) = cut() {
                    cut.whole();
                }
                (wire::http_response(response), 0)
            }
            Act::Answer(canned) => (wire::canned(canned), canned.status),
            Act::Truncate(bytes) => {
                if let Some(cut) = cut() {
                    cut.body_after(*bytes);
                }
                (wire::http_response(response), status)
            }
            Act::Flaw(_) => (wire::http_response(response), status),
            Act::Malformed => (wire::http_response(malformed(response)), status),
        };
        self.fail(Outcome::FORCED, forced.to_string());
        done
    }
}

/// Waits until the client is gone.
pub(crate) async fn is_gone(request: &HttpRequest) {
    match request.conn_data::<Gone>() {
        Some(gone) => gone.wait().await,
        None => std::future::pending().await,
    }
}

/// The answer without the last byte of its JSON. One that is no JSON stays whole.
fn malformed(mut response: WireResponse) -> WireResponse {
    let is_json = |value: &str| value.contains("json");
    if response.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("content-type") && is_json(value)) {
        response.body.pop();
    }
    response
}
