//! Every pair of every dialect, played against one real gateway.

use anyhow::{Context, Result, ensure};
use conformance::contract;
use conformance::gateway::Gateway;
use conformance::replay::Player;
use std::collections::BTreeMap;

/// The pairs that are not expected to pass yet, with what they wait for.
fn not_yet() -> Result<BTreeMap<&'static str, &'static str>> {
    let mut listed = BTreeMap::new();
    for line in include_str!("../not-yet.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (id, reason) = line.split_once(' ').with_context(|| format!("`{line}` gives no reason"))?;
        ensure!(listed.insert(id, reason).is_none(), "{id} is listed twice");
    }
    Ok(listed)
}

#[test]
fn every_pair_is_answered_as_the_contract_says() -> Result<()> {
    let contracts = contract::load_all()?;
    let config = contract::config(&contracts);
    let gateway = Gateway::start(&config.to_toml()?)?;
    let mut not_yet = not_yet()?;
    let (mut count, mut failures) = (0, Vec::new());
    for contract in &contracts {
        let mut player = Player::new(&gateway, &config, contract);
        for pair in &contract.pairs {
            count += 1;
            let outcome = player.play(pair);
            let differences = match outcome {
                Ok(differences) => differences,
                Err(error) => vec![format!("it cannot be played: {error:#}")],
            };
            match (not_yet.remove(pair.id.as_str()), differences.is_empty()) {
                (None, false) => {
                    failures.push(format!("{} | {}\n    {}", pair.id, pair.title, differences.join("\n    ")));
                }
                (Some(reason), true) => {
                    failures.push(format!("{} passes: take it off not-yet.txt (it waited for {reason})", pair.id));
                }
                (None, true) | (Some(_), false) => {}
            }
        }
    }
    failures.extend(not_yet.into_keys().map(|id| format!("{id} is on not-yet.txt, but there is no such pair")));
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
