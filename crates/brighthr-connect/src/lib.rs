//! BrightHR: OpenID Connect as IdentityServer speaks it.
//!
//! `README.md` says of every behaviour whether it is documented or inferred, and which setting switches it.

mod authorize;
mod discovery;
mod encode;
mod end_session;
mod error;
mod introspect;
mod limits;
mod parse;
mod revoke;
mod scopes;
#[cfg(test)]
mod test_support;
mod tokens;
mod userinfo;

use crate::scopes::OFFLINE_ACCESS;
use dialect::settings::PolicyDefaults;
use dialect::{
    BodyFormat, ClientPlace, Context, Dialect, DialectKind, PageRoutes, Route, Setting, SettingsError, SettingsMap,
    SettingsReader, Shown, TokenCall, WireRequest, WireResponse, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, Identity, KnownClaims, PatPolicy, Policy,
    PublicError, RateLimit, RefreshForm, Refusal, Remarks, Reply, ScopeText, Scopes, SigningAlg, TokenFacts, TokenKind,
    TokenPlan, TokenRequest, TokenView,
};
use std::sync::Arc;

/// The dialect as the gateway's registry lists it.
pub const KIND: DialectKind =
    DialectKind::new("brighthr-connect", "BrightHR", TOKEN_CALL, |given| Ok(Arc::new(BrightHr::new(given)?)))
        .with_contract(include_str!("../contract/pairs.http"), include_str!("../contract/fixtures.json"));

const TOKEN_CALL: TokenCall = TokenCall {
    client: ClientPlace::STANDARD_BODY,
    is_only_place: false,
    body: BodyFormat::Form,
    asks: &[("grant_type", "client_credentials"), ("scope", "employee:read")],
    access_token: "/access_token",
    echoes: &[],
    secrets: &[],
};

const AUTHORIZE: Route = Route { path: "/connect/authorize", endpoint: Endpoint::Authorize, methods: &["GET", "POST"] };
const TOKEN: Route = Route { path: "/connect/token", endpoint: Endpoint::Token, methods: &["POST"] };
const USERINFO: Route = Route { path: "/connect/userinfo", endpoint: Endpoint::UserInfo, methods: &["GET", "POST"] };
const INTROSPECT: Route = Route { path: "/connect/introspect", endpoint: Endpoint::Introspect, methods: &["POST"] };
const REVOCATION: Route = Route { path: "/connect/revocation", endpoint: Endpoint::Revoke, methods: &["POST"] };
const END_SESSION: Route =
    Route { path: "/connect/endsession", endpoint: Endpoint::EndSession, methods: &["GET", "POST"] };
const DISCOVERY: Route =
    Route { path: "/.well-known/openid-configuration", endpoint: Endpoint::Discovery, methods: &["GET"] };
const JWKS: Route =
    Route { path: "/.well-known/openid-configuration/jwks", endpoint: Endpoint::Jwks, methods: &["GET"] };
const ROUTES: &[Route] = &[AUTHORIZE, TOKEN, USERINFO, INTROSPECT, REVOCATION, END_SESSION, DISCOVERY, JWKS];

/// Where IdentityServer's pages are by default; `/account` is the gateway's own.
const PAGES: PageRoutes = PageRoutes {
    login: "/account/login",
    consent: "/consent",
    account: "/account",
    logout: "/account/logout",
    error: "/home/error",
    device: None,
};

/// The dialect under the settings of one mount.
#[derive(Debug)]
pub struct BrightHr {
    policy: Policy,
    capabilities: Capabilities,
    settings: Vec<Setting>,
    invalid_client_status: u16,
    advertise_iss: bool,
    case_sensitive_paths: bool,
}

