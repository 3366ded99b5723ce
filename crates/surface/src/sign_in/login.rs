//! Signs a user in.

use super::authorize::{carried, continuation, resumption};
use super::cookies::Cookie;
use super::form::{PageForm, csrf};
use super::respond::{self, Forms};
use super::{Answer, Page, PageRefusal, Visit, device, page};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dialect::WireResponse;
use grant::{Endpoint, Refusal, RefusalKind, User};
use issuer::authorize::Authorization;
use issuer::{Attempt, Seal, Session, SignInError};
use pages::LoginError;
use std::sync::Arc;

/// What led to the page: a request of a client, a device of which a user has the code, or nothing.
struct Led {
    asked: Option<Authorization>,
    device: Option<String>,
}

impl Led {
    async fn of(visit: &Visit<'_>) -> Result<Self, PageRefusal> {
        let asked = carried(visit).await?;
        let device = device::carried(visit).filter(|_| asked.is_none());
        Ok(Self { asked, device })
    }

    const fn asked(&self) -> Option<&Authorization> {
        self.asked.as_ref()
    }

    /// It as the page's URL has it and its forms are sealed to.
    fn request(&self) -> String {
        match (&self.asked, &self.device) {
            (Some(asked), _) => continuation(asked),
            (None, Some(code)) => device::request_of(code),
            (None, None) => String::new(),
        }
    }
}

/// The page; or straight on, where a session will do.
pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    let led = Led::of(visit).await?;
    let session = visit.session().await?;
    if session.as_ref().is_some_and(|session| !must_prove(led.asked(), session)) {
        return Ok(onward(visit, &led));
    }
    let expected = led.asked().and_then(|asked| asked.expected.as_deref());
    let expected = expected.and_then(|sub| visit.mount.core.directory.user(sub));
    let hint = led.asked().and_then(|asked| asked.login_hint.as_deref());
    let name = hint.or_else(|| expected.as_deref().map(|user| &*user.username));
    render(visit, &led, session.as_ref(), name, None).await
}

/// A form of the page: a password, one of the users offered, or the session that exists.
pub(super) async fn submit(visit: &Visit<'_>) -> Answer {
    let form = PageForm::read(visit.wire)?;
    let led = Led::of(visit).await?;
    let session = visit.session().await?;
    let is_own = form.is_of(visit, Page::Login, &led.request(), session.as_ref()).await?;
    if let Some(session) = session.as_ref().filter(|session| may_continue(visit, led.asked(), session)) {
        let goes_on = if is_own {
            form.one("continue").is_some()
        } else {
            // Another tab has signed the same user in since: the session that there is will do.
            !must_prove(led.asked(), session) && names(visit, &form, &session.user)
        };
        if goes_on {
            return Ok(onward(visit, &led));
        }
    }
    // Nobody goes on as a user whom they did not see.
    if form.one("continue").is_some() && !is_own {
        return show(visit).await;
    }
    let user = match picked(visit, &form) {
        Some(user) => user,
        None => match sign_in(visit, &form).await {
            Ok(user) => user,
            Err(SignInError::Failed(error)) => return Err(error.into()),
            Err(SignInError::Wrong(why)) => {
                return refuse(visit, &form, &led, session.as_ref(), LoginError::Wrong, why).await;
            }
            Err(SignInError::Wait { retry_after, why }) => {
                let error = LoginError::Wait { seconds: retry_after.0.unsigned_abs() };
                let response = refuse(visit, &form, &led, session.as_ref(), error, why.into()).await?;
                return Ok(response.with("Retry-After", retry_after.to_string()));
            }
        },
    };
    let opened = visit.at.open_session(&user, visit.agent(), session.as_ref()).await?;
    tracing::info!(mount = visit.mount.name(), user = &*user.sub, sid = opened.session.record.sid, "signed in");
    let response = visit.with_session(onward(visit, &led), &opened);
    Ok(visit.set_cookie(response, Cookie::Known, &known_browser(visit, &user).await?))
}

/// Whether the client wants more than a session that exists.
fn must_prove(asked: Option<&Authorization>, session: &Session) -> bool {
    asked.is_some_and(|asked| {
        asked.prompt.login
            || asked.prompt.select_account
            || asked.max_age.is_some()
            || asked.expects_another(&session.user.sub)
    })
}

