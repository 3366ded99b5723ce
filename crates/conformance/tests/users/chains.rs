//! Chains of refreshes over HTTP: however long ago a token was used, its reuse ends its family, and nothing that was made up
//! does.

use crate::threats::gateway;
use anyhow::{Context, Result, ensure};
use testkit::vendor::{BRIGHTHR, EACH, OTHER, Tokens, Vendor, call};

/// More than a store remembers.
const USED: usize = 40;

/// All refresh tokens of a family, the one that lives last.
fn chain(vendor: &Vendor) -> Result<Vec<String>> {
    let gateway = gateway()?;
    let mut tokens = vec![vendor.tokens(gateway, &vendor.approved(gateway, &[])?)?.refresh];
    for _ in 0..USED {
        tokens.push(Tokens::of(&vendor.refresh(gateway, &tokens[tokens.len() - 1])?)?.refresh);
    }
    Ok(tokens)
}

fn last(tokens: &[String]) -> Result<&String> {
    tokens.last().context("no token")
}

#[test]
fn s12_t45_the_reuse_of_a_token_of_long_ago_ends_its_family() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        for reused in [0, 1, 5, USED - 32, USED - 1] {
            let tokens = chain(vendor)?;
            let stranger = [("grant_type", "refresh_token"), ("refresh_token", tokens[reused].as_str())];
            vendor.is_invalid_grant(&call(gateway, vendor.token, (OTHER, "another-secret"), &stranger)?)?;
            let next = Tokens::of(&vendor.refresh(gateway, last(&tokens)?)?).context("a stranger ends nothing")?;
            vendor.is_invalid_grant(&vendor.refresh(gateway, &tokens[reused])?)?;
            vendor.is_invalid_grant(&vendor.refresh(gateway, &next.refresh)?)?;
        }
    }
    Ok(())
}

/// Whoever has a token knows its family and its number; what follows is of a key.
#[test]
fn s12_t47_an_invented_handle_ends_nothing() -> Result<()> {
    let gateway = gateway()?;
    let tokens = chain(&BRIGHTHR)?;
    let used = &tokens[3];
    ensure!(used[..15] == tokens[9][..15] && used[15..24] == *"000000004", "family and number: {used}");
    let invented = [
        // The numbers of the last token and of one to come, and other digits at either end of the code.
        format!("{}{}{}", &used[..15], &tokens[9][15..24], &used[24..]),
        format!("{}00000002A{}", &used[..15], &used[24..]),
        format!("{}{}{}", &used[..24], if &used[24..25] == "0" { "1" } else { "0" }, &used[25..]),
        format!("{}{}-1", &used[..63], if &used[63..64] == "0" { "1" } else { "0" }),
        format!("{}{}-1", &used[..15], "0".repeat(49)),
        format!("{}{}-1", &used[..15], "F".repeat(49)),
    ];
    for handle in &invented {
        BRIGHTHR.is_invalid_grant(&BRIGHTHR.refresh(gateway, handle)?)?;
        let revoked = call(gateway, "/brighthr-sandbox/connect/revocation", BRIGHTHR.client, &[("token", handle)])?;
        ensure!(revoked.status == 200, "{}", revoked.status);
    }
    Tokens::of(&BRIGHTHR.refresh(gateway, last(&tokens)?)?).context("the family lives")?;
    Ok(())
}

#[test]
fn s12_t55_a_token_of_long_ago_revokes_its_family_by_its_own_client_alone() -> Result<()> {
    let gateway = gateway()?;
    let tokens = chain(&BRIGHTHR)?;
    let revoke = |client| call(gateway, "/brighthr-sandbox/connect/revocation", client, &[("token", &tokens[2])]);
    ensure!(revoke((OTHER, "another-secret"))?.status == 200);
    let next = Tokens::of(&BRIGHTHR.refresh(gateway, last(&tokens)?)?).context("a stranger revokes nothing")?;
    ensure!(revoke(BRIGHTHR.client)?.status == 200);
    ensure!(!BRIGHTHR.is_live(gateway, &next.access)?, "with all of the family");
    BRIGHTHR.is_invalid_grant(&BRIGHTHR.refresh(gateway, &next.refresh)?)
}
