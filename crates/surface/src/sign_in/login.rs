//! Signs a user in.

use super::authorize::{carried, continuation};
use super::cookies::Cookie;
use super::form::{PageForm, csrf, gone, request_of};
use super::{Answer, Page, PageRefusal, Visit, page, respond};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dialect::WireResponse;
use grant::{GrantError, GrantErrorKind, User};
use issuer::authorize::Authorization;
use issuer::{Seal, Session, SignInError};
use pages::LoginError;
use std::sync::Arc;

/// The page; or straight on, where a session will do.
pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    let request = request_of(visit.wire);
    let session = visit.session().await?;
    let Some(asked) = asked(visit, &request)? else {
        return match session {
            Some(_) => Ok(respond::see_other(visit.page(Page::Account))),
            None => render(visit, None, "", None, None, None).await,
        };
    };
    let must = asked.prompt.login || asked.prompt.select_account || asked.max_age.is_some();
    if session.is_some() && !must {
        return Ok(onward(visit, Some(&asked)));
    }
    render(visit, Some(&asked), &request, session.as_ref(), asked.login_hint.as_deref(), None).await
}

/// A form of the page: a password, one of the users offered, or the session that exists.
pub(super) async fn submit(visit: &Visit<'_>) -> Answer {
    let form = PageForm::read(visit.wire)?;
    let session = visit.session().await?;
    form.check(visit, Page::Login, session.as_ref()).await?;
    let request = form.request();
    let asked = asked(visit, request)?;
    if form.one("continue").is_some()
        && let Some(session) = &session
        && may_continue(visit, asked.as_ref(), session)
    {
        return Ok(onward(visit, asked.as_ref()));
    }
    let user = match picked(visit, &form) {
        Some(user) => user,
        None => match sign_in(visit, &form).await {
            Ok(user) => user,
            Err(SignInError::Failed(error)) => return Err(error.into()),
            Err(SignInError::Wrong(why)) => {
                return refuse(visit, &form, asked.as_ref(), session.as_ref(), LoginError::Wrong, why).await;
            }
            Err(SignInError::Wait { seconds }) => {
                let error = LoginError::Wait { seconds: seconds.unsigned_abs() };
                let why = "too many attempts failed".to_owned();
                let response = refuse(visit, &form, asked.as_ref(), session.as_ref(), error, why).await?;
                return Ok(response.with("Retry-After", seconds.to_string()));
            }
        },
    };
    let issuer = &visit.app.issuer;
    let opened = issuer.open_session(&visit.mount.core, visit.dialect, &user, visit.agent(), session.as_ref()).await?;
    visit.exchange.learn(|facts| {
        facts.client = asked.as_ref().map(|asked| asked.client.id.to_string());
        facts.user = Some(user.sub.to_string());
    });
    tracing::info!(mount = visit.mount.name(), user = &*user.sub, sid = opened.session.record.sid, "signed in");
    let response = visit.with_session(onward(visit, asked.as_ref()), &opened);
    Ok(visit.set_cookie(response, Cookie::Known, &known_browser(visit, &user).await?))
}

/// The request carried on, if there is one; it must hold.
fn asked(visit: &Visit<'_>, request: &str) -> Result<Option<Authorization>, PageRefusal> {
    if request.is_empty() {
        return Ok(None);
    }
    carried(visit, request).map(Some).ok_or_else(gone)
}

/// Whether the user need not prove anything anew: the client asked for a choice of account at most.
fn may_continue(visit: &Visit<'_>, asked: Option<&Authorization>, session: &Session) -> bool {
    asked.is_none_or(|asked| !asked.prompt.login && !visit.app.issuer.is_stale(asked, session))
}

/// Back to the authorization endpoint, or to the account where nothing else led here.
fn onward(visit: &Visit<'_>, asked: Option<&Authorization>) -> WireResponse {
    match asked {
        Some(asked) => respond::see_other(format!("{}?{}", visit.authorize_path(), continuation(asked, false))),
        None => respond::see_other(visit.page(Page::Account)),
    }
}

