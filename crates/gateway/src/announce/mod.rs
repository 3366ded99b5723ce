//! Says that the gateway is listening: to people, or as one line of JSON to the program that started it.

mod banner;
mod examples;

use banner::banner;
use configuration::Config;
use configuration::host::{authority_of, reachable};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The addresses that the listeners were given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// Where metrics are served without a token.
    pub(crate) metrics: Option<SocketAddr>,
}

/// What to write on standard output once the gateway listens: JSON where the starter asked for it, the banner of the
/// sandbox, else nothing. `kept` says what is in force from before.
pub(crate) fn text(config: &Config, is_sandbox: bool, at: Addresses, kept: Option<&str>) -> Option<String> {
    if config.announce_json {
        return Some(event(config, at).to_string());
    }
    is_sandbox.then(|| banner(config, at.public, at.admin, kept))
}

/// Everything that a program needs to know of a gateway that it has started on free ports.
fn event(config: &Config, at: Addresses) -> Value {
    let public_url = &config.server.public_url;
    let port = authority_of(public_url).rsplit_once(':').map_or("", |(_, port)| port);
    let port =
        if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() { format!(":{port}") } else { String::new() };
    let mount = |mount: &configuration::MountConfig| {
        let host = mount.hosts.first().map(|host| format!("{host}{port}"));
        (mount.name.clone(), json!({ "url": mount.base_url(public_url), "issuer": mount.issuer, "host": host }))
    };
    let mut event = json!({
        "event": "listening",
        "public": at.public.to_string(),
        "admin": at.admin.to_string(),
        "public_url": public_url,
        "admin_url": format!("http://{}", reachable(at.admin)),
        "mounts": config.mounts.iter().map(mount).collect::<serde_json::Map<_, _>>(),
    });
    if let Some(metrics) = at.metrics {
        event["metrics"] = metrics.to_string().into();
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use configuration::{Environment, Flags, parse};
    use std::path::Path;

    #[test]
    fn n48_the_line_has_the_urls_that_clients_use_and_each_mounts_issuer() {
        let text = "[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"0.0.0.0:0\"\ntoken = \"0123456789abcdef\"\n\
                    [[mount]]\nname = \"bits\"\ndialect = \"bits-basic-form\"\nhosts = [\"bits.localhost\"]\n\
                    [[mount]]\nname = \"se\"\ndialect = \"screeningeagle-id\"\nissuer = \"Screening Eagle ID\"\n";
        let environment = Environment::from([("IDP_GATEWAY_ANNOUNCE", "json")]);
        let mut config = parse("f.toml", text, Path::new(""), &environment, Flags::default()).unwrap();
        let public = "127.0.0.1:5000".parse().unwrap();
        config.bind(public);
        let at = Addresses { public, admin: "0.0.0.0:5001".parse().unwrap(), metrics: None };
        let line = super::text(&config, false, at, None).unwrap();
        let expected = json!({
            "event": "listening", "public": "127.0.0.1:5000", "admin": "0.0.0.0:5001",
            "public_url": "http://localhost:5000", "admin_url": "http://127.0.0.1:5001",
            "mounts": {
                "bits": {
                    "url": "http://localhost:5000/bits", "issuer": "http://localhost:5000/bits", "host": "bits.localhost:5000"
                },
                "se": { "url": "http://localhost:5000/se", "issuer": "Screening Eagle ID", "host": null }
            }
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    }
}
