//! The signing keys that a mount is given by the file.

use super::secrets::SecretSources;
use admin_api::SecretText;
use grant::SigningAlg;
use issuer::clock::real_seconds;
use issuer::keys::{OwnKey, OwnKeys};
use issuer::state::StoredKey;
use serde::Deserialize;

/// The most of them: each is tried on every token that names no key.
const MOST: usize = 8;

/// One of them, in PEM or as a JWK: its text, or the file or variable that holds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeySpec {
    pem: Option<SecretText>,
    pem_file: Option<String>,
    pem_env: Option<String>,
    jwk: Option<SecretText>,
    jwk_file: Option<String>,
    jwk_env: Option<String>,
    kid: Option<String>,
}

impl KeySpec {
    /// Whether it stands in the file in clear.
    pub(super) const fn is_clear(&self) -> bool {
        self.pem.is_some() || self.jwk.is_some()
    }

    /// Its text, whether that is PEM, and a warning where others may read its file.
    fn text(&self, sources: SecretSources<'_>) -> Result<(SecretText, bool, Option<String>), String> {
        let clear = |text: &SecretText| Ok((text.clone(), None));
        let of_file = |path: &String| sources.file(path);
        let of_variable = |name: &String| Ok((sources.variable(name)?, None));
        let pem =
            [self.pem.as_ref().map(clear), self.pem_file.as_ref().map(of_file), self.pem_env.as_ref().map(of_variable)];
        let jwk =
            [self.jwk.as_ref().map(clear), self.jwk_file.as_ref().map(of_file), self.jwk_env.as_ref().map(of_variable)];
        let mut given: Vec<_> = pem.into_iter().flatten().map(|text| (text, true)).collect();
        given.extend(jwk.into_iter().flatten().map(|text| (text, false)));
        match (given.pop(), given.is_empty()) {
            (Some((text, is_pem)), true) => text.map(|(text, warning)| (text, is_pem, warning)),
            _ => Err("give exactly one of `pem`, `pem_file`, `pem_env`, `jwk`, `jwk_file` and `jwk_env`".to_owned()),
        }
    }
}

/// The keys for a mount that signs with `alg`, and what is odd about where they are; the error says which one cannot be, and
/// why.
pub(super) fn read(
    specs: &[KeySpec],
    alg: SigningAlg,
    sources: SecretSources<'_>,
) -> Result<(OwnKeys, Vec<String>), String> {
    if specs.len() > MOST {
        return Err(format!("has {} keys; give {MOST} at most", specs.len()));
    }
    let (mut keys, mut warnings): (Vec<StoredKey>, _) = (Vec::new(), Vec::new());
    for (place, spec) in (1..).zip(specs) {
        let numbered = |why: String| format!("number {place}: {why}");
        let (text, is_pem, warning) = spec.text(sources).map_err(numbered)?;
        warnings.extend(warning.map(numbered));
        let own = if is_pem { OwnKey::Pem(text.expose()) } else { OwnKey::Jwk(text.expose()) };
        let now = real_seconds();
        let key = own.read(alg, spec.kid.as_deref(), now).map_err(numbered)?;
        if let Some(first) = keys.iter().position(|other| other.kid == key.kid) {
            return Err(numbered(format!("it has the kid of number {}", first + 1)));
        }
        keys.push(StoredKey { signs_from: Some(now), ..key });
    }
    let keys = OwnKeys::new(keys).map_err(|error| error.to_string())?;
    Ok((keys, warnings))
}
