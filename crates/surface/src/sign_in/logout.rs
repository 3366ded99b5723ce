//! Signs a user out.

use super::cookies::Cookie;
use super::form::{PageForm, csrf};
use super::respond::{self, Forms};
use super::{Answer, Page, Visit, page};
use pages::LogoutStep;

pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    let session = visit.session().await?;
    let Some(session) = session else {
        return Ok(respond::html(200, body(visit, LogoutStep::Done), page::brand(visit), Forms::Here));
    };
    let csrf = csrf(visit, Page::Logout, Some(&session), "").await?;
    let (name, action) = (page::display_name(&session.user), visit.page(Page::Logout));
    let step = LogoutStep::Ask { name: &name, action: &action, csrf: &csrf };
    Ok(respond::html(200, body(visit, step), page::brand(visit), Forms::Here))
}

fn body(visit: &Visit<'_>, step: LogoutStep<'_>) -> String {
    let account = visit.page(Page::Account);
    let user = match step {
        LogoutStep::Ask { name, .. } => Some(pages::Signed { name, account_url: Some(&account), logout_url: None }),
        LogoutStep::Done => None,
    };
    pages::logout(&pages::Logout { frame: page::frame(visit, user), step })
}

pub(super) async fn submit(visit: &Visit<'_>) -> Answer {
    let form = PageForm::read(visit.wire)?;
    let session = visit.session().await?;
    if !form.is_of(visit, Page::Logout, "", session.as_ref()).await? {
        return Ok(respond::see_other(visit.page(Page::Logout)));
    }
    if let Some(session) = &session {
        visit.tell(visit.at.close_session(&session.user.sub, &session.record.sid).await?);
        tracing::info!(mount = visit.mount.name(), user = &*session.user.sub, "signed out");
    }
    Ok(visit.clear_cookie(respond::see_other(visit.page(Page::Logout)), Cookie::Session))
}
