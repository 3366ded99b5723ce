//! Lets a user decide on a device without a browser (RFC 8628 section 3.3). The code is looked for once the user has signed
//! in, and wrong ones are counted by source.

use super::consent::choice;
use super::form::{PageForm, csrf};
use super::respond::{self, Forms};
use super::{Answer, Page, PageRefusal, Visit, page};
use dialect::authorize::with_query;
use grant::{GrantType, Refusal, RefusalKind, Seconds};
use issuer::{DeviceConsent, FoundDevice, Session, UserCode, WaitingDevice};
use pages::{Device, DeviceAsk, DeviceError, DeviceStep};

/// The parameter that has the code, in the page's URL and its form.
const USER_CODE: &str = "user_code";

/// The form for a code; or what the device asks for that shows the code of the page's URL.
pub(super) async fn show(visit: &Visit<'_>) -> Answer {
    offered(visit)?;
    let Some(code) = carried(visit) else { return enter(visit, "", None).await };
    let Some(session) = visit.session().await? else {
        return Ok(respond::see_other(visit.page_with(Page::Login, &request_of(&code))));
    };
    match visit.at.find_device(&code).await? {
        FoundDevice::Waiting(device) => ask(visit, &device, &session).await,
        FoundDevice::Nothing => wrong(visit, &code, "no device waits with that code").await,
        FoundDevice::Wait(seconds) => wait(visit, &code, seconds).await,
    }
}

/// A code that was typed, or the decision on the device of the code in the page's URL.
pub(super) async fn submit(visit: &Visit<'_>) -> Answer {
    offered(visit)?;
    let form = PageForm::read(visit.wire)?;
    let session = visit.session().await?;
    let code = carried(visit);
    let request = code.as_deref().map(request_of).unwrap_or_default();
    let is_own = form.is_of(visit, Page::Device, &request, session.as_ref()).await?;
    let Some(code) = code else {
        let typed = form.one(USER_CODE).unwrap_or_default();
        return match UserCode::parse(typed) {
            Some(code) => Ok(respond::see_other(visit.page_with(Page::Device, &request_of(&code.shown())))),
            None => wrong(visit, typed, "what was typed has not a code's form").await,
        };
    };
    // The session is over, or another has begun: whoever is signed in now is asked anew.
    let Some(session) = session.filter(|_| is_own) else {
        return Ok(respond::see_other(visit.page_with(Page::Device, &request)));
    };
    let device = match visit.at.find_device(&code).await? {
        FoundDevice::Waiting(device) => device,
        FoundDevice::Nothing => return wrong(visit, &code, "the device is decided already, or its time is over").await,
        FoundDevice::Wait(seconds) => return wait(visit, &code, seconds).await,
    };
    let (mount, client, user) = (visit.mount.name(), device.client.id.as_str(), &*session.user.sub);
    let decided = if form.one("decision") == Some("allow") {
        let consent = DeviceConsent { subject: user, scopes: form.scopes(), session: Some(&session) };
        visit.at.allow_device(&device, consent).await?
    } else {
        visit.at.deny_device(&device).await?.then_some(false)
    };
    let Some(allowed) = decided else {
        return wrong(visit, &code, "the device was decided meanwhile, or its time is over").await;
    };
    tracing::info!(mount, client, user, allowed, "device decided");
    let step = DeviceStep::Done { client: page::client_name(&device.client), allowed };
    Ok(html(visit, 200, &Device { frame: page::frame(visit, None), step }))
}

/// Refuses where no device is authorized.
fn offered(visit: &Visit<'_>) -> Result<(), PageRefusal> {
    if visit.dialect.capabilities().grants.contains(&GrantType::DeviceCode) {
        return Ok(());
    }
    Err(PageRefusal::Unreadable("No device can be connected here."))
}

/// The code in the page's URL, as it was written there; `None` where there is none, or it cannot be read.
pub(super) fn carried(visit: &Visit<'_>) -> Option<String> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(visit.wire.query.unwrap_or_default()).ok()?;
    let code = fields.into_iter().find(|(name, _)| name == USER_CODE)?.1;
    (!code.is_empty() && code.len() <= 64).then_some(code)
}

/// The query of a page that carries a code on.
pub(super) fn request_of(code: &str) -> String {
    with_query("", &[(USER_CODE, Some(code))]).trim_start_matches('?').to_owned()
}

async fn wrong(visit: &Visit<'_>, typed: &str, why: &'static str) -> Answer {
    visit.exchange.refuse(Refusal::new(RefusalKind::AccessDenied, why));
    enter(visit, typed, Some(DeviceError::Unknown)).await
}

async fn wait(visit: &Visit<'_>, typed: &str, retry_after: Seconds) -> Answer {
    let kind = RefusalKind::RateLimited { retry_after };
    visit.exchange.refuse(Refusal::new(kind, "too many codes of this source were wrong"));
    let error = DeviceError::Wait { seconds: retry_after.0.unsigned_abs() };
    Ok(enter(visit, typed, Some(error)).await?.with("Retry-After", retry_after.to_string()))
}

async fn enter(visit: &Visit<'_>, code: &str, error: Option<DeviceError>) -> Answer {
    let session = visit.session().await?;
    let csrf = csrf(visit, Page::Device, session.as_ref(), "").await?;
    let status = match error {
        None => 200,
        Some(DeviceError::Unknown) => 400,
        Some(DeviceError::Wait { .. }) => 429,
    };
    let action = visit.page(Page::Device);
    let step = DeviceStep::Enter { action: &action, csrf: &csrf, code, error };
    Ok(html(visit, status, &Device { frame: page::frame(visit, None), step }))
}

async fn ask(visit: &Visit<'_>, device: &WaitingDevice, session: &Session) -> Answer {
    let code = device.user_code.shown();
    // The form is of the page's URL, however the code is written there.
    let request = request_of(&carried(visit).unwrap_or_default());
    let csrf = csrf(visit, Page::Device, Some(session), &request).await?;
    let (name, account) = (page::display_name(&session.user), visit.page(Page::Account));
    let ask = DeviceAsk {
        client: page::client_name(&device.client),
        code: &code,
        user: pages::Person { sub: &session.user.sub, name: &name, username: &session.user.username },
        action: &visit.page_with(Page::Device, &request),
        csrf: &csrf,
        scopes: device.scopes.iter().map(|scope| choice(visit, scope.as_str(), &session.user)).collect(),
    };
    let signed = pages::Signed { name: &name, account_url: Some(&account), logout_url: None };
    let frame = page::frame(visit, Some(signed));
    Ok(html(visit, 200, &Device { frame, step: DeviceStep::Ask(Box::new(ask)) }))
}

fn html(visit: &Visit<'_>, status: u16, page: &Device<'_>) -> dialect::WireResponse {
    respond::html(status, pages::device(page), page::brand(visit), Forms::Here)
}
