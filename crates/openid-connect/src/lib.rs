//! OpenID Connect as the standard has it, for any client library: what an OpenID provider is that follows no vendor.
//!
//! Its parts stand by themselves, so that a dialect which departs from the standard in places is made of them: routes and
//! pages are data ([`Parts`]), metadata say what those routes are, and each endpoint is a module.
//! `README.md` says of every behaviour where it comes from, and which setting switches it.

pub mod discovery;
pub mod encode;
pub mod error;
mod parse;
pub mod scopes;
mod settings;
#[cfg(test)]
mod test_support;
pub mod tokens;
pub mod userinfo;

pub use parse::client;
pub use settings::{Defaults, Terms};

use dialect::{
    BodyFormat, ClientPlace, Context, Dialect, DialectKind, PageRoutes, Route, Setting, SettingsError, SettingsMap,
    SettingsReader, Shown, TokenCall, WireRequest, WireResponse, authorize, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, Identity, KnownClaims, Policy, PublicError, Refusal,
    Remarks, Reply, ScopeText, Scopes, TokenFacts, TokenKind, TokenPlan, TokenRequest, TokenView, User,
};
use scopes::OFFLINE_ACCESS;
use std::borrow::Cow;
use std::sync::Arc;

/// The dialect as the gateway's registry lists it.
pub const KIND: DialectKind = DialectKind::new("openid-connect", "OpenID Connect", TOKEN_CALL, |given| {
    Ok(Arc::new(OpenIdConnect::new(given, Parts::STANDARD)?))
})
.with_contract(include_str!("../contract/pairs.http"), include_str!("../contract/fixtures.json"));

/// How its token call is written.
pub const TOKEN_CALL: TokenCall = TokenCall {
    client: ClientPlace::STANDARD_BODY,
    is_only_place: false,
    body: BodyFormat::Form,
    asks: &[("grant_type", "client_credentials"), ("scope", "api")],
    access_token: "/access_token",
    echoes: &[],
    secrets: &[],
};

/// Where an OpenID provider has its endpoints and pages. An endpoint without a route is not served, and the metadata do not
/// name it.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The paths, the first of an endpoint being the one that is published.
    pub routes: Cow<'static, [Route]>,
    /// The pages.
    pub pages: PageRoutes,
}

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const GET_POST: &[&str] = &["GET", "POST"];

impl Parts {
    /// Those of the standard dialect. The standard fixes the path of the metadata alone; the others are found there.
    pub const STANDARD: Self = Self {
        routes: Cow::Borrowed(&[
            Route { path: "/authorize", endpoint: Endpoint::Authorize, methods: GET_POST },
            Route { path: "/token", endpoint: Endpoint::Token, methods: POST },
            Route { path: "/userinfo", endpoint: Endpoint::UserInfo, methods: GET_POST },
            Route { path: "/introspect", endpoint: Endpoint::Introspect, methods: POST },
            Route { path: "/revoke", endpoint: Endpoint::Revoke, methods: POST },
            Route { path: "/device-authorization", endpoint: Endpoint::DeviceAuthorization, methods: POST },
            Route { path: "/end-session", endpoint: Endpoint::EndSession, methods: GET_POST },
            Route { path: "/jwks", endpoint: Endpoint::Jwks, methods: GET },
            Route { path: "/.well-known/openid-configuration", endpoint: Endpoint::Discovery, methods: GET },
            Route { path: "/.well-known/oauth-authorization-server", endpoint: Endpoint::Discovery, methods: GET },
        ]),
        pages: Self::PAGES,
    };

    /// Where the pages are that no vendor's framework has a place for.
    pub const PAGES: PageRoutes = PageRoutes {
        login: "/account/login",
        consent: "/account/consent",
        account: "/account",
        logout: "/account/logout",
        error: "/account/error",
        device: Some("/device"),
    };

