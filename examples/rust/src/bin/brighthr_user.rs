//! BrightHR: the `openidconnect` crate as it is signs a user in.

use anyhow::Result;
use examples::relying_party::{Client, run};

fn main() -> Result<()> {
    run(Client { mount: "brighthr-sandbox", id: "brighthr-sandbox-web", secret: "brighthr-sandbox-web-secret" })
}
