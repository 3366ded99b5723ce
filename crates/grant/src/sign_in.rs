//! How users sign in and consent: the terms of a mount's pages, and of personal access tokens.

use crate::{Scopes, Seconds};

/// The terms on which users authorize clients in a browser.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and they combine freely")]
pub struct SignInTerms {
    /// Whether a `login_hint` that names a user signs that user in and approves without a page.
    pub auto_approve: bool,
    /// Whether the login page offers the mount's users by name, to be picked with one click.
    pub user_picker: bool,
    /// How many attempts to sign in may fail in a minute for one user name from one source; 0 is any number.
    pub failures: u32,
    /// How long a session lasts, counted from its sign-in.
    pub session_ttl: Seconds,
    /// Whether the vendor looks at a challenge at all; where not, public clients come without one as well.
    pub has_pkce: bool,
    /// Whether every client must bind its code to a challenge; where not, public clients alone must (RFC 7636).
    pub pkce_required: bool,
    /// Whether a refusal that the user had no part in is told to the client once its redirect URI is known
    /// (RFC 6749 section 4.1.2.1) instead of on the gateway's own error page.
    pub errors_to_client: bool,
    /// What of OpenID Connect is served beyond what every vendor has.
    pub openid: OpenIdTerms,
    /// What the pages look like.
    pub brand: Brand,
}

/// What of OpenID Connect an authorization endpoint serves beyond what every vendor has; nothing by default, and what is
/// not served is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and they combine freely")]
pub struct OpenIdTerms {
    /// The authentication context class references that a sign-in satisfies.
    pub acr_values: Vec<String>,
    /// The claims that may be asked for by name (the `claims` parameter); with none the parameter is not served.
    pub claims: Vec<&'static str>,
    /// Whether nobody but the user of an `id_token_hint` is told of.
    pub holds_to_hint: bool,
    /// Whether `offline_access` is ignored unless the user is asked for it (`prompt=consent`), was asked before and it was
    /// remembered, or the client is trusted (OpenID Connect Core section 11).
    pub asks_for_offline_access: bool,
    /// Whether scopes that the mount does not know are ignored rather than refused (OpenID Connect Core section
    /// 3.1.2.1).
    pub ignores_unknown_scopes: bool,
    /// Whether clients are told of sessions that end (OpenID Connect Back-Channel Logout).
    pub backchannel_logout: bool,
}

impl SignInTerms {
    /// The setting, if any, under which whoever reaches the pages is signed in without a secret.
    pub fn passwordless(&self) -> Option<&'static str> {
        [("auto_approve", self.auto_approve), ("user_picker", self.user_picker)]
            .into_iter()
            .find_map(|(name, is_on)| is_on.then_some(name))
    }
}

/// What a mount's pages look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The name that the pages bear; `None` is the vendor's.
    pub name: Option<String>,
    /// The colour of buttons and marks, `#rrggbb`.
    pub color: Option<String>,
    /// The `https` URL of an image above the forms.
    pub logo: Option<String>,
}

/// What a scope means to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeText<'a> {
    /// What the client may do, to complete "… would like to": `see your name and job title`.
    pub title: &'a str,
    /// Facts of the user that it opens: claim and label.
    pub facts: &'a [(&'a str, &'a str)],
    /// Whether the request makes no sense without it, so that it cannot be unticked.
    pub required: bool,
}

/// The terms of personal access tokens.
#[derive(Clone, Debug)]
pub struct PatPolicy {
    /// What they begin with.
    pub prefix: &'static str,
    /// How long one lives where nothing else is asked for; nothing longer can be asked for.
    pub ttl: Seconds,
    /// The scopes that one may have.
    pub scopes: Scopes,
}
