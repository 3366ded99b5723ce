//! The mounts, and how a request finds its own: by `/{mount}/…`, else by Host, else by the vendor's native path.

use crate::meter::Meter;
use crate::page::Page;
use admin_api::SettingView;
use arc_swap::ArcSwap;
use configuration::{MountConfig, build_dialect, view};
use dialect::{Dialect, DialectKind, PathPattern, Route, SettingsError, SettingsMap};
use std::collections::HashMap;
use std::sync::Arc;

/// One mount at work: a vendor's dialect under the present settings, over the issuer's side of it.
#[derive(Debug)]
pub struct Mount {
    /// The issuer's side: clients, users, keys.
    pub core: issuer::Mount,
    /// The dialect before it has settings.
    pub kind: DialectKind,
    /// The hosts that lead here, lower case, without port.
    pub hosts: Arc<[String]>,
    /// Its name, as the journal keeps it.
    pub(crate) label: Arc<str>,
    /// Where it is reached by its name: `{public_url}/{name}`.
    pub base_url: String,
    /// Counts the requests that reach it, in whatever namespace.
    pub(crate) meter: Arc<Meter>,
    /// The settings that the file gives.
    pub file_settings: Arc<SettingsMap>,
    changed_settings: ArcSwap<SettingsMap>,
    allow_passwordless: bool,
    /// The dialect under the settings of the file.
    configured: Arc<Arc<dyn Dialect>>,
    dialect: ArcSwap<Arc<dyn Dialect>>,
    ways: Arc<HashMap<&'static str, Way>>,
    /// Paths with parts that vary, which literal ones go before.
    patterns: Arc<[(PathPattern, Way)]>,
}

/// What a vendor's path leads to.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// One of the vendor's endpoints.
    Endpoint(Route),
    /// A page that users see.
    Page(Page),
}

impl Mount {
    fn new(config: MountConfig, public_url: &str, before: Option<&Self>) -> Self {
        let endpoints = config.dialect.routes().iter().map(|route| (route.path, Way::Endpoint(*route)));
        let pages = config.dialect.pages().into_iter().flat_map(Page::ways);
        let all = endpoints.chain(pages.map(|(path, page)| (path, Way::Page(page))));
        let (varying, literal): (Vec<_>, Vec<_>) = all.partition(|(path, _)| PathPattern::is_one(path));
        let patterns = varying.into_iter().filter_map(|(path, way)| Some((PathPattern::parse(path).ok()?, way)));
        let mut core = issuer::Mount::new(&config.name, &config.issuer, config.clients, config.users)
            .with_own_keys(config.signing_keys);
        core.manners = Arc::new(config.manners);
        if let Some(before) = before {
            core.keep_keys_of(&before.core);
        }
        let meter = Meter::of_mount(&config.name, config.dialect.routes().iter().map(|route| route.endpoint));
        let configured = Arc::new(config.dialect);
        Self {
            core,
            kind: config.kind,
            hosts: config.hosts.into(),
            label: config.name.as_str().into(),
            base_url: format!("{public_url}/{}", config.name),
            meter: Arc::new(meter),
            file_settings: Arc::new(config.settings),
            changed_settings: ArcSwap::default(),
            allow_passwordless: config.allow_passwordless,
            dialect: ArcSwap::new(Arc::clone(&configured)),
            configured,
            ways: Arc::new(literal.into_iter().collect()),
            patterns: patterns.collect(),
        }
    }

    /// The mount as the file says it with another issuer's side, reached below `base`.
    fn beside(&self, core: issuer::Mount, base: &str) -> Self {
        Self {
            base_url: format!("{base}/{}", core.name),
            core,
            kind: self.kind.clone(),
            hosts: Arc::clone(&self.hosts),
            label: Arc::clone(&self.label),
            meter: Arc::clone(&self.meter),
            file_settings: Arc::clone(&self.file_settings),
            changed_settings: ArcSwap::default(),
            allow_passwordless: self.allow_passwordless,
            dialect: ArcSwap::new(Arc::clone(&self.configured)),
            configured: Arc::clone(&self.configured),
            ways: Arc::clone(&self.ways),
            patterns: Arc::clone(&self.patterns),
        }
    }

    /// The mount's name.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// The dialect under the present settings.
    pub fn dialect(&self) -> Arc<dyn Dialect> {
        Arc::clone(&self.dialect.load())
    }

