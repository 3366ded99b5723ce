//! The pages that users see: sign-in, consent, account, sign-out, and what went wrong.
//!
//! Pure rendering: a view comes in, a page of HTML goes out. No HTTP, no clock, no store. The pages have neither script
//! nor inline style, so that they can be served under `default-src 'none'; style-src 'self'`, and work in any browser.
//! One page has a script, [`FormPost`]: it is constant, and named in the page's policy by its hash.
//! Text from outside is escaped; URLs come from the gateway and its configuration and are not judged here.
//!
//! Every form is posted as `application/x-www-form-urlencoded`. The views say which fields theirs have.

mod account;
mod consent;
mod device;
mod error;
mod form_post;
mod frame;
mod login;
mod logout;
mod pat;
mod theme;
mod when;

pub use account::{Account, AppRow, SessionRow};
pub use consent::{Consent, Fact, ScopeChoice};
pub use device::{Device, DeviceAsk, DeviceError, DeviceStep};
pub use error::ErrorPage;
pub use form_post::FormPost;
pub use frame::{Frame, Person, Scope, Signed};
pub use login::{Login, LoginError};
pub use logout::{Logout, LogoutStep};
pub use pat::{NewToken, PatError, PatForm, PatRow, PatScope, Pats};
pub use theme::{stylesheet, theme};

use askama::Template;

/// The page on which a user signs in.
pub fn login(page: &Login<'_>) -> String {
    html(page)
}

/// The page on which a user allows a client what it asks for, or not.
pub fn consent(page: &Consent<'_>) -> String {
    html(page)
}

/// The page on which a user allows a device what it asks for, or not.
pub fn device(page: &Device<'_>) -> String {
    html(page)
}

/// The page on which a user sees and ends sessions, clients' access and personal access tokens.
pub fn account(page: &Account<'_>) -> String {
    html(page)
}

/// The page on which a user signs out.
pub fn logout(page: &Logout<'_>) -> String {
    html(page)
}

/// The page of a request that cannot be answered to the client.
pub fn error(page: &ErrorPage<'_>) -> String {
    html(page)
}

/// The page that takes an answer to the client.
pub fn form_post(page: &FormPost<'_>) -> String {
    html(page)
}

/// No template fails: each writes text and numbers alone, and to memory.
fn html(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}
