//! Bits' auth surface: a token endpoint that takes Basic credentials and a form, and userinfo.
//!
//! What is documented and what is inferred stands in this crate's README, with the settings that switch it.

mod encode;
mod parse;
mod session;
mod tokens;

use dialect::settings::PolicyDefaults;
use dialect::{
    ClientPlace, Context, Dialect, DialectKind, Route, Setting, SettingsError, SettingsMap, SettingsReader, Shown,
    TokenCall, WireRequest, WireResponse, bearer, check_method, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, KnownClaims, Policy, PublicError, RateLimit,
    RefreshForm, Refusal, RefusalKind, Remarks, Reply, Scope, ScopeFault, Scopes, Seconds, SigningAlg, TokenFacts,
    TokenKind, TokenPlan, TokenRequest, TokenView,
};
use std::sync::Arc;

/// What the gateway's registry lists.
pub const KIND: DialectKind =
    DialectKind::new("bits-basic-form", "Bits", TOKEN_CALL, |given| Ok(Arc::new(BitsBasicForm::new(given)?)))
        .with_contract(include_str!("../contract/pairs.http"), include_str!("../contract/fixtures.json"));

const TOKEN_CALL: TokenCall = TokenCall {
    client: ClientPlace::Basic,
    is_only_place: true,
    asks: &[("grant_type", "client_credentials"), ("scope", APPLICATION)],
    // Invalid scope: <s>; Repeated parameter: <p>
    echoes: &["invalid_scope", "scope_not_permitted", "invalid_request"],
    ..TokenCall::STANDARD
};

const ROUTES: &[Route] = &[
    Route { path: "/v1/oauth2/token", endpoint: Endpoint::Token, methods: &["POST"] },
    Route { path: "/oauth2/userinfo", endpoint: Endpoint::UserInfo, methods: &["GET"] },
    // The documented path lacks the /v1 of its neighbour; the alias serves a client that adds it.
    Route { path: "/v1/oauth2/userinfo", endpoint: Endpoint::UserInfo, methods: &["GET"] },
];

/// Creates and reads applications.
const APPLICATION: &str = "application";
/// Reads applications; comes with [`APPLICATION`].
const READ: &str = "application.read";

const DEFAULTS: PolicyDefaults<'_> = PolicyDefaults {
    access_ttl: Seconds(3600),
    id_ttl: Seconds(300),
    refresh_ttl: Seconds(2_592_000),
    scopes: &[APPLICATION, READ, session::SCOPE],
    alg: SigningAlg::Hs256,
    rate_limit: RateLimit::Unlimited,
    refresh_form: RefreshForm::Handle,
};

/// Bits under the settings of one mount.
#[derive(Debug)]
pub struct BitsBasicForm {
    settings: Vec<Setting>,
    policy: Policy,
    capabilities: Capabilities,
    also_token_type: bool,
}

/// What is no secret in its requests and answers.
const SHOWN: &[Shown] = &[
    shown::GRANT_TYPE,
    shown::CLIENT_ID,
    shown::SCOPE,
    shown::TOKEN_TYPE,
    shown::EXPIRES_IN,
    shown::ERROR,
    Shown::of("type", &["Bearer"]),
    Shown::any("application_id"),
    Shown::any("workflow_id"),
    Shown::any("message"),
    Shown::any("customerId"),
];

impl BitsBasicForm {
    /// The dialect with these settings; the error names one that is unknown or mistyped.
    pub fn new(given: &SettingsMap) -> Result<Self, SettingsError> {
        let mut reader = SettingsReader::new(given);
        let policy = reader.policy(DEFAULTS);
        let also_token_type = reader.flag(
            "also_token_type",
            false,
            "Append the standard's `token_type` to the token reply, beside the vendor's `type`.",
        );
        let capabilities =
            Capabilities { grants: vec![GrantType::ClientCredentials], service_users: false, refresh_for_all: false };
        Ok(Self { settings: reader.finish()?, policy, capabilities, also_token_type })
    }
}

impl Dialect for BitsBasicForm {
    fn routes(&self) -> &[Route] {
        ROUTES
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn shown(&self) -> &[Shown] {
        SHOWN
    }

    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal> {
        let lacking = || Refusal::internal("Bits has token and userinfo and no other endpoint");
        check_method(request, Route::find(ROUTES, endpoint).ok_or_else(lacking)?)?;
        match endpoint {
            Endpoint::Token => parse::token(request, &self.policy.scopes).map(Call::Token),
            Endpoint::UserInfo => bearer::read(request).map(Call::UserInfo),
            _ => Err(lacking()),
        }
    }

    fn encode(&self, reply: &Reply, _: &Context<'_>) -> WireResponse {
        encode::reply(reply, self.also_token_type)
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        encode::error(error.kind, context.endpoint)
    }
}

impl Hooks for BitsBasicForm {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, client: &Client) -> Result<Scopes, Refusal> {
        let usable = |name: &&str| client.scopes.contains(name) && self.policy.scopes.contains(name);
        let scope = [APPLICATION, READ].into_iter().find(usable).and_then(Scope::new);
        scope.map(|scope| Scopes::from_iter([scope])).ok_or_else(|| {
            let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
            Refusal::new(kind, "no scope was asked for, and the client has neither of the default scopes")
        })
    }

    fn check_scopes(&self, request: &TokenRequest, _: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
        session::check(scopes, &request.extra)
    }

