//! What must be the same in all replicas of one gateway, part by part, as digests that can be shown around.

use super::{Config, MountConfig};
use admin_api::{ClientSpec, UserSpec};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The parts of a configuration that replicas must agree on.
#[derive(Debug, Default)]
pub struct Agreement(Vec<Part>);

#[derive(Debug)]
struct Part {
    name: String,
    /// SHA-256 of what the file says.
    content: [u8; 32],
    /// Whether it holds secrets, some of which may be easy to guess.
    is_secret: bool,
}

impl Agreement {
    /// The parts of a configuration: `server.public_url`, `admin.test_features`, `mount` (all of them, in their order),
    /// and of each mount `mount.{name}.dialect`, `.issuer`, `.hosts`, `.settings`, `.clients`, `.users` and
    /// `.signing_keys`.
    pub fn of(config: &Config) -> Self {
        let names: Vec<_> = config.mounts.iter().map(|mount| &mount.name).collect();
        let of_all = [
            part("server.public_url", &config.server.public_url, false),
            part("admin.test_features", &config.admin.test_features, false),
            part("mount", &names, false),
        ];
        Self(of_all.into_iter().chain(config.mounts.iter().flat_map(of_mount)).collect())
    }

    /// A digest of each part, by its name, under a salt that replicas share. What holds secrets is digested as slowly as
    /// a guess at one may be made: call it where a thread may be blocked for some milliseconds per mount.
    pub fn digests(&self, salt: &str) -> BTreeMap<String, String> {
        self.0.iter().map(|part| (part.name.clone(), part.digest(salt))).collect()
    }

    /// One digest of all that [`Agreement::digests`] gave.
    pub fn whole(digests: &BTreeMap<String, String>) -> String {
        let text: Vec<_> = digests.iter().map(|(name, digest)| format!("{name}={digest}")).collect();
        hex(&Sha256::digest(text.join("\n")))
    }
}

fn of_mount(mount: &MountConfig) -> [Part; 7] {
    let named = |what: &str| format!("mount.{}.{what}", mount.name);
    // The directory has no order.
    let mut clients: Vec<_> = mount.clients.iter().map(ClientSpec::from).collect();
    let mut users: Vec<_> = mount.users.iter().map(UserSpec::from).collect();
    clients.sort_by(|a, b| a.id.cmp(&b.id));
    users.sort_by(|a, b| a.sub.cmp(&b.sub));
    let keys: Vec<_> =
        mount.signing_keys.all().map(|(key, _)| (&key.kid, hex(&Sha256::digest(&*key.material)))).collect();
    [
        match mount.kind.text() {
            None => part(&named("dialect"), &mount.kind.id, false),
            Some(text) => part(&named("dialect"), &(mount.kind.id, text), false),
        },
        part(&named("issuer"), &mount.issuer, false),
        part(&named("hosts"), &mount.hosts, false),
        part(&named("settings"), &mount.settings, false),
        part(&named("clients"), &clients, true),
        part(&named("users"), &users, true),
        part(&named("signing_keys"), &keys, true),
    ]
}

fn part(name: &str, content: &impl Serialize, is_secret: bool) -> Part {
    // Such values are always written.
    let written = zeroize::Zeroizing::new(serde_json::to_vec(content).unwrap_or_default());
    Part { name: name.to_owned(), content: Sha256::digest(&*written).into(), is_secret }
}

impl Part {
    fn digest(&self, salt: &str) -> String {
        let salt = Sha256::digest(format!("{salt}/{}", self.name));
        let mut digest = [0; 8];
        if self.is_secret {
            guard(&self.content, &salt, &mut digest);
        } else {
            let plain = Sha256::new().chain_update(salt).chain_update(self.content).finalize();
            digest.copy_from_slice(&plain[..8]);
        }
        hex(&digest)
    }
}

/// 4 MiB for a few milliseconds. Where it fails, which these parameters do not, all contents look alike.
fn guard(content: &[u8], salt: &[u8], digest: &mut [u8]) {
    if let Ok(params) = Params::new(4096, 1, 1, Some(digest.len())) {
        let guard = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let _ = guard.hash_password_into(content, salt, digest);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
