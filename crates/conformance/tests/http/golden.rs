//! Every pair of every dialect, played against one real gateway.

use anyhow::{Context, Result};
use configuration::registry;
use dialect::TokenCall;
use pack::{Pack, shipped};
use testkit::contract::{self, Contract};
use testkit::gateway::Gateway;
use testkit::replay;

/// Plays every pair of these contracts against one gateway; `call` says how a contract's token calls are written.
fn hold(contracts: &[Contract], call: impl Fn(&Contract) -> Result<TokenCall>) -> Result<()> {
    let config = contract::config(contracts);
    let gateway = Gateway::start(&config.to_toml()?)?;
    let (mut count, mut failures) = (0, Vec::new());
    for contract in contracts {
        let mut player = replay::player(&gateway, contract, call(contract)?);
        for pair in &contract.text.pairs {
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

#[test]
fn every_pair_is_answered_as_the_contract_says() -> Result<()> {
    hold(&contract::load_all()?, |contract| {
        let kind = registry::find(&contract.dialect).with_context(|| format!("no dialect is {}", contract.dialect))?;
        Ok(kind.token_call)
    })
}

/// All packs that are shipped, at once and on one port.
#[test]
fn every_pair_of_a_shipped_pack_is_answered_as_its_contract_says() -> Result<()> {
    let contracts = contract::load_packs()?;
    let names: Vec<_> = contracts.iter().map(|contract| contract.dialect.as_str()).collect();
    assert_eq!(
        names,
        shipped::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "examples/packs, and what is built in"
    );
    assert!(contracts.iter().all(|contract| !contract.text.pairs.is_empty()));
    hold(&contracts, |contract| {
        let text = shipped::find(&contract.dialect).context("just compared")?;
        Ok(Pack::read(&contract.dialect, &contract.dialect, text)?.kind().token_call)
    })
}

/// The contracts as they came: a pair may be added, none may be lost.
#[test]
fn no_pair_is_lost() -> Result<()> {
    for (prefix, least) in [("BA-", 17), ("BI-", 21), ("BH-", 34), ("SE-", 21)] {
        let contracts = contract::load_all()?;
        let held =
            contracts.iter().flat_map(|contract| &contract.text.pairs).filter(|p| p.id.starts_with(prefix)).count();
        assert!(held >= least, "{held} pairs {prefix}… where there were {least}");
    }
    Ok(())
}
