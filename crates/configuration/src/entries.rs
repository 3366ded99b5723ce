//! Clients and users: from what is written to what the issuer keeps. The file and the admin API share these checks.

use super::secrets::{Read, SecretSources};
use super::uri;
use admin_api::{ClientSpec, SecretText, UserSpec};
use dialect::Dialect;
use grant::{
    AuthMethod, Claims, Client, ClientKey, GrantType, Origins, Password, Remark, Remarks, Scopes, User,
    check_extra_claims,
};

/// A client or user that passed every check.
#[derive(Debug)]
pub struct Checked<T> {
    /// What the issuer keeps.
    pub value: T,
    /// What is odd about it, though not wrong.
    pub warnings: Vec<Remark>,
    /// Why its secret or password would not hold on a public address: completes "its secret …".
    pub weak: Option<&'static str>,
}

/// The rules of one mount.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The mount's dialect.
    pub dialect: &'a dyn Dialect,
    /// Where secrets may come from.
    pub secrets: SecretSources<'a>,
}

impl Rules<'_> {
    /// Checks a client; the error has every fault found.
    pub fn client(&self, spec: ClientSpec) -> Result<Checked<Client>, Vec<Remark>> {
        let mut remarks = Remarks::default();
        check_name("id", &spec.id, "web", &mut remarks);
        let read = self.secrets.client(&spec).unwrap_or_else(|(key, message)| {
            remarks.refuse(key, message);
            Read::default()
        });
        let keys = keys(spec.jwks.as_ref(), &mut remarks);
        let auth_method = auth_method(spec.token_endpoint_auth_method.as_deref(), &read, &keys, &mut remarks);
        check_public(spec.public, read.secrets.is_empty() && keys.is_empty(), &mut remarks);
        let grants = self.grants(spec.grants.as_deref(), &mut remarks);
        let scopes = self.scopes(&spec.scopes, &mut remarks);
        check_redirects(&spec, &mut remarks);
        let allowed_origins = Origins::parse(&spec.allowed_origins).unwrap_or_else(|why| {
            remarks.refuse("allowed_origins", why);
            Origins::default()
        });
        let rate_limit = spec.rate_limit.as_deref().and_then(|limit| {
            limit.parse().map_err(|error: grant::RateLimitError| remarks.refuse("rate_limit", error.to_string())).ok()
        });
        let client = Client {
            id: spec.id.into(),
            name: spec.name.map(Into::into),
            mac_keys: if auth_method == Some(AuthMethod::ClientSecretJwt) || self.dialect.signs_with_secrets() {
                read.mac_keys()
            } else {
                Vec::new()
            },
            secrets: read.secrets,
            keys,
            auth_method,
            grants,
            scopes,
            redirect_uris: spec.redirect_uris,
            post_logout_redirect_uris: spec.post_logout_redirect_uris,
            requires_pkce: requires_pkce(self.dialect, spec.pkce.as_deref(), &mut remarks),
            backchannel_logout_uri: backchannel_logout_uri(spec.backchannel_logout_uri, &mut remarks),
            allowed_origins,
            trusted: spec.trusted,
            disabled: spec.disabled,
            user: spec.user.map(Into::into),
            rate_limit,
            claims: spec.claims,
        };
        check_uses(&client, self.dialect, &mut remarks);
        // The longest: a dialect has nothing to say of a secret but that.
        let secret = read.texts.iter().map(SecretText::expose).max_by_key(|text| text.chars().count());
        self.dialect.check_client(&client, secret, &mut remarks);
        check_claims(self.dialect, &client.claims, self.dialect.known_claims().client, &mut remarks);
        remarks.warnings.extend(read.warnings.into_iter().map(|(key, message)| Remark { key, message }));
        let is_sandboxs = client.keys.iter().any(|key| super::sandbox::is_key(&key.jwk));
        let weak = read.weak.or(is_sandboxs.then_some("is one of the sandbox's"));
        finish(client, remarks, weak)
    }

    fn grants(&self, given: Option<&[String]>, remarks: &mut Remarks) -> Vec<GrantType> {
        let Some(given) = given else { return vec![GrantType::ClientCredentials] };
        let offered = &self.dialect.capabilities().grants;
        let mut grants = Vec::with_capacity(given.len());
        for name in given {
            let Some(grant) = GrantType::parse(name) else {
                let known = GrantType::ALL.map(|grant| format!("`{}`", grant.as_str())).join(", ");
                remarks.refuse("grants", format!("`{}` is no grant; there are {known}", name.escape_debug()));
                continue;
            };
            if !offered.contains(&grant) {
                let message = format!("`{name}` is not offered by this mount's dialect; every use will be refused");
                remarks.warn("grants", message);
            }
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        grants
    }

    /// The scopes, sharing the catalogue's text: a mount may have 100,000 clients.
    fn scopes(&self, given: &[String], remarks: &mut Remarks) -> Scopes {
        let catalogue = &self.dialect.policy().scopes;
        let mut scopes = Scopes::empty();
        for name in given {
            if let Some(scope) = catalogue.iter().find(|scope| *scope == name.as_str()) {
                scopes.push(scope.clone());
                continue;
            }
            let known = catalogue.joined().replace(' ', ", ");
            let message = format!(
                "`{}` is not in the mount's catalogue: {known}; add it to the setting `scopes` to extend it",
                name.escape_debug()
            );
            remarks.refuse("scopes", message);
        }
        scopes
    }

    /// Checks a user; the error has every fault found.
    pub fn user(&self, spec: UserSpec) -> Result<Checked<User>, Vec<Remark>> {
        let mut remarks = Remarks::default();
        check_name("sub", &spec.sub, "1302", &mut remarks);
        let username = spec.username.unwrap_or_else(|| spec.sub.clone());
        if username != spec.sub {
            check_name("username", &username, "alice", &mut remarks);
        }
        let mut weak = None;
        let password = match (spec.password, spec.password_argon2) {
            (Some(_), Some(_)) => {
                remarks.refuse("password_argon2", "`password` is given too; keep one of them");
                None
            }
            (Some(password), None) => {
                if password.expose().is_empty() {
                    remarks.refuse("password", "the password is empty; leave the key out for none");
                } else if super::sandbox::is_secret(password.expose()) {
                    weak = Some("is one of the sandbox's");
                } else if password.expose() == username {
                    weak = Some("is the username");
                }
                Some(Password::Plain(password.expose().into()))
            }
            (None, Some(hash)) => {
                if let Err(why) = issuer::check_hash(hash.expose()) {
                    remarks.refuse("password_argon2", why);
                }
                Some(Password::Argon2(hash.expose().to_owned()))
            }
            (None, None) => None,
        };
        if spec.has_password.is_some_and(|wanted| wanted != password.is_some()) {
            let message = "does not fit: true wants `password` or `password_argon2`, false neither";
            remarks.refuse("has_password", message);
        }
        let user = User {
            sub: spec.sub.into(),
            username: username.into(),
            password,
            disabled: spec.disabled,
            denies_consent: spec.denies_consent,
            claims: spec.claims,
        };
        self.dialect.check_user(&user, &mut remarks);
        check_claims(self.dialect, &user.claims, self.dialect.known_claims().user, &mut remarks);
        finish(user, remarks, weak)
    }
}

