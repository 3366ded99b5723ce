//! A user's own account: sessions, consents, personal access tokens.

use super::cookies::Cookie;
use super::form::{PageForm, csrf};
use super::respond::{self, Forms};
use super::{Answer, Page, PageRefusal, Visit, agent, page};
use grant::{Client, GrantType, PatPolicy, Refusal, Seconds};
use issuer::state::{ConsentRecord, PatRecord, SessionRecord};
use issuer::{IssuedPat, PatError, PatOrder, Session, pats as terms};
use pages::{AppRow, NewToken, PatForm, PatRow, PatScope, Pats, Person, SessionRow};
use std::sync::Arc;

pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    match visit.session().await? {
        Some(session) => render(visit, &session, Made::Nothing).await,
        None => Ok(respond::see_other(visit.page(Page::Login))),
    }
}

/// What became of the form to make a token.
enum Made {
    Nothing,
    Token(IssuedPat),
    /// The form as it was sent, and what is wrong with it.
    Refused(PageForm, pages::PatError),
}

pub(super) async fn submit(visit: &Visit<'_>) -> Answer {
    let form = PageForm::read(visit.wire)?;
    let session = visit.session().await?;
    let is_own = form.is_of(visit, Page::Account, "", session.as_ref()).await?;
    // Nothing is done in a session other than the one that the form was given in.
    let Some(session) = session.filter(|_| is_own) else { return Ok(respond::see_other(visit.page(Page::Account))) };
    let sub = &*session.user.sub;
    let id = form.one("id").unwrap_or_default();
    let action = form.one("do").unwrap_or_default();
    match action {
        "end_session" => visit.tell(visit.at.close_session(sub, id).await?),
        "withdraw" => visit.at.withdraw_consent(sub, id).await?,
        "revoke_pat" => drop(visit.at.revoke_pat(sub, id).await?),
        "make_pat" => return make_pat(visit, &session, form).await,
        "sign_out" => {
            visit.tell(visit.at.close_session(sub, &session.record.sid).await?);
            return Ok(visit.clear_cookie(respond::see_other(visit.page(Page::Logout)), Cookie::Session));
        }
        _ => return Err(PageRefusal::Unreadable("The form asks for nothing that this page does.")),
    }
    tracing::info!(mount = visit.mount.name(), user = sub, action, id, "account changed");
    Ok(respond::see_other(visit.page(Page::Account)))
}

async fn make_pat(visit: &Visit<'_>, session: &Session, form: PageForm) -> Answer {
    let days = form.one("days").and_then(|text| text.trim().parse::<i64>().ok());
    let Some(ttl) = days.and_then(|days| days.checked_mul(Seconds::DAY.0)).map(Seconds) else {
        return render(visit, session, Made::Refused(form, pages::PatError::Days)).await;
    };
    let order =
        PatOrder { name: form.one("name").unwrap_or_default().to_owned(), scopes: Some(form.scopes()), ttl: Some(ttl) };
    let made = visit.at.make_pat(&session.user, order).await;
    let refusal = match made {
        Ok(issued) => {
            let (mount, user, id) = (visit.mount.name(), &*session.user.sub, &issued.record.id);
            tracing::info!(mount, user, id, "personal access token made");
            return render(visit, session, Made::Token(issued)).await;
        }
        Err(PatError::Failed(error)) => return Err(error.into()),
        Err(PatError::NotOffered) => return Err(Refusal::internal("a form for tokens that are not offered").into()),
        Err(PatError::Name) => pages::PatError::Name,
        Err(PatError::Scopes(_)) => pages::PatError::Scopes,
        Err(PatError::Lifetime(_)) => pages::PatError::Days,
        Err(PatError::TooMany) => pages::PatError::TooMany,
    };
    render(visit, session, Made::Refused(form, refusal)).await
}

