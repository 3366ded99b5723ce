//! Reads the token request as a pack describes it.

use crate::fields::Fields;
use crate::file::{self, Carrier, Checks, ClientPlace, Decoding, Missing, ScopeForm};
use crate::rule::Rule;
use crate::source::Faults;
use dialect::{Json, PathPattern, WireRequest, intern};
use dialect::{assertion, basic};
use grant::{
    AuthMethod, ClientAuth, GrantType, Proof, Refusal, RefusalKind, RequestFault, Scope, ScopeFault, Scopes, Secret,
    TokenRequest,
};

/// What the name of a part of the path begins with, among the further parameters of a request.
pub(crate) const PART: &str = "path.";

/// How the token request is read.
#[derive(Clone, Debug)]
pub(crate) struct TokenReader {
    pub(crate) carriers: Vec<Carrier>,
    checks: Checks,
    pub(crate) places: Vec<ClientPlace>,
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    decoding: basic::Decoding,
    pub(crate) grant_field: &'static str,
    grants: Vec<GrantRule>,
    code: [&'static str; 3],
    redirect_uri_optional: bool,
    /// The parameters of a user's name and password.
    password: [&'static str; 2],
    refresh: &'static str,
    refresh_prefix: &'static str,
    pub(crate) scope_field: &'static str,
    pub(crate) scope_form: ScopeForm,
    separator: Box<str>,
    scope_missing: Missing,
    pub(crate) parameters: Vec<Rule>,
    parts: Vec<Rule>,
    /// The names of parts, and those that they have among the further parameters.
    part_names: Vec<(&'static str, &'static str)>,
}

/// How one grant is asked for.
#[derive(Clone, Debug)]
pub(crate) struct GrantRule {
    pub(crate) grant_type: GrantType,
    pub(crate) is: &'static str,
    implied: bool,
}

impl TokenReader {
    /// The reader that a file describes.
    pub(crate) fn of(file: &file::File, patterns: &[PathPattern], faults: &mut Faults) -> Self {
        let token = &file.token;
        let rules = |rules: &crate::ordered::Ordered<file::Rule>, key: &[&str], faults: &mut Faults| {
            if rules.0.len() > 64 {
                faults.add(key, "has more than 64 names");
            }
            rules.0.iter().map(|(name, rule)| Rule::of(name, rule, key, faults)).collect()
        };
        for (key, is_empty) in [("body", token.body.is_empty()), ("grants", token.grants.is_empty())] {
            if is_empty {
                faults.add(&["token", key], "is empty; leave it out for what the base has");
            }
        }
        if token.scope.form == ScopeForm::Text && token.scope.separator.is_empty() {
            faults.add(&["token", "scope", "separator"], "is empty; write \" \" or \",\"");
        }
        let code = &token.authorization_code;
        Self {
            carriers: token.body.clone(),
            checks: token.checks,
            places: token.client.places.clone(),
            id: intern(&token.client.id),
            secret: intern(&token.client.secret),
            decoding: match token.client.basic {
                Decoding::Plain => basic::Decoding::Plain,
                Decoding::Form => basic::Decoding::FormEncoded,
            },
            grant_field: intern(&token.grant_field),
            grants: grants(token, faults),
            code: [intern(&code.code), intern(&code.redirect_uri), intern(&code.verifier)],
            redirect_uri_optional: code.redirect_uri_optional,
            password: [intern(&token.password.username), intern(&token.password.password)],
            refresh: intern(&token.refresh_token.token),
            refresh_prefix: intern(&token.refresh_token.prefix),
            scope_field: intern(&token.scope.field),
            scope_form: token.scope.form,
            separator: token.scope.separator.as_str().into(),
            scope_missing: token.scope.missing,
            parameters: rules(&token.parameters, &["token", "parameters"], faults),
            parts: rules(&file.parts, &["parts"], faults),
            part_names: patterns.iter().flat_map(PathPattern::names).map(|name| (name, part_name(name))).collect(),
        }
    }

    /// The grants that there are.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &GrantRule> {
        self.grants.iter()
    }

    /// The token request in `request`. What is ambiguous is refused here; the rest is kept for the phase that owns it,
    /// or refused at once where the vendor looks at all of a request first.
    pub(crate) fn read(
        &self,
        request: &WireRequest<'_>,
        catalogue: &Scopes,
        patterns: &[PathPattern],
    ) -> Result<TokenRequest, Refusal> {
        let fields = Fields::read(request, &self.carriers)?;
        let client = self.client(request, &fields)?;
        let proof = self.proof(&fields);
        let scopes = self.scopes(&fields, catalogue);
        let mut extra = Vec::new();
        let parameters = self.further(request, &fields, proof.as_ref().ok(), patterns, &mut extra);
        if self.checks == Checks::RequestFirst {
            let client = client?;
            proof.as_ref().map_err(Clone::clone)?;
            if scopes.as_ref().map_err(Clone::clone)?.is_none() && self.scope_missing == Missing::Refused {
                return Err(Refusal::missing(self.scope_field));
            }
            parameters?;
            return Ok(TokenRequest { client: Ok(client), proof, scopes, extra });
        }
        let proof = proof.and_then(|proof| parameters.map(|()| proof));
        Ok(TokenRequest { client, proof, scopes, extra })
    }

    /// The client's credentials. The outer error is an ambiguity; the inner one is a finding for its phase.
    pub(crate) fn client(
        &self,
        request: &WireRequest<'_>,
        fields: &Fields,
    ) -> Result<Result<ClientAuth, Refusal>, Refusal> {
        let twice = |cause| Refusal::new(RefusalKind::InvalidRequest(RequestFault::CredentialsTwice), cause);
        if let (Fields::Form(form), true) = (fields, self.places.contains(&ClientPlace::Assertion))
            && let Some(client) = assertion::client(request, form)?
        {
            return Ok(client);
        }
        let header = basic::read(request, self.decoding);
        let in_body = fields.text(self.secret);
        if !matches!(header, Ok(None)) && !matches!(in_body, Ok(None)) {
            return Err(twice("credentials came in the Authorization header and in the body"));
        }
        match header {
            Ok(Some(basic)) if self.places.contains(&ClientPlace::Basic) => {
                if fields.text(self.id)?.is_some_and(|id| id != basic.id) {
                    return Err(twice("the client of the body is not that of the Authorization header"));
                }
                let method = AuthMethod::Basic;
                Ok(Ok(ClientAuth { id: basic.id.into(), secret: basic.secret, method, hint: basic.hint }))
            }
            Err(error) if self.places.contains(&ClientPlace::Basic) => Ok(Err(error)),
            _ if self.places.contains(&ClientPlace::Body) => Ok(self.in_body(fields)),
            _ => Ok(Err(Refusal::invalid_client("the Authorization header has no Basic credentials"))),
        }
    }

    fn in_body(&self, fields: &Fields) -> Result<ClientAuth, Refusal> {
        let is_first = self.checks == Checks::RequestFirst;
        let lacking = |name: &'static str| {
            if is_first {
                Refusal::missing(name)
            } else {
                Refusal::invalid_client(format!("the request has no {name}"))
            }
        };
        let id = fields.text(self.id)?.ok_or_else(|| lacking(self.id))?;
        let secret = fields.text(self.secret)?.map(Secret::from);
        if secret.is_none() && is_first {
            return Err(lacking(self.secret));
        }
        let method = if secret.is_some() { fields.method() } else { AuthMethod::None };
        Ok(ClientAuth { id: id.into(), secret, method, hint: None })
    }

