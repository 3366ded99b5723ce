//! What the section `admin` means: where the admin API listens, who may call it, and whether test features are on.

use super::document::{Item, Locator, Table};
use super::findings::{Findings, Place};
use super::host::is_loopback;
use super::secrets::{KeyFault, SecretSources, digest, from_hex};
use super::sections::NOWHERE;
use super::settings::{self, Settings};
use super::{AdminConfig, AdminToken, Loader, ServerConfig, sandbox};
use admin_api::{Right, SecretText};
use grant::SecretDigest;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// The fewest characters of a token where strangers can reach the admin API.
const LEAST: usize = 16;

/// An `[[admin.tokens]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToken {
    name: String,
    token: Option<SecretText>,
    token_file: Option<String>,
    token_env: Option<String>,
    token_sha256: Option<String>,
    rights: Vec<String>,
}

/// Takes the `[[admin.tokens]]` out of the file: they are no settings, of which each has one value.
pub(super) fn take_tokens<'t>(root: &mut DeTable<'t>) -> Option<Item<'t>> {
    match root.get_mut("admin")?.get_mut() {
        DeValue::Table(admin) => admin.remove("tokens"),
        _ => None,
    }
}

/// Reads the section.
pub(super) struct Admin<'a, 't> {
    pub(super) locator: &'a Locator<'t>,
    pub(super) settings: &'a mut Settings,
    pub(super) server: &'a ServerConfig,
    pub(super) context: &'a Loader<'a>,
    pub(super) base: &'a Path,
    /// Whether the file itself holds a named token in clear.
    pub(super) holds_tokens: bool,
}

impl Admin<'_, '_> {
    pub(super) fn read(&mut self, tokens: Option<Item<'_>>, findings: &mut Findings) -> AdminConfig {
        let bound = self.context.fixed.map(|fixed| fixed.admin);
        let listen = bound.or_else(|| self.settings.get(settings::ADMIN_LISTEN)).unwrap_or(NOWHERE);
        if listen == self.server.listen && listen.port() != 0 {
            let message = format!("{listen} is server.listen too; the admin API has a listener of its own");
            self.settings.error(settings::ADMIN_LISTEN, message, findings);
        }
        let is_local = is_loopback(listen.ip()) && is_loopback(self.server.listen.ip());
        let is_sandbox = matches!(self.locator.file(), Place::File(name) if &*name == sandbox::NAME);
        self.settings.make(settings::TEST_FEATURES, (is_local || is_sandbox).to_string());
        let mut admin = AdminConfig {
            listen,
            token: None,
            tokens: Vec::new(),
            test_features: self.settings.value(settings::TEST_FEATURES),
        };
        let is_read = self.single(&mut admin, findings);
        let are_read = tokens.is_none_or(|tokens| self.named(tokens, &mut admin, findings));
        if admin.tokens.is_empty() && is_read && are_read && !is_loopback(listen.ip()) {
            let message = format!(
                "{listen} is not loopback and there is no admin token; set admin.token_file (or the variable \
                 IDP_GATEWAY__ADMIN__TOKEN), or listen on 127.0.0.1"
            );
            self.settings.error(settings::ADMIN_LISTEN, message, findings);
        }
        admin
    }

    /// `admin.token` or `admin.token_file`, which may do everything; whether what is given is right.
    fn single(&self, admin: &mut AdminConfig, findings: &mut Findings) -> bool {
        let settings = &*self.settings;
        let (token, setting) = match (settings.text(settings::ADMIN_TOKEN), settings.text(settings::ADMIN_TOKEN_FILE)) {
            (Some(_), Some(_)) => {
                let message = "admin.token is given too; keep one of them";
                settings.error(settings::ADMIN_TOKEN_FILE, message, findings);
                return false;
            }
            (Some(token), None) => (SecretText::from(token), settings::ADMIN_TOKEN),
            (None, Some(file)) => {
                let base = settings.base_of(settings::ADMIN_TOKEN_FILE, self.base);
                match self.sources(base).file(file) {
                    Ok((token, warning)) => {
                        if let Some(warning) = warning {
                            settings.warn(settings::ADMIN_TOKEN_FILE, warning, findings);
                        }
                        (token, settings::ADMIN_TOKEN_FILE)
                    }
                    Err(why) => {
                        settings.error(settings::ADMIN_TOKEN_FILE, why, findings);
                        return false;
                    }
                }
            }
            (None, None) => return true,
        };
        if let Err(why) = self.check(admin.listen, &token) {
            settings.error(setting, why, findings);
        }
        admin.tokens.push(AdminToken { name: SINGLE.to_owned(), digest: digest(&token), rights: vec![Right::All] });
        admin.token = Some(token.expose().into());
        true
    }

