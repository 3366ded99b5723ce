//! What the sandbox says on a terminal once it listens.

use super::{examples, table};
use crate::config::Config;
use std::fmt::Write;
use std::net::SocketAddr;

/// The banner of a configuration, made before its mounts are moved away.
#[derive(Clone, Debug)]
pub struct Banner {
    table: String,
    calls: Vec<String>,
}

/// Stands for the public URL until the port is known.
const URL: &str = "{public_url}";

impl Banner {
    /// The banner of the sandbox.
    pub fn new(config: &Config) -> Self {
        let url = if config.server.listen.port() == 0 { URL } else { &config.server.public_url };
        Self {
            table: table::mounts(config, url),
            calls: config.mounts.iter().filter_map(|mount| examples::token_call(mount, url)).collect(),
        }
    }

    /// The text, once the addresses of the two listeners are known.
    pub fn text(&self, public: SocketAddr, admin: SocketAddr) -> String {
        let mut text = format!("\nIdP Gateway, sandbox: {public} (public), {admin} (admin)\n\n{}\n", self.table);
        text.push_str("A token from each (copy and paste):\n\n");
        for call in &self.calls {
            let _ = writeln!(text, "{call}\n");
        }
        let _ = write!(
            text,
            "What is served, and more calls: curl http://{admin}/v1/mounts\n\
             A configuration of your own:    idp-gateway init && idp-gateway --config idp-gateway.toml\n"
        );
        text.replace(URL, &format!("http://localhost:{}", public.port()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags, Source, load};

    fn banner(environment: &Environment) -> String {
        let config = load(Source::Sandbox, environment, Flags::default()).unwrap();
        Banner::new(&config).text("127.0.0.1:34567".parse().unwrap(), "127.0.0.1:8081".parse().unwrap())
    }

    #[test]
    fn has_a_call_for_each_mount_and_fits_a_terminal() {
        let config = load(Source::Sandbox, &Environment::default(), Flags::default()).unwrap();
        let text = banner(&Environment::default());
        for mount in &config.mounts {
            let url = format!("curl http://localhost:8080/{}/", mount.name);
            assert!(text.contains(&url), "no example for {}", mount.name);
        }
        let longest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(longest.chars().count() <= 100, "{longest}");
    }

    #[test]
    fn names_the_port_that_was_given_where_none_was_asked_for() {
        let text = banner(&Environment::from([("IDP_GATEWAY__SERVER__LISTEN", "127.0.0.1:0")]));
        assert!(text.contains("curl http://localhost:34567/bits/v1/oauth2/token"), "{text}");
        assert!(!text.contains("{public_url}") && !text.contains("localhost:0/"), "{text}");
    }
}
