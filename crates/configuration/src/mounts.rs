//! The mounts: names, hosts, dialects, settings, clients and users.

use super::document::{Item, Locator, Table};
use super::entries::Rules;
use super::environment::Environment;
use super::findings::{Findings, Place};
use super::roster::{Kind, Roster};
use super::secrets::SecretSources;
use super::signing_keys::{self, KeySpec};
use super::{MountConfig, check_passwords, packs};
use super::{files, magic, uri};
use crate::files::FilesRead;
use crate::host::host_of;
use crate::registry;
use dialect::{DialectKind, SettingsError, SettingsMap};
use grant::{Client, Endpoint, User};
use issuer::keys::OwnKeys;
use issuer::scenario::Manners;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeSet, HashMap};
use std::net::Ipv6Addr;
use std::path::Path;
use toml::de::DeValue;

/// A `[[mount]]`. Clients and users are taken out and read one by one, so that each has its own findings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMount {
    name: String,
    dialect: String,
    pack: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    issuer: Option<String>,
    #[serde(default)]
    settings: SettingsMap,
    #[serde(default)]
    client_files: Vec<String>,
    #[serde(default)]
    user_files: Vec<String>,
    magic_clients: Option<String>,
    #[serde(default)]
    signing_keys: Vec<KeySpec>,
    #[serde(default, rename = "client")]
    _client: IgnoredAny,
    #[serde(default, rename = "user")]
    _user: IgnoredAny,
}

/// Reads mounts one after the other.
pub(super) struct Mounts<'a, 't> {
    pub(super) locator: &'a Locator<'t>,
    pub(super) base: &'a Path,
    pub(super) environment: &'a Environment,
    pub(super) files: &'a FilesRead,
    pub(super) public_url: &'a str,
    /// Whether settings may sign users in without a password.
    pub(super) allow_passwordless: bool,
    /// Whether what is there for tests is in force.
    pub(super) test_features: bool,
    /// The first segments of vendors' paths.
    pub(super) reserved: BTreeSet<&'static str>,
    pub(super) names: HashMap<String, Place>,
    pub(super) packs: packs::PacksRead,
    pub(super) hosts: HashMap<String, Place>,
    /// The issuers of mounts whose clients find everything by their issuer.
    pub(super) issuers: Vec<(String, Place)>,
    /// Who has a weak secret, in words.
    pub(super) weak: Vec<String>,
    /// Whether the file itself holds a secret in clear.
    pub(super) holds_secrets: bool,
}

