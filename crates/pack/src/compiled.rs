//! A pack made ready to serve: everything of it that can be settled before a request comes.

use crate::answer::Answer;
use crate::authorize::Authorize;
use crate::base::Base;
use crate::call;
use crate::device::Device;
use crate::endpoints::Endpoints;
use crate::errors::Errors;
use crate::file::{ClientAssertion, File, Form, Missing};
use crate::request::TokenReader;
use crate::routes;
use crate::source::Faults;
use crate::template::names::{Place, Source};
use crate::tokens::Tokens;
use dialect::{PathPattern, Route, TokenCall, intern};
use grant::{DeviceTerms, GrantType, RateLimit, RefreshForm, Scope, Scopes, Seconds, SigningAlg, TokenKind};
use toml::de::DeTable;

/// A pack made ready.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) vendor: &'static str,
    pub(crate) routes: Vec<Route>,
    pub(crate) patterns: Vec<PathPattern>,
    pub(crate) defaults: Defaults,
    pub(crate) grants: Vec<GrantType>,
    pub(crate) reader: TokenReader,
    pub(crate) scopes: ScopeRules,
    pub(crate) tokens: Tokens,
    pub(crate) answer: Answer,
    pub(crate) answers: Vec<(GrantType, Answer)>,
    pub(crate) authorize: Authorize,
    pub(crate) endpoints: Endpoints,
    pub(crate) device: Device,
    pub(crate) userinfo: Option<Answer>,
    pub(crate) userinfo_scope: &'static str,
    pub(crate) errors: Errors,
    pub(crate) resource_errors: Errors,
    pub(crate) client_claims: Vec<&'static str>,
    pub(crate) known_of_client: Vec<&'static str>,
    pub(crate) known_of_user: Vec<&'static str>,
    /// What the `aud` of an assertion that asks for a token may be.
    pub(crate) audience: Vec<&'static str>,
    /// The same of one by which a client authenticates, and what else is asked of it.
    pub(crate) client_audience: Vec<&'static str>,
    pub(crate) assertion: ClientAssertion,
    pub(crate) acts_for_user: bool,
    pub(crate) refresh_for_all: bool,
    /// What an opaque access token begins with.
    pub(crate) opaque: Option<&'static str>,
    pub(crate) call: TokenCall,
    pub(crate) own: Own,
}

/// What of a pack is its own, where the base has it as code.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one part, and they combine freely")]
pub(crate) struct Own {
    pub(crate) base: Base,
    /// What the token request is made of.
    pub(crate) request: bool,
    pub(crate) scopes: bool,
    pub(crate) access: bool,
    pub(crate) id: bool,
    pub(crate) userinfo: bool,
    /// What a client is told through the browser.
    pub(crate) callback: bool,
}

impl Own {
    /// What a pack's own table says of the parts of that base. All of a pack over `oauth2` is data.
    pub(crate) fn of(base: Base, own: &DeTable<'_>) -> Self {
        let table = |key: &str| own.get(key).and_then(|item| item.get_ref().as_table());
        let is_data = base == Base::OAuth;
        let says = |key: &str, part: &str| is_data || table(key).is_some_and(|table| table.contains_key(part));
        let is_of_request = |key: &str| !["path", "methods", "answer", "answers", "mark", "source"].contains(&key);
        let mut request = table("token").into_iter().flatten();
        Self {
            base,
            request: is_data || request.any(|(key, _)| is_of_request(key.get_ref())),
            scopes: says("token", "scope"),
            access: is_data || table("access_token").is_some(),
            id: is_data || table("id_token").is_some(),
            userinfo: says("userinfo", "answer"),
            callback: says("authorize", "callback"),
        }
    }

    /// Whether tokens of that kind are made of the pack's template.
    pub(crate) const fn token(self, kind: TokenKind) -> bool {
        match kind {
            TokenKind::Access => self.access,
            TokenKind::Id => self.id,
            TokenKind::Refresh => true,
        }
    }
}

/// What a mount has where its settings say nothing.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) access_ttl: Seconds,
    pub(crate) id_ttl: Seconds,
    pub(crate) refresh_ttl: Seconds,
    pub(crate) alg: SigningAlg,
    pub(crate) rate_limit: RateLimit,
    pub(crate) refresh_rotation: bool,
    pub(crate) device: DeviceTerms,
    pub(crate) refresh_form: RefreshForm,
}