impl BrightHr {
    /// The dialect with these settings; the error names the first that is unknown or mistyped.
    pub fn new(given: &SettingsMap) -> Result<Self, SettingsError> {
        let mut reader = SettingsReader::new(given);
        let invalid_client_status = reader.number(
            "invalid_client_status",
            &[400, 401],
            400,
            "The status of `invalid_client`: IdentityServer's 400, or OpenIddict's 401 with a challenge.",
        );
        let advertise_iss = reader.flag(
            "advertise_iss",
            false,
            "Whether the metadata say that answers to clients name their issuer (RFC 9207), and refusals do so too.",
        );
        let case_sensitive_paths = reader.flag(
            "case_sensitive_paths",
            false,
            "Whether paths are compared with case; IdentityServer compares them without.",
        );
        let sign_in = reader.sign_in(true, false);
        let mut policy = reader.policy(PolicyDefaults {
            access_ttl: 3_600,
            id_ttl: 300,
            refresh_ttl: 2_592_000,
            scopes: &scopes::CATALOGUE,
            alg: SigningAlg::Rs256,
            rate_limit: RateLimit::Unlimited,
            refresh_form: RefreshForm::Handle,
        });
        policy.sign_in = Some(sign_in);
        policy.revocable_access_tokens = reader.flag(
            "revocable_access_tokens",
            false,
            "Whether access tokens can be revoked before they end; each use of one then asks the store.",
        );
        policy.pats = Some(PatPolicy {
            prefix: "bhr_pat_",
            ttl: reader.seconds(
                "pat_ttl",
                1,
                31_536_000,
                "Lifetime of personal access tokens where none is asked for, and the longest that can be.",
            ),
            scopes: policy.scopes.iter().filter(|scope| **scope != OFFLINE_ACCESS).cloned().collect(),
        });
        let settings = reader.finish()?;
        let capabilities =
            Capabilities { grants: GrantType::USUAL.to_vec(), service_users: false, refresh_for_all: false };
        Ok(Self { policy, capabilities, settings, invalid_client_status, advertise_iss, case_sensitive_paths })
    }
}

impl Hooks for BrightHr {
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

    fn authorize_scopes(&self, _client: &Client, asked: Option<&Scopes>) -> Result<Scopes, Refusal> {
        scopes::of_authorization(asked)
    }

    fn scope_text(&self, scope: &str) -> Option<ScopeText<'_>> {
        scopes::text(scope)
    }

    fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool {
        grant_type != GrantType::ClientCredentials && scopes.contains(OFFLINE_ACCESS)
    }

    fn check_userinfo(&self, identity: &Identity) -> Result<(), Refusal> {
        userinfo::check(identity)
    }

    fn check_client(&self, client: &Client, secret: Option<&str>, remarks: &mut Remarks) {
        limits::check_credentials(client, secret, remarks);
        authorize::check_redirect_uris(client, remarks);
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims { client: &[], user: &scopes::KNOWN }
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        tokens::plan(grant, &self.policy)
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        tokens::read(kind, token)
    }
}

impl Dialect for BrightHr {
    fn routes(&self) -> &[Route] {
        ROUTES
    }

    fn has_case_sensitive_paths(&self) -> bool {
        self.case_sensitive_paths
    }

