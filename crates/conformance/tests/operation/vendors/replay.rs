//! `pack test`.

use super::{PACK, pack, run, text};
use anyhow::{Result, ensure};
use std::fs;

#[test]
fn a_packs_pairs_hold_byte_for_byte_or_are_shown_with_what_came() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let right = run(folder.path(), None, &["pack", "test", "acme"])?;
    assert_eq!((text(&right.stdout).trim(), text(&right.stderr).as_str()), ("4 of 4 pairs hold, byte for byte.", ""));
    assert!(right.status.success());

    pack(folder.path(), &PACK.replace("Unknown client", "No such client"))?;
    let wrong = run(folder.path(), None, &["pack", "test", "acme"])?;
    let shown = text(&wrong.stdout);
    assert_eq!(wrong.status.code(), Some(1));
    for part in
        ["acme/pairs.http:14: AC-2 | a wrong secret", "differs at byte", "No such client", "1 of 4 pairs differ."]
    {
        ensure!(shown.contains(part), "no `{part}` in {shown}");
    }
    ensure!(!shown.contains("AC-1"), "{shown}");
    let one = run(folder.path(), None, &["pack", "test", "acme", "--pair", "AC-1"])?;
    ensure!(one.status.success() && text(&one.stdout).starts_with("1 of 1"), "{}", text(&one.stdout));
    Ok(())
}

#[test]
fn a_pack_that_is_new_comes_with_a_pair_that_holds() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for base in ["oauth2", "openid-connect"] {
        let new = run(folder.path(), None, &["pack", "new", base, "--from", base])?;
        ensure!(new.status.success() && text(&new.stdout).contains("pairs.http"), "{}", text(&new.stderr));
        let tested = run(folder.path(), None, &["pack", "test", base])?;
        assert_eq!(text(&tested.stdout).trim(), "1 of 1 pairs hold, byte for byte.", "{}", text(&tested.stderr));
    }
    Ok(())
}

#[test]
fn a_client_stands_in_the_query_or_deep_in_json_and_a_code_may_be_spent() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (carrier, more, request) in [
        (
            "query",
            "methods = [\"GET\"]",
            "GET /api/login?key=acme-app&secret=acme-app-secret&code={{code}} HTTP/1.1\nHost: acme.example\n\n",
        ),
        (
            "json",
            "",
            "POST /api/login HTTP/1.1\nHost: acme.example\nContent-Type: application/json\n\n{\"app\":{\"key\":\"acme-app\",\"secret\":\"acme-app-secret\"},\"code\":\"{{code}}\"}",
        ),
    ] {
        let prefix = if carrier == "json" { "app." } else { "" };
        let text_of = format!(
            "vendor = \"Acme\"\n[defaults]\nscopes = [\"orders.read\"]\n[token]\npath = \"/api/login\"\n{more}\nbody = [{carrier:?}]\n\
             grant_field = \"\"\ngrants = [\"authorization_code\"]\nauthorization_code.implied = true\n\
             authorization_code.redirect_uri_optional = true\n\
             client = {{ in = [\"body\"], id = \"{prefix}key\", secret = \"{prefix}secret\" }}\n[refresh_token]\nissue = \"never\"\n"
        );
        pack(folder.path(), &text_of)?;
        let granted = "HTTP/1.1 200 OK\n\n{\"access_token\":\"{{jwt}}\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"scope\":\"orders.read\"}";
        let refused = "HTTP/1.1 400 Bad Request\n\n{\"error\":\"invalid_grant\",\"error_description\":\"{{any}}\"}";
        let pairs = format!(
            "### A | a code\n# mark: I\n# given: code=fresh\n{request}\n<<<\n{granted}\n\
             ### B | a code again\n# mark: I\n# given: code=fresh, already redeemed\n{request}\n<<<\n{refused}\n### END\n"
        );
        fs::write(folder.path().join("acme/pairs.http"), pairs)?;
        let fixtures = r#"{
            "clock": { "now": 1795944063 },
            "mounts": [{ "name": "acme", "hosts": ["acme.example"], "issuer": "https://acme.example" }],
            "clients": [{ "id": "acme-app", "secret": "acme-app-secret", "grants": ["authorization_code"], "scopes": ["orders.read"],
                "redirect_uris": ["https://client.test/cb"] }],
            "users": [{ "sub": "1", "username": "alice" }]
        }"#;
        fs::write(folder.path().join("acme/fixtures.json"), fixtures)?;
        let tested = run(folder.path(), None, &["pack", "test", "acme"])?;
        ensure!(
            text(&tested.stdout).contains("2 of 2 pairs hold"),
            "{carrier}: {}{}",
            text(&tested.stdout),
            text(&tested.stderr)
        );
    }
    Ok(())
}

#[test]
fn a_pack_without_pairs_or_with_broken_ones_is_told_what_to_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let pairs = folder.path().join("acme/pairs.http");
    fs::write(&pairs, "### A | a\nGET / HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n\n### END\n")?;
    let told = |arguments: &[&str]| -> Result<String> { Ok(text(&run(folder.path(), None, arguments)?.stderr)) };
    let broken = told(&["pack", "test", "acme"])?;
    ensure!(broken.contains("line 1: pair `A | a`") && broken.contains("no `# mark:`"), "{broken}");
    fs::remove_file(&pairs)?;
    let none = told(&["pack", "test", "acme"])?;
    ensure!(none.contains("has no pairs.http"), "{none}");
    Ok(())
}
