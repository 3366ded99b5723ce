//! A pack under the settings of one mount: the dialect that it is.

use crate::base::Base;
use crate::compiled::Compiled;
use crate::exchange::Place;
use crate::file::{ClientPlace, Missing, NamedBy, Pkce};
use dialect::settings::PolicyDefaults;
use dialect::{
    Context, Dialect, PageRoutes, PathPattern, Route, Setting, SettingsError, SettingsReader, Shown, WireRequest,
    WireResponse, basic, bearer, check_method, shown,
};
use grant::{
    Call, Capabilities, Client, Endpoint, Grant, GrantType, Hooks, Identity, KnownClaims, Policy, Proof, PublicError,
    Refusal, RefusalKind, Remarks, Reply, Scope, ScopeFault, ScopeText, Scopes, SignInTerms, TokenFacts, TokenKind,
    TokenPlan, TokenRequest, TokenView, User, Value,
};
use openid_connect::{Defaults, OpenIdConnect, Parts, discovery, encode, error, userinfo};
use std::sync::Arc;

/// A pack under the settings of one mount.
#[derive(Debug)]
pub(crate) struct PackDialect {
    pack: Arc<Compiled>,
    /// The dialect from which the pack departs, where that is code.
    standard: Option<OpenIdConnect>,
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
    pub(crate) fn new(pack: Arc<Compiled>, mut reader: SettingsReader<'_>) -> Result<Self, SettingsError> {
        let defaults = &pack.defaults;
        let defaults = Defaults {
            policy: PolicyDefaults {
                access_ttl: defaults.access_ttl,
                id_ttl: defaults.id_ttl,
                refresh_ttl: defaults.refresh_ttl,
                scopes: &defaults.scopes,
                alg: defaults.alg,
                rate_limit: defaults.rate_limit,
                refresh_form: defaults.refresh_form,
            },
            refresh_rotation: defaults.refresh_rotation,
            has_pkce: pack.authorize.has_pkce(),
            pkce_required: pack.authorize.pkce == Pkce::Required,
            device: defaults.device,
            client_audience: &pack.client_audience,
            bearer_audience: &pack.audience,
        };
        let standard = (pack.own.base == Base::OpenId).then(|| {
            let parts = Parts { routes: pack.routes.clone().into(), ..Parts::STANDARD };
            OpenIdConnect::read(&mut reader, parts, defaults)
        });
        let policy = if let Some(standard) = &standard {
            standard.policy().clone()
        } else {
            let has = |grant| pack.grants.contains(&grant);
            let has_users = has(GrantType::AuthorizationCode) || has(GrantType::DeviceCode);
            let has_pkce = defaults.has_pkce;
            let sign_in = has_users.then(|| SignInTerms { has_pkce, ..reader.sign_in(defaults.pkce_required, true) });
            let device = has(GrantType::DeviceCode).then(|| reader.device(defaults.device));
            Policy { sign_in, device, ..reader.policy_of(defaults.policy, defaults.refresh_rotation) }
        };
        let mut policy = Policy { opaque_access_tokens: pack.opaque.or(policy.opaque_access_tokens), ..policy };
        let mut grants = pack.grants.clone();
        match &standard {
            Some(standard) if !pack.own.request => grants.clone_from(&standard.capabilities().grants),
            _ => assertions(&pack, &mut policy, &mut reader),
        }
        let capabilities =
            Capabilities { grants, service_users: pack.acts_for_user, refresh_for_all: pack.refresh_for_all };
        Ok(Self { settings: reader.finish()?, pack, standard, policy, capabilities })
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

    /// The metadata: those of the standard dialect, but for what the pack does another way.
    fn metadata(&self, place: Place<'_>) -> WireResponse {
        let Compiled { endpoints, authorize, routes, reader, own, .. } = &*self.pack;
        let mut body = discovery::members(place.context, routes, self);
        if own.request {
            let methods: Vec<Value> = reader.auth_methods().map(Value::from).collect();
            for name in ["token", "introspection", "revocation"] {
                let name = format!("{name}_endpoint_auth_methods_supported");
                if body.get(&name).is_some() {
                    body.set(&name, Value::List(methods.clone()));
                }
            }
        }
        if !authorize.has_pkce() {
            body.remove("code_challenge_methods_supported");
        }
        if authorize.iss.is_empty() {
            body.set("authorization_response_iss_parameter_supported", false.into());
        }
        endpoints.metadata(body, place)
    }

    /// The call without the verifier that a vendor takes no notice of.
    fn without_pkce(&self, mut call: Call) -> Call {
        if self.pack.authorize.pkce == Pkce::Ignored
            && let Call::Token(TokenRequest { proof: Ok(Proof::AuthorizationCode { verifier, .. }), .. }) = &mut call
        {
            *verifier = None;
        }
        call
    }

    fn place<'a>(&'a self, context: &'a Context<'a>) -> Place<'a> {
        Place { context, patterns: &self.pack.patterns }
    }
}