    /// The route of `endpoint`; an endpoint without one is refused as a fault of the gateway, which asks for none.
    fn route(&self, endpoint: Endpoint) -> Result<&Route, Refusal> {
        let missing = || Refusal::internal("the dialect has no such endpoint");
        Route::find(&self.routes, endpoint).ok_or_else(missing)
    }
}

/// The dialect under the settings of one mount.
#[derive(Debug)]
pub struct OpenIdConnect {
    parts: Parts,
    policy: Policy,
    capabilities: Capabilities,
    terms: Terms,
    settings: Vec<Setting>,
}

impl OpenIdConnect {
    /// The dialect of those parts with these settings; the error names the first that is unknown or mistyped.
    pub fn new(given: &SettingsMap, parts: Parts) -> Result<Self, SettingsError> {
        let mut reader = SettingsReader::new(given);
        let dialect = Self::read(&mut reader, parts, Defaults::STANDARD);
        Ok(Self { settings: reader.finish()?, ..dialect })
    }

    /// The dialect of those parts, for one that departs from it: its settings are declared to `reader`, which the other
    /// finishes, and are the other's to show.
    pub fn read(reader: &mut SettingsReader<'_>, parts: Parts, defaults: Defaults<'_>) -> Self {
        let token = Route::find(&parts.routes, Endpoint::Token).map_or("", |route| route.path);
        let (policy, terms) = settings::read(reader, token, defaults);
        let mut grants = GrantType::ALL.to_vec();
        grants.retain(|grant| *grant != GrantType::Password || terms.password_grant);
        let capabilities = Capabilities { grants, service_users: false, refresh_for_all: false };
        Self { parts, policy, capabilities, terms, settings: Vec::new() }
    }
}

impl Hooks for OpenIdConnect {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, client: &Client) -> Result<Scopes, Refusal> {
        scopes::of_app(client, &self.policy.scopes)
    }

    fn check_scopes(&self, _request: &TokenRequest, grant_type: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
        scopes::check(grant_type, scopes)
    }

    fn scope_text(&self, scope: &str) -> Option<ScopeText<'_>> {
        scopes::text(scope)
    }

    fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool {
        let is_users = !matches!(grant_type, GrantType::ClientCredentials | GrantType::JwtBearer);
        is_users && scopes.contains(OFFLINE_ACCESS)
    }

    fn check_userinfo(&self, identity: &Identity) -> Result<(), Refusal> {
        userinfo::check(identity)
    }

    fn check_user(&self, user: &User, remarks: &mut Remarks) {
        scopes::check_user(user, remarks);
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims { client: &[], user: &scopes::CLAIMS }
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        tokens::plan(grant, &self.policy, &self.terms)
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        tokens::read(kind, token)
    }
}

impl Dialect for OpenIdConnect {
    fn routes(&self) -> &[Route] {
        &self.parts.routes
    }

    fn pages(&self) -> Option<&PageRoutes> {
        Some(&self.parts.pages)
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn shown(&self) -> &[Shown] {
        &shown::OPENID_CONNECT
    }

    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal> {
        parse::call(self.parts.route(endpoint)?, request, &self.capabilities.grants)
    }

    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse {
        match reply {
            Reply::Token(reply) => encode::token(reply),
            Reply::Authorize(reply) => authorize::answer(reply, context.issuer),
            Reply::UserInfo(identity) => userinfo::answer(identity, self),
            Reply::Introspection(identity) => encode::introspection(identity.as_ref()),
            Reply::Revoked => WireResponse::empty(200),
            Reply::EndSession(signed_out) => {
                encode::signed_out(signed_out.as_ref(), context.issuer, self.parts.pages.logout)
            }
            Reply::DeviceAuthorization(reply) => encode::device(reply, context.issuer, self.parts.pages.device),
            Reply::Discovery => discovery::metadata(context, &self.parts.routes, self),
            Reply::Jwks(keys) => discovery::keys(keys),
        }
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        error::encode(error.kind, context.endpoint, &self.parts.routes)
    }
}

#[cfg(test)]
mod tests;
