//! The test libraries know each call and each member of the admin API: what they know is made from its description.

mod node;
mod python;
mod schema;

use anyhow::{Result, ensure};
use std::fs;
use testkit::tree;

/// Files of the libraries, with what is in them.
fn files() -> Result<Vec<(&'static str, String)>> {
    let document = admin_api::openapi::document();
    let (calls, types) = (schema::calls(&document)?, schema::types(&document)?);
    Ok(vec![
        ("libraries/python/src/idp_gateway_test/api.py", python::render(&calls, &types)?),
        ("libraries/node/lib/calls.cjs", node::calls(&calls)?),
        ("libraries/node/api.d.ts", node::types(&types)?),
    ])
}

/// `UPDATE_MANUAL=1` writes them.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
fn the_libraries_know_the_admin_api_as_it_is() -> Result<()> {
    for (name, text) in files()? {
        let path = tree::root().join(name);
        if std::env::var_os("UPDATE_MANUAL").is_some() {
            fs::write(&path, &text)?;
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        ensure!(found == text, "{name} is not what the admin API's description says; UPDATE_MANUAL=1 writes it");
    }
    Ok(())
}