fn check_redirects(spec: &ClientSpec, remarks: &mut Remarks) {
    for (key, uris) in
        [("redirect_uris", &spec.redirect_uris), ("post_logout_redirect_uris", &spec.post_logout_redirect_uris)]
    {
        for uri in uris {
            if let Err(why) = uri::check_redirect(uri) {
                remarks.refuse(key, format!("`{}` {why}", uri.escape_debug()));
            }
        }
    }
}

fn keys(given: Option<&Claims>, remarks: &mut Remarks) -> Vec<ClientKey> {
    let read = given.map(issuer::keys::client_keys).transpose();
    let refuse = |why| {
        remarks.refuse("jwks", why);
        Vec::new()
    };
    read.map_or_else(refuse, Option::unwrap_or_default)
}

/// The one way in which a client may authenticate, where it has what that needs.
fn auth_method(given: Option<&str>, read: &Read, keys: &[ClientKey], remarks: &mut Remarks) -> Option<AuthMethod> {
    const KEY: &str = "token_endpoint_auth_method";
    let given = given?;
    let Some(method) = AuthMethod::parse(given) else {
        let known = AuthMethod::REGISTERED.map(|(_, name)| format!("`{name}`")).join(", ");
        remarks.refuse(KEY, format!("`{}` is none of {known}", given.escape_debug()));
        return None;
    };
    let why = match method {
        AuthMethod::PrivateKeyJwt if keys.is_empty() => "wants `jwks`, the client's public keys".to_owned(),
        AuthMethod::Basic | AuthMethod::Form if read.secrets.is_empty() => "wants a secret".to_owned(),
        AuthMethod::None if !read.secrets.is_empty() || !keys.is_empty() => {
            "is for a public client, and this one has a secret, or `jwks`; leave one of the two out".to_owned()
        }
        AuthMethod::ClientSecretJwt => match read.cannot_mac() {
            Some(why) => why,
            None => return Some(method),
        },
        _ => return Some(method),
    };
    remarks.refuse(KEY, format!("`{given}` {why}"));
    Some(method)
}

