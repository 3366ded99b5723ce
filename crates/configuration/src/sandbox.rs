//! The built-in sandbox: a configuration like any other, whose secrets everyone knows.

use grant::Claims;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The sandbox's configuration, which `idp-gateway init` writes too.
pub const TEXT: &str = include_str!("sandbox.toml");

/// The name under which errors speak of it.
pub(super) const NAME: &str = "sandbox.toml (built in)";

/// The sandbox's configuration with these mounts, each in TOML.
pub(super) fn text_with(mounts: &[String]) -> String {
    std::iter::once(TEXT).chain(mounts.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
}

#[derive(Default)]
struct Known {
    secrets: HashSet<String>,
    digests: HashSet<[u8; 32]>,
    /// The first coordinates of public keys.
    keys: HashSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    // What is shipped is known to everybody, whether it is served or not.
    let packs: Vec<_> = pack::shipped::ALL.iter().filter_map(|(name, _)| pack::shipped::mount(name)).collect();
    let all = || packs.iter().flat_map(|text| mounts_of(text)).chain(mounts());
    let keys = all().flat_map(|mount| mount.client).flat_map(|client| client.jwks.keys);
    let keys = keys.filter_map(|key| key.str("x").map(str::to_owned)).collect();
    let clients = all().flat_map(|mount| mount.client).filter_map(|client| client.secret);
    let passwords = all().flat_map(|mount| mount.user).filter_map(|user| user.password);
    let secrets: HashSet<String> = clients.chain(passwords).collect();
    let digests = secrets.iter().map(|secret| Sha256::digest(secret.as_bytes()).into()).collect();
    Known { secrets, digests, keys }
});

/// Whether the sandbox has this secret or password.
pub(super) fn is_secret(secret: &str) -> bool {
    KNOWN.secrets.contains(secret)
}

/// Whether this is the SHA-256 of one.
pub(super) fn is_digest(digest: &[u8; 32]) -> bool {
    KNOWN.digests.contains(digest)
}

/// Whether this is the public half of one of its keys, whose private half everyone has.
pub(super) fn is_key(jwk: &Claims) -> bool {
    jwk.str("x").is_some_and(|x| KNOWN.keys.contains(x))
}

#[derive(Deserialize)]
struct File {
    mount: Vec<Mount>,
}

#[derive(Deserialize)]
struct Mount {
    name: String,
    #[serde(default)]
    client: Vec<Client>,
    #[serde(default)]
    user: Vec<User>,
}

#[derive(Deserialize)]
struct Client {
    id: String,
    secret: Option<String>,
    #[serde(default)]
    jwks: Jwks,
}

#[derive(Default, Deserialize)]
struct Jwks {
    keys: Vec<Claims>,
}

#[derive(Deserialize)]
struct User {
    password: Option<String>,
}

fn mounts() -> Vec<Mount> {
    mounts_of(TEXT)
}

fn mounts_of(text: &str) -> Vec<Mount> {
    toml::from_str::<File>(text).map(|file| file.mount).unwrap_or_default()
}

/// The clients of a mount whose secrets are no secret: those of the sandbox's file, and those that a pack has for it; id and
/// secret.
pub fn clients_of(mount: &super::MountConfig) -> Vec<(String, String)> {
    let of_file = clients().into_iter().filter(|(name, ..)| *name == mount.name).map(|(_, id, secret)| (id, secret));
    let of_pack = mount.kind.text().map(pack::shipped::demo_clients).unwrap_or_default();
    of_file.chain(of_pack).collect()
}

/// The sandbox's clients in the order of the file: mount, id, secret.
pub fn clients() -> Vec<(String, String, String)> {
    let of = |mount: Mount| {
        mount.client.into_iter().filter_map(move |client| Some((mount.name.clone(), client.id, client.secret?)))
    };
    mounts().into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_secrets_and_their_digests() {
        assert!(is_secret("bizzassure-demo-secret") && is_secret("alice-demo-password"));
        assert!(is_digest(&Sha256::digest(b"bits-demo-secret").into()));
        assert!(!is_secret("a secret of one's own"));
        let service = mounts().into_iter().flat_map(|mount| mount.client).find(|client| client.id == "openid-service");
        assert!(is_key(&service.unwrap().jwks.keys[0]) && !is_key(&Claims::empty()));
    }
}