    fn proof(&self, fields: &Fields) -> Result<Proof, Refusal> {
        let grant_type = self.grant_type(fields)?;
        Ok(Proof::complete(
            grant_type,
            match grant_type {
                GrantType::AuthorizationCode => self.code(fields),
                GrantType::RefreshToken => self.refresh(fields),
                GrantType::ClientCredentials => Ok(Proof::ClientCredentials),
                GrantType::Password => self.password(fields),
                GrantType::JwtBearer => {
                    let assertion = fields.text("assertion");
                    assertion
                        .and_then(|jwt| jwt.ok_or_else(|| Refusal::missing("assertion")))
                        .map(|jwt| Proof::JwtBearer { assertion: jwt.into() })
                }
                GrantType::DeviceCode | GrantType::TokenExchange => Err(Refusal::new(
                    RefusalKind::UnsupportedGrantType,
                    "the grant is none that a pack has in its own words",
                )),
            },
        ))
    }

    fn grant_type(&self, fields: &Fields) -> Result<GrantType, Refusal> {
        let named = if self.grant_field.is_empty() { None } else { fields.text(self.grant_field)? };
        if let Some(name) = named {
            let found = self.grants.iter().find(|grant| grant.is == name);
            let unknown = || Refusal::new(RefusalKind::UnsupportedGrantType, "the grant is none that the pack has");
            return found.map(|grant| grant.grant_type).ok_or_else(unknown);
        }
        for grant in self.grants.iter().filter(|grant| grant.implied) {
            let is_meant = match grant.grant_type {
                GrantType::AuthorizationCode => fields.text(self.code[0])?.is_some(),
                GrantType::RefreshToken => fields.text(self.refresh)?.is_some(),
                GrantType::ClientCredentials => true,
                GrantType::Password => fields.text(self.password[1])?.is_some(),
                GrantType::JwtBearer => fields.text("assertion")?.is_some(),
                GrantType::DeviceCode | GrantType::TokenExchange => false,
            };
            if is_meant {
                return Ok(grant.grant_type);
            }
        }
        let lacking = if self.grant_field.is_empty() { self.code[0] } else { self.grant_field };
        Err(Refusal::missing(lacking))
    }

