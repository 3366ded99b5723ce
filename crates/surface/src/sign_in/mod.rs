//! Users in a browser: the authorization endpoint, the pages around it, their cookies and their forms.

mod account;
mod agent;
mod authorize;
mod consent;
mod cookies;
mod device;
mod end_session;
mod error_page;
mod form;
mod login;
mod logout;
mod page;
mod place;
mod respond;
mod visit;

use crate::page::Page;
pub(crate) use authorize::authorize;
pub(crate) use end_session::end_session;
pub(crate) use place::Place;
pub(crate) use visit::Visit;

use dialect::WireResponse;
use grant::{Refusal, RefusalKind};

/// Answers a request to one of the pages.
pub(crate) async fn page(visit: &Visit<'_>, page: Page) -> WireResponse {
    let answer = match (page, visit.wire.method) {
        (Page::Login, "GET" | "HEAD") => login::show(visit).await,
        (Page::Login, "POST") => login::submit(visit).await,
        (Page::Consent, "GET" | "HEAD") => consent::show(visit).await,
        (Page::Consent, "POST") => consent::submit(visit).await,
        (Page::Account, "GET" | "HEAD") => account::show(visit).await,
        (Page::Account, "POST") => account::submit(visit).await,
        (Page::Logout, "GET" | "HEAD") => logout::show(visit).await,
        (Page::Logout, "POST") => logout::submit(visit).await,
        (Page::Device, "GET" | "HEAD") => device::show(visit).await,
        (Page::Device, "POST") => device::submit(visit).await,
        (Page::Error, "GET" | "HEAD") => error_page::show(visit).await,
        (page, _) => Ok(WireResponse::empty(405).with("Allow", page.methods())),
    };
    match answer {
        Ok(response) => visit.with_browser_cookie(response),
        Err(refusal) => refusal.response(visit),
    }
}

/// Why a page does not do what it was asked.
pub(crate) enum PageRefusal {
    /// The form is not one that this browser was given.
    Forged,
    /// The browser keeps no cookies.
    NoCookie,
    /// The request cannot be read.
    Unreadable(&'static str),
    /// A part does not answer, or a fault of the gateway's own.
    Failed(Refusal),
}

impl From<Refusal> for PageRefusal {
    fn from(error: Refusal) -> Self {
        Self::Failed(error)
    }
}

type Answer = Result<WireResponse, PageRefusal>;

impl PageRefusal {
    fn response(self, visit: &Visit<'_>) -> WireResponse {
        let (status, code, sentence, error) = match self {
            Self::Forged => (
                403,
                "forged_form",
                "This form was not sent to this browser. Go back, load the page anew and try again.",
                Refusal::new(RefusalKind::AccessDenied, "the form's seal does not hold for this browser"),
            ),
            Self::NoCookie => (
                403,
                "no_cookie",
                "Your browser sent no cookie, and nobody can sign in without. Allow cookies for this site, then go \
                 back, load the page anew and try again.",
                Refusal::new(RefusalKind::AccessDenied, "the form came without the browser's cookie"),
            ),
            Self::Unreadable(why) => (400, "invalid_request", why, Refusal::unreadable(why)),
            Self::Failed(error) if matches!(error.kind, RefusalKind::Unavailable { .. }) => {
                (503, "temporarily_unavailable", "The service does not answer just now. Try again in a moment.", error)
            }
            Self::Failed(error) => (500, "server_error", "Something went wrong here.", error),
        };
        visit.exchange.refuse(error);
        let response = error_page::render(visit, status, code, sentence);
        if status == 503 { response.with("Retry-After", "1") } else { response }
    }
}
