//! A pack under the settings of one mount: the dialect that it is.

use crate::compiled::Compiled;
use crate::exchange::Place;
use crate::file::Missing;
use dialect::settings::PolicyDefaults;
use dialect::{
    Context, Dialect, PathPattern, Route, Setting, SettingsError, SettingsReader, Shown, WireRequest, WireResponse,
    authorize, basic, bearer, check_method, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, KnownClaims, Policy, PublicError, Refusal,
    RefusalKind, Remarks, Reply, Scope, ScopeFault, Scopes, TokenFacts, TokenKind, TokenPlan, TokenRequest, TokenView,
    User,
};

/// A pack under the settings of one mount.
#[derive(Debug)]
pub(crate) struct PackDialect {
    pack: Compiled,
    policy: Policy,
    capabilities: Capabilities,
    settings: Vec<Setting>,
}

/// Asked for at a path of the gateway's own, where the vendor's own pages are not described.
const AUTHORIZE: Route = Route { path: "", endpoint: Endpoint::Authorize, methods: &["GET", "POST"] };

/// What is no secret in requests and answers, whatever the vendor.
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

impl PackDialect {
    /// The pack with the settings that `reader` has; those of its own have been read.
    pub(crate) fn new(pack: Compiled, mut reader: SettingsReader<'_>) -> Result<Self, SettingsError> {
        let has_users = pack.grants.contains(&GrantType::AuthorizationCode);
        let sign_in = has_users.then(|| reader.sign_in(false, true));
        let defaults = &pack.defaults;
        let policy = reader.policy_of(
            PolicyDefaults {
                access_ttl: defaults.access_ttl,
                id_ttl: defaults.id_ttl,
                refresh_ttl: defaults.refresh_ttl,
                scopes: &defaults.scopes,
                alg: defaults.alg,
                rate_limit: defaults.rate_limit,
                refresh_form: defaults.refresh_form,
            },
            defaults.refresh_rotation,
        );
        let policy = Policy { sign_in, opaque_access_tokens: pack.opaque, ..policy };
        let capabilities = Capabilities {
            grants: pack.grants.clone(),
            service_users: pack.acts_for_user,
            refresh_for_all: pack.refresh_for_all,
        };
        Ok(Self { settings: reader.finish()?, pack, policy, capabilities })
    }

    /// The route of a request: of those of its endpoint, the one that has its path.
    fn route(&self, endpoint: Endpoint, path: &str) -> Option<&Route> {
        let mut routes = self.pack.routes.iter().filter(|route| route.endpoint == endpoint);
        let has_path = |route: &&Route| {
            route.path == path || PathPattern::parse(route.path).is_ok_and(|pattern| pattern.matches(path))
        };
        let first = routes.clone().next();
        // One path is the rule, and what leads here has it.
        if routes.clone().nth(1).is_none() { first } else { routes.find(has_path).or(first) }
    }

    fn place<'a>(&'a self, context: &'a Context<'a>) -> Place<'a> {
        Place { context, patterns: &self.pack.patterns }
    }
}

