//! Screening Eagle ID: Basic and a form in, an access, an ID and a refresh JWT out.
//!
//! `README.md` says of every behaviour whether it is documented or inferred, and which setting switches it.

mod encode;
mod parse;
mod scopes;
#[cfg(test)]
mod test_support;
mod tokens;

use crate::scopes::{OFFLINE, OPENID};
use dialect::settings::PolicyDefaults;
use dialect::{
    ClientPlace, Context, Dialect, DialectKind, Route, Setting, SettingsError, SettingsMap, SettingsReader, Shown,
    TokenCall, WireRequest, WireResponse, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, KnownClaims, Policy, PublicError, RateLimit,
    RefreshForm, Refusal, Remarks, Reply, ScopeText, Scopes, Seconds, SigningAlg, TokenFacts, TokenKind, TokenPlan,
    TokenView, User,
};
use std::sync::Arc;

/// The dialect as the gateway's registry lists it.
pub const KIND: DialectKind = DialectKind::new("screeningeagle-id", "Screening Eagle", TOKEN_CALL, |given| {
    Ok(Arc::new(ScreeningEagle::new(given)?))
})
.with_contract(include_str!("../contract/pairs.http"), include_str!("../contract/fixtures.json"));

const TOKEN_CALL: TokenCall = TokenCall {
    client: ClientPlace::Basic,
    is_only_place: true,
    asks: &[("grant_type", "client_credentials"), ("scope", "openid email")],
    ..TokenCall::STANDARD
};

const TOKEN_ROUTE: Route = Route { path: "/api/id/v1/auth/token", endpoint: Endpoint::Token, methods: &["POST"] };
const ROUTES: &[Route] = &[TOKEN_ROUTE];

/// Asked for at a path of the gateway's own, for the vendor documents none.
const AUTHORIZE: Route = Route { path: "", endpoint: Endpoint::Authorize, methods: &["GET", "POST"] };

/// The dialect under the settings of one mount.
#[derive(Debug)]
pub struct ScreeningEagle {
    policy: Policy,
    capabilities: Capabilities,
    settings: Vec<Setting>,
    errors: Errors,
    refresh_requires_offline: bool,
}

/// What an error's body says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errors {
    /// The only documented bytes, whatever happened.
    Literal,
    /// The status's reason phrase and a sentence for each kind.
    Realistic,
}

/// What is no secret in its requests and answers.
const SHOWN: &[Shown] = &[
    shown::GRANT_TYPE,
    shown::CLIENT_ID,
    shown::SCOPE,
    shown::REDIRECT_URI,
    shown::RESPONSE_TYPE,
    shown::RESPONSE_MODE,
    shown::CHALLENGE_METHOD,
    shown::PROMPT,
    shown::MAX_AGE,
    shown::TOKEN_TYPE,
    shown::EXPIRES_IN,
    shown::ERROR,
];

impl ScreeningEagle {
    /// The dialect with these settings; the error names the first that is unknown or mistyped.
    pub fn new(given: &SettingsMap) -> Result<Self, SettingsError> {
        let mut reader = SettingsReader::new(given);
        let errors = reader.choice(
            "errors",
            &["literal", "realistic"],
            "literal",
            "Whether an error says the documented bytes, or its reason phrase and a sentence.",
        );
        let refresh_requires_offline = reader.flag(
            "refresh_requires_offline",
            false,
            "Whether a refresh token comes only with the scope `offline`.",
        );
        let refresh_grant = reader.flag("refresh_grant", true, "Whether `grant_type=refresh_token` is served.");
        let sign_in = Some(reader.sign_in(false, true));
        let policy = reader.policy(PolicyDefaults {
            access_ttl: Seconds(604_800),
            id_ttl: Seconds(604_800),
            refresh_ttl: Seconds(15_552_000),
            scopes: &[OPENID, "email", "profile", "inspect", OFFLINE],
            alg: SigningAlg::Hs256,
            rate_limit: RateLimit::Unlimited,
            refresh_form: RefreshForm::Jwt,
        });
        let policy = Policy { sign_in, ..policy };
        let settings = reader.finish()?;

        let mut grants = vec![GrantType::ClientCredentials, GrantType::AuthorizationCode];
        if refresh_grant {
            grants.push(GrantType::RefreshToken);
        }
        let capabilities = Capabilities { grants, service_users: true, refresh_for_all: true };
        let errors = if errors == "realistic" { Errors::Realistic } else { Errors::Literal };
        Ok(Self { policy, capabilities, settings, errors, refresh_requires_offline })
    }
}