    fn code(&self, fields: &Fields) -> Result<Proof, Refusal> {
        let [code, redirect_uri, verifier] = self.code;
        let code = fields.text(code)?.ok_or_else(|| Refusal::missing(code))?;
        let redirect_uri = match fields.text(redirect_uri)? {
            Some(uri) => uri.to_owned(),
            None if self.redirect_uri_optional => String::new(),
            None => return Err(Refusal::missing(redirect_uri)),
        };
        let verifier = fields.text(verifier)?.map(Secret::from);
        Ok(Proof::AuthorizationCode { code: code.into(), redirect_uri, verifier })
    }

    fn password(&self, fields: &Fields) -> Result<Proof, Refusal> {
        let [username, password] = self.password;
        let required = |name| fields.text(name)?.ok_or_else(|| Refusal::missing(name));
        Ok(Proof::Password { username: required(username)?.to_owned(), password: required(password)?.into() })
    }

    fn refresh(&self, fields: &Fields) -> Result<Proof, Refusal> {
        let token = fields.text(self.refresh)?.ok_or_else(|| Refusal::missing(self.refresh))?;
        let foreign = || Refusal::invalid_grant("the refresh token does not begin as the vendor's do");
        let token = token.strip_prefix(self.refresh_prefix).ok_or_else(foreign)?;
        Ok(Proof::Refresh { token: token.into() })
    }

    /// The scopes in the order asked, each once. Names outside `catalogue` are found here, so that a long list of them
    /// is never gathered.
    fn scopes(&self, fields: &Fields, catalogue: &Scopes) -> Result<Option<Scopes>, Refusal> {
        if self.scope_field.is_empty() {
            return Ok(None);
        }
        let known = |name: &str| {
            let scope = Scope::new(name).filter(|_| catalogue.contains(name));
            scope.ok_or_else(|| Refusal::unknown_scope(name))
        };
        if self.scope_form == ScopeForm::Array {
            let malformed = || Refusal::malformed(self.scope_field, "is not a non-empty array of texts");
            let items = match fields.json(self.scope_field) {
                None => return Ok(None),
                Some(Json::Array(items)) if !items.is_empty() => items,
                Some(_) => return Err(malformed()),
            };
            let name = |item: &'_ Json| item.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
            let names: Vec<String> = items.iter().map(name).collect::<Option<_>>().ok_or_else(malformed)?;
            return names.iter().map(|name| known(name)).collect::<Result<Scopes, _>>().map(Some);
        }
        let Some(text) = fields.text(self.scope_field)? else { return Ok(None) };
        let names = text.split(&*self.separator).map(str::trim).filter(|name| !name.is_empty());
        let scopes = names.map(known).collect::<Result<Scopes, _>>()?;
        Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
    }

