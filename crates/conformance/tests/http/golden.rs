//! Every pair of every dialect, played against one real gateway.

use anyhow::{Context, Result};
use configuration::registry;
use testkit::contract;
use testkit::gateway::Gateway;
use testkit::replay::Player;

#[test]
fn every_pair_is_answered_as_the_contract_says() -> Result<()> {
    let contracts = contract::load_all()?;
    let config = contract::config(&contracts);
    let gateway = Gateway::start(&config.to_toml()?)?;
    let (mut count, mut failures) = (0, Vec::new());
    for contract in &contracts {
        let kind = registry::find(&contract.dialect).with_context(|| format!("no dialect is {}", contract.dialect))?;
        let mut player = Player::new(&gateway, &config, contract, kind.token_call);
        for pair in &contract.pairs {
            count += 1;
            let outcome = player.play(pair);
            let differences = match outcome {
                Ok(differences) => differences,
                Err(error) => vec![format!("it cannot be played: {error:#}")],
            };
            if !differences.is_empty() {
                failures.push(format!("{} | {}\n    {}", pair.id, pair.title, differences.join("\n    ")));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} pairs fail:\n\n{}\n", failures.len(), failures.join("\n\n"));
    Ok(())
}

/// The contracts as they came: a pair may be added, none may be lost.
#[test]
fn no_pair_is_lost() -> Result<()> {
    for (prefix, least) in [("BA-", 17), ("BI-", 21), ("BH-", 34), ("SE-", 21)] {
        let contracts = contract::load_all()?;
        let held = contracts.iter().flat_map(|contract| &contract.pairs).filter(|p| p.id.starts_with(prefix)).count();
        assert!(held >= least, "{held} pairs {prefix}… where there were {least}");
    }
    Ok(())
}