impl<'t> Mounts<'_, 't> {
    pub(super) fn read(&mut self, mut item: Item<'t>, findings: &mut Findings) -> Option<MountConfig> {
        let mut take = |key| match item.get_mut() {
            DeValue::Table(table) => table.remove(key),
            _ => None,
        };
        let (clients, users) = (take("client"), take("user"));
        let table = Table::new(self.locator, "mount", &item);
        let file: FileMount = table.read(findings)?;
        self.claim_name(&table, &file.name, findings);
        let hosts = self.claim_hosts(&table, &file.hosts, findings);
        let issuer = file.issuer.unwrap_or_else(|| format!("{}/{}", self.public_url, file.name));
        if issuer.is_empty() || issuer.chars().any(char::is_control) {
            table.error(findings, "issuer", "must be a non-empty text; leave it out for {public_url}/{name}");
        }
        let kind = self.kind(&table, &file.dialect, file.pack.as_deref(), findings)?;
        let refuse = |error: SettingsError, findings: &mut Findings| {
            let key = format!("mount.settings.{}", error.name);
            findings.error(table.place_in("settings", &error.name), key, error.message);
        };
        let dialect = kind.build(&file.settings).map_err(|error| refuse(error, findings)).ok()?;
        if let Err(error) = check_passwords(&*dialect, self.allow_passwordless) {
            refuse(error, findings);
        }
        if dialect.routes().iter().any(|route| route.endpoint == Endpoint::Discovery) {
            self.check_issuer(&table, &issuer, findings);
        }
        let rules = Rules {
            dialect: &*dialect,
            secrets: SecretSources::File { base: self.base, environment: self.environment, files: self.files },
        };
        let mut clients =
            self.gather(Roster::<Client>::new(rules), &table, clients, "client_files", &file.client_files, findings);
        let users = self.gather(Roster::<User>::new(rules), &table, users, "user_files", &file.user_files, findings);
        let signing_keys = self.read_keys(&table, &file.signing_keys, rules, findings);
        let like = file.magic_clients.as_deref();
        let manners = like.map(|like| self.add_magic(&mut clients, like, &table, findings)).unwrap_or_default();
        check_usernames(&users, findings);
        warn_of_orphans(&clients, &users, findings);
        for (noun, what, weak) in [("client", "secret", &clients.weak), ("user", "password", &users.weak)] {
            self.weak.extend(
                weak.iter().map(|(id, why)| format!("mount `{}`: {noun} `{id}`, whose {what} {why}", file.name)),
            );
        }
        let (clients, users) = (clients.into_entries(), users.into_entries());
        let allow_passwordless = self.allow_passwordless;
        let settings = file.settings;
        Some(MountConfig {
            name: file.name,
            kind,
            dialect,
            hosts,
            issuer,
            settings,
            allow_passwordless,
            clients,
            users,
            signing_keys,
            manners,
        })
    }

    /// The dialect that a mount names, or what its pack is read to be.
    fn kind(
        &mut self,
        table: &Table<'_, '_>,
        dialect: &str,
        pack: Option<&str>,
        findings: &mut Findings,
    ) -> Option<DialectKind> {
        match packs::wanted(table, dialect, pack, findings)? {
            None => find_dialect(table, dialect, findings),
            Some(pack) => packs::read(&mut self.packs, table, pack, self.base, self.files, findings),
        }
    }

    /// Adds the magic clients, which are like the client that is named but for what they are there for. They are for tests.
    fn add_magic(
        &self,
        clients: &mut Roster<'_, Client>,
        like: &str,
        table: &Table<'_, '_>,
        findings: &mut Findings,
    ) -> Manners {
        const KEY: &str = "magic_clients";
        let Some(like) = clients.entries().iter().find(|client| client.id.as_str() == like).cloned() else {
            let message =
                format!("`{}` is no client of this mount; name the one that they are like", like.escape_debug());
            table.error(findings, KEY, message);
            return Manners::default();
        };
        if !self.test_features {
            let message =
                "they are for tests, and admin.test_features is off: there are none; take this away or turn that on";
            findings.warn(table.place(KEY), table.key(KEY), message);
            return Manners::default();
        }
        let mut manners = Manners::new();
        for (client, manner) in magic::of(&like, clients.rules.dialect) {
            manners.extend(manner.map(|manner| (client.id.shared(), manner)));
            clients.add_checked(client, magic::WEAK, || (table.place(KEY), table.key(KEY)), findings);
        }
        manners
    }

    fn read_keys(
        &mut self,
        table: &Table<'_, '_>,
        specs: &[KeySpec],
        rules: Rules<'_>,
        findings: &mut Findings,
    ) -> OwnKeys {
        const KEY: &str = "signing_keys";
        self.holds_secrets |= specs.iter().any(KeySpec::is_clear);
        match signing_keys::read(specs, rules.dialect.policy().alg, rules.secrets) {
            Ok((keys, warnings)) => {
                for warning in warnings {
                    findings.warn(table.place(KEY), table.key(KEY), warning);
                }
                keys
            }
            Err(why) => {
                table.error(findings, KEY, why);
                OwnKeys::default()
            }
        }
    }

    fn claim_name(&mut self, table: &Table<'_, '_>, name: &str, findings: &mut Findings) {
        let admitted = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.starts_with('-') || !name.bytes().all(admitted) {
            let message = format!(
                "`{}` cannot be a path segment: use lowercase letters, digits and `-`, and begin with a letter or digit",
                name.escape_debug()
            );
            return table.error(findings, "name", message);
        }
        if self.reserved.contains(name) {
            let message =
                format!("`{name}` begins a vendor's own paths, which a mount of that name would hide; rename it");
            return table.error(findings, "name", message);
        }
        if let Some(first) = self.names.insert(name.to_owned(), table.place("name")) {
            table.error(findings, "name", format!("mount `{name}` is there already, at {first}; rename or remove one"));
        }
    }

    /// Clients put paths behind this issuer (OpenID Connect Discovery 1.0 section 4).
    fn check_issuer(&mut self, table: &Table<'_, '_>, issuer: &str, findings: &mut Findings) {
        match uri::check_base(issuer) {
            Ok(()) => self.issuers.push((issuer.to_owned(), table.place("issuer"))),
            Err(why) => table.error(findings, "issuer", format!("`{}` {why}", issuer.escape_debug())),
        }
    }

    /// Warns of issuers at which no mount is found.
    pub(super) fn warn_of_issuers(&self, mounts: &[MountConfig], findings: &mut Findings) {
        for (issuer, place) in &self.issuers {
            let host = host_of(issuer).to_ascii_lowercase();
            let below = issuer.strip_prefix(self.public_url).and_then(|rest| rest.strip_prefix('/'));
            let is_found = below.is_some_and(|name| mounts.iter().any(|mount| mount.name == name))
                || mounts.iter().any(|mount| mount.hosts.contains(&host));
            if !is_found {
                let message = format!(
                    "`{issuer}` leads to no mount: clients that look there find nothing. Leave it out for \
                     {{public_url}}/{{name}}, or add `{host}` to the mount's hosts"
                );
                findings.warn(place.clone(), "mount.issuer", message);
            }
        }
    }

    fn claim_hosts(&mut self, table: &Table<'_, '_>, hosts: &[String], findings: &mut Findings) -> Vec<String> {
        let lower: Vec<_> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        for host in &lower {
            if !is_host(host) {
                let message = format!(
                    "`{}` is no host name; write it without scheme, port and path, as in `api.bits.bi`",
                    host.escape_debug()
                );
                table.error(findings, "hosts", message);
            } else if let Some(first) = self.hosts.insert(host.clone(), table.place("hosts")) {
                table.error(
                    findings,
                    "hosts",
                    format!("`{host}` is claimed already, at {first}; a host has one mount"),
                );
            }
        }
        lower
    }

    /// Has each mount reached at `{name}.localhost` too, where no mount claims that.
    pub(super) fn add_local_hosts(&self, mounts: &mut [MountConfig]) {
        for mount in mounts {
            let host = format!("{}.localhost", mount.name);
            if !self.hosts.contains_key(&host) {
                mount.hosts.push(host);
            }
        }
    }

    /// Adds the tables and then the files, in the order they are named.
    fn gather<'r, K: Kind>(
        &mut self,
        mut roster: Roster<'r, K>,
        table: &Table<'_, '_>,
        tables: Option<Item<'_>>,
        key: &str,
        files: &[String],
        findings: &mut Findings,
    ) -> Roster<'r, K> {
        if let Some(tables) = tables {
            roster.add_tables(tables, self.locator, findings);
            self.holds_secrets |= roster.holds_secrets;
        }
        for file in files {
            let path = self.files.note(self.base.join(file));
            if let Err(error) = roster.add_file(&path, findings) {
                table.error(findings, key, files::unreadable(&path, &error));
            }
            if let Some(warning) = Some(&path).filter(|_| roster.holds_secrets).and_then(|path| files::exposure(path)) {
                findings.warn(table.place(key), table.key(key), warning);
            }
        }
        roster
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    host.split('.').all(label)
}