impl Hooks for ScreeningEagle {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, _client: &Client) -> Result<Scopes, Refusal> {
        Err(Refusal::missing("scope"))
    }

    fn scope_text(&self, scope: &str) -> Option<ScopeText<'_>> {
        scopes::text(scope)
    }

    fn issues_refresh(&self, _grant_type: GrantType, scopes: &Scopes) -> bool {
        !self.refresh_requires_offline || scopes.contains(OFFLINE)
    }

    fn check_client(&self, client: &Client, _: Option<&str>, remarks: &mut Remarks) {
        dialect::basic::check_id(client, remarks);
    }

    fn check_user(&self, user: &User, remarks: &mut Remarks) {
        if tokens::user_id(&user.sub).is_none() {
            let message = format!(
                "sub `{}` must be a whole number in plain digits, such as `1302`: it is the token's userID",
                user.sub
            );
            remarks.refuse("sub", message);
        }
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

impl Dialect for ScreeningEagle {
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
        parse::call(endpoint, request, &self.capabilities.grants)
    }

    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse {
        encode::reply(reply, context.issuer)
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        encode::error(error.kind, context.endpoint, self.errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{dialect, stage};
    use serde_json::json;

    #[test]
    fn every_pair_holds() {
        stage().play_all(21);
    }

    #[test]
    fn the_defaults_are_the_vendors() {
        let dialect = dialect(json!({}));
        let policy = dialect.policy();
        assert_eq!(
            (policy.access_ttl, policy.id_ttl, policy.refresh_ttl),
            (Seconds(604_800), Seconds(604_800), Seconds(15_552_000))
        );
        assert_eq!(policy.scopes.joined(), "openid email profile inspect offline");
        assert_eq!((policy.alg, policy.refresh.form), (SigningAlg::Hs256, RefreshForm::Jwt));
        assert_eq!(dialect.capabilities().grants, GrantType::USUAL);
        assert!(dialect.capabilities().service_users && dialect.capabilities().refresh_for_all);
    }

    #[test]
    fn refresh_grant_off_leaves_the_documented_enum() {
        let grants = dialect(json!({"refresh_grant": false})).capabilities.grants;
        assert_eq!(grants, [GrantType::ClientCredentials, GrantType::AuthorizationCode]);
    }

    #[test]
    fn a_refresh_token_comes_always_or_only_with_offline() {
        let (plain, offline) = (Scopes::parse("openid").unwrap(), Scopes::parse("openid offline").unwrap());
        for grant_type in GrantType::USUAL {
            let always = dialect(json!({}));
            assert!(always.issues_refresh(grant_type, &plain) && always.issues_refresh(grant_type, &offline));
            let strict = dialect(json!({"refresh_requires_offline": true}));
            assert!(!strict.issues_refresh(grant_type, &plain) && strict.issues_refresh(grant_type, &offline));
        }
    }

    #[test]
    fn scope_has_no_default() {
        let error = dialect(json!({})).default_scopes(&Client::new("c")).unwrap_err();
        assert_eq!(error, Refusal::missing("scope"));
    }

    #[test]
    fn users_sign_in_as_the_standard_says_and_on_no_path_of_the_vendors() {
        let dialect = dialect(json!({"auto_approve": true}));
        let terms = dialect.policy().sign_in.as_ref().unwrap();
        assert!(terms.auto_approve && !terms.pkce_required && terms.errors_to_client);
        assert!(dialect.policy().pats.is_none() && dialect.pages().is_none());
        assert_eq!(dialect.routes().len(), 1);
        let client = Client { scopes: Scopes::parse("openid inspect").unwrap(), ..Client::new("c") };
        assert_eq!(dialect.authorize_scopes(&client, None).unwrap(), client.scopes);
    }

    #[test]
    fn a_sub_must_be_the_plain_number_that_user_id_is() {
        let faults = |sub: &str| {
            let mut remarks = Remarks::default();
            let user = User { sub: sub.into(), ..stage().user("1302").unwrap() };
            dialect(json!({})).check_user(&user, &mut remarks);
            remarks.faults
        };
        for good in ["1302", "0", "9223372036854775807"] {
            assert_eq!(faults(good), []);
        }
        for bad in ["", "alice", "01", "+1", "-1", "1.0", " 1", "9223372036854775808"] {
            assert!(faults(bad)[0].message.contains("1302"), "{bad}");
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
