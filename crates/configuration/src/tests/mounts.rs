//! Names, issuers and settings of mounts.

use super::{MOUNT, errors, read, read_with};
use crate::{Environment, registry};

const OPENID: &str = "[[mount]]\nname = \"hr\"\ndialect = \"brighthr-connect\"\n";

#[test]
fn n41_no_mount_hides_a_vendors_paths_or_pages() {
    let reserved = registry::first_segments();
    for name in ["v1", "connect", "api", "oauth2", "account", ".well-known"] {
        assert!(reserved.contains(name), "{name} is not among {reserved:?}");
    }
    for name in reserved.iter().copied().chain(["_gateway", "~world"]) {
        let said = errors(&format!("[[mount]]\nname = \"{name}\"\ndialect = \"bits-basic-form\"\n"));
        assert!(said.starts_with("f.toml:2:1: mount.name: "), "{name}: {said}");
    }
}

#[test]
fn n39_the_issuer_of_an_openid_mount_is_a_url_at_which_it_is_found() {
    for issuer in ["My Issuer", "idp.test", "ftp://idp.test", "https://idp.test?x", "https://idp.test/#x", "https://"] {
        let said = errors(&format!("{OPENID}issuer = \"{issuer}\"\n"));
        assert!(said.starts_with(&format!("f.toml:4:1: mount.issuer: `{issuer}` ")), "{issuer}: {said}");
    }
    let warnings = |more: &str| read(&format!("{OPENID}{more}\n")).unwrap().warnings;
    for issuer in ["http://localhost:8080/other", "https://idp.test", "http://localhost:8080"] {
        let said = warnings(&format!("issuer = \"{issuer}\""));
        assert!(said[0].starts_with(&format!("f.toml:4:1: mount.issuer: `{issuer}` leads to no mount")), "{said:?}");
    }
    let right = ["issuer = \"http://localhost:8080/hr\"", "issuer = \"https://idp.test\"\nhosts = [\"idp.test\"]", ""];
    for more in right {
        assert_eq!(warnings(more), Vec::<String>::new(), "{more}");
    }
    assert!(read(&format!("{MOUNT}issuer = \"My Issuer\"\n")).is_ok(), "nobody looks for the metadata of the others");
}

#[test]
fn n19_nobody_is_signed_in_without_a_password_beyond_loopback_unless_that_is_asked_for_by_name() {
    let public = "[server]\nlisten = \"0.0.0.0:8080\"\n";
    for (dialect, setting) in [
        ("brighthr-connect", "user_picker"),
        ("brighthr-connect", "auto_approve"),
        ("screeningeagle-id", "user_picker"),
        ("screeningeagle-id", "auto_approve"),
    ] {
        let mount = format!("[[mount]]\nname = \"m\"\ndialect = \"{dialect}\"\n[mount.settings]\n{setting} = true\n");
        let said = errors(&format!("{public}{mount}"));
        let start = format!("f.toml:7:1: mount.settings.{setting}: signs users in without a password");
        assert!(said.starts_with(&start) && said.contains("server.allow_passwordless = true"), "{said}");
        assert!(read(&mount).is_ok(), "on loopback it is as good as a password");
        assert!(read(&format!("{public}allow_passwordless = true\n{mount}")).is_ok());
        let variable = Environment::from([("IDP_GATEWAY__SERVER__ALLOW_PASSWORDLESS", "true")]);
        assert!(read_with(&format!("{public}{mount}"), &variable).is_ok());
    }
}

#[test]
fn n47_a_heading_with_one_bracket_is_blamed_and_not_those_beside_it() {
    let again = MOUNT.replace("[[mount]]", "[mount]").replace("\"bits\"", "\"other\"");
    let said = errors(&format!("{MOUNT}{again}{MOUNT}"));
    assert_eq!(said, "f.toml:4:1: mount: write [[mount]], with two brackets on each side");
    let said = errors(&format!("{MOUNT}[[mount.client]]\nid = \"a\"\n[mount.client]\nid = \"b\"\n"));
    assert_eq!(said, "f.toml:6:1: mount.client: write [[mount.client]], with two brackets on each side");
    let said = errors(&format!("{MOUNT}[[server]]\nworkers = 1\n"));
    assert!(said.contains("server: must be a table of settings: write [server], with one bracket"), "{said}");
    let said = errors(&format!("{MOUNT}name = \"twice\"\n"));
    assert!(said.starts_with("f.toml:4:1: this is not TOML: duplicate key"), "{said}");
}

#[test]
fn n47_a_default_url_names_no_port_that_its_scheme_has() {
    let config = read(&format!("[server]\nlisten = \"127.0.0.1:80\"\n{MOUNT}")).unwrap();
    assert_eq!(config.mounts[0].issuer, "http://localhost/bits");
    let tls = Environment::from([
        ("IDP_GATEWAY__SERVER__TLS__DEVELOPMENT", "true"),
        ("IDP_GATEWAY__SERVER__LISTEN", "127.0.0.1:443"),
    ]);
    assert_eq!(read_with(MOUNT, &tls).unwrap().server.public_url, "https://localhost");
}

#[test]
fn n40_a_variable_that_misses_an_underscore_is_told_of() {
    let near = Environment::from([
        ("IDP_GATEWAY_SERVER_WORKERS", "2"),
        ("IDP_GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ("IDP_GATEWAY_BIN", "x"),
    ]);
    let warnings = read_with(MOUNT, &near).unwrap().warnings;
    assert_eq!(
        warnings,
        ["environment variable IDP_GATEWAY_SERVER_WORKERS: has no effect; the variable of server.workers is \
          IDP_GATEWAY__SERVER__WORKERS"]
    );
    assert!(!read_with(MOUNT, &Environment::from([("NO_COLOR", "1")])).unwrap().telemetry.colors, "n47");
}