fn find_dialect(table: &Table<'_, '_>, id: &str, findings: &mut Findings) -> Option<DialectKind> {
    let kind = registry::find(id);
    if kind.is_none() {
        let ids = registry::DIALECTS.iter().map(|kind| kind.id).chain([packs::DIALECT]);
        let known = ids.map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        table.error(findings, "dialect", format!("`{}` is no dialect; there are {known}", id.escape_debug()));
    }
    kind
}

fn check_usernames(users: &Roster<'_, User>, findings: &mut Findings) {
    let mut owners: HashMap<&str, &User> = HashMap::new();
    for user in users.entries() {
        if let (Some(first), Some(place)) = (owners.insert(&user.username, user), users.place(&user.sub)) {
            let message =
                format!("user `{}`: `{}` is the username of `{}` too; change one", user.sub, user.username, first.sub);
            findings.error(place.clone(), "mount.user.username", message);
            continue;
        }
        // A name is looked for among the subs first.
        let is_another = user.username != user.sub && users.place(&user.username).is_some();
        if let Some(place) = users.place(&user.sub).filter(|_| is_another) {
            let message = format!("user `{}`: `{}` is the sub of another user; change one", user.sub, user.username);
            findings.error(place.clone(), "mount.user.username", message);
        }
    }
}

fn warn_of_orphans(clients: &Roster<'_, Client>, users: &Roster<'_, User>, findings: &mut Findings) {
    for client in clients.entries() {
        let Some(sub) = client.user.as_deref().filter(|sub| users.place(sub).is_none()) else { continue };
        if let Some(place) = clients.place(client.id.as_str()) {
            let message = format!(
                "client `{}`: `{}` is the sub of no user of this mount; its requests will find no user",
                client.id,
                sub.escape_debug()
            );
            findings.warn(place.clone(), "mount.client.user", message);
        }
    }
}