fn check_public(public: Option<bool>, has_none: bool, remarks: &mut Remarks) {
    match (public, has_none) {
        (Some(true), false) => {
            remarks.refuse("public", "is true, and there is a secret, or `jwks`; leave one of the two out");
        }
        (Some(false), true) => {
            let message =
                "is false, and there is no secret; give `secret` or `jwks`, or make it true for a public client";
            remarks.refuse("public", message);
        }
        _ => {}
    }
}

fn backchannel_logout_uri(given: Option<String>, remarks: &mut Remarks) -> Option<Box<str>> {
    let uri = given?;
    if let Err(why) = uri::check_base(&uri) {
        remarks.refuse("backchannel_logout_uri", format!("`{}` {why}", uri.escape_debug()));
    }
    Some(uri.into())
}

fn requires_pkce(dialect: &dyn Dialect, given: Option<&str>, remarks: &mut Remarks) -> bool {
    match given {
        None | Some("optional") => false,
        Some("required") if dialect.policy().sign_in.as_ref().is_some_and(|terms| !terms.has_pkce) => {
            remarks.refuse("pkce", "cannot be `required`: this vendor takes no notice of PKCE; leave it out");
            false
        }
        Some("required") => true,
        Some(other) => {
            remarks.refuse("pkce", format!("`{}` is none of `optional` and `required`", other.escape_debug()));
            false
        }
    }
}

/// Claims that no token could have, and those that none will; `known` are those that the dialect looks for.
fn check_claims(dialect: &dyn Dialect, claims: &Claims, known: &[&str], remarks: &mut Remarks) {
    check_extra_claims(dialect, claims, known, remarks);
    let list = |names: &mut dyn Iterator<Item = &str>| {
        names.map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ")
    };
    let unknown = list(&mut claims.iter().map(|(name, _)| name).filter(|name| !known.contains(name)));
    if unknown.is_empty() || dialect.policy().extra_claims {
        return;
    }
    let looked_for = match list(&mut known.iter().copied()) {
        none if none.is_empty() => "none".to_owned(),
        some => format!("only {some}"),
    };
    let message = format!(
        "{unknown}: in no token and no userinfo, for the dialect looks for {looked_for}; correct the name, or set \
         `extra_claims = true` to have tokens say it"
    );
    remarks.warn("claims", message);
}

/// What a client is given and could never use, whatever its dialect.
fn check_uses(client: &Client, dialect: &dyn Dialect, remarks: &mut Remarks) {
    let capabilities = dialect.capabilities();
    let uses = |grant| client.grants.contains(&grant) && capabilities.grants.contains(&grant);
    let (credentials, code) = (uses(GrantType::ClientCredentials), uses(GrantType::AuthorizationCode));
    if client.scopes.is_empty() {
        let message = "has none, and a client without scopes is refused every token; give it some of the catalogue";
        if code {
            remarks.refuse("scopes", message);
        } else if credentials {
            remarks.warn("scopes", message);
        }
    }
    if credentials && client.is_public() {
        let message =
            "`client_credentials` is refused to a client without a secret; give it one, or take the grant away";
        remarks.warn("grants", message);
    }
    if uses(GrantType::JwtBearer) && client.keys.is_empty() {
        let message = format!(
            "`{}` is refused to a client without public keys: give it `jwks`, or take the grant away",
            GrantType::JwtBearer.as_str()
        );
        remarks.warn("grants", message);
    }
    if uses(GrantType::TokenExchange) && client.is_public() {
        let message = "a token exchange is refused to a client without a secret; give it one, or take the grant away";
        remarks.warn("grants", message);
    }
    if code && client.redirect_uris.is_empty() {
        let message = "is empty, so no user can authorize this client in a browser; register where it is answered";
        remarks.warn("redirect_uris", message);
    }
    let yields = code || uses(GrantType::Password) || uses(GrantType::DeviceCode);
    if uses(GrantType::RefreshToken) && !yields && !capabilities.refresh_for_all {
        let message =
            "`refresh_token` is of no use without a grant in which users take part, such as `authorization_code`";
        remarks.warn("grants", message);
    }
}

fn check_name(key: &'static str, name: &str, example: &str, remarks: &mut Remarks) {
    if name.is_empty() {
        remarks.refuse(key, format!("is missing or empty; give it a text such as `{example}`"));
    } else if name.chars().any(char::is_control) {
        remarks.refuse(key, format!("`{}` has a control character; leave it out", name.escape_debug()));
    }
}

fn finish<T>(value: T, remarks: Remarks, weak: Option<&'static str>) -> Result<Checked<T>, Vec<Remark>> {
    let Remarks { faults, warnings } = remarks;
    if faults.is_empty() { Ok(Checked { value, warnings, weak }) } else { Err(faults) }
}