/// The terms of assertions, where the pack's own token request takes them. Over the standard dialect its settings are declared.
fn assertions(pack: &Compiled, policy: &mut Policy, reader: &mut SettingsReader<'_>) {
    let token = Route::find(&pack.routes, Endpoint::Token).map_or("", |route| route.path);
    if !pack.reader.places.contains(&ClientPlace::Assertion) {
        policy.client_assertions = None;
    } else if policy.client_assertions.is_none() {
        policy.client_assertions = Some(reader.client_assertions(token, &pack.client_audience));
    }
    if let Some(terms) = &mut policy.client_assertions {
        terms.wants_jti = !pack.assertion.jti_optional;
        terms.wants_sub = pack.assertion.named_by == NamedBy::Sub;
    }
    if !pack.grants.contains(&GrantType::JwtBearer) {
        policy.bearer_assertions = None;
    } else if policy.bearer_assertions.is_none() {
        // Google's service accounts, for one, leave `sub` out where they speak for themselves.
        policy.bearer_assertions = Some(reader.bearer_assertions(token, &pack.audience, "optional"));
    }
}

impl Dialect for PackDialect {
    fn routes(&self) -> &[Route] {
        &self.pack.routes
    }

    fn authorize_parameter(&self, name: &'static str) -> &'static str {
        self.pack.authorize.name_of(name)
    }

    fn authorize_separator(&self) -> &'static str {
        self.pack.authorize.separator
    }

    fn grant_names(&self) -> (&'static str, Vec<&'static str>) {
        match &self.standard {
            Some(standard) if !self.pack.own.request => standard.grant_names(),
            _ => {
                let proof = &self.pack.reader.proof;
                (proof.grant_field, proof.grants().flat_map(|grant| grant.is.iter().copied()).collect())
            }
        }
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }

    fn pages(&self) -> Option<&PageRoutes> {
        // A vendor that users are sent to has its pages below the mount, as its endpoint is.
        let leads = |route: &Route| matches!(route.endpoint, Endpoint::Authorize | Endpoint::DeviceAuthorization);
        self.pack.routes.iter().any(leads).then_some(&self.pack.device.pages)
    }

    fn shown(&self) -> &[Shown] {
        self.standard.as_ref().map_or(SHOWN, |standard| standard.shown())
    }

    fn parse(&self, endpoint: Endpoint, request: &WireRequest<'_>) -> Result<Call, Refusal> {
        let lacking = || Refusal::internal("the pack has no such endpoint");
        let own_place = Some(&AUTHORIZE).filter(|_| endpoint == Endpoint::Authorize);
        let route = self.route(endpoint, request.path).or(own_place).ok_or_else(lacking)?;
        check_method(request, route)?;
        let Compiled { authorize, endpoints, device, reader, own, .. } = &*self.pack;
        let own_reader = own.request.then_some(reader);
        match (endpoint, &self.standard) {
            (Endpoint::Authorize, _) => authorize.read(request).map(|asked| Call::Authorize(Box::new(asked))),
            (Endpoint::Token, Some(standard)) if !own.request => standard.parse(endpoint, request),
            (Endpoint::Token, _) => reader.read(request, &self.policy.scopes, &self.pack.patterns).map(Call::Token),
            (Endpoint::UserInfo, _) => bearer::read_with_form(request).map(Call::UserInfo),
            (Endpoint::Introspect, _) => endpoints.introspect(request, route, own_reader).map(Call::Introspect),
            (Endpoint::Revoke, _) => endpoints.revoke(request, route, own_reader).map(Call::Revoke),
            (Endpoint::EndSession, _) => endpoints.end_session(request, route).map(Call::EndSession),
            (Endpoint::DeviceAuthorization, Some(standard)) if !own.request && device.is_asked_as_usual() => {
                standard.parse(endpoint, request)
            }
            (Endpoint::DeviceAuthorization, _) => {
                device.read(request, reader, &self.policy.scopes).map(Call::DeviceAuthorization)
            }
            (Endpoint::Discovery, _) => Ok(Call::Discovery),
            (Endpoint::Jwks, _) => Ok(Call::Jwks),
            (Endpoint::Verify, _) => Err(lacking()),
        }
        .map(|call| self.without_pkce(call))
    }