    fn pages(&self) -> Option<&PageRoutes> {
        Some(&PAGES)
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn shown(&self) -> &[Shown] {
        &shown::OPENID_CONNECT
    }

    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal> {
        parse::call(endpoint, request, &self.capabilities.grants)
    }

    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse {
        match reply {
            Reply::Token(reply) => encode::token(reply),
            Reply::Authorize(reply) => authorize::answer(reply, context.issuer, self.advertise_iss),
            Reply::UserInfo(identity) => userinfo::answer(identity, self),
            Reply::Introspection(identity) => introspect::answer(identity.as_ref()),
            Reply::Revoked => revoke::answer(),
            Reply::EndSession(signed_out) => end_session::answer(signed_out.as_ref(), context.issuer),
            Reply::Discovery => {
                discovery::metadata(&self.policy, &self.capabilities.grants, context, self.advertise_iss)
            }
            Reply::Jwks(keys) => discovery::keys(keys),
            Reply::DeviceAuthorization(_) => WireResponse::empty(404),
        }
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        error::encode(error.kind, context.endpoint, self.invalid_client_status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{dialect, stage};
    use serde_json::json;

    #[test]
    fn the_pairs_hold_that_rest_on_no_other() {
        for number in [
            "01", "02", "03", "05", "06", "07", "08", "09", "20", "25", "26", "28", "30", "35", "37", "38", "39", "41",
            "42", "46",
        ] {
            stage().play(&format!("BH-{number}"));
        }
    }

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn the_defaults_are_the_frameworks() {
        let dialect = dialect(json!({}));
        let policy = dialect.policy();
        assert_eq!((policy.access_ttl, policy.id_ttl, policy.code_ttl), (3_600, 300, 300));
        assert_eq!((policy.refresh_ttl, policy.refresh.form), (2_592_000, RefreshForm::Handle));
        assert_eq!(policy.alg, SigningAlg::Rs256);
        assert_eq!(dialect.capabilities().grants, GrantType::USUAL);
        assert!(!dialect.capabilities().service_users && !dialect.capabilities().refresh_for_all);
    }

    #[test]
    fn users_sign_in_on_the_frameworks_terms() {
        let dialect = dialect(json!({}));
        let policy = dialect.policy();
        let sign_in = policy.sign_in.as_ref().unwrap();
        assert!(sign_in.pkce_required && !sign_in.errors_to_client && !sign_in.auto_approve);
        assert!(!policy.revocable_access_tokens);
        let pats = policy.pats.as_ref().unwrap();
        assert_eq!((pats.prefix, pats.ttl), ("bhr_pat_", 31_536_000));
        let scopes = "openid profile email company:read employee:read employee:write subscription:write";
        assert_eq!(pats.scopes.joined(), scopes);
        let pages = dialect.pages().unwrap();
        assert_eq!((pages.login, pages.consent, pages.account), ("/account/login", "/consent", "/account"));
        assert_eq!((pages.logout, pages.error), ("/account/logout", "/home/error"));
    }

    #[test]
    fn only_what_is_served_has_a_route() {
        let dialect = dialect(json!({}));
        let routes: Vec<_> = dialect.routes().iter().map(|route| (route.path, route.methods.join(" "))).collect();
        let wanted = [
            ("/connect/authorize", "GET POST"),
            ("/connect/token", "POST"),
            ("/connect/userinfo", "GET POST"),
            ("/connect/introspect", "POST"),
            ("/connect/revocation", "POST"),
            ("/connect/endsession", "GET POST"),
            ("/.well-known/openid-configuration", "GET"),
            ("/.well-known/openid-configuration/jwks", "GET"),
        ];
        assert_eq!(routes, wanted.map(|(path, methods)| (path, methods.to_owned())));
    }

    #[test]
    fn a_refresh_token_needs_offline_access_and_a_user() {
        let dialect = dialect(json!({}));
        assert!(dialect.issues_refresh(GrantType::AuthorizationCode, &scopes("openid offline_access")));
        assert!(dialect.issues_refresh(GrantType::RefreshToken, &scopes("offline_access")));
        assert!(!dialect.issues_refresh(GrantType::AuthorizationCode, &scopes("openid")));
        assert!(!dialect.issues_refresh(GrantType::ClientCredentials, &scopes("offline_access")));
    }

    #[test]
    fn settings_are_checked() {
        let build = |given: serde_json::Value| KIND.build(given.as_object().unwrap()).map(|_| ());
        for given in [json!({}), json!({"auto_approve": true}), json!({"invalid_client_status": 401})] {
            assert_eq!(build(given), Ok(()));
        }
        for given in [
            json!({"auto_approve": "yes"}),
            json!({"invalid_client_status": 403}),
            json!({"advertise_iss": 1}),
            json!({"pat_ttl": 0}),
            json!({"revocable": true}),
        ] {
            assert!(build(given.clone()).is_err(), "{given}");
        }
    }

    #[test]
    fn settings_reach_the_policy() {
        let given = json!({"auto_approve": true, "revocable_access_tokens": true, "pat_ttl": 60, "scopes": ["a", "b"]});
        let dialect = dialect(given);
        let policy = dialect.policy();
        assert!(policy.revocable_access_tokens && policy.sign_in.as_ref().unwrap().auto_approve);
        let pats = policy.pats.as_ref().unwrap();
        assert_eq!((pats.ttl, pats.scopes.joined()), (60, "a b".to_owned()));
    }

    #[test]
    fn the_readme_lists_every_setting_with_its_default() {
        let readme = include_str!("../README.md");
        for setting in dialect(json!({})).settings() {
            let row = format!("| `{}` | `{}` |", setting.name, setting.default.to_string().replace(',', ", "));
            assert!(readme.contains(&row), "README.md lacks {row}");
        }
    }
}
