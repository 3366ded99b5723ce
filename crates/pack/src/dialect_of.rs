//! A pack under the settings of one mount: the dialect that it is.

use crate::base::Base;
use crate::compiled::Compiled;
use crate::exchange::Place;
use crate::file::{ClientPlace, NamedBy, Pkce};
use dialect::settings::PolicyDefaults;
use dialect::{
    Context, Dialect, PageRoutes, PathPattern, Route, Setting, SettingsError, SettingsReader, Shown, WireRequest,
    WireResponse, bearer, check_method, shown,
};
use grant::{
    Call, Capabilities, Endpoint, GrantType, Hooks, Policy, Proof, PublicError, Refusal, RefusalKind, Reply,
    SignInTerms, TokenRequest, Value,
};
use openid_connect::{Defaults, OpenIdConnect, Parts, discovery, encode, error, userinfo};
use std::sync::Arc;

/// A pack under the settings of one mount.
#[derive(Debug)]
pub(crate) struct PackDialect {
    pub(crate) pack: Arc<Compiled>,
    /// The dialect from which the pack departs, where that is code.
    pub(crate) standard: Option<OpenIdConnect>,
    pub(crate) policy: Policy,
    pub(crate) capabilities: Capabilities,
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
            let renamed = self.pack.endpoints.by_own_name(error.kind, context.endpoint);
            return errors.encode(renamed.as_ref().unwrap_or(error.kind), context, &self.pack.patterns);
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