    /// The parameters of the vendor's own and the parts of the path; the error is the first that is missing or wrong.
    fn further(
        &self,
        request: &WireRequest<'_>,
        fields: &Fields,
        proof: Option<&Proof>,
        patterns: &[PathPattern],
        extra: &mut Vec<(&'static str, String)>,
    ) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        let mut note = |fault: Result<(), Refusal>| {
            if outcome.is_ok() {
                outcome = fault;
            }
        };
        for rule in &self.parameters {
            let value = match fields.text(rule.name) {
                Ok(value) => value,
                Err(error) => {
                    note(Err(error));
                    continue;
                }
            };
            // A claim of a scope is looked at with that scope.
            if rule.scope.is_empty() && rule.counts_at(proof.map(Proof::grant_type)) {
                note(rule.check(value));
            }
            extra.extend(value.map(|value| (rule.name, value.to_owned())));
        }
        for (name, value) in patterns.iter().find_map(|pattern| pattern.values(request.path)).unwrap_or_default() {
            if let Some(rule) = self.parts.iter().find(|rule| rule.name == name) {
                note(rule.check(Some(value)));
            }
            let known = self.part_names.iter().find(|(known, _)| *known == name);
            extra.extend(known.map(|(_, name)| (*name, value.to_owned())));
        }
        outcome
    }

    /// How clients may authenticate, by the standard's names (OpenID Connect Core section 9).
    pub(crate) fn auth_methods(&self) -> impl Iterator<Item = &'static str> {
        self.places
            .iter()
            .flat_map(|place| match place {
                ClientPlace::Basic => &["client_secret_basic"][..],
                ClientPlace::Body => &["client_secret_post", "none"],
                ClientPlace::Assertion => &["private_key_jwt", "client_secret_jwt"],
            })
            .copied()
    }

    /// Whether ids come in a Basic header undecoded.
    pub(crate) fn is_basic_plain(&self) -> bool {
        self.places.contains(&ClientPlace::Basic) && self.decoding == basic::Decoding::Plain
    }

    /// The rules of parts, with those of parameters.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&Rule, bool)> {
        self.parameters.iter().map(|rule| (rule, false)).chain(self.parts.iter().map(|rule| (rule, true)))
    }

    /// What a request without scopes is refused with, where it is.
    pub(crate) fn no_scopes(&self) -> Refusal {
        match self.scope_missing {
            Missing::Refused if !self.scope_field.is_empty() => Refusal::missing(self.scope_field),
            _ => {
                let kind = RefusalKind::InvalidScope(ScopeFault::NoneLeft);
                Refusal::new(kind, "no scope was asked for, and the client has none to be granted by default")
            }
        }
    }
}

/// The name of a part among the further parameters.
fn part_name(name: &str) -> &'static str {
    intern(&format!("{PART}{name}"))
}

/// The grants whose requests a pack can have in its own words; others are as the standard has them, over the standard dialect.
const OWN: [GrantType; 5] = [
    GrantType::ClientCredentials,
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::Password,
    GrantType::JwtBearer,
];

fn grants(token: &file::Token, faults: &mut Faults) -> Vec<GrantRule> {
    let mut grants = Vec::new();
    for name in &token.grants {
        let Some(grant_type) = GrantType::parse(name).filter(|grant| OWN.contains(grant)) else {
            let known: Vec<_> = OWN.iter().map(|grant| grant.as_str()).collect();
            let message = format!("`{}` is no grant; there are {}", name.escape_debug(), known.join(", "));
            faults.add(&["token", "grants"], message);
            continue;
        };
        let (is, implied) = match grant_type {
            GrantType::ClientCredentials => (&token.client_credentials.is, token.client_credentials.implied),
            GrantType::AuthorizationCode => (&token.authorization_code.is, token.authorization_code.implied),
            GrantType::RefreshToken => (&token.refresh_token.is, token.refresh_token.implied),
            GrantType::Password => (&token.password.is, token.password.implied),
            GrantType::JwtBearer => (&token.jwt_bearer.is, false),
            GrantType::DeviceCode | GrantType::TokenExchange => continue,
        };
        grants.push(GrantRule { grant_type, is: intern(is), implied });
    }
    grants
}
