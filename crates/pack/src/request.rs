//! Reads the token request as a pack describes it.

use crate::fields::Fields;
use crate::file::{self, Carrier, Checks, ClientAssertion, ClientPlace, Decoding, Missing, NamedBy, ScopeForm};
use crate::proof::ProofReader;
use crate::rule::Rule;
use crate::source::Faults;
use dialect::{Json, PathPattern, WireRequest, intern};
use dialect::{assertion, basic};
use grant::{
    AuthMethod, ClientAuth, Proof, Refusal, RefusalKind, RequestFault, Scope, ScopeFault, Scopes, Secret, TokenRequest,
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
    assertion: ClientAssertion,
    pub(crate) proof: ProofReader,
    pub(crate) scope_field: &'static str,
    pub(crate) scope_form: ScopeForm,
    separator: Box<str>,
    scope_missing: Missing,
    pub(crate) parameters: Vec<Rule>,
    parts: Vec<Rule>,
    /// The names of parts, and those that they have among the further parameters.
    part_names: Vec<(&'static str, &'static str)>,
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
            assertion: token.client.assertion.clone(),
            proof: ProofReader::of(token, faults),
            scope_field: intern(&token.scope.field),
            scope_form: token.scope.form,
            separator: token.scope.separator.as_str().into(),
            scope_missing: token.scope.missing,
            parameters: rules(&token.parameters, &["token", "parameters"], faults),
            parts: rules(&file.parts, &["parts"], faults),
            part_names: patterns.iter().flat_map(PathPattern::names).map(|name| (name, part_name(name))).collect(),
        }
    }

    /// The token request in `request`. What is ambiguous is refused here; the rest is kept for the phase that owns it, or for the
    /// first of all where the vendor looks at all of a request before any credential.
    pub(crate) fn read(
        &self,
        request: &WireRequest<'_>,
        catalogue: &Scopes,
        patterns: &[PathPattern],
    ) -> Result<TokenRequest, Refusal> {
        let fields = Fields::read(request, &self.carriers)?;
        let client = self.client(request, &fields)?;
        let proof = self.proof.read(&fields);
        let scopes = match self.scopes(&fields, self.scope_field, catalogue) {
            Ok(None) if self.assertion.scope => assertion::scopes(fields.text(assertion::CLIENT_ASSERTION)?),
            scopes => scopes,
        };
        let mut extra = Vec::new();
        let parameters = self.further(request, &fields, proof.as_ref().ok(), patterns, &mut extra);
        if self.checks == Checks::RequestFirst {
            let client = client.and_then(|client| {
                proof.as_ref().map_err(Clone::clone)?;
                if scopes.as_ref().map_err(Clone::clone)?.is_none() && self.scope_missing == Missing::Refused {
                    return Err(Refusal::missing(self.scope_field));
                }
                parameters.map(|()| client)
            });
            return Ok(TokenRequest { client, proof, scopes, extra });
        }
        let proof = proof.and_then(|proof| parameters.map(|()| proof));
        Ok(TokenRequest { client, proof, scopes, extra })
    }

    /// The client's credentials. The outer error is an ambiguity; the inner one is a finding for its phase.
    pub(crate) fn client(
        &self,
        request: &WireRequest<'_>,
        fields: &Fields<'_>,
    ) -> Result<Result<ClientAuth, Refusal>, Refusal> {
        let twice = |cause| Refusal::new(RefusalKind::InvalidRequest(RequestFault::CredentialsTwice), cause);
        if let (Fields::Form(form), true) = (fields, self.places.contains(&ClientPlace::Assertion))
            && let Some(client) = assertion::client_by(request, form, self.names_clients())?
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

    /// The claim of a client's assertion that names it.
    fn names_clients(&self) -> &'static str {
        match self.assertion.named_by {
            NamedBy::Sub => "sub",
            NamedBy::Iss => "iss",
        }
    }

    fn in_body(&self, fields: &Fields<'_>) -> Result<ClientAuth, Refusal> {
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

    /// The scopes of that field in the order asked, each once. Names outside `catalogue` are found here, so that a long list of them
    /// is never gathered.
    pub(crate) fn scopes(
        &self,
        fields: &Fields<'_>,
        field: &'static str,
        catalogue: &Scopes,
    ) -> Result<Option<Scopes>, Refusal> {
        if field.is_empty() {
            return Ok(None);
        }
        let known = |name: &str| {
            let scope = Scope::new(name).filter(|_| catalogue.contains(name));
            scope.ok_or_else(|| Refusal::unknown_scope(name))
        };
        if self.scope_form == ScopeForm::Array {
            let malformed = || Refusal::malformed(field, "is not a non-empty array of texts");
            let items = match fields.json(field) {
                None => return Ok(None),
                Some(Json::Array(items)) if !items.is_empty() => items,
                Some(_) => return Err(malformed()),
            };
            let name = |item: &'_ Json| item.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
            let names: Vec<String> = items.iter().map(name).collect::<Option<_>>().ok_or_else(malformed)?;
            return names.iter().map(|name| known(name)).collect::<Result<Scopes, _>>().map(Some);
        }
        let Some(text) = fields.text(field)? else { return Ok(None) };
        let names = text.split(&*self.separator).map(str::trim).filter(|name| !name.is_empty());
        let scopes = names.map(known).collect::<Result<Scopes, _>>()?;
        Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
    }

    /// The parameters of the vendor's own and the parts of the path; the error is the first that is missing or wrong.
    fn further(
        &self,
        request: &WireRequest<'_>,
        fields: &Fields<'_>,
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
