//! Secrets on their way from where they are written to what is kept of them.

use super::environment::Environment;
use crate::files::{FilesRead, exposure, read_text};
use admin_api::{ClientSpec, SecretText};
use grant::SecretDigest;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Which ways of giving a secret are open, and what they are relative to.
#[derive(Clone, Copy, Debug)]
pub enum SecretSources<'a> {
    /// A configuration file: `secret_file` is relative to `base`, `secret_env` is looked up in `environment`.
    File {
        /// The folder of the file.
        base: &'a Path,
        /// The process's environment.
        environment: &'a Environment,
        /// KeyFault of every file that is read.
        files: &'a FilesRead,
    },
    /// The admin API: a caller must not make the gateway read files or variables.
    Http,
}

/// A client's secret once read.
pub(super) struct Read {
    pub(super) digest: SecretDigest,
    /// Its text, where that is known.
    pub(super) text: Option<SecretText>,
    /// Why it is weak, where it is.
    pub(super) weak: Option<&'static str>,
    pub(super) warning: Option<(&'static str, String)>,
}

/// A key and what is wrong with it.
type KeyFault = (&'static str, String);

impl SecretSources<'_> {
    /// The secret of a client: `None` for a public one.
    pub(super) fn client(self, spec: &ClientSpec) -> Result<Option<Read>, KeyFault> {
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
            return Err((second, format!("`{first}` is given too; a client has one secret, so keep one of them")));
        }
        if let Some(digest) = &spec.secret_sha256 {
            let digest = from_hex(digest).ok_or_else(|| {
                ("secret_sha256", "must be 64 hexadecimal digits, as `idp-gateway hash-secret` prints".to_owned())
            })?;
            let weak = super::sandbox::is_digest(&digest).then_some("is one of the sandbox's");
            return Ok(Some(Read { digest: SecretDigest::new(digest), text: None, weak, warning: None }));
        }
        let (key, (secret, warning)) = if let Some(secret) = &spec.secret {
            ("secret", (secret.clone(), None))
        } else if let Some(path) = &spec.secret_file {
            ("secret_file", self.file(path).map_err(|why| ("secret_file", why))?)
        } else if let Some(name) = &spec.secret_env {
            ("secret_env", (self.variable(name).map_err(|why| ("secret_env", why))?, None))
        } else {
            return Ok(None);
        };
        if secret.expose().is_empty() {
            return Err((key, "the secret is empty; leave the key out for a public client".to_owned()));
        }
        if secret.expose().chars().any(char::is_control) {
            return Err((key, "the secret has a control character, such as a line break".to_owned()));
        }
        Ok(Some(Read {
            digest: digest(&secret),
            weak: weakness(&secret, &spec.id),
            text: Some(secret),
            warning: warning.map(|warning| (key, warning)),
        }))
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

    fn variable(self, name: &str) -> Result<SecretText, String> {
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

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
