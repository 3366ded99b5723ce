//! Mounts as a configuration file has them, for tests that need one of a dialect and no vendor's fixtures.

/// The text of mounts, in the order in which they are named. What is written behind it, with `concat!`, belongs to the last client or
/// user of the last mount, or as `[mount.settings]` to that mount.
///
/// - `bits`: the client `batch` with `batch-secret` and the scope `application`.
/// - `bizzassure`: the client `app` with `app-secret` and the scope `employee.get`.
/// - `brighthr`: the client `web` with `web-secret`, and the user `alice` (`sub` `u1`) with `alice-password`, in whose name every
///   authorization is approved.
/// - `eagle`, Screening Eagle: the client `app` with `app-secret`, which acts for the user `test` (`sub` `1302`).
///
/// ```
/// const MOUNTS: &str = concat!(testkit::mounts!(brighthr bits), "rate_limit = \"2/1h\"\n");
/// # assert!(MOUNTS.ends_with("}\nrate_limit = \"2/1h\"\n"));
/// ```
#[macro_export]
macro_rules! mounts {
    (bits) => {
        r#"
[[mount]]
name = "bits"
dialect = "bits-basic-form"
[[mount.client]]
id = "batch"
secret = "batch-secret"
scopes = ["application"]
claims = { customerId = "bits:customer::1" }
"#
    };
    (bizzassure) => {
        r#"
[[mount]]
name = "bizzassure"
dialect = "bizzassure-json"
[[mount.client]]
id = "app"
secret = "app-secret"
scopes = ["employee.get"]
"#
    };
    (brighthr) => {
        r#"
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
settings = { auto_approve = true }
[[mount.client]]
id = "web"
secret = "web-secret"
grants = ["authorization_code", "refresh_token"]
scopes = ["openid", "offline_access"]
redirect_uris = ["https://client.test/cb"]
[[mount.user]]
sub = "u1"
username = "alice"
password = "alice-password"
"#
    };
    (eagle) => {
        r#"
[[mount]]
name = "eagle"
dialect = "screeningeagle-id"
[[mount.client]]
id = "app"
secret = "app-secret"
grants = ["client_credentials", "authorization_code", "refresh_token"]
scopes = ["openid", "email", "offline"]
redirect_uris = ["https://client.test/cb"]
user = "1302"
[[mount.user]]
sub = "1302"
username = "test"
"#
    };
    ($first:ident $($more:ident)+) => {
        concat!($crate::mounts!($first), $crate::mounts!($($more)+))
    };
}