/// The vendor's own rules on scopes.
#[derive(Clone, Debug)]
pub(crate) struct ScopeRules {
    pub(crate) missing: Missing,
    pub(crate) first_of: Vec<&'static str>,
    pub(crate) alone: Vec<&'static str>,
    /// A scope, and one that comes with it.
    pub(crate) implies: Vec<(&'static str, &'static str)>,
}

impl Compiled {
    /// The pack that a file describes.
    pub(crate) fn of(file: &File, own: Own, errors: (Errors, Errors), faults: &mut Faults) -> Self {
        let (routes, patterns) = routes::of(file, own.base, faults);
        let reader = TokenReader::of(file, &patterns, faults);
        let tokens = Tokens::of(file, faults);
        let answer = Answer::of(&file.token.answer, None, Place::Answer, &["token", "answer"], faults);
        let answers = answers(file, &answer, faults);
        let has_userinfo = !file.userinfo.path.0.is_empty();
        let userinfo = has_userinfo
            .then(|| Answer::of(&file.userinfo.answer, None, Place::Identity, &["userinfo", "answer"], faults));
        let (authorize, endpoints) = (Authorize::of(&file.authorize, own.base, faults), Endpoints::of(file, faults));
        let mut sources: Vec<Source> = tokens.sources().copied().chain(authorize.sources()).collect();
        let all = std::iter::once(&answer).chain(answers.iter().map(|(_, answer)| answer)).chain(&userinfo);
        let device = Device::of(file, &routes, faults);
        let all = all.chain(endpoints.answers()).chain(&device.answer);
        sources.extend(all.flat_map(Answer::sources));
        check_parameters(&reader, &patterns, &sources, faults);
        // A template that cannot be read says nothing: what it lacks is known once it can.
        if !answer.sources().contains(&Source::AccessToken) && !faults.has(&["token", "answer"]) {
            faults.add(&["token", "answer", "body"], "says no {{access_token}}; without one there is nothing to use");
        }
        let (known_of_client, known_of_user) = known(file, own.base, &reader, &sources);
        let all = |texts: &[String]| texts.iter().map(|text| intern(text)).collect();
        Self {
            vendor: intern(&file.vendor),
            routes,
            patterns,
            defaults: Defaults::of(file, faults),
            grants: reader.proof.grants().map(|grant| grant.grant_type).collect(),
            scopes: ScopeRules::of(file),
            call: call::of(file, &reader),
            reader,
            tokens,
            answer,
            answers,
            authorize,
            endpoints,
            device,
            userinfo: userinfo.filter(|_| own.userinfo),
            userinfo_scope: intern(&file.userinfo.with_scope),
            own,
            errors: errors.0,
            resource_errors: errors.1,
            client_claims: all(&file.client.claims),
            known_of_client,
            known_of_user,
            audience: all(&file.token.jwt_bearer.audience),
            client_audience: all(&file.token.client.assertion.audience),
            assertion: file.token.client.assertion.clone(),
            acts_for_user: file.client.acts_for_user,
            refresh_for_all: file.refresh_token.for_all,
            opaque: opaque(file, faults),
        }
    }

    /// Whether the pack says by itself what is answered to a grant of that kind.
    pub(crate) fn has_answer_of(&self, grant_type: GrantType) -> bool {
        self.answers.iter().any(|(known, _)| *known == grant_type)
    }

    /// The answer to a grant of that kind.
    pub(crate) fn answer_of(&self, grant_type: GrantType) -> &Answer {
        self.answers.iter().find(|(known, _)| *known == grant_type).map_or(&self.answer, |(_, answer)| answer)
    }
}

/// The claims of clients and of users that a pack looks for.
fn known(file: &File, base: Base, reader: &TokenReader, sources: &[Source]) -> (Vec<&'static str>, Vec<&'static str>) {
    let bound = reader.rules().filter_map(|(rule, _)| rule.bound());
    let mut of_client: Vec<_> = file.client.claims.iter().map(|name| intern(name)).chain(bound).collect();
    let mut of_user = match base {
        Base::OpenId => openid_connect::scopes::CLAIMS.to_vec(),
        Base::OAuth => Vec::new(),
    };
    for source in sources {
        match source {
            Source::ClientClaim(name) => of_client.push(name),
            Source::UserClaim(name) if !of_user.contains(name) => of_user.push(name),
            _ => {}
        }
    }
    (of_client, of_user)
}

/// What an opaque access token begins with, in the characters of a bearer token (RFC 6750 section 2.1), and `!`.
fn opaque(file: &File, faults: &mut Faults) -> Option<&'static str> {
    let access = &file.access_token;
    let admitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/!".contains(&b);
    if access.prefix.len() > 64 || !access.prefix.bytes().all(admitted) {
        faults.add(&["access_token", "prefix"], "must be up to 64 of A-Z a-z 0-9 - . _ ~ + / !");
    }
    (access.form == Form::Opaque).then(|| intern(&access.prefix))
}

