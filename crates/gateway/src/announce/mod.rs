//! Says that the gateway is listening: to people, or as one line of JSON to the program that started it.

mod banner;
mod examples;

use banner::banner;
use configuration::Config;
use serde_json::json;
use std::net::SocketAddr;

/// What to write on standard output once the gateway listens: JSON where the starter asked for it, the banner of the
/// sandbox, else nothing.
pub(crate) fn text(
    config: &Config,
    is_sandbox: bool,
    public: SocketAddr,
    admin: SocketAddr,
    metrics: Option<SocketAddr>,
) -> Option<String> {
    if config.announce_json {
        let mut event = json!({ "event": "listening", "public": public.to_string(), "admin": admin.to_string() });
        if let Some(metrics) = metrics {
            event["metrics"] = metrics.to_string().into();
        }
        return Some(event.to_string());
    }
    is_sandbox.then(|| banner(config, public, admin))
}
