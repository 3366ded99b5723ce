//! Asks a user for consent.

use super::authorize::{carried, continuation, tell};
use super::form::{PageForm, csrf};
use super::respond::{self, Forms};
use super::{Answer, Page, PageRefusal, Visit, page};
use grant::{User, Value};
use issuer::Session;
use issuer::authorize::{Authorization, Consent, origin};
use pages::{Fact, ScopeChoice};
use std::borrow::Cow;
use std::collections::HashMap;

pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    let Some(asked) = carried(visit).await? else { return Err(NOTHING_ASKED) };
    let request = continuation(&asked);
    match visit.session().await? {
        Some(session) => render(visit, &asked, &request, &session).await,
        None => Ok(respond::see_other(visit.page_with(Page::Login, &request))),
    }
}

const NOTHING_ASKED: PageRefusal =
    PageRefusal::Unreadable("No application asks for anything here. Start from the application.");

pub(super) async fn submit(visit: &Visit<'_>) -> Answer {
    let form = PageForm::read(visit.wire)?;
    let session = visit.session().await?;
    let Some(asked) = carried(visit).await? else { return Err(NOTHING_ASKED) };
    let request = continuation(&asked);
    let is_own = form.is_of(visit, Page::Consent, &request, session.as_ref()).await?;
    // The session is over, or another has begun: whoever is signed in now is asked anew.
    let Some(session) = session.filter(|_| is_own) else {
        return Ok(respond::see_other(visit.page_with(Page::Consent, &request)));
    };
    let (mount, client, user) = (visit.mount.name(), asked.client.id.as_str(), &*session.user.sub);
    if form.one("decision") != Some("allow") {
        tracing::info!(mount, client, user, "consent denied");
        return tell(visit, Err(visit.at.denied(&asked, "the user denied consent", Some(&session))));
    }
    let consent = Consent { scopes: form.scopes(), remember: form.one("remember").is_some() };
    let reply = visit.at.consented(&asked, &session, &consent).await;
    tracing::info!(mount, client, user, remember = consent.remember, "consent given");
    tell(visit, reply)
}

async fn render(visit: &Visit<'_>, asked: &Authorization, request: &str, session: &Session) -> Answer {
    let csrf = csrf(visit, Page::Consent, Some(session), request).await?;
    let name = page::display_name(&session.user);
    let heeded = visit.at.without_ignored(asked, session).await?;
    let scopes = heeded.iter().map(|scope| choice(visit, scope.as_str(), &session.user));
    let scopes = scopes.chain(by_name(visit, asked, &session.user)).collect();
    let origin = origin(&asked.redirect_uri);
    let mut choosing = asked.clone();
    choosing.prompt.select_account = true;
    let account = visit.page(Page::Account);
    let body = pages::consent(&pages::Consent {
        frame: page::frame(visit, Some(pages::Signed { name: &name, account_url: Some(&account), logout_url: None })),
        client: page::client_name(&asked.client),
        host: origin.split_once("://").map_or(origin, |(_, host)| host),
        user: pages::Person { sub: &session.user.sub, name: &name, username: &session.user.username },
        other_account_url: Some(&visit.page_with(Page::Login, &continuation(&choosing))),
        action: &visit.page_with(Page::Consent, request),
        csrf: &csrf,
        scopes,
        remember: true,
    });
    Ok(respond::html(200, body, page::brand(visit), Forms::ToClient))
}

pub(super) fn choice<'v>(visit: &'v Visit<'_>, name: &'v str, user: &'v User) -> ScopeChoice<'v> {
    let text = visit.dialect.scope_text(name);
    let facts = text.map_or(&[][..], |text| text.facts).iter();
    ScopeChoice {
        scope: page::scope(visit.dialect, name),
        facts: facts.filter_map(|(claim, label)| fact(user, claim, label)).collect(),
        required: text.is_some_and(|text| text.required),
        checked: true,
    }
}

fn fact<'v>(user: &'v User, claim: &str, label: &'v str) -> Option<Fact<'v>> {
    let value = match user.claims.get(claim)? {
        Value::Text(text) => Cow::Borrowed(&**text),
        other => Cow::Owned(serde_json::to_string(other).ok()?),
    };
    Some(Fact { label, value })
}

/// The facts that the client asks for by name, which none of the scopes opens; all or none, for they have no scope.
fn by_name<'v>(visit: &'v Visit<'_>, asked: &'v Authorization, user: &'v User) -> Option<ScopeChoice<'v>> {
    let scopes = visit.dialect.policy().scopes.iter();
    let texts = scopes.filter_map(|scope| visit.dialect.scope_text(scope.as_str()));
    let labels: HashMap<&str, &str> = texts.flat_map(|text| text.facts).copied().collect();
    let facts = visit.at.asked_beyond(asked);
    let facts: Vec<_> = facts.filter_map(|name| fact(user, name, labels.get(name).copied().unwrap_or(name))).collect();
    let scope = pages::Scope { name: "claims", title: Some("see these facts about you") };
    (!facts.is_empty()).then_some(ScopeChoice { scope, facts, required: true, checked: true })
}