    /// What a path leads to.
    fn way(&self, path: &str) -> Option<Way> {
        let exact = self.ways.get(path);
        let found = exact.or_else(|| self.ways.get(&*path.to_ascii_lowercase()).filter(|_| self.ignores_case()));
        let varying = || self.patterns.iter().find(|(pattern, _)| pattern.matches(path)).map(|(_, way)| way);
        found.or_else(varying).copied()
    }

    fn ignores_case(&self) -> bool {
        !self.dialect.load().has_case_sensitive_paths()
    }

    /// Puts the settings of the file, overlaid with `changes`, in force; `null` puts back what the file says.
    pub fn change_settings(&self, changes: &SettingsMap) -> Result<(), SettingsError> {
        let changes = changes.iter().filter(|(_, value)| !value.is_null());
        let changes: SettingsMap = changes.map(|(name, value)| (name.clone(), value.clone())).collect();
        let dialect = if changes.is_empty() {
            Arc::clone(&self.configured)
        } else {
            let mut settings = SettingsMap::clone(&self.file_settings);
            settings.extend(changes.clone());
            Arc::new(build_dialect(&self.kind, &settings, self.allow_passwordless)?)
        };
        self.dialect.store(dialect);
        self.changed_settings.store(Arc::new(changes));
        Ok(())
    }

    /// The dialect under the settings of the file, overlaid with `changes`, which are not put in force.
    pub fn dialect_under(&self, changes: &SettingsMap) -> Result<Arc<dyn Dialect>, SettingsError> {
        let mut settings = SettingsMap::clone(&self.file_settings);
        settings.extend(changes.clone());
        build_dialect(&self.kind, &settings, self.allow_passwordless)
    }

    /// The settings that were changed at run time.
    pub fn changed_settings(&self) -> Arc<SettingsMap> {
        self.changed_settings.load_full()
    }

    /// The settings in force, and where each comes from.
    pub fn settings(&self) -> Vec<SettingView> {
        view::settings(&*self.dialect(), &self.file_settings, &self.changed_settings.load())
    }
}

/// All mounts, in the order of the file.
#[derive(Debug)]
pub struct Mounts {
    all: Vec<Arc<Mount>>,
    places: Arc<Places>,
    /// Whether each is at `{name}.localhost` too: there a namespace's name stands before the host.
    are_local: bool,
}

/// Where each mount stands among all, by the ways to it: of one configuration, in all namespaces.
#[derive(Debug, Default)]
struct Places {
    names: HashMap<String, usize>,
    hosts: HashMap<String, usize>,
    paths: HashMap<&'static str, usize>,
}

/// A request's way to a vendor's surface.
#[derive(Debug)]
pub struct Found<'a> {
    /// The mount.
    pub mount: &'a Arc<Mount>,
    /// What stands before the vendor's path: `/{mount}`, or nothing.
    pub base: &'a str,
    /// The vendor's path, without the mount's prefix.
    pub path: &'a str,
    /// What is there; `None` where the vendor has nothing at that path.
    pub way: Option<Way>,
}

/// Where the path of an issuer stands behind what is asked of it (RFC 8414 section 3.1).
pub(crate) const WELL_KNOWN: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

