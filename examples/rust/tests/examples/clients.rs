//! The clients in Rust.

use crate::sandbox;
use anyhow::Result;
use std::process::Command;

fn run(binary: &str) -> Result<String> {
    sandbox::run(sandbox::common()?, &mut Command::new(binary))
}

#[test]
fn bizzassure() -> Result<()> {
    let issuer = format!("{}/bizzassure", sandbox::public_url(sandbox::common()?));
    let expected = format!(
        "Bearer token, 3600 s\nRS256 signature of {issuer} holds\n\
         subject bizzassure-demo, scopes [\"employee.get\",\"policy.list\"]\n"
    );
    assert_eq!(run(env!("CARGO_BIN_EXE_bizzassure"))?, expected);
    Ok(())
}

#[test]
fn bits() -> Result<()> {
    let expected = "bearer token for application.read, 3600 s\n\
                    customer bits:customer::e0d429f2-635b-418c-8b74-4a554f82c0bc\n";
    assert_eq!(run(env!("CARGO_BIN_EXE_bits"))?, expected);
    Ok(())
}

#[test]
fn brighthr() -> Result<()> {
    let expected = "RequestBody: bearer token for employee:read, 3600 s\n\
                    BasicAuth: bearer token for employee:read, 3600 s\n";
    assert_eq!(run(env!("CARGO_BIN_EXE_brighthr"))?, expected);
    Ok(())
}

/// Signs a user in, with a gateway of its own, for the example changes a setting.
fn signs_in(binary: &str, sub: &str) -> Result<()> {
    let gateway = sandbox::start()?;
    let output = sandbox::run(&gateway, &mut Command::new(binary))?;
    let expected = format!(
        "signed in: {sub}\n\
         userinfo: alice@client.test\n\
         refreshed: the refresh token is another one\n\
         introspected: active, subject {sub}\n\
         revoked: the refresh token is refused\n\
         logged out: sent back with the state\n"
    );
    assert_eq!(output, expected);
    Ok(())
}

#[test]
fn brighthr_user() -> Result<()> {
    signs_in(env!("CARGO_BIN_EXE_brighthr_user"), "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69")
}

#[test]
fn openid_user() -> Result<()> {
    signs_in(env!("CARGO_BIN_EXE_openid_user"), "9b0c1d2e-3f40-4152-a637-4859607a8b9c")
}

#[test]
fn openid() -> Result<()> {
    let gateway = sandbox::start()?;
    let output = sandbox::run(&gateway, &mut Command::new(env!("CARGO_BIN_EXE_openid")))?;
    let expected = "a token of the service's own, for api\n\
                    code with PKCE: openid email offline_access\n\
                    refreshed: the refresh token is another one\n\
                    introspected: active, for openid-web\n\
                    revoked: not active any more\n\
                    device: openid email\n";
    assert_eq!(output, expected);
    Ok(())
}

#[test]
fn screeningeagle() -> Result<()> {
    let expected = "access, ID and refresh token, 604800 s\n\
                    refreshed: the refresh token is another one\n\
                    the spent one is refused: Forbidden\n";
    assert_eq!(run(env!("CARGO_BIN_EXE_screeningeagle"))?, expected);
    Ok(())
}
