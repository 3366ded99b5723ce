//! What a token request rests on, as a pack describes it.

use crate::fields::Fields;
use crate::file;
use crate::source::Faults;
use dialect::intern;
use grant::{GrantType, PresentedKind, PresentedToken, Proof, Refusal, RefusalKind, Secret, TokenExchange};

/// How grants are asked for.
#[derive(Clone, Debug)]
pub(crate) struct ProofReader {
    pub(crate) grant_field: &'static str,
    grants: Vec<GrantRule>,
    code: [&'static str; 3],
    redirect_uri_optional: bool,
    /// The parameters of a user's name and password.
    password: [&'static str; 2],
    refresh: &'static str,
    refresh_prefix: &'static str,
    device: &'static str,
    exchange: ExchangeRule,
}

/// How one grant is asked for.
#[derive(Clone, Debug)]
pub(crate) struct GrantRule {
    pub(crate) grant_type: GrantType,
    /// What the grant field says: one of these.
    pub(crate) is: Vec<&'static str>,
    implied: bool,
}

/// How a token is exchanged for another.
#[derive(Clone, Debug)]
struct ExchangeRule {
    subject: [&'static str; 2],
    actor: [&'static str; 2],
    audience: &'static str,
    requested: &'static str,
    access_token: Vec<&'static str>,
    id_token: Vec<&'static str>,
    issued: Vec<&'static str>,
}

impl ProofReader {
    /// The reader that a file describes.
    pub(crate) fn of(token: &file::Token, faults: &mut Faults) -> Self {
        let (code, exchange) = (&token.authorization_code, &token.token_exchange);
        let all = |texts: &[String]| texts.iter().map(|text| intern(text)).collect();
        Self {
            grant_field: intern(&token.grant_field),
            grants: grants(token, faults),
            code: [intern(&code.code), intern(&code.redirect_uri), intern(&code.verifier)],
            redirect_uri_optional: code.redirect_uri_optional,
            password: [intern(&token.password.username), intern(&token.password.password)],
            refresh: intern(&token.refresh_token.token),
            refresh_prefix: intern(&token.refresh_token.prefix),
            device: intern(&token.device_code.code),
            exchange: ExchangeRule {
                subject: [intern(&exchange.subject_token), intern(&exchange.subject_token_type)],
                actor: [intern(&exchange.actor_token), intern(&exchange.actor_token_type)],
                audience: intern(&exchange.audience),
                requested: intern(&exchange.requested_token_type),
                access_token: all(&exchange.access_token),
                id_token: all(&exchange.id_token),
                issued: all(&exchange.issued),
            },
        }
    }

    /// The grants that there are.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &GrantRule> {
        self.grants.iter()
    }

    /// The proof of a request. A grant that is missing or unknown is the error; what it lacks is kept for its phase.
    pub(crate) fn read(&self, fields: &Fields<'_>) -> Result<Proof, Refusal> {
        let grant_type = self.grant_type(fields)?;
        Ok(Proof::complete(grant_type, self.rests_on(fields, grant_type)))
    }

    fn rests_on(&self, fields: &Fields<'_>, grant_type: GrantType) -> Result<Proof, Refusal> {
        Ok(match grant_type {
            GrantType::AuthorizationCode => self.code(fields)?,
            GrantType::RefreshToken => self.refresh(fields)?,
            GrantType::ClientCredentials => Proof::ClientCredentials,
            GrantType::Password => {
                let [username, password] = self.password;
                Proof::Password {
                    username: required(fields, username)?.to_owned(),
                    password: required(fields, password)?.into(),
                }
            }
            GrantType::JwtBearer => Proof::JwtBearer { assertion: required(fields, "assertion")?.into() },
            GrantType::DeviceCode => Proof::DeviceCode { code: required(fields, self.device)?.into() },
            GrantType::TokenExchange => Proof::TokenExchange(Box::new(self.exchange.read(fields)?)),
        })
    }

    fn grant_type(&self, fields: &Fields<'_>) -> Result<GrantType, Refusal> {
        let named = if self.grant_field.is_empty() { None } else { fields.text(self.grant_field)? };
        if let Some(name) = named {
            let found = self.grants.iter().find(|grant| grant.is.contains(&name));
            let unknown = || Refusal::new(RefusalKind::UnsupportedGrantType, "the grant is none that the pack has");
            return found.map(|grant| grant.grant_type).ok_or_else(unknown);
        }
        let implied = || self.grants.iter().filter(|grant| grant.implied);
        for grant in implied() {
            let sign = match grant.grant_type {
                GrantType::AuthorizationCode => self.code[0],
                GrantType::RefreshToken => self.refresh,
                // Nothing stands for it: it is meant where nothing stands for another.
                GrantType::ClientCredentials => continue,
                GrantType::Password => self.password[1],
                GrantType::JwtBearer => "assertion",
                GrantType::DeviceCode => self.device,
                GrantType::TokenExchange => self.exchange.subject[0],
            };
            if fields.text(sign)?.is_some() {
                return Ok(grant.grant_type);
            }
        }
        if implied().any(|grant| grant.grant_type == GrantType::ClientCredentials) {
            return Ok(GrantType::ClientCredentials);
        }
        Err(Refusal::missing(if self.grant_field.is_empty() { self.code[0] } else { self.grant_field }))
    }

    fn code(&self, fields: &Fields<'_>) -> Result<Proof, Refusal> {
        let [code, redirect_uri, verifier] = self.code;
        let code = required(fields, code)?;
        let redirect_uri = match fields.text(redirect_uri)? {
            Some(uri) => uri.to_owned(),
            None if self.redirect_uri_optional => String::new(),
            None => return Err(Refusal::missing(redirect_uri)),
        };
        let verifier = fields.text(verifier)?.map(Secret::from);
        Ok(Proof::AuthorizationCode { code: code.into(), redirect_uri, verifier })
    }

    fn refresh(&self, fields: &Fields<'_>) -> Result<Proof, Refusal> {
        let token = required(fields, self.refresh)?;
        let foreign = || Refusal::invalid_grant("the refresh token does not begin as the vendor's do");
        let token = token.strip_prefix(self.refresh_prefix).ok_or_else(foreign)?;
        Ok(Proof::Refresh { token: token.into() })
    }
}

impl ExchangeRule {
    fn read(&self, fields: &Fields<'_>) -> Result<TokenExchange, Refusal> {
        let subject = self.presented(fields, self.subject)?;
        let has_actor = fields.text(self.actor[0])?.is_some() || fields.text(self.actor[1])?.is_some();
        let actor = has_actor.then(|| self.presented(fields, self.actor)).transpose()?;
        if fields.text(self.requested)?.is_some_and(|asked| !self.issued.contains(&asked)) {
            return Err(Refusal::malformed(self.requested, "is none that is issued"));
        }
        Ok(TokenExchange { subject, actor, audience: fields.text(self.audience)?.map(str::to_owned) })
    }

    /// A token and what it is. Where nothing says so it is an access token, unless there are none.
    fn presented(&self, fields: &Fields<'_>, [name, of_type]: [&'static str; 2]) -> Result<PresentedToken, Refusal> {
        let token = required(fields, name)?.into();
        let kind = match of_type {
            "" if self.access_token.is_empty() => PresentedKind::Id,
            "" => PresentedKind::Access,
            of_type => match required(fields, of_type)? {
                named if self.access_token.contains(&named) => PresentedKind::Access,
                named if self.id_token.contains(&named) => PresentedKind::Id,
                _ => return Err(Refusal::malformed(of_type, "is none that is taken")),
            },
        };
        Ok(PresentedToken { token, kind })
    }
}

fn required<'f>(fields: &'f Fields<'_>, name: &'static str) -> Result<&'f str, Refusal> {
    fields.text(name)?.ok_or_else(|| Refusal::missing(name))
}

fn grants(token: &file::Token, faults: &mut Faults) -> Vec<GrantRule> {
    let mut grants = Vec::new();
    for name in &token.grants {
        let Some(grant_type) = GrantType::parse(name) else {
            let known = GrantType::ALL.map(GrantType::as_str).join(", ");
            faults.add(&["token", "grants"], format!("`{}` is no grant; there are {known}", name.escape_debug()));
            continue;
        };
        let (is, implied) = match grant_type {
            GrantType::ClientCredentials => (&token.client_credentials.is, token.client_credentials.implied),
            GrantType::AuthorizationCode => (&token.authorization_code.is, token.authorization_code.implied),
            GrantType::RefreshToken => (&token.refresh_token.is, token.refresh_token.implied),
            GrantType::Password => (&token.password.is, token.password.implied),
            GrantType::JwtBearer => (&token.jwt_bearer.is, false),
            GrantType::DeviceCode => (&token.device_code.is, token.device_code.implied),
            GrantType::TokenExchange => (&token.token_exchange.is, token.token_exchange.implied),
        };
        grants.push(GrantRule { grant_type, is: is.0.iter().map(|name| intern(name)).collect(), implied });
    }
    grants
}