/// The user picked with one click, where the mount offers that.
fn picked(visit: &Visit<'_>, form: &PageForm) -> Option<Arc<User>> {
    let sub = form.one("pick").filter(|_| visit.terms().is_ok_and(|terms| terms.user_picker))?;
    visit.mount.core.directory.user(sub).filter(|user| !user.disabled)
}

async fn sign_in(visit: &Visit<'_>, form: &PageForm) -> Result<Arc<User>, SignInError> {
    let username = form.one("username").unwrap_or_default();
    let known = is_known_browser(visit, username).await.map_err(SignInError::Failed)?;
    let source = known.unwrap_or_else(|| visit.source());
    visit.app.issuer.sign_in(&visit.mount.core, username, &form.secret("password"), &source).await
}

/// What a browser keeps in which the user has signed in: strangers who guess from elsewhere do not hold it up.
async fn known_browser(visit: &Visit<'_>, user: &User) -> Result<String, GrantError> {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(&*user.sub), visit.browser());
    let seal = visit.app.issuer.seal(&visit.mount.core, Seal::KnownBrowser, &[&text]).await?;
    Ok(format!("{text}.{seal}"))
}

/// What attempts count under in a browser in which this very user has signed in before.
async fn is_known_browser(visit: &Visit<'_>, username: &str) -> Result<Option<String>, GrantError> {
    let Some((text, seal)) = visit.cookie(Cookie::Known).and_then(|value| value.rsplit_once('.')) else {
        return Ok(None);
    };
    let Some((sub, browser)) = text.split_once('.') else { return Ok(None) };
    let Some(user) = visit.mount.core.directory.find_by_username(username) else { return Ok(None) };
    let own = URL_SAFE_NO_PAD.encode(&*user.sub) == sub;
    let sealed = own && visit.app.issuer.is_sealed(&visit.mount.core, Seal::KnownBrowser, &[text], seal).await?;
    Ok(sealed.then(|| format!("browser {browser}")))
}

async fn refuse(
    visit: &Visit<'_>,
    form: &PageForm,
    asked: Option<&Authorization>,
    session: Option<&Session>,
    error: LoginError,
    why: String,
) -> Answer {
    visit.exchange.learn(|facts| facts.client = asked.map(|asked| asked.client.id.to_string()));
    visit.exchange.refuse(GrantError::new(GrantErrorKind::AccessDenied, why));
    render(visit, asked, form.request(), session, form.one("username"), Some(error)).await
}

async fn render(
    visit: &Visit<'_>,
    asked: Option<&Authorization>,
    request: &str,
    session: Option<&Session>,
    username: Option<&str>,
    error: Option<LoginError>,
) -> Answer {
    let terms = visit.terms()?;
    let csrf = csrf(visit, Page::Login, session, request).await?;
    let offered = if terms.user_picker { visit.mount.core.directory.offered_users() } else { Vec::new() };
    let names: Vec<_> = offered.iter().map(|user| page::display_name(user)).collect();
    let current = session.filter(|session| may_continue(visit, asked, session)).map(|session| &session.user);
    let current_name = current.map(|user| page::display_name(user));
    let person = |user, name| {
        let user: &User = user;
        pages::Person { sub: &user.sub, name, username: &user.username }
    };
    let body = pages::login(&pages::Login {
        frame: page::frame(visit, None),
        client: asked.map(|asked| page::client_name(&asked.client)),
        action: &visit.page(Page::Login),
        csrf: &csrf,
        request,
        username,
        error,
        current: current.zip(current_name.as_deref()).map(|(user, name)| person(user, name)),
        people: offered.iter().zip(&names).map(|(user, name)| person(user, name)).collect(),
    });
    Ok(respond::html(status(error), body, Some(&terms.brand), asked.map(|asked| asked.redirect_uri.as_str())))
}

const fn status(error: Option<LoginError>) -> u16 {
    match error {
        None => 200,
        Some(LoginError::Wrong) => 401,
        Some(LoginError::Wait { .. }) => 429,
    }
}
