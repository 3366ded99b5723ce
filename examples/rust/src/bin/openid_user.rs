//! The standard dialect: the `openidconnect` crate as it is signs a user in.

use anyhow::Result;
use examples::relying_party::{Client, run};

fn main() -> Result<()> {
    run(Client { mount: "openid", id: "openid-web", secret: "openid-web-secret" })
}