    fn permits(&self, client: &Client, scope: &Scope) -> bool {
        client.scopes.contains(scope.as_str()) || (*scope == READ && client.scopes.contains(APPLICATION))
    }

    fn issues_refresh(&self, _: GrantType, _: &Scopes) -> bool {
        false
    }

    fn check_client(&self, client: &Client, _: Option<&str>, remarks: &mut Remarks) {
        dialect::basic::check_id(client, remarks);
        if client.claims.str(tokens::CUSTOMER).is_none_or(str::is_empty) {
            let message =
                "a Bits client acts for a customer: add `customerId = \"bits:customer::<uuid>\"` to its claims";
            remarks.refuse("claims", message);
        }
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims { client: &[tokens::CUSTOMER], user: &[] }
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        tokens::plan(grant, self.policy.access_ttl)
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        tokens::read(kind, token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use testkit::dialects::{Stage, contents};

    #[test]
    fn every_pair_holds() {
        Stage::new(KIND, env!("CARGO_MANIFEST_DIR")).play_all(21);
    }

    #[test]
    fn a_colon_belongs_to_the_secret() {
        let headers: [(&str, &[u8]); 2] = [
            ("authorization", b"Basic Yml0cy1jb2xvbjpzZTpjcmV0JTNB"),
            ("content-type", b"application/x-www-form-urlencoded"),
        ];
        let body = b"grant_type=client_credentials&scope=application.read";
        let request = WireRequest { method: "POST", path: "/v1/oauth2/token", query: None, headers: &headers, body };
        let read = contents(&dialect().parse(Endpoint::Token, &request));
        let expected = r#"Ok(("bits-colon", Some("se:cret%3A"))) Ok([]) Ok(Some([application.read])) []"#;
        assert_eq!(read, expected);
    }

    fn dialect() -> BitsBasicForm {
        BitsBasicForm::new(&SettingsMap::new()).unwrap()
    }

    fn client(scopes: &str) -> Client {
        Client { scopes: Scopes::parse(scopes).unwrap(), ..Client::new("bits-client-1") }
    }

    #[test]
    fn the_defaults_are_the_vendors() {
        let dialect = KIND.build(&SettingsMap::new()).unwrap();
        let policy = dialect.policy();
        assert_eq!(
            (policy.access_ttl, policy.alg, policy.rate_limit),
            (Seconds(3600), SigningAlg::Hs256, RateLimit::Unlimited)
        );
        assert_eq!(policy.scopes.joined(), "application application.read application.session");
        assert_eq!(dialect.capabilities().grants, [GrantType::ClientCredentials]);
        assert!(!dialect.issues_refresh(GrantType::ClientCredentials, &policy.scopes));
        let setting = dialect.settings().iter().find(|setting| setting.name == "also_token_type").unwrap();
        assert_eq!(setting.default, json!(false));
    }

    #[test]
    fn userinfo_is_served_at_the_documented_path_and_at_its_likely_meaning() {
        let served =
            |path: &str| dialect().routes().iter().find(|route| route.path == path).map(|r| (r.endpoint, r.methods));
        assert_eq!(served("/v1/oauth2/token"), Some((Endpoint::Token, &["POST"][..])));
        for path in ["/oauth2/userinfo", "/v1/oauth2/userinfo"] {
            assert_eq!(served(path), Some((Endpoint::UserInfo, &["GET"][..])));
        }
    }

    #[test]
    fn a_mistyped_setting_is_refused() {
        let error = BitsBasicForm::new(json!({"also_token_type": "yes"}).as_object().unwrap()).unwrap_err();
        assert_eq!(error.name, "also_token_type");
    }

    #[test]
    fn the_default_scope_depends_on_the_client() {
        let default = |scopes| dialect().default_scopes(&client(scopes)).map(|scopes| scopes.joined());
        assert_eq!(default("application.read application").unwrap(), "application");
        assert_eq!(default("application.session application.read").unwrap(), "application.read");
        let none = default("application.session").unwrap_err();
        assert_eq!(none.kind, RefusalKind::InvalidScope(ScopeFault::NoneLeft));
    }

    #[test]
    fn a_default_scope_is_one_that_the_mount_knows() {
        let narrow = BitsBasicForm::new(json!({"scopes": ["application.read"]}).as_object().unwrap()).unwrap();
        assert_eq!(
            narrow.default_scopes(&client("application application.read")).unwrap().joined(),
            "application.read"
        );
    }

    #[test]
    fn application_comes_with_reading_and_with_nothing_else() {
        let may = |granted, asked| dialect().permits(&client(granted), &Scope::new(asked).unwrap());
        assert!(may("application", "application") && may("application", "application.read"));
        assert!(!may("application", "application.session") && !may("application.read", "application"));
    }

    #[test]
    fn a_client_needs_a_customer() {
        let faults = |client: &Client| {
            let mut remarks = Remarks::default();
            dialect().check_client(client, None, &mut remarks);
            remarks.faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        let mut client = client("application");
        assert_eq!(faults(&client), ["claims"]);
        client.claims.set("customerId", 7.into());
        assert_eq!(faults(&client), ["claims"]);
        client.claims.set("customerId", "bits:customer::1".into());
        assert_eq!(faults(&client), Vec::<&str>::new());
        assert_eq!(faults(&Client { id: "a:b".into(), ..client }), ["id"], "n46");
    }
}
