//! A request on the public listener, from its first byte to its last: what is learned of it on the way, and the one
//! place where it is answered, counted, traced, logged and entered in the journal.

use crate::app::App;
use crate::facts::{Facts, Failure, shortened, shortened_scopes};
use crate::journal::{Entry, More};
use crate::meter::{InFlight, Outcome, Target};
use crate::mounts::Mount;
use crate::seen::{self, Seen};
use crate::telemetry::{ACCESS, trace};
use crate::traffic::{Keeping, Kept};
use crate::world::World;
use crate::{problem, wire};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use dialect::{Context, Dialect, WireRequest, WireResponse};
use grant::{AuthMethod, Call, Endpoint, GrantType, Refusal};
use issuer::clock::real_millis;
use issuer::scenario::By;
use issuer::{At, Notes};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Span;
use tracing::field::display;
use uuid::Uuid;

/// The header that names the request, where the configuration wants one.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-gateway-request-id");

/// A request that is being answered. Whoever learns something of it notes it here; [`Exchange::finish`] writes it down.
pub(crate) struct Exchange<'a> {
    pub(crate) app: &'a App,
    /// Where it belongs.
    pub(crate) world: Arc<World>,
    pub(crate) request: &'a HttpRequest,
    id: Uuid,
    /// The same as text.
    name: [u8; uuid::fmt::Hyphenated::LENGTH],
    started: Instant,
    span: Option<Span>,
    pub(crate) facts: RefCell<Facts>,
    /// What the issuer learns.
    pub(crate) notes: RefCell<Notes>,
    /// Its mount's issuer as it reaches it, and as servers do, where these are other than configured.
    here: OnceCell<Option<Arc<str>>>,
    back_channel: OnceCell<Option<String>>,
    _in_flight: InFlight,
}

impl<'a> Exchange<'a> {
    /// A request whose head has come.
    pub(crate) fn begin(app: &'a App, world: Arc<World>, request: &'a HttpRequest) -> Self {
        let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        let mut name = [0; uuid::fmt::Hyphenated::LENGTH];
        id.hyphenated().encode_lower(&mut name);
        Self {
            app,
            world,
            request,
            id,
            name,
            started: Instant::now(),
            span: trace::begin(request),
            facts: RefCell::default(),
            notes: RefCell::default(),
            here: OnceCell::new(),
            back_channel: OnceCell::new(),
            _in_flight: InFlight::begin(),
        }
    }

    /// The request's span, of no effect where there are no traces.
    pub(crate) fn span(&self) -> Span {
        self.span.clone().unwrap_or_else(Span::none)
    }

    /// The request's id: a UUID.
    pub(crate) fn id(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }

    /// The request's id for a page that shows it; the journal's entry says that it was shown.
    pub(crate) fn reference(&self) -> &str {
        self.learn(|facts| facts.is_shown = true);
        self.id()
    }

    /// The name of the namespace that it belongs to.
    fn namespace(&self) -> Option<&str> {
        self.world.name().map(|name| &**name)
    }

    /// The client that it names.
    pub(crate) fn client(&self) -> Option<Arc<str>> {
        self.notes.borrow().client.clone()
    }

