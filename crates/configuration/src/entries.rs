//! Clients and users: from what is written to what the issuer keeps. The file and the admin API share these checks.

use super::secrets::SecretSources;
use super::uri;
use admin_api::{ClientSpec, UserSpec};
use argon2::password_hash::phc::PasswordHash;
use dialect::Dialect;
use grant::{Client, GrantType, Password, Scopes, User};

/// Something about one key of a client or user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key; empty where none is to blame.
    pub key: &'static str,
    /// What is wrong and the remedy.
    pub message: String,
}

/// A client or user that passed every check.
#[derive(Debug)]
pub struct Checked<T> {
    /// What the issuer keeps.
    pub value: T,
    /// What is odd about it, though not wrong.
    pub warnings: Vec<Fault>,
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
    pub fn client(&self, spec: ClientSpec) -> Result<Checked<Client>, Vec<Fault>> {
        let mut faults = Faults::default();
        let mut warnings = Vec::new();
        faults.check("id", check_name(&spec.id, "web"));
        let read = self.secrets.client(&spec).unwrap_or_else(|(key, message)| {
            faults.add(key, message);
            None
        });
        let (secret, weak) = read.map_or((None, None), |read| {
            warnings.extend(read.warning.map(|(key, message)| Fault { key, message }));
            (Some(read.digest), read.weak)
        });
        let grants = self.grants(spec.grants.as_deref(), &mut faults, &mut warnings);
        let scopes = self.scopes(&spec.scopes, &mut faults);
        for (key, uris) in
            [("redirect_uris", &spec.redirect_uris), ("post_logout_redirect_uris", &spec.post_logout_redirect_uris)]
        {
            for uri in uris {
                faults.check(key, uri::check_redirect(uri).map_err(|why| format!("`{}` {why}", uri.escape_debug())));
            }
        }
        let rate_limit = spec.rate_limit.as_deref().and_then(|limit| {
            limit.parse().map_err(|error: grant::RateLimitError| faults.add("rate_limit", error.to_string())).ok()
        });
        let client = Client {
            id: spec.id.into(),
            name: spec.name.map(Into::into),
            secret,
            grants,
            scopes,
            redirect_uris: spec.redirect_uris,
            post_logout_redirect_uris: spec.post_logout_redirect_uris,
            trusted: spec.trusted,
            disabled: spec.disabled,
            user: spec.user.map(Into::into),
            rate_limit,
            claims: spec.claims,
        };
        faults.check("", self.dialect.check_client(&client));
        faults.finish(Checked { value: client, warnings, weak })
    }

    fn grants(&self, given: Option<&[String]>, faults: &mut Faults, warnings: &mut Vec<Fault>) -> Vec<GrantType> {
        let Some(given) = given else { return vec![GrantType::ClientCredentials] };
        let offered = &self.dialect.capabilities().grants;
        let mut grants = Vec::with_capacity(given.len());
        for name in given {
            let Some(grant) = GrantType::parse(name) else {
                let known = GrantType::ALL.map(|grant| format!("`{}`", grant.as_str())).join(", ");
                faults.add("grants", format!("`{}` is no grant; there are {known}", name.escape_debug()));
                continue;
            };
            if !offered.contains(&grant) {
                let message = format!("`{name}` is not offered by this mount's dialect; every use will be refused");
                warnings.push(Fault { key: "grants", message });
            }
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        grants
    }

    /// The scopes, sharing the catalogue's text: a mount may have 100,000 clients.
    fn scopes(&self, given: &[String], faults: &mut Faults) -> Scopes {
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
            faults.add("scopes", message);
        }
        scopes
    }

    /// Checks a user; the error has every fault found.
    pub fn user(&self, spec: UserSpec) -> Result<Checked<User>, Vec<Fault>> {
        let mut faults = Faults::default();
        faults.check("sub", check_name(&spec.sub, "1302"));
        let username = spec.username.unwrap_or_else(|| spec.sub.clone());
        if username != spec.sub {
            faults.check("username", check_name(&username, "alice"));
        }
        let mut weak = None;
        let password = match (spec.password, spec.password_argon2) {
            (Some(_), Some(_)) => {
                faults.add("password_argon2", "`password` is given too; keep one of them".to_owned());
                None
            }
            (Some(password), None) => {
                if password.expose().is_empty() {
                    faults.add("password", "the password is empty; leave the key out for none".to_owned());
                } else if super::sandbox::is_secret(password.expose()) {
                    weak = Some("is one of the sandbox's");
                } else if password.expose() == username {
                    weak = Some("is the username");
                }
                Some(Password::Plain(password.expose().into()))
            }
            (None, Some(hash)) => {
                let is_argon2id = |hash: &PasswordHash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some();
                if PasswordHash::new(hash.expose()).ok().as_ref().is_none_or(|hash| !is_argon2id(hash)) {
                    let message = "must be an Argon2id hash as a PHC string, `$argon2id$v=19$…`, as \
                                   `idp-gateway hash-secret --password` prints";
                    faults.add("password_argon2", message.to_owned());
                }
                Some(Password::Argon2(hash.expose().to_owned()))
            }
            (None, None) => None,
        };
        let user = User {
            sub: spec.sub.into(),
            username: username.into(),
            password,
            disabled: spec.disabled,
            denies_consent: spec.denies_consent,
            claims: spec.claims,
        };
        faults.check("", self.dialect.check_user(&user));
        faults.finish(Checked { value: user, warnings: Vec::new(), weak })
    }
}

fn check_name(name: &str, example: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err(format!("is missing or empty; give it a text such as `{example}`"));
    }
    if name.chars().any(char::is_control) {
        return Err(format!("`{}` has a control character; leave it out", name.escape_debug()));
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, key: &'static str, message: String) {
        self.0.push(Fault { key, message });
    }

    fn check(&mut self, key: &'static str, result: Result<(), String>) {
        if let Err(message) = result {
            self.add(key, message);
        }
    }

    fn finish<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}
