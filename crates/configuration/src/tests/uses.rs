//! What is configured and could never be used.

use super::read;

/// A client of a mount, and what is said of it: `error: …` or `warning: …`, a line each.
fn said(dialect: &str, client: &str) -> String {
    let text = format!("[[mount]]\nname = \"m\"\ndialect = \"{dialect}\"\n[[mount.client]]\n{client}\n");
    match read(&text) {
        Ok(config) => lines("warning", &config.warnings),
        Err(errors) => lines("error", &errors.0),
    }
}

fn lines<T: ToString>(what: &str, said: &[T]) -> String {
    said.iter().flat_map(|said| [what, ": ", &said.to_string(), "\n"].map(str::to_owned)).collect()
}

#[test]
fn n46_a_client_that_no_request_can_be_of_is_refused() {
    let long = format!("id = \"{}\"\nsecret = \"s\"\nscopes = [\"openid\"]", "x".repeat(101));
    assert!(said("brighthr-connect", &long).starts_with("error: f.toml:5:1: mount.client.id: has more than 100 char"));
    let secret = format!("id = \"a\"\nsecret = \"{}\"\nscopes = [\"openid\"]", "canary".repeat(20));
    let said_of_secret = said("brighthr-connect", &secret);
    assert!(said_of_secret.starts_with("error: f.toml:6:1: mount.client.secret: client `a`: has more than 100 char"));
    assert!(!said_of_secret.contains("canary"));
    let colon = "id = \"a:b\"\nsecret = \"s\"\nscopes = [\"application\"]\nclaims = { customerId = \"c\" }";
    assert!(said("bits-basic-form", colon).starts_with("error: f.toml:5:1: mount.client.id: `a:b` has a colon"));
    let other = "id = \"a:b\"\nsecret = \"s\"\nscopes = [\"openid\"]";
    assert!(said("screeningeagle-id", other).starts_with("error: f.toml:5:1: mount.client.id: `a:b` has a colon"));
    assert_eq!(said("brighthr-connect", other), "", "where the parts are form-encoded first a colon is as good as any");
}

#[test]
fn n46_what_a_client_could_never_use_is_a_warning() {
    let code = "grants = [\"authorization_code\"]";
    let of = |more: &str| said("brighthr-connect", &format!("id = \"a\"\nscopes = [\"openid\"]\n{more}"));
    assert!(of(code).starts_with("warning: f.toml:4:1: mount.client.redirect_uris: client `a`: is empty, so no user"));
    assert_eq!(of(&format!("{code}\nredirect_uris = [\"https://a.test/cb\"]")), "");
    let refresh = of("secret = \"s\"\ngrants = [\"client_credentials\", \"refresh_token\"]");
    assert!(refresh.starts_with("warning: f.toml:8:1: mount.client.grants: client `a`: `refresh_token` is of no use"));
    let public = of("grants = [\"client_credentials\"]");
    assert!(
        public.starts_with("warning: f.toml:7:1: mount.client.grants: client `a`: `client_credentials` is refused")
    );
}

#[test]
fn n54_a_client_without_scopes_is_refused_before_its_first_login() {
    let code = "id = \"a\"\ngrants = [\"authorization_code\"]\nredirect_uris = [\"https://a.test/cb\"]";
    let refused = said("brighthr-connect", code);
    assert!(
        refused.starts_with("error: f.toml:4:1: mount.client.scopes: client `a`: has none, and a client"),
        "{refused}"
    );
    let machine = said("screeningeagle-id", "id = \"a\"\nsecret = \"s\"");
    assert!(machine.starts_with("warning: f.toml:4:1: mount.client.scopes: client `a`: has none"), "{machine}");
    assert_eq!(said("screeningeagle-id", "id = \"a\"\ngrants = []"), "", "it may verify and introspect");
}

#[test]
fn n44_a_claim_that_the_dialect_never_shows_is_a_warning() {
    let of = |dialect, claims: &str| {
        said(dialect, &format!("id = \"a\"\nsecret = \"s\"\nscopes = [\"openid\"]\nclaims = {claims}"))
    };
    let odd = of("brighthr-connect", "{ team = \"red\", \"x\\u0007\" = 1 }");
    let start = "warning: f.toml:8:1: mount.client.claims: client `a`: `team`, `x\\u{7}`: in no token and no userinfo, for the \
                 dialect looks for none; ";
    assert!(odd.starts_with(start) && odd.lines().count() == 1, "{odd}");
    let user = "id = \"a\"\nsecret = \"s\"\nscopes = [\"openid\"]\n[[mount.user]]\nsub = \"1\"\nclaims = { emial = \"a\", email = \"b\" }";
    let odd = said("screeningeagle-id", user);
    assert!(
        odd.contains("mount.user.claims: user `1`: `emial`: in no token") && odd.contains("only `email`, "),
        "{odd}"
    );
    let extra = "id = \"a\"\nsecret = \"s\"\nscopes = [\"openid\"]\nclaims = { team = 1 }\n[mount.settings]\nextra_claims = true";
    assert_eq!(said("brighthr-connect", extra), "");
    let known = "id = \"a\"\nsecret = \"s\"\nscopes = [\"application\"]\nclaims = { customerId = \"c\" }";
    assert_eq!(said("bits-basic-form", known), "");
}
