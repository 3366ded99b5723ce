//! Secrets on their way from where they are written to what is kept of them.

use super::environment::Environment;
use crate::files::{FilesRead, exposure, read_text};
use admin_api::{ClientSpec, SecretSpec, SecretText};
use grant::{ClientSecret, NotAfter, SecretDigest};
use issuer::clock::real_seconds;
use sha2::{Digest, Sha256};
use std::path::Path;

/// How near an end is warned of, in seconds: a week.
const SOON: i64 = 7 * 86_400;

/// Which ways of giving a secret are open, and what they are relative to.
#[derive(Clone, Copy, Debug)]
pub enum SecretSources<'a> {
    /// A configuration file: `secret_file` is relative to `base`, `secret_env` is looked up in `environment`.
    File {
        /// The folder of the file.
        base: &'a Path,
        /// The process's environment.
        environment: &'a Environment,
        /// What is noted of every file that is read.
        files: &'a FilesRead,
    },
    /// The admin API: a caller must not make the gateway read files or variables.
    Http,
}

/// A client's secrets once read.
#[derive(Default)]
pub(super) struct Read {
    pub(super) secrets: Vec<ClientSecret>,
    /// Their texts, as far as they are known.
    pub(super) texts: Vec<SecretText>,
    /// Why one is weak, where one is.
    pub(super) weak: Option<&'static str>,
    pub(super) warnings: Vec<KeyFault>,
}

/// A key and what is wrong with it.
pub(super) type KeyFault = (&'static str, String);

impl SecretSources<'_> {
    /// The secrets of a client; none of a public one.
    pub(super) fn client(self, spec: &ClientSpec) -> Result<Read, KeyFault> {
        let mut read = Read::default();
        let one = SecretSpec {
            secret: spec.secret.clone(),
            secret_file: spec.secret_file.clone(),
            secret_env: spec.secret_env.clone(),
            secret_sha256: spec.secret_sha256.clone(),
            not_after: None,
        };
        match &spec.secrets {
            Some(_) if one.is_given() => {
                let message =
                    "`secret`, `secret_file`, `secret_env` or `secret_sha256` is given too; move that into the list";
                Err(("secrets", message.to_owned()))
            }
            None => self.add(&one, &spec.id, &mut read).map(|_| read),
            Some(secrets) if !(1..=ClientSecret::MOST).contains(&secrets.len()) => {
                let message = format!(
                    "has {} secrets; give 1 to {}, or leave it out for a public client",
                    secrets.len(),
                    ClientSecret::MOST
                );
                Err(("secrets", message))
            }
            Some(secrets) => {
                for (place, secret) in (1..).zip(secrets) {
                    let of_list = |message: String| ("secrets", format!("number {place}: {message}"));
                    let is_there = self.add(secret, &spec.id, &mut read).map_err(|(key, message)| match key {
                        "secret" => of_list(message),
                        key => of_list(format!("{key}: {message}")),
                    })?;
                    if !is_there {
                        return Err(of_list(self.missing().to_owned()));
                    }
                }
                read.check_ends().map(|()| read)
            }
        }
    }

    const fn missing(self) -> &'static str {
        match self {
            Self::File { .. } => "has no secret; give `secret`, `secret_file`, `secret_env` or `secret_sha256`",
            Self::Http => "has no secret, and the client has none at that position; give `secret` or `secret_sha256`",
        }
    }

    /// Adds a secret to those read; whether there is one.
    fn add(self, spec: &SecretSpec, id: &str, read: &mut Read) -> Result<bool, KeyFault> {
        let given: Vec<&'static str> = [
            ("secret", spec.secret.is_some()),
            ("secret_file", spec.secret_file.is_some()),
            ("secret_env", spec.secret_env.is_some()),
            ("secret_sha256", spec.secret_sha256.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect();
        if let [first, second, ..] = given[..] {
            return Err((second, format!("`{first}` is given too; a secret is given once, so keep one of them")));
        }
        if let Some(digest) = &spec.secret_sha256 {
            let digest = from_hex(digest).ok_or_else(|| {
                ("secret_sha256", "must be 64 hexadecimal digits, as `idp-gateway hash-secret` prints".to_owned())
            })?;
            read.weak = read.weak.or(super::sandbox::is_digest(&digest).then_some("is one of the sandbox's"));
            read.secrets.push(ClientSecret { digest: SecretDigest::new(digest), not_after: spec.not_after });
            return Ok(true);
        }
        let (key, (secret, warning)) = if let Some(secret) = &spec.secret {
            ("secret", (secret.clone(), None))
        } else if let Some(path) = &spec.secret_file {
            ("secret_file", self.file(path).map_err(|why| ("secret_file", why))?)
        } else if let Some(name) = &spec.secret_env {
            ("secret_env", (self.variable(name).map_err(|why| ("secret_env", why))?, None))
        } else {
            return Ok(false);
        };
        if secret.expose().is_empty() {
            return Err((key, "the secret is empty; leave the key out for a public client".to_owned()));
        }
        if secret.expose().chars().any(char::is_control) {
            return Err((key, "the secret has a control character, such as a line break".to_owned()));
        }
        read.weak = read.weak.or(weakness(&secret, id));
        read.secrets.push(ClientSecret { digest: digest(&secret), not_after: spec.not_after });
        read.texts.push(secret);
        read.warnings.extend(warning.map(|warning| (key, warning)));
        Ok(true)
    }

    /// The secret in a file, one trailing line break apart, and a warning where others may read the file.
    pub(super) fn file(self, path: &str) -> Result<(SecretText, Option<String>), String> {
        let Self::File { base, files, .. } = self else {
            return Err("is refused over HTTP; send `secret` or `secret_sha256`".to_owned());
        };
        let path = files.note(base.join(path));
        let text = read_text(&path)?;
        let secret = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if secret.is_empty() {
            return Err(format!("{} is empty", path.display()));
        }
        Ok((secret.into(), exposure(&path)))
    }

    pub(super) fn variable(self, name: &str) -> Result<SecretText, String> {
        let Self::File { environment, .. } = self else {
            return Err("is refused over HTTP; send `secret` or `secret_sha256`".to_owned());
        };
        match environment.get(name) {
            Ok(Some(value)) if !value.is_empty() => Ok(value.into()),
            Ok(_) => Err(format!("the environment variable `{name}` is not set; set it before the gateway starts")),
            Err(_) => Err(format!("the environment variable `{name}` is not Unicode")),
        }
    }
}