    /// The issuer at a mount, now; what it learns is noted here.
    pub(crate) fn at<'s>(&'s self, mount: &'s Mount, dialect: &'s dyn Dialect) -> At<'s> {
        let at = self.world.issuer.at(&mount.core, dialect).from(self.source()).noting(&self.notes);
        at.reached_as(self.here(mount))
    }

    fn here(&self, mount: &Mount) -> Option<&Arc<str>> {
        self.here.get_or_init(|| self.app.issuer_for(self.request, &mount.core.issuer)).as_ref()
    }

    /// Its mount's issuer as it reaches it.
    pub(crate) fn issuer<'s>(&'s self, mount: &'s Mount) -> &'s str {
        self.here(mount).unwrap_or(&mount.core.issuer)
    }

    /// What it asks for.
    pub(crate) fn asks(&self, call: &Call) {
        self.learn(|facts| facts.call(call, &mut self.notes.borrow_mut()));
    }

    /// The address that it comes from.
    pub(crate) fn source(&self) -> Option<IpAddr> {
        self.app.proxies.source(self.request).address
    }

    /// Notes something.
    pub(crate) fn learn<T>(&self, note: impl FnOnce(&mut Facts) -> T) -> T {
        note(&mut self.facts.borrow_mut())
    }

    /// It leads to an endpoint or a page of a mount, or to nothing there.
    pub(crate) fn leads_to(&self, mount: &Arc<Mount>, target: impl Into<Target>) {
        self.learn(|facts| (facts.mount, facts.target) = (Some(Arc::clone(mount)), target.into()));
    }

    /// It leads to something of the gateway's own.
    pub(crate) fn leads_to_own(&self, target: Target) {
        self.learn(|facts| (facts.is_own, facts.target) = (true, target));
    }

    /// Notes what is kept of it, where its mount keeps requests.
    pub(crate) fn keep(&self, dialect: &dyn Dialect, wire: &WireRequest<'_>) {
        if dialect.policy().journal_bodies {
            let keeping = Box::new(Keeping::request(wire, dialect.shown()));
            self.learn(|facts| facts.keeping = Some(keeping));
        }
    }

    /// Notes what it looks like, now that it is refused.
    pub(crate) fn looks_like(&self, wire: &WireRequest<'_>) {
        self.learn(|facts| facts.seen = Seen::of(wire, facts.own_secret()));
    }

    /// What a dialect may know of it when it writes an answer.
    pub(crate) fn context<'c>(&'c self, mount: &'c Mount, endpoint: Endpoint, path: &'c str) -> Context<'c> {
        let back_channel = self.back_channel.get_or_init(|| self.app.back_channel_for(&mount.core.issuer)).as_deref();
        Context { endpoint, path, issuer: self.issuer(mount), back_channel, request_id: self.id(), asked: self }
    }

    /// Notes why it is refused. The first reason counts.
    pub(crate) fn refuse(&self, error: Refusal) {
        let (outcome, kind) = (Outcome::refused(&error.kind), Some(Box::new(error.kind)));
        self.learn(|facts| facts.refuse(Failure { outcome, cause: Some(error.cause), kind }));
    }

    /// Notes why it is refused where no dialect has a word for that.
    pub(crate) fn fail(&self, outcome: Outcome, cause: impl Into<Cow<'static, str>>) {
        self.learn(|facts| facts.refuse(Failure { outcome, cause: Some(cause.into()), kind: None }));
    }

    /// Its refusal in the words of its dialect.
    pub(crate) fn refused(&self, dialect: &dyn Dialect, context: &Context<'_>, error: Refusal) -> WireResponse {
        let response = dialect.encode_error(error.public(), context);
        self.refuse(error);
        response
    }

    /// Its refusal by the gateway itself, which tells the cause.
    pub(crate) fn problem(&self, status: u16, detail: impl Into<Cow<'static, str>>) -> WireResponse {
        let detail = detail.into();
        let response = problem::of_request(status, &detail);
        self.fail(Outcome::of_status(status), detail);
        response
    }

    /// Its refusal at what is the gateway's own: what there is to say, but not why.
    pub(crate) fn own_refusal(&self, error: Refusal, detail: &str) -> WireResponse {
        let response = problem::of_refusal(&error.kind, detail);
        self.refuse(error);
        response
    }

    /// Its refusal for a body that could not be read, at what is the gateway's own.
    pub(crate) fn unreadable(&self, error: Refusal) -> WireResponse {
        let response = problem::of_body(&error);
        self.refuse(error);
        response
    }

    /// Answers it, and writes down what became of it.
    pub(crate) fn finish(self, response: WireResponse) -> HttpResponse {
        let forced = self.learn(|facts| facts.forced.take());
        let traffic = self.traffic(&response);
        let (mut response, status) = if let Some(forced) = &forced {
            self.carry_out(forced, response)
        } else {
            let status = response.status;
            (wire::http_response(response), status)
        };
        let (mut facts, method) = (self.facts.take(), self.request.method().as_str());
        facts.forced = forced;
        facts.hold_to(status);
        let meter = match &facts.mount {
            Some(mount) => &mount.meter,
            None if facts.is_own => &*self.app.own_meter,
            None => &*self.app.nowhere_meter,
        };
        let (outcome, took) = (facts.outcome(), self.started.elapsed());
        meter.count(facts.target, outcome, took);
        if let Some(span) = &self.span {
            trace::end(span, method, meter, (facts.target, outcome), status);
        }
        let notes = self.notes.take();
        if self.app.told.in_log {
            self.log_access(&facts, &notes, status, took);
        }
        if facts.is_kept() {
            self.log(&facts, &notes, status, took);
        }
        if facts.is_kept() && self.world.journal.is_kept() {
            let by = facts.forced.as_ref().map(|forced| forced.by.clone());
            let entry = self.world.journal.push(self.entry(facts, notes, status, took, traffic));
            if let Some(peers) = &self.app.peers {
                peers.offer(self.world.issuer.owner(), &entry);
            }
            if let Some(By::Scenario(scenario)) = by {
                self.world.issuer.scenarios.note(scenario, entry.number);
            }
        }
        if let (true, Ok(id)) = (self.app.told.in_answer, HeaderValue::from_str(self.id())) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }

    /// Its path, as it is written down: without what follows a `=`. A query whose `?` is encoded once too often is part of the
    /// path, and may hold a secret.
    fn path(&self) -> Cow<'_, str> {
        let path = self.request.path();
        match path.split_once('=') {
            Some((before, _)) => shortened(format!("{before}=…")),
            None => shortened(path),
        }
    }

    /// What is kept of it and its answer, where its mount keeps them.
    fn traffic(&self, response: &WireResponse) -> Option<Box<Kept>> {
        if self.notes.borrow().is_swapped {
            return None;
        }
        let (mount, keeping) = self.learn(|facts| Some((facts.mount.clone()?, facts.keeping.take()?)))?;
        Some(Box::new(keeping.answer(response, mount.dialect().shown())))
    }

    /// The line of the access log: no query, which may hold what is a secret.
    fn log_access(&self, facts: &Facts, notes: &Notes, status: u16, took: Duration) {
        let (method, path) = (trace::usual(self.request.method().as_str()), self.path());
        let (mount, endpoint) = (facts.mount.as_deref().map(Mount::name), facts.target.as_str());
        let namespace = self.namespace();
        let client = notes.client.as_deref().map(shortened);
        let (path, client, address) = (&*path, client.as_deref(), self.source().map(display));
        let (id, proxy_request_id) = (self.id(), self.app.proxies.request_id(self.request));
        let duration_us = micros(took);
        tracing::info!(
            target: ACCESS, address, method, path, namespace, mount, endpoint, status, duration_us, client, id, proxy_request_id, "access"
        );
    }

    fn log(&self, facts: &Facts, notes: &Notes, status: u16, took: Duration) {
        let (mount, endpoint) = (facts.mount.as_deref().map(Mount::name), facts.target.as_str());
        let namespace = self.namespace();
        let (client, user) = (notes.client.as_deref().map(shortened), notes.user.as_deref());
        let (client, grant) = (client.as_deref(), facts.grant.map(GrantType::as_str));
        let secret = notes.secret;
        let trace_id = self.span.as_ref().and_then(trace::id).map(display);
        let Some(Failure { outcome, cause, .. }) = &facts.refusal else {
            let note = facts.note;
            tracing::debug!(namespace, mount, endpoint, client, secret, user, grant, status, note, trace_id, "served");
            return;
        };
        // Where there is an endpoint, its path says no more.
        let path = (facts.target == Target::Nothing).then(|| self.path());
        let cause = cause.as_deref().map(shortened);
        let (path, error, cause, source) = (path.as_deref(), outcome.as_str(), cause.as_deref(), self.source());
        let (address, duration_us) = (source.map(display), micros(took));
        let (id, proxy_request_id) = (self.id(), self.app.proxies.request_id(self.request));
        macro_rules! line {
            ($level:ident, $message:literal) => {
                tracing::$level!(
                    namespace,
                    mount,
                    endpoint,
                    path,
                    client,
                    secret,
                    user,
                    grant,
                    status,
                    error,
                    cause,
                    address,
                    duration_us,
                    id,
                    proxy_request_id,
                    trace_id,
                    $message
                )
            };
        }
        if outcome.is_fault() && !facts.is_made_to_fail() {
            line!(error, "failed");
        } else if self.app.refusal_log.admits(mount, source) {
            line!(info, "refused");
        }
    }

    fn entry(&self, facts: Facts, notes: Notes, status: u16, took: Duration, traffic: Option<Box<Kept>>) -> Entry {
        let cut = |text: Arc<str>| match shortened(&*text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(cut) => cut.into(),
        };
        let query = self.request.uri().query();
        let has_secret_in_query = query.is_some_and(|query| seen::has_credential(query, facts.own_secrets()));
        let (error, cause, refusal) = match facts.refusal {
            Some(Failure { outcome, cause, kind }) => (Some(outcome.as_str()), cause.map(shortened), kind),
            None => (None, facts.note.map(Cow::Borrowed), None),
        };
        let at = real_millis();
        let more = More {
            refusal,
            clue: notes.clue,
            seen: facts.seen,
            family: notes.family,
            lifetime: notes.lifetime,
            code_age: notes.code_age,
            nonce: notes.nonce,
            demanded: notes.demanded,
            has_state: facts.has_state,
            has_secret_in_query,
            is_foreign_page: facts.is_foreign_page,
        };
        Entry {
            id: self.id,
            namespace: self.world.name().cloned(),
            replica: self.app.peers.as_ref().map(|peers| Arc::clone(&peers.name)),
            at,
            clock: self.world.issuer.clock.at(at).millis,
            took,
            dialect: facts.mount.as_ref().map(|mount| mount.kind.id),
            mount: facts.mount.map(|mount| Arc::clone(&mount.label)),
            endpoint: facts.target.as_str(),
            method: trace::usual(self.request.method().as_str()),
            path: self.path().into(),
            client_id: notes.client.map(cut),
            user: notes.user,
            grant: facts.grant.map(GrantType::as_str),
            auth: facts.auth.map(AuthMethod::as_str),
            secret: notes.secret,
            proxy_request_id: self.app.proxies.request_id(self.request).map(Into::into),
            pkce: facts.pkce,
            scope_asked: facts.scope_asked.map(shortened_scopes),
            scope: notes.scopes,
            issued: notes.issued,
            presented: notes.presented,
            phases: notes.phases,
            status,
            error,
            cause,
            is_shown: facts.is_shown,
            forced_by: facts.forced.map(|forced| (forced.by, forced.step)),
            more,
            traffic,
            ..Entry::default()
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