/// Whether the form names that user.
fn names(visit: &Visit<'_>, form: &PageForm, user: &User) -> bool {
    let named = form.one("username").and_then(|name| visit.mount.core.directory.find_by_username(name));
    named.is_some_and(|named| named.sub == user.sub) || form.one("pick") == Some(&*user.sub)
}

/// Whether the user need not prove anything anew: the client asked for a choice of account at most.
fn may_continue(visit: &Visit<'_>, asked: Option<&Authorization>, session: &Session) -> bool {
    asked.is_none_or(|asked| {
        !asked.prompt.login && !visit.at.is_stale(asked, session) && !asked.expects_another(&session.user.sub)
    })
}

/// Back to the authorization endpoint or the device, or to the account where nothing led here.
fn onward(visit: &Visit<'_>, led: &Led) -> WireResponse {
    match (&led.asked, &led.device) {
        (Some(asked), _) => {
            respond::see_other(format!("{}?{}", visit.endpoint(Endpoint::Authorize), resumption(visit.dialect, asked)))
        }
        (None, Some(code)) => respond::see_other(visit.page_with(Page::Device, &device::request_of(code))),
        (None, None) => respond::see_other(visit.page(Page::Account)),
    }
}

/// The user picked with one click, where the mount offers that.
fn picked(visit: &Visit<'_>, form: &PageForm) -> Option<Arc<User>> {
    let sub = form.one("pick").filter(|_| visit.at.terms().is_ok_and(|terms| terms.user_picker))?;
    visit.mount.core.directory.user(sub).filter(|user| !user.disabled)
}

async fn sign_in(visit: &Visit<'_>, form: &PageForm) -> Result<Arc<User>, SignInError> {
    let username = form.one("username").unwrap_or_default();
    let address = || visit.at.source.map_or_else(|| "unknown".to_owned(), |source| source.to_string());
    let source = is_known_browser(visit, username).await?.unwrap_or_else(address);
    let failures = visit.at.terms()?.failures;
    let attempt = Attempt { username, password: &form.secret("password"), source: &source, failures };
    visit.at.sign_in(attempt).await
}

/// What a browser keeps in which the user has signed in: strangers who guess from elsewhere do not hold it up.
async fn known_browser(visit: &Visit<'_>, user: &User) -> Result<String, Refusal> {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(&*user.sub), visit.browser());
    let seal = visit.at.seal(Seal::KnownBrowser, &[&text]).await?;
    Ok(format!("{text}.{seal}"))
}

/// What attempts count under in a browser in which this very user has signed in before.
async fn is_known_browser(visit: &Visit<'_>, username: &str) -> Result<Option<String>, Refusal> {
    let Some((text, seal)) = visit.cookie(Cookie::Known).and_then(|value| value.rsplit_once('.')) else {
        return Ok(None);
    };
    let Some((sub, browser)) = text.split_once('.') else { return Ok(None) };
    let Some(user) = visit.mount.core.directory.find_by_username(username) else { return Ok(None) };
    let own = URL_SAFE_NO_PAD.encode(&*user.sub) == sub;
    let sealed = own && visit.at.is_sealed(Seal::KnownBrowser, &[text], seal).await?;
    Ok(sealed.then(|| format!("browser {browser}")))
}

async fn refuse(
    visit: &Visit<'_>,
    form: &PageForm,
    led: &Led,
    session: Option<&Session>,
    error: LoginError,
    why: String,
) -> Answer {
    visit.exchange.refuse(Refusal::new(RefusalKind::AccessDenied, why));
    render(visit, led, session, form.one("username"), Some(error)).await
}

async fn render(
    visit: &Visit<'_>,
    led: &Led,
    session: Option<&Session>,
    username: Option<&str>,
    error: Option<LoginError>,
) -> Answer {
    let terms = visit.at.terms()?;
    let (asked, request) = (led.asked(), led.request());
    let csrf = csrf(visit, Page::Login, session, &request).await?;
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
        action: &visit.page_with(Page::Login, &request),
        csrf: &csrf,
        username,
        error,
        current: current.zip(current_name.as_deref()).map(|(user, name)| person(user, name)),
        people: offered.iter().zip(&names).map(|(user, name)| person(user, name)).collect(),
    });
    let forms = if asked.is_some() { Forms::ToClient } else { Forms::Here };
    Ok(respond::html(status(error), body, Some(&terms.brand), forms))
}

const fn status(error: Option<LoginError>) -> u16 {
    match error {
        None => 200,
        Some(LoginError::Wrong) => 401,
        Some(LoginError::Wait { .. }) => 429,
    }
}
