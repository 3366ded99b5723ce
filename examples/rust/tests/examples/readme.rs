//! The calls of the front page do what it says.

use crate::sandbox;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use testkit::{jwt, tree};

/// The text of each fenced block of shell that calls curl, in order.
fn curl_blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("\n```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.filter(|block| block.contains("curl ")).collect()
}

/// What is between quotes and looks like a compact JWT.
fn tokens(answers: &str) -> Vec<&str> {
    answers.split('"').filter(|text| text.starts_with("eyJ") && text.matches('.').count() == 2).collect()
}

/// The issuer that the tokens of each mount name.
fn issuers(public_url: &str) -> Result<BTreeMap<String, String>> {
    let configuration = sandbox::configuration()?;
    let mounts = configuration["mount"].as_array().context("no mounts")?;
    let issuer = |mount: &toml::Value| {
        let name = mount["name"].as_str().context("a mount without a name")?;
        let own = mount.get("issuer").and_then(toml::Value::as_str);
        Ok((name.to_owned(), own.map_or_else(|| format!("{public_url}/{name}"), str::to_owned)))
    };
    mounts.iter().map(issuer).collect()
}

#[test]
fn every_call_succeeds_and_every_token_holds() -> Result<()> {
    sandbox::require_curl()?;
    let gateway = sandbox::start()?;
    let (public_url, admin_url) = (sandbox::public_url(&gateway), sandbox::admin_url(&gateway));
    let issuers = issuers(&public_url)?;
    let page = fs::read_to_string(tree::root().join("README.md"))?;
    let mut seen = BTreeMap::new();
    let refused = tempfile::NamedTempFile::new()?;
    for block in curl_blocks(&page) {
        let calls = block.replace("http://localhost:8080", &public_url).replace("http://localhost:8081", &admin_url);
        // Each answer that is no success is noted.
        let script =
            format!("curl() {{ command curl --fail-with-body \"$@\" || echo $? >> \"$REFUSED\"; }}\n{calls}\n");
        let mut shell = Command::new("sh");
        shell.args(["-euc", &script]).env("REFUSED", refused.path());
        let answers = sandbox::run(&gateway, &mut shell)?;
        for token in tokens(&answers) {
            let mount = issuers.keys().find(|name| block.contains(&format!(":8080/{name}/")));
            let mount = mount.with_context(|| format!("a token, and no mount named by\n{block}"))?;
            let payload = jwt::verify(token, &gateway.admin().jwks(mount)?)
                .with_context(|| format!("a token of {mount}"))?
                .payload;
            let claims: serde_json::Value = serde_json::from_slice(&payload)?;
            ensure!(claims["iss"] == issuers[mount], "{mount}'s issuer should be {}: {claims}", issuers[mount]);
            *seen.entry(mount.as_str()).or_insert(0) += 1;
        }
    }
    assert_eq!(fs::read_to_string(refused.path())?, "22\n", "the one that is forced to fail, and no other");
    let wanted = [("bits", 1), ("bizzassure", 1), ("brighthr-sandbox", 1), ("openid", 1), ("screeningeagle", 3)];
    assert_eq!(seen, BTreeMap::from(wanted));
    Ok(())
}

#[test]
fn blocks_and_tokens_are_found() {
    let page = "a\n```sh\ncargo run\n```\n\n```sh\ncurl -s x\n# more\n```\n```\ncurl in no shell\n```\n";
    assert_eq!(curl_blocks(page), ["curl -s x\n# more"]);
    assert_eq!(tokens(r#"{"a":"eyJh.b.c","b":"eyJh.b"}{"c":"x.y.z"}"#), ["eyJh.b.c"]);
}