    /// The `[[admin.tokens]]`; whether all are right.
    fn named(&mut self, tokens: Item<'_>, admin: &mut AdminConfig, findings: &mut Findings) -> bool {
        let DeValue::Array(_) = tokens.get_ref() else {
            let place = self.locator.place(tokens.span().start);
            findings.error(place, PATH, "write [[admin.tokens]], with two brackets on each side");
            return false;
        };
        let DeValue::Array(items) = tokens.into_inner() else { return false };
        let mut are_read = true;
        for item in items {
            let table = Table::new(self.locator, PATH, &item);
            let token = table.read::<FileToken>(findings);
            self.holds_tokens |= token.as_ref().is_some_and(|token| token.token.is_some());
            match token.map(|token| self.token(&token, &table, admin, findings)) {
                Some(Ok(token)) => {
                    admin.tokens.push(token);
                    continue;
                }
                Some(Err((key, message))) => table.error(findings, key, message),
                None => {}
            }
            are_read = false;
        }
        are_read
    }

    /// One of the tokens; the error has the key that is wrong.
    fn token(
        &self,
        file: &FileToken,
        table: &Table<'_, '_>,
        admin: &mut AdminConfig,
        findings: &mut Findings,
    ) -> Result<AdminToken, KeyFault> {
        if file.name.is_empty() || file.name.chars().any(char::is_control) {
            return Err(("name", "must be a text that can be printed, by which the audit names the token".to_owned()));
        }
        let is_taken = admin.tokens.iter().any(|other| other.name == file.name);
        if is_taken || OWN_NAMES.contains(&&*file.name) {
            return Err(("name", format!("`{}` is there already; give each token a name of its own", file.name)));
        }
        let known = || Right::EVERY.map(Right::as_str).join(", ");
        let right = |name: &String| {
            Right::parse(name)
                .ok_or_else(|| ("rights", format!("`{}` is no right; there are {}", name.escape_debug(), known())))
        };
        let rights = file.rights.iter().map(right).collect::<Result<Vec<_>, _>>()?;
        if rights.is_empty() {
            return Err(("rights", format!("is empty; give some of {}", known())));
        }
        let (key, text, digest) = self.secret(file, table, findings)?;
        if let Some(text) = &text {
            self.check(admin.listen, text).map_err(|why| (key, why))?;
        }
        if let Some(other) = admin.tokens.iter().find(|other| other.digest.as_bytes() == digest.as_bytes()) {
            return Err((key, format!("is the token of `{}` too; give each its own", other.name)));
        }
        if let Some(text) = text.filter(|_| admin.token.is_none() && rights.contains(&Right::All)) {
            admin.token = Some(text.expose().into());
        }
        Ok(AdminToken { name: file.name.clone(), digest, rights })
    }

    fn secret(
        &self,
        file: &FileToken,
        table: &Table<'_, '_>,
        findings: &mut Findings,
    ) -> Result<(&'static str, Option<SecretText>, SecretDigest), KeyFault> {
        let FileToken { token, token_file, token_env, token_sha256, .. } = file;
        let sources = self.sources(self.base);
        let (key, text) = match (token, token_file, token_env, token_sha256) {
            (Some(token), None, None, None) => ("token", token.clone()),
            (None, Some(path), None, None) => {
                let (token, warning) = sources.file(path).map_err(|why| ("token_file", why))?;
                if let Some(warning) = warning {
                    findings.warn(table.place("token_file"), table.key("token_file"), warning);
                }
                ("token_file", token)
            }
            (None, None, Some(name), None) => ("token_env", sources.variable(name).map_err(|why| ("token_env", why))?),
            (None, None, None, Some(hex)) => {
                let wrong = || {
                    ("token_sha256", "must be 64 hexadecimal digits, as `idp-gateway hash-secret` prints".to_owned())
                };
                return Ok(("token_sha256", None, SecretDigest::new(from_hex(hex).ok_or_else(wrong)?)));
            }
            _ => {
                return Err(("", "give one of `token`, `token_file`, `token_env` and `token_sha256`".to_owned()));
            }
        };
        let digest = digest(&text);
        Ok((key, Some(text), digest))
    }

    fn sources<'s>(&'s self, base: &'s Path) -> SecretSources<'s> {
        SecretSources::File { base, environment: self.context.environment, files: &self.context.files }
    }

    fn check(&self, listen: SocketAddr, token: &SecretText) -> Result<(), String> {
        let token = token.expose();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("a token is sent in a header: use printable ASCII without spaces".to_owned());
        }
        if !is_loopback(listen.ip()) && !self.server.allow_weak_secrets && token.len() < LEAST {
            return Err(format!(
                "the token has fewer than {LEAST} characters and admin.listen ({listen}) is not loopback; \
                 take a long random one"
            ));
        }
        Ok(())
    }
}

const PATH: &str = "admin.tokens";
/// Names that the audit gives to others.
const OWN_NAMES: [&str; 3] = [SINGLE, "loopback", "command line"];
/// What the audit calls the token of `admin.token` or `admin.token_file`.
const SINGLE: &str = "admin.token";