async fn render(visit: &Visit<'_>, session: &Session, made: Made) -> Answer {
    let (sub, now) = (&*session.user.sub, visit.at.seconds());
    let sessions = visit.at.sessions_of(sub).await?;
    let mut consents = visit.at.consents_of(sub).await?;
    // What is neither remembered nor live says nothing to a user any more.
    consents.retain(|consent| consent.remembered || is_live(consent, now));
    let policy = visit.dialect.policy().pats.as_ref();
    let records = match policy {
        Some(_) => visit.at.pats_of(sub).await?,
        None => Vec::new(),
    };
    let clients: Vec<_> =
        consents.iter().map(|consent| visit.mount.core.directory.client(&consent.client_id)).collect();
    let agents: Vec<_> = sessions.iter().map(|record| agent::describe(&record.agent)).collect();
    let name = page::display_name(&session.user);
    let body = pages::account(&pages::Account {
        frame: page::frame(visit, None),
        user: Person { sub, name: &name, username: &session.user.username },
        action: &visit.page(Page::Account),
        csrf: &csrf(visit, Page::Account, Some(session), "").await?,
        sessions: sessions.iter().zip(&agents).map(|(record, agent)| session_row(record, agent, session)).collect(),
        apps: app_rows(visit, &consents, &clients, now),
        pats: policy.map(|policy| Pats {
            rows: records.iter().map(|record| pat_row(visit, record, now)).collect(),
            new_token: match &made {
                Made::Token(issued) => Some(NewToken { name: &issued.record.name, token: &issued.token }),
                _ => None,
            },
            form: pat_form(visit, policy, &made),
        }),
    });
    let status = if matches!(made, Made::Refused(..)) { 400 } else { 200 };
    Ok(respond::html(status, body, page::brand(visit), Forms::Here))
}

fn session_row<'a>(record: &'a SessionRecord, agent: &'a str, own: &Session) -> SessionRow<'a> {
    SessionRow {
        id: &record.sid,
        agent,
        signed_in_at: record.auth_time,
        ends_at: record.expires_at,
        this_browser: record.sid == own.record.sid,
    }
}

/// Whether something that came of the consent may live.
fn is_live(consent: &ConsentRecord, now: i64) -> bool {
    consent.live_until.is_some_and(|until| until > now)
}

/// One row for each consent; its client may be gone since.
fn app_rows<'a>(
    visit: &Visit<'a>,
    consents: &'a [ConsentRecord],
    clients: &'a [Option<Arc<Client>>],
    now: i64,
) -> Vec<AppRow<'a>> {
    let row = |(consent, client): (&'a ConsentRecord, &'a Option<Arc<Client>>)| AppRow {
        id: &consent.client_id,
        name: client.as_deref().map_or(&consent.client_id, page::client_name),
        scopes: consent.scopes.iter().map(|scope| page::scope(visit.dialect, scope.as_str())).collect(),
        since: consent.granted_at,
        remembered: consent.remembered,
        offline: visit.dialect.issues_refresh(GrantType::AuthorizationCode, &consent.scopes) && is_live(consent, now),
    };
    consents.iter().zip(clients).map(row).collect()
}

fn pat_row<'a>(visit: &Visit<'a>, record: &'a PatRecord, now: i64) -> PatRow<'a> {
    PatRow {
        id: &record.id,
        name: &record.name,
        scopes: record.scopes.iter().map(|scope| page::scope(visit.dialect, scope.as_str())).collect(),
        made_at: record.created_at,
        expires_at: record.expires_at,
        last_used: record.last_used,
        expired: now >= record.expires_at,
    }
}

fn pat_form<'a>(visit: &Visit<'a>, policy: &'a PatPolicy, made: &'a Made) -> PatForm<'a> {
    let (form, error) = match made {
        Made::Refused(form, error) => (Some(form), Some(*error)),
        _ => (None, None),
    };
    let ticked = form.map(PageForm::scopes);
    let scope = |scope: &'a grant::Scope| PatScope {
        scope: page::scope(visit.dialect, scope.as_str()),
        checked: ticked.as_ref().is_some_and(|ticked| ticked.contains(scope.as_str())),
    };
    PatForm {
        name: form.and_then(|form| form.one("name")).unwrap_or_default(),
        max_name: terms::MAX_NAME,
        scopes: policy.scopes.iter().map(scope).collect(),
        days: form.and_then(|form| form.one("days")).unwrap_or("90"),
        max_days: (policy.ttl.0 / Seconds::DAY.0).max(1),
        error,
    }
}
