//! What the sandbox says on a terminal once it listens.

use super::{Addresses, examples};
use crate::table;
use configuration::host::reachable;
use configuration::{Config, TlsConfig, default_public_url};
use std::fmt::Write;

/// The banner, with the addresses that the listeners were given, and the admin token that was made for this run.
pub(crate) fn banner(config: &Config, at: Addresses, admin_token: Option<&str>, kept: Option<&str>) -> String {
    let Addresses { public, admin, .. } = at;
    let default = |port| default_public_url(config.server.tls.is_some(), port);
    let given = default(public.port());
    let url = if config.server.public_url == default(0) { &given } else { &config.server.public_url };
    let mut text =
        format!("\nIdP Gateway, sandbox: {public} (public), {admin} (admin)\n\n{}\n", table::mounts(config, url));
    let example = |mount| examples::token_call(mount, url).or_else(|| examples::token_for_user(mount));
    let calls: Vec<_> = config.mounts.iter().filter_map(example).collect();
    if !calls.is_empty() {
        text.push_str("A token from each (copy and paste):\n\n");
    }
    for call in calls {
        let _ = writeln!(text, "{call}\n");
    }
    if let Some(line) = examples::sign_in(&config.mounts, url) {
        let _ = writeln!(text, "{line}\n");
    }
    if let Some(line) = kept {
        let _ = writeln!(text, "{line}\n");
    }
    if matches!(config.server.tls, Some(TlsConfig::Development { .. })) {
        text.push_str("Trust its certificate:       idp-gateway dev-cert\n");
    }
    // After the `#`, a token is sent to nobody.
    let fragment = admin_token.map(|token| format!("#token={token}")).unwrap_or_default();
    let _ = writeln!(text, "What comes in, and why:      http://{}/{fragment}", reachable(admin));
    let mut curl = format!("curl http://{}/v1/mounts", reachable(admin));
    if let Some(token) = admin_token {
        let _ = writeln!(text, "Admin token of this run:     {token}");
        let _ = write!(curl, " -H 'Authorization: Bearer {token}'");
    }
    let _ = write!(
        text,
        "Everything that is served:   {curl}\n\
         A configuration of your own: idp-gateway init && idp-gateway --config idp-gateway.toml\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use configuration::{Environment, Flags, Source, load};

    fn shown(environment: &Environment) -> String {
        let config = load(Source::Sandbox, environment, Flags::default()).unwrap();
        let (public, admin) = ("127.0.0.1:34567".parse().unwrap(), "127.0.0.1:8081".parse().unwrap());
        banner(&config, Addresses { public, admin, metrics: None }, None, None)
    }

    #[test]
    fn has_a_call_for_each_mount_and_fits_a_terminal() {
        let config = load(Source::Sandbox, &Environment::default(), Flags::default()).unwrap();
        let text = shown(&Environment::default());
        for mount in &config.mounts {
            let url = format!("curl http://localhost:8080/{}/", mount.name);
            assert!(text.contains(&url), "no example for {}", mount.name);
        }
        assert!(text.contains("\nSign in as alice: http://localhost:8080/brighthr-sandbox/account\n"), "{text}");
        let longest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(longest.chars().count() <= 100, "{longest}");
    }

    #[test]
    fn names_the_port_that_was_given_where_none_was_asked_for() {
        let text = shown(&Environment::from([("IDP_GATEWAY__SERVER__LISTEN", "127.0.0.1:0")]));
        assert!(text.contains("curl http://localhost:34567/bits/v1/oauth2/token"), "{text}");
        assert!(!text.contains("localhost:0/"), "{text}");
    }

    #[test]
    fn leads_to_the_console_with_the_token_where_nobody_is_sent_it() {
        let config = load(Source::Sandbox, &Environment::default(), Flags::default()).unwrap();
        let at = |admin: &str| Addresses {
            public: "127.0.0.1:8080".parse().unwrap(),
            admin: admin.parse().unwrap(),
            metrics: None,
        };
        assert!(banner(&config, at("127.0.0.1:8081"), None, None).contains(" http://127.0.0.1:8081/\n"));
        let text = banner(&config, at("0.0.0.0:8081"), Some("t0k3n"), None);
        assert!(text.contains(" http://127.0.0.1:8081/#token=t0k3n\n"), "{text}");
    }
}