/// The shortest secret that makes a MAC, in bytes (RFC 7518 section 3.2).
const MAC_LEAST: usize = 32;

impl Read {
    /// The secrets in the clear, each with the last moment at which it holds.
    pub(super) fn mac_keys(&self) -> Vec<(grant::Secret, Option<NotAfter>)> {
        let both = self.texts.iter().zip(&self.secrets);
        both.map(|(text, secret)| (text.expose().into(), secret.not_after)).collect()
    }

    /// Why the secrets make no MACs, where they make none: completes "`client_secret_jwt` …".
    pub(super) fn cannot_mac(&self) -> Option<String> {
        if self.secrets.is_empty() {
            Some("wants a secret".to_owned())
        } else if self.texts.len() != self.secrets.len() {
            Some(
                "wants the secret in the clear, to check MACs with it, and a digest alone is known: what is made or changed \
                 at run time is kept as a digest; give `secret`, `secret_file` or `secret_env` in the configuration file, or \
                 use private_key_jwt with `jwks`"
                    .to_owned(),
            )
        } else if let Some(text) = self.texts.iter().find(|text| text.expose().len() < MAC_LEAST) {
            let length = text.expose().len();
            Some(format!("wants a secret of {MAC_LEAST} bytes or more (RFC 7518 section 3.2), and one has {length}"))
        } else {
            None
        }
    }

    /// Refuses a secret that is there twice, and warns of an end that is near or past.
    fn check_ends(&mut self) -> Result<(), KeyFault> {
        let now = real_seconds();
        for (place, secret) in (1..).zip(&self.secrets) {
            let mut before = self.secrets[..place - 1].iter();
            if let Some(first) = before.position(|other| other.digest.as_bytes() == secret.digest.as_bytes()) {
                let message = format!("number {place} is the same secret as number {}; keep one of them", first + 1);
                return Err(("secrets", message));
            }
            if let Some(last) = secret.not_after.filter(|last| (now..now + SOON).contains(&last.seconds())) {
                self.warnings.push(("secrets", format!("number {place} ends at {last}, within 7 days")));
            }
        }
        if self.secrets.iter().all(|secret| secret.has_ended(now)) {
            self.warnings
                .push(("secrets", "all have ended: the client is refused until it has one that holds".to_owned()));
        }
        Ok(())
    }
}

/// SHA-256 of a secret: all that is kept of it.
pub fn digest(secret: &SecretText) -> SecretDigest {
    SecretDigest::new(Sha256::digest(secret.expose().as_bytes()).into())
}

/// The value of `secret_sha256` for a secret: lowercase hexadecimal.
pub fn sha256_hex(secret: &SecretText) -> String {
    digest(secret).hex()
}

/// Why a client's secret would not hold on a public address; completes "its secret …".
fn weakness(secret: &SecretText, id: &str) -> Option<&'static str> {
    const LEAST: usize = 12;
    let secret = secret.expose();
    if secret == id {
        Some("is its id")
    } else if super::sandbox::is_secret(secret) {
        Some("is one of the sandbox's")
    } else if secret.chars().count() < LEAST {
        Some("has fewer than 12 characters")
    } else {
        None
    }
}

pub(super) fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
