//! How a configuration looks from outside.

use super::{Config, MountConfig};
use admin_api::{BodyMember, EndpointView, Example, MountView, SettingView, TokenCallView};
use dialect::{BodyFormat, ClientPlace, Dialect, Route, Setting, SettingsMap, TokenCall};
use grant::Endpoint;
use std::net::SocketAddr;

/// The public URL where none is configured.
pub fn default_public_url(is_tls: bool, port: u16) -> String {
    match (is_tls, port) {
        (false, 80) => "http://localhost".to_owned(),
        (true, 443) => "https://localhost".to_owned(),
        (false, port) => format!("http://localhost:{port}"),
        (true, port) => format!("https://localhost:{port}"),
    }
}

impl Config {
    /// Puts the port that the public listener was given in the place of port 0, in the URLs that derive from it.
    pub fn bind(&mut self, public: SocketAddr) {
        let url = |port| default_public_url(self.server.tls.is_some(), port);
        let (asked, given) = (url(0), url(public.port()));
        if self.server.listen.port() == 0 && self.server.public_url == asked {
            for mount in &mut self.mounts {
                if mount.issuer == format!("{asked}/{}", mount.name) {
                    mount.issuer = format!("{given}/{}", mount.name);
                }
            }
            self.server.public_url = given;
        }
        self.server.listen = public;
    }
}

impl MountConfig {
    /// The URL that the vendor's paths follow, below the gateway's public URL.
    pub fn base_url(&self, public_url: &str) -> String {
        format!("{public_url}/{}", self.name)
    }

    /// The mount as the admin API shows it.
    pub fn view(&self, public_url: &str) -> MountView {
        let base = self.base_url(public_url);
        MountView {
            name: self.name.clone(),
            dialect: self.kind.id.to_owned(),
            vendor: self.kind.vendor.to_owned(),
            hosts: self.hosts.clone(),
            issuer: self.issuer.clone(),
            endpoints: endpoints(&*self.dialect, &base),
            settings: settings(&*self.dialect, &self.settings, &SettingsMap::new()),
            places: self.dialect.routes().iter().map(|route| route.endpoint.as_str().to_owned()).collect(),
            token_call: token_call(&self.kind.token_call, None),
            scopes: self.dialect.policy().scopes.iter().map(ToString::to_string).collect(),
            clients: self.clients.len(),
            users: self.users.len(),
        }
    }
}

/// How a token request is written, with a client that is granted it.
pub fn token_call(call: &TokenCall, example: Option<Example>) -> TokenCallView {
    let (client, id, secret) = match call.client {
        ClientPlace::Basic => ("basic", None, None),
        ClientPlace::Body { id, secret } => ("body", Some(id.to_owned()), Some(secret.to_owned())),
    };
    let asks =
        call.asks.iter().map(|(name, value)| BodyMember { name: (*name).to_owned(), value: (*value).to_owned() });
    TokenCallView {
        client: client.to_owned(),
        id,
        secret,
        body: match call.body {
            BodyFormat::Json => "json",
            BodyFormat::Form => "form",
            BodyFormat::Query => "query",
        }
        .to_owned(),
        asks: asks.collect(),
        access_token: call.access_token.to_owned(),
        example,
    }
}

/// Whether the gateway gives a mount of the dialect an authorization endpoint and pages, for its vendor has none.
pub fn is_hosted(dialect: &dyn Dialect) -> bool {
    dialect.policy().sign_in.is_some() && Route::find(dialect.routes(), Endpoint::Authorize).is_none()
}

/// The endpoints of a dialect below a mount's base URL (`{public_url}/{mount}`), and the authorization endpoint that
/// the gateway gives it where its users sign in and its vendor has none.
pub fn endpoints(dialect: &dyn Dialect, base_url: &str) -> Vec<EndpointView> {
    let view = |route: &Route| EndpointView {
        endpoint: route.endpoint.as_str().to_owned(),
        methods: route.methods.iter().map(ToString::to_string).collect(),
        url: format!("{base_url}{}", route.path),
    };
    let hosted = is_hosted(dialect).then(|| hosted_authorize(base_url)).flatten();
    dialect.routes().iter().map(view).chain(hosted).collect()
}

fn hosted_authorize(base_url: &str) -> Option<EndpointView> {
    let (public_url, mount) = base_url.rsplit_once('/')?;
    Some(EndpointView {
        endpoint: Endpoint::Authorize.as_str().to_owned(),
        methods: ["GET", "POST"].map(str::to_owned).to_vec(),
        url: format!("{public_url}/_gateway/authorize/{mount}"),
    })
}

/// The settings in force, of which the file gives some and others were changed at run time.
pub fn settings(dialect: &dyn Dialect, of_file: &SettingsMap, changed: &SettingsMap) -> Vec<SettingView> {
    let from = |name: &str| match (changed.contains_key(name), of_file.contains_key(name)) {
        (true, _) => "run_time",
        (false, true) => "file",
        (false, false) => "default",
    };
    let view = |setting: &Setting| SettingView {
        name: setting.name.to_owned(),
        value: setting.value.clone(),
        from: from(setting.name).to_owned(),
        default: setting.default.clone(),
        allowed: setting.allowed.clone(),
        help: setting.help.to_owned(),
    };
    dialect.settings().iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;
    use dialect::SettingsMap;

    #[test]
    fn users_sign_in_at_the_vendors_endpoint_or_at_one_of_the_gateway() {
        for kind in registry::DIALECTS {
            let dialect = kind.build(&SettingsMap::new()).unwrap();
            let all = endpoints(&*dialect, "http://localhost:8080/mine");
            let of_users: Vec<_> = all.iter().filter(|view| view.endpoint == "authorize").collect();
            assert_eq!(of_users.len(), usize::from(dialect.policy().sign_in.is_some()), "{}: {of_users:?}", kind.id);
            let hosted = of_users.iter().any(|view| view.url.contains("/_gateway/"));
            assert_eq!(hosted, is_hosted(&*dialect), "{}: {of_users:?}", kind.id);
        }
        let hosted = hosted_authorize("http://localhost:8080/mine").unwrap();
        assert_eq!(hosted.url, "http://localhost:8080/_gateway/authorize/mine");
    }
}
