//! BizzAssure's auth surface: one token endpoint that takes and gives JSON.
//!
//! What is documented and what is inferred stands in this crate's README, with the settings that switch it.

mod encode;
mod parse;
mod tokens;

use dialect::settings::PolicyDefaults;
use dialect::{
    BodyFormat, ClientPlace, Context, Dialect, DialectKind, Route, Setting, SettingsError, SettingsMap, SettingsReader,
    Shown, TokenCall, WireRequest, WireResponse, check_method, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, KnownClaims, Policy, PublicError, RateLimit,
    RefreshForm, Refusal, Reply, Scopes, Seconds, SigningAlg, TokenFacts, TokenKind, TokenPlan, TokenView,
};
use std::sync::Arc;

/// What the gateway's registry lists.
pub const KIND: DialectKind =
    DialectKind::new("bizzassure-json", "BizzAssure", TOKEN_CALL, |given| Ok(Arc::new(BizzassureJson::new(given)?)))
        .with_contract(include_str!("../contract/pairs.http"), include_str!("../contract/fixtures.json"));

const TOKEN_CALL: TokenCall = TokenCall {
    client: ClientPlace::STANDARD_BODY,
    is_only_place: true,
    body: BodyFormat::Json,
    asks: &[("scopes", "[\"employee.get\"]")],
    access_token: "/payload/access_token",
    // Invalid scope: <s>; Scope not permitted: <s>
    echoes: &["invalid_scope", "scope_not_permitted", "insufficient_scope"],
    secrets: &[],
};

const ROUTES: &[Route] = &[Route { path: "/v1/auth/token", endpoint: Endpoint::Token, methods: &["POST"] }];

const DEFAULTS: PolicyDefaults<'_> = PolicyDefaults {
    access_ttl: Seconds(3600),
    id_ttl: Seconds(300),
    refresh_ttl: Seconds(2_592_000),
    scopes: &["employee.get", "employee.create", "employee.list", "policy.get", "policy.list", "policy.members.list"],
    alg: SigningAlg::Rs256,
    rate_limit: RateLimit::Rolling { count: 100, window: Seconds(3600) },
    refresh_form: RefreshForm::Handle,
};

/// BizzAssure under the settings of one mount.
#[derive(Debug)]
pub struct BizzassureJson {
    settings: Vec<Setting>,
    policy: Policy,
    capabilities: Capabilities,
}

/// What is no secret in its requests and answers.
const SHOWN: &[Shown] = &[
    shown::GRANT_TYPE,
    shown::CLIENT_ID,
    shown::TOKEN_TYPE,
    shown::EXPIRES_IN,
    Shown::any("scopes"),
    Shown::any("type"),
    Shown::any("title"),
    Shown::any("instance"),
];

impl BizzassureJson {
    /// The dialect with these settings; the error names one that is unknown or mistyped.
    pub fn new(given: &SettingsMap) -> Result<Self, SettingsError> {
        let mut reader = SettingsReader::new(given);
        let policy = reader.policy(DEFAULTS);
        let capabilities =
            Capabilities { grants: vec![GrantType::ClientCredentials], service_users: false, refresh_for_all: false };
        Ok(Self { settings: reader.finish()?, policy, capabilities })
    }
}

impl Dialect for BizzassureJson {
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
        let route = Route::find(ROUTES, endpoint)
            .ok_or_else(|| Refusal::internal("BizzAssure has a token endpoint and no other"))?;
        check_method(request, route)?;
        parse::token(request, &self.policy.scopes).map(Call::Token)
    }

    fn encode(&self, reply: &Reply, _: &Context<'_>) -> WireResponse {
        encode::reply(reply)
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        encode::error(error.kind, context)
    }
}

impl Hooks for BizzassureJson {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, _: &Client) -> Result<Scopes, Refusal> {
        Err(Refusal::missing("scopes"))
    }

    fn issues_refresh(&self, _: GrantType, _: &Scopes) -> bool {
        false
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims::default()
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
    use testkit::dialects::Stage;

    #[test]
    fn every_pair_holds() {
        Stage::new(KIND, env!("CARGO_MANIFEST_DIR")).play_all(17);
    }

    #[test]
    fn the_defaults_are_the_vendors() {
        let dialect = KIND.build(&SettingsMap::new()).unwrap();
        let policy = dialect.policy();
        assert_eq!((policy.access_ttl, policy.alg, policy.scopes.len()), (Seconds(3600), SigningAlg::Rs256, 6));
        assert_eq!(policy.rate_limit.to_string(), "100/1h");
        assert_eq!(dialect.capabilities().grants, [GrantType::ClientCredentials]);
        assert!(!dialect.issues_refresh(GrantType::ClientCredentials, &policy.scopes));
    }

    #[test]
    fn settings_are_taken_and_unknown_ones_refused() {
        let given = json!({"access_ttl": 60, "scopes": ["policy.grant"]});
        let dialect = BizzassureJson::new(given.as_object().unwrap()).unwrap();
        assert_eq!((dialect.policy.access_ttl, dialect.policy.scopes.joined().as_str()), (Seconds(60), "policy.grant"));
        let unknown = BizzassureJson::new(json!({"also_token_type": true}).as_object().unwrap()).unwrap_err();
        assert_eq!(unknown.name, "also_token_type");
    }

    #[test]
    fn a_request_that_names_no_scope_gets_none() {
        let dialect = BizzassureJson::new(&SettingsMap::new()).unwrap();
        let error = dialect.default_scopes(&Client::new("ba_full")).unwrap_err();
        assert_eq!(error.kind, Refusal::missing("scopes").kind);
    }
}