impl Dialect for PackDialect {
    fn routes(&self) -> &[Route] {
        &self.pack.routes
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn shown(&self) -> &[Shown] {
        SHOWN
    }

    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal> {
        if endpoint == Endpoint::Authorize {
            check_method(request, &AUTHORIZE)?;
            return authorize::form(request).map(|form| Call::Authorize(Box::new(authorize::request(&form))));
        }
        let lacking = || Refusal::internal("the pack has no such endpoint");
        check_method(request, self.route(endpoint, request.path).ok_or_else(lacking)?)?;
        match endpoint {
            Endpoint::Token => {
                self.pack.reader.read(request, &self.policy.scopes, &self.pack.patterns).map(Call::Token)
            }
            Endpoint::UserInfo => bearer::read_with_form(request).map(Call::UserInfo),
            _ => Err(lacking()),
        }
    }

    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse {
        match (reply, &self.pack.userinfo) {
            (Reply::Token(reply), _) => self.pack.answer_of(reply.grant_type).granted(reply, self.place(context)),
            (Reply::UserInfo(identity), Some(answer)) => answer.identity(identity, self.place(context)),
            (Reply::Authorize(reply), _) => authorize::answer(reply, context.issuer),
            _ => WireResponse::empty(404),
        }
    }

    fn encode_error(&self, error: PublicError<'_>, context: &Context<'_>) -> WireResponse {
        let is_resource = matches!(context.endpoint, Endpoint::UserInfo | Endpoint::Verify);
        let errors = if is_resource { &self.pack.resource_errors } else { &self.pack.errors };
        if *error.kind != RefusalKind::MethodNotAllowed {
            return errors.encode(error.kind, context, &self.pack.patterns);
        }
        let routes = [&self.pack.routes[..], &[AUTHORIZE]].concat();
        let plain = Route::refuse_method(&routes, context.endpoint);
        if !errors.has_own(error.kind.code()) {
            return plain;
        }
        let mut own = errors.encode(error.kind, context, &self.pack.patterns);
        own.headers.extend(plain.headers);
        own
    }
}

impl Hooks for PackDialect {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn default_scopes(&self, client: &Client) -> Result<Scopes, Refusal> {
        let rules = &self.pack.scopes;
        let usable = |name: &&&str| client.scopes.contains(name) && self.policy.scopes.contains(name);
        let scopes = match rules.missing {
            Missing::All => client.scopes.clone(),
            Missing::First => {
                rules.first_of.iter().find(usable).and_then(|name| Scope::new(name)).into_iter().collect()
            }
            Missing::Refused => Scopes::empty(),
        };
        if scopes.is_empty() { Err(self.pack.reader.no_scopes()) } else { Ok(scopes) }
    }

    fn check_scopes(&self, request: &TokenRequest, grant_type: GrantType, scopes: &Scopes) -> Result<(), Refusal> {
        if let Some(scope) = scopes.iter().find(|scope| self.pack.scopes.alone.contains(&scope.as_str()))
            && scopes.len() > 1
        {
            let kind = RefusalKind::InvalidScope(ScopeFault::Exclusive(scope.clone()));
            return Err(Refusal::new(kind, format!("scope `{scope}` was asked for together with another")));
        }
        for rule in self.pack.reader.parameters.iter().filter(|rule| scopes.contains(rule.scope)) {
            if rule.counts_at(Some(grant_type)) {
                let value = request.extra.iter().find(|(name, _)| *name == rule.name);
                rule.check(value.map(|(_, value)| value.as_str()))?;
            }
        }
        Ok(())
    }

    fn check_request(&self, client: &Client, request: &TokenRequest) -> Result<(), Refusal> {
        for (rule, is_part) in self.pack.reader.rules() {
            let is_it = |known: &str| {
                let name = if is_part { known.strip_prefix(crate::request::PART) } else { Some(known) };
                name == Some(rule.name)
            };
            let value = request.extra.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value.as_str());
            rule.check_bound(client, value)?;
        }
        Ok(())
    }

    fn permits(&self, client: &Client, scope: &Scope) -> bool {
        let implied = |(with, name): &(&str, &str)| *scope == *name && client.scopes.contains(with);
        client.scopes.contains(scope.as_str()) || self.pack.scopes.implies.iter().any(implied)
    }

    fn issues_refresh(&self, grant_type: GrantType, scopes: &Scopes) -> bool {
        self.pack.tokens.issues_refresh(grant_type, scopes)
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims { client: &self.pack.known_of_client, user: &self.pack.known_of_user }
    }

    fn check_client(&self, client: &Client, _: Option<&str>, remarks: &mut Remarks) {
        if self.pack.reader.is_basic_plain() {
            basic::check_id(client, remarks);
        }
        for name in self.pack.client_claims.iter().filter(|name| client.claims.get(name).is_none()) {
            remarks.refuse("claims", format!("a client of {} has a `{name}`: add it to its claims", self.pack.vendor));
        }
    }

    fn check_user(&self, user: &User, remarks: &mut Remarks) {
        let is_number = || user.sub.parse::<i64>().is_ok_and(|number| number.to_string() == *user.sub);
        if self.pack.tokens.has_numbered_users() && !is_number() {
            let message = format!("`{}` must be a whole number in plain digits: the tokens have it as one", user.sub);
            remarks.refuse("sub", message);
        }
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        self.pack.tokens.plan(grant, &self.policy)
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        self.pack.tokens.read(kind, token)
    }
}