impl Mounts {
    /// The mounts of a configuration, with the keys of those that were there `before`.
    pub fn new(configs: Vec<MountConfig>, public_url: &str, before: Option<&Self>) -> Self {
        let mount = |config: MountConfig| {
            let before = before.and_then(|before| before.get(&config.name));
            Arc::new(Mount::new(config, public_url, before.map(|before| &**before)))
        };
        let all: Vec<_> = configs.into_iter().map(mount).collect();
        let mut places = Places::default();
        for (at, mount) in all.iter().enumerate() {
            places.names.insert(mount.name().to_owned(), at);
            places.hosts.extend(mount.hosts.iter().map(|host| (host.clone(), at)));
        }
        // What is data hides no path of a dialect that is code.
        let (data, code): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(_, mount)| mount.kind.text().is_some());
        for (at, mount) in code.into_iter().chain(data) {
            for path in mount.ways.keys() {
                places.paths.entry(*path).or_insert(at);
            }
        }
        Self { all, places: Arc::new(places), are_local: false }
    }

    /// The same mounts as the file says them, reached below `base`, each with the issuer's side that `core` gives.
    pub(crate) fn beside(&self, base: &str, core: impl Fn(&Mount) -> issuer::Mount) -> Self {
        let mount = |mount: &Arc<Mount>| Arc::new(mount.beside(core(mount), base));
        Self { all: self.all.iter().map(mount).collect(), places: Arc::clone(&self.places), are_local: true }
    }

    /// Takes the keys of the same mounts before.
    pub(crate) fn keep_keys_of(&mut self, before: &Self) {
        for mount in &mut self.all {
            let (Some(before), Some(mount)) = (before.get(mount.name()), Arc::get_mut(mount)) else { continue };
            mount.core.keep_keys_of(&before.core);
        }
    }

    /// The mounts in the order of the file.
    pub fn all(&self) -> &[Arc<Mount>] {
        &self.all
    }

    /// The mount of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Mount>> {
        self.at(self.places.names.get(name))
    }

    fn at(&self, place: Option<&usize>) -> Option<&Arc<Mount>> {
        self.all.get(*place?)
    }

    /// The mount and endpoint that `path` at the host of that name leads to; `None` where no mount is named by either.
    pub fn find<'a>(&'a self, host: Option<&str>, path: &'a str) -> Option<Found<'a>> {
        let found = |mount: &'a Arc<Mount>, base, path| Found { mount, base, path, way: mount.way(path) };
        if let Some(found) = self.behind_well_known(path) {
            return Some(found);
        }
        let end = path.strip_prefix('/')?.find('/').map_or(path.len(), |slash| slash + 1);
        let (base, rest) = path.split_at(end);
        if let Some(mount) = self.get(&base[1..]) {
            return Some(found(mount, base, rest));
        }
        if let Some(mount) = host.and_then(|host| self.by_host(host)) {
            return Some(found(mount, "", path));
        }
        let by_path = |path: &str| self.at(self.places.paths.get(path));
        let in_any_case = || by_path(&path.to_ascii_lowercase()).filter(|mount| mount.ignores_case());
        by_path(path).or_else(in_any_case).map(|mount| found(mount, "", path))
    }

    /// What is asked of the mount whose name stands behind it, where the mount has that and no vendor has the whole path.
    fn behind_well_known<'a>(&'a self, path: &'a str) -> Option<Found<'a>> {
        let (known, base) = WELL_KNOWN.iter().find_map(|known| Some((*known, path.strip_prefix(known)?)))?;
        let mount = self.get(base.strip_prefix('/')?).filter(|_| !self.places.paths.contains_key(path))?;
        mount.way(known).map(|way| Found { mount, base, path: known, way: Some(way) })
    }

    /// The path at which there is something that is nearest to one at which there is nothing; `None` where none is near.
    /// It looks at all paths of all mounts: not for the way of a request.
    pub fn nearest(&self, path: &str) -> Option<String> {
        const NEAR: f64 = 0.6;
        let path = path.to_ascii_lowercase();
        let rest = path.strip_prefix('/').and_then(|path| path.find('/').map(|at| &path[at..])).unwrap_or_default();
        let paths = self.all.iter().flat_map(|mount| mount.ways.keys().map(move |way| (mount, *way)));
        let scored = paths.map(|(mount, way)| {
            let whole = format!("/{}{way}", mount.name());
            let way = way.to_ascii_lowercase();
            // The mount may be wrong, or the rest, or there is no mount at all.
            let near = |asked: &str, there: &str| strsim::normalized_levenshtein(asked, there);
            let mount_or_rest = near(&path, &whole);
            (mount_or_rest.max(near(rest, &way)).max(near(&path, &way)), mount_or_rest, whole)
        });
        let near = scored.filter(|(score, ..)| *score >= NEAR);
        let best = near.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        best.map(|(_, _, whole)| whole)
    }

    /// Whether `path` begins with the name of a mount.
    pub(crate) fn is_named_in(&self, path: &str) -> bool {
        path.split('/').nth(1).is_some_and(|name| self.places.names.contains_key(name))
    }

    /// Whether `host` is one of a mount's own.
    pub(crate) fn has_host(&self, host: &str) -> bool {
        self.by_host(host).is_some()
    }

    /// Whether a namespace's name may stand before `host`.
    pub(crate) fn has_host_of_namespaces(&self, host: &str) -> bool {
        self.has_host(host) || self.local(host).is_some()
    }

    /// The mount of `{name}.localhost`.
    fn local(&self, host: &str) -> Option<&Arc<Mount>> {
        let (name, local) = host.rsplit_once('.')?;
        if !local.eq_ignore_ascii_case("localhost") {
            return None;
        }
        self.get(name).or_else(|| self.get(&name.to_ascii_lowercase()))
    }

    fn by_host(&self, host: &str) -> Option<&Arc<Mount>> {
        let by_host = &self.places.hosts;
        let found = self.at(match by_host.get(host) {
            None if host.bytes().any(|b| b.is_ascii_uppercase()) => by_host.get(&host.to_ascii_lowercase()),
            found => found,
        });
        found.or_else(|| self.local(host).filter(|_| self.are_local))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use configuration::registry;

    fn mount(name: &str, dialect: &str, host: &str) -> MountConfig {
        let kind = registry::find(dialect).unwrap();
        MountConfig {
            name: name.into(),
            kind: kind.clone(),
            dialect: kind.build(&SettingsMap::new()).unwrap(),
            hosts: vec![host.into()],
            issuer: format!("http://localhost:8080/{name}"),
            settings: SettingsMap::new(),
            allow_passwordless: true,
            clients: vec![],
            users: vec![],
            signing_keys: issuer::keys::OwnKeys::default(),
            manners: issuer::scenario::Manners::new(),
        }
    }

    const TOKEN: &str = "/v1/oauth2/token";

    fn way<'a>(mounts: &'a Mounts, host: &str, path: &'a str) -> Option<(&'a str, &'a str, bool)> {
        let found = mounts.find(Some(host), path)?;
        Some((found.mount.name(), found.path, found.way.is_some()))
    }

    #[test]
    fn the_mounts_name_comes_first_then_the_host_then_the_native_path() {
        let mounts = Mounts::new(
            vec![
                mount("one", "bits-basic-form", "api.bits.bi"),
                mount("two", "bits-basic-form", "two.test"),
                mount("hr", "brighthr-connect", "hr.test"),
            ],
            "http://localhost:8080",
            None,
        );
        assert_eq!(way(&mounts, "hr.test", "/two/v1/oauth2/token"), Some(("two", TOKEN, true)), "whatever the Host");
        assert_eq!(way(&mounts, "TWO.test", TOKEN), Some(("two", TOKEN, true)));
        assert_eq!(way(&mounts, "elsewhere", TOKEN), Some(("one", TOKEN, true)), "the first mount of the file wins");
        assert_eq!(way(&mounts, "hr.test", TOKEN), Some(("hr", TOKEN, false)), "the Host decides");
        assert_eq!(way(&mounts, "elsewhere", "/connect/token"), Some(("hr", "/connect/token", true)));
        assert_eq!(way(&mounts, "elsewhere", "/one"), Some(("one", "", false)));
        for nowhere in ["/", "/none", "/none/v1/oauth2/token", "*", "//one/v1/oauth2/token"] {
            assert_eq!(way(&mounts, "elsewhere", nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn n09_paths_are_compared_as_the_vendor_does() {
        let all = vec![mount("hr", "brighthr-connect", "hr.test"), mount("bits", "bits-basic-form", "bits.test")];
        let mounts = Mounts::new(all, "http://localhost:8080", None);
        let leads = |host: &str, path: &str| mounts.find(Some(host), path).is_some_and(|found| found.way.is_some());
        for path in ["/connect/token", "/Connect/Token", "/ACCOUNT/login", "/hr/.Well-Known/OpenID-Configuration"] {
            assert!(leads("hr.test", path) && leads("elsewhere", path), "{path}");
        }
        for path in ["/V1/oauth2/token", "/bits/v1/OAuth2/token", "/HR/connect/token"] {
            assert!(!leads("bits.test", path), "{path}");
        }
        let changes = serde_json::from_str(r#"{"case_sensitive_paths": true}"#).unwrap();
        mounts.get("hr").unwrap().change_settings(&changes).unwrap();
        assert!(leads("hr.test", "/connect/token") && !leads("hr.test", "/Connect/Token"));
        assert!(!leads("elsewhere", "/Connect/Token"));
    }

    #[test]
    fn settings_change_and_go_back_to_the_file() {
        let mounts = Mounts::new(vec![mount("one", "bits-basic-form", "h")], "http://localhost:8080", None);
        let one = mounts.get("one").unwrap();
        let changes = |json: &str| serde_json::from_str::<SettingsMap>(json).unwrap();
        one.change_settings(&changes(r#"{"access_ttl": 60}"#)).unwrap();
        assert_eq!(one.dialect().policy().access_ttl.0, 60);
        assert!(one.change_settings(&changes(r#"{"acces_ttl": 61}"#)).is_err());
        assert_eq!(one.dialect().policy().access_ttl.0, 60, "a refused change changes nothing");
        one.change_settings(&changes(r#"{"access_ttl": null}"#)).unwrap();
        assert_eq!(one.dialect().policy().access_ttl.0, 3600);
    }
}