    fn encode(&self, reply: &Reply, context: &Context<'_>) -> WireResponse {
        let place = self.place(context);
        let Compiled { endpoints, userinfo, authorize, device, .. } = &*self.pack;
        match reply {
            // What the pack says of other grants says nothing of an exchange, whose answer tells what was issued.
            Reply::Token(reply)
                if reply.grant_type == GrantType::TokenExchange
                    && self.standard.is_some()
                    && !self.pack.has_answer_of(reply.grant_type) =>
            {
                encode::token(reply)
            }
            Reply::Token(reply) => self.pack.answer_of(reply.grant_type).granted(reply, place),
            Reply::UserInfo(identity) => match userinfo {
                Some(answer) => answer.identity(identity, place),
                None => userinfo::answer(identity, self),
            },
            Reply::Authorize(reply) => {
                authorize.answer(reply, place, |kind| (!self.pack.own.callback).then(|| error::at_client(kind)))
            }
            Reply::Introspection(identity) => endpoints.introspection(identity.as_ref(), place),
            Reply::Revoked => endpoints.revoked(place),
            Reply::EndSession(to) => encode::signed_out(to.as_ref(), context.issuer, Parts::PAGES.logout),
            Reply::DeviceAuthorization(reply) => device.answer(reply, place),
            Reply::Discovery => self.metadata(place),
            Reply::Jwks(keys) => discovery::keys(keys),
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
        if let Some(standard) = self.standard.as_ref().filter(|_| !self.pack.own.scopes) {
            return standard.default_scopes(client);
        }
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
        if let Some(standard) = &self.standard {
            standard.check_scopes(request, grant_type, scopes)?;
        }
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

    fn scope_text(&self, scope: &str) -> Option<ScopeText<'_>> {
        self.standard.as_ref()?.scope_text(scope)
    }

    fn check_userinfo(&self, identity: &Identity) -> Result<(), Refusal> {
        if self.standard.is_some() && identity.user.is_none() {
            return Err(Refusal::new(RefusalKind::UserRequired, "an app's token speaks for no user"));
        }
        let wanted = self.pack.userinfo_scope;
        if wanted.is_empty() || identity.facts.scopes.contains(wanted) {
            return Ok(());
        }
        let kind = RefusalKind::InsufficientScope { scope: Scope::new(wanted) };
        Err(Refusal::new(kind, format!("the token lacks the scope `{wanted}`")))
    }

    fn signs_with_secrets(&self) -> bool {
        self.pack.authorize.is_signed()
    }

    fn known_claims(&self) -> KnownClaims<'_> {
        KnownClaims { client: &self.pack.known_of_client, user: &self.pack.known_of_user }
    }

    fn check_client(&self, client: &Client, _: Option<&str>, remarks: &mut Remarks) {
        if self.pack.reader.is_basic_plain() {
            basic::check_id(client, remarks);
        }
        if self.signs_with_secrets() && client.mac_keys.is_empty() && !client.redirect_uris.is_empty() {
            let message = "what this vendor signs with it in the callback is left out, for a digest of it alone is known: give \
                           `secret`, `secret_file` or `secret_env` in the configuration file";
            remarks.warn("secret", message);
        }
        for name in self.pack.client_claims.iter().filter(|name| client.claims.get(name).is_none()) {
            remarks.refuse("claims", format!("a client of {} has a `{name}`: add it to its claims", self.pack.vendor));
        }
    }

    fn check_user(&self, user: &User, remarks: &mut Remarks) {
        if let Some(standard) = &self.standard {
            standard.check_user(user, remarks);
        }
        let is_number = || user.sub.parse::<i64>().is_ok_and(|number| number.to_string() == *user.sub);
        if self.pack.tokens.has_numbered_users() && !is_number() {
            let message = format!("`{}` must be a whole number in plain digits: the tokens have it as one", user.sub);
            remarks.refuse("sub", message);
        }
    }

    fn plan(&self, grant: &Grant<'_>) -> TokenPlan {
        let (tokens, own) = (&self.pack.tokens, self.pack.own);
        let Some(standard) = self.standard.as_ref().filter(|_| !(own.access && own.id)) else {
            return tokens.plan(grant, &self.policy);
        };
        let mut plan = standard.plan(grant);
        if own.access || own.id || tokens.has_refresh() {
            plan.tokens.retain(|token| !own.token(token.kind));
            let made = tokens.plan(grant, &self.policy).tokens;
            plan.tokens.extend(made.into_iter().filter(|token| own.token(token.kind)));
            // What the access token is hashed into comes after it.
            plan.tokens.sort_by_key(|token| token.kind != TokenKind::Access);
        }
        plan
    }

    fn read(&self, kind: TokenKind, token: &TokenView<'_>) -> Option<TokenFacts> {
        let (tokens, own) = (&self.pack.tokens, self.pack.own);
        match &self.standard {
            Some(standard) if !own.token(kind) => {
                let is_another = (own.access || own.id) && !tokens.is_ours(kind, token);
                standard.read(kind, token).filter(|_| !is_another)
            }
            _ => tokens.read(kind, token),
        }
    }
}
