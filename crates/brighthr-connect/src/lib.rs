//! BrightHR: OpenID Connect as IdentityServer speaks it.
//!
//! `README.md` says of every behaviour whether it is documented or inferred, and which setting switches it.

mod authorize;
mod discovery;
mod encode;
mod end_session;
mod error;
mod introspect;
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
    Context, Dialect, DialectKind, PageRoutes, Route, Setting, SettingsError, SettingsMap, SettingsReader, WireRequest,
    WireResponse,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantError, GrantType, Identity, PatPolicy, Policy, Profile,
    PublicError, RateLimit, RefreshForm, Reply, ScopeText, Scopes, SigningAlg, TokenFacts, TokenKind, TokenPlan,
    TokenRequest, TokenView,
};
use std::sync::Arc;

/// The dialect as the gateway's registry lists it.
pub const KIND: DialectKind =
    DialectKind { id: "brighthr-connect", vendor: "BrightHR", build: |given| Ok(Arc::new(BrightHr::new(given)?)) };

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
};

/// The dialect under the settings of one mount.
#[derive(Debug)]
pub struct BrightHr {
    policy: Policy,
    capabilities: Capabilities,
    settings: Vec<Setting>,
    invalid_client_status: u16,
    advertise_iss: bool,
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
        let capabilities = Capabilities {
            grants: GrantType::ALL.to_vec(),
            endpoints: ROUTES.iter().map(|route| route.endpoint).collect(),
            service_users: false,
            refresh_for_all: false,
        };
        Ok(Self { policy, capabilities, settings, invalid_client_status, advertise_iss })
    }
}

impl Profile for BrightHr {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, client: &Client) -> Result<Scopes, GrantError> {
        scopes::of_app(client, &self.policy.scopes)
    }

    fn check_scopes(&self, _request: &TokenRequest, grant_type: GrantType, scopes: &Scopes) -> Result<(), GrantError> {
        scopes::check(grant_type, scopes)
    }

    fn authorize_scopes(&self, _client: &Client, asked: Option<&Scopes>) -> Result<Scopes, GrantError> {
        scopes::of_authorization(asked)
    }

    fn scope_text(&self, scope: &str) -> Option<ScopeText> {
        scopes::text(scope)
    }

    fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool {
        grant_type != GrantType::ClientCredentials && scopes.contains(OFFLINE_ACCESS)
    }

    fn check_userinfo(&self, identity: &Identity) -> Result<(), GrantError> {
        userinfo::check(identity)
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        tokens::plan(grant, &self.policy)
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        tokens::read(kind, token)
    }
}

impl Dialect for BrightHr {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    fn pages(&self) -> Option<&'static PageRoutes> {
        Some(&PAGES)
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, GrantError> {
        parse::call(endpoint, request, &self.capabilities.grants)
    }

    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse {
        match reply {
            Reply::Token(reply) => encode::token(reply),
            Reply::Authorize(reply) => authorize::answer(reply, context.issuer, self.advertise_iss),
            Reply::UserInfo(identity) => userinfo::answer(identity),
            Reply::Introspection(identity) => introspect::answer(identity.as_ref()),
            Reply::Revoked => revoke::answer(),
            Reply::EndSession(signed_out) => end_session::answer(signed_out.as_ref(), context.issuer),
            Reply::Discovery(policy) => {
                discovery::metadata(policy, &self.capabilities.grants, context.issuer, self.advertise_iss)
            }
            Reply::Jwks(keys) => discovery::keys(keys),
        }
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        error::encode(error.kind, context.endpoint, self.invalid_client_status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{alice, app, context, dialect, stage, token_request};
    use serde_json::json;

    #[test]
    fn the_pairs_of_what_is_served_hold() {
        for number in ["01", "02", "03", "05", "06", "07", "08", "09", "28", "30", "35", "37"] {
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
        assert_eq!(dialect.capabilities().grants, GrantType::ALL);
        assert!(!dialect.capabilities().service_users && !dialect.capabilities().refresh_for_all);
    }

    #[test]
    fn only_what_is_served_has_a_route() {
        let dialect = dialect(json!({}));
        let paths: Vec<_> = dialect.routes().iter().map(|route| route.path).collect();
        assert_eq!(
            paths,
            [
                "/connect/token",
                "/connect/userinfo",
                "/.well-known/openid-configuration",
                "/.well-known/openid-configuration/jwks"
            ]
        );
        let endpoints: Vec<_> = dialect.routes().iter().map(|route| route.endpoint).collect();
        assert_eq!(dialect.capabilities().endpoints, endpoints);
    }

    #[test]
    fn an_app_defaults_to_its_api_scopes_in_the_order_of_the_file() {
        let dialect = dialect(json!({}));
        let mut client = Client::new("c");
        client.scopes = scopes("openid employee:read profile gone:read company:read email offline_access");
        assert_eq!(dialect.default_scopes(&client).unwrap().joined(), "employee:read company:read");
        client.scopes = scopes("openid offline_access");
        let refused = dialect.default_scopes(&client).unwrap_err().kind;
        assert_eq!(refused, GrantErrorKind::InvalidScope(ScopeFault::NoneLeft));
    }

    #[test]
    fn bh_09_an_app_is_granted_no_identity_scope() {
        let (dialect, request) = (dialect(json!({})), token_request(""));
        let check = |grant_type, text: &str| dialect.check_scopes(&request, grant_type, &scopes(text));
        for scope in ["openid", "profile", "email", "offline_access"] {
            let refused = check(GrantType::ClientCredentials, &format!("company:read {scope}")).unwrap_err();
            let fault = ScopeFault::NotHere(Scope::new(scope).unwrap());
            assert_eq!(refused.kind, GrantErrorKind::InvalidScope(fault));
            assert_eq!(check(GrantType::AuthorizationCode, scope), Ok(()));
        }
        assert_eq!(check(GrantType::ClientCredentials, "company:read employee:read"), Ok(()));
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
    fn bh_28_userinfo_wants_a_user_and_openid() {
        let dialect = dialect(json!({}));
        assert_eq!(dialect.check_userinfo(&alice("openid").identity(&dialect)), Ok(()));
        let openid = Scope::new("openid");
        for (scene, kind) in [
            (app("company:read"), GrantErrorKind::UserRequired),
            (alice("profile email"), GrantErrorKind::InsufficientScope { scope: openid }),
        ] {
            let refused = dialect.check_userinfo(&scene.identity(&dialect)).unwrap_err();
            assert_eq!(refused.kind, kind);
            stage().assert_answer("BH-28", &dialect.encode_error(refused.public(), &context(Endpoint::UserInfo)));
        }
    }

    #[test]
    fn settings_are_checked() {
        let build = |given: serde_json::Value| (KIND.build)(given.as_object().unwrap()).map(|_| ());
        for given in [json!({}), json!({"auto_approve": true}), json!({"invalid_client_status": 401})] {
            assert_eq!(build(given), Ok(()));
        }
        for given in
            [json!({"auto_approve": "yes"}), json!({"invalid_client_status": 403}), json!({"advertise_iss": true})]
        {
            assert!(build(given.clone()).is_err(), "{given}");
        }
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