fn answers(file: &File, over: &Answer, faults: &mut Faults) -> Vec<(GrantType, Answer)> {
    let mut answers = Vec::new();
    for (name, answer) in &file.token.answers.0 {
        let key = ["token", "answers", name.as_str()];
        match GrantType::parse(name) {
            Some(grant) => answers.push((grant, Answer::of(answer, Some(over), Place::Answer, &key, faults))),
            None => faults.add(&key, format!("`{}` is no grant", name.escape_debug())),
        }
    }
    answers
}

/// The endpoints at whose paths parts may vary.
const PATHS: [&str; 9] = [
    "authorize",
    "token",
    "userinfo",
    "introspect",
    "revoke",
    "device_authorization",
    "end_session",
    "jwks",
    "discovery",
];

/// Whether the parameters and parts that templates name are there. A path that is wrong hides its parts, and is told by itself.
fn check_parameters(reader: &TokenReader, patterns: &[PathPattern], sources: &[Source], faults: &mut Faults) {
    for source in sources {
        match source {
            Source::Param(name) if !reader.parameters.iter().any(|rule| rule.name == *name) => {
                let message = format!("a template says `{{{{param.{name}}}}}`: add [token.parameters.{name}]");
                faults.add(&["token", "parameters"], message);
            }
            Source::Part(name) if !patterns.iter().any(|pattern| pattern.names().any(|known| known == *name)) => {
                if PATHS.iter().any(|key| faults.has(&[key, "path"])) {
                    continue;
                }
                let message = format!("a template says `{{{{path.{name}}}}}`, and no path has a part `{{{name}}}`");
                faults.add(&["token", "path"], message);
            }
            _ => {}
        }
    }
}

impl Defaults {
    fn of(file: &File, faults: &mut Faults) -> Self {
        let own = &file.defaults;
        for (key, ttl) in [
            ("access_ttl", own.access_ttl),
            ("id_ttl", own.id_ttl),
            ("refresh_ttl", own.refresh_ttl),
            ("device_code_ttl", own.device_code_ttl),
            ("device_interval", own.device_interval),
        ] {
            if !(1..=316_224_000).contains(&ttl) {
                faults.add(&["defaults", key], "must be whole seconds, 1 to 316224000");
            }
        }
        let scopes: Vec<_> = own.scopes.iter().map(|name| intern(name)).collect();
        if scopes.is_empty() || scopes.iter().any(|name| Scope::new(name).is_none()) || scopes.len() > Scopes::MAX {
            faults.add(&["defaults", "scopes"], "must be up to 256 names of scopes (RFC 6749 section 3.3)");
        }
        let alg = SigningAlg::parse(&own.alg).unwrap_or_else(|| {
            let known = SigningAlg::ALL.map(SigningAlg::as_str).join(", ");
            faults.add(&["defaults", "alg"], format!("`{}` must be one of {known}", own.alg.escape_debug()));
            SigningAlg::Rs256
        });
        let rate_limit = own.rate_limit.parse().unwrap_or_else(|error: grant::RateLimitError| {
            faults.add(&["defaults", "rate_limit"], error.to_string());
            RateLimit::Unlimited
        });
        Self {
            scopes,
            access_ttl: Seconds(own.access_ttl),
            id_ttl: Seconds(own.id_ttl),
            refresh_ttl: Seconds(own.refresh_ttl),
            alg,
            rate_limit,
            refresh_rotation: own.refresh_rotation,
            device: DeviceTerms { ttl: Seconds(own.device_code_ttl), interval: Seconds(own.device_interval) },
            refresh_form: match file.refresh_token.form {
                Some(crate::file::Form::Jwt) => RefreshForm::Jwt,
                _ => RefreshForm::Handle,
            },
        }
    }
}

impl ScopeRules {
    fn of(file: &File) -> Self {
        let scope = &file.token.scope;
        let all = |names: &[String]| names.iter().map(|name| intern(name)).collect();
        let implied = |(name, with): &(String, Vec<String>)| {
            let name = intern(name);
            with.iter().map(|other| (name, intern(other))).collect::<Vec<_>>()
        };
        Self {
            missing: scope.missing,
            first_of: all(&scope.first_of),
            alone: all(&scope.alone),
            implies: scope.implies.0.iter().flat_map(implied).collect(),
        }
    }
}
