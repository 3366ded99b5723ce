//! `pack test`: the pack's pairs, replayed byte for byte.

use crate::cli::contract;
use crate::cli::exit::DoesNotHold;
use crate::{output, table};
use anyhow::{Context, bail};
use clap::Args;
use pairs::Pair;
use pairs::config::mounts;
use pairs::player::Player;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Test {
    /// A folder with pack.toml, pairs.http and fixtures.json, or the name of a shipped pack.
    pack: PathBuf,
    /// Replay this pair alone, by its identifier.
    #[arg(long, value_name = "ID")]
    pair: Option<String>,
}

impl Test {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let pack = super::find(&self.pack)?;
        let contract = contract::find(&self.pack)?;
        let name = pack.name();
        let file = super::file(&self.pack);
        let place = file.as_ref().map_or(Ok(name.to_owned()), |file| {
            let whole = std::path::absolute(file).with_context(|| format!("cannot find {}", file.display()))?;
            anyhow::Ok(whole.display().to_string())
        })?;
        let inside = contract::start(&mounts(name, Some(&place), &contract.fixtures))?;
        let chosen = match &self.pair {
            None => contract.pairs.clone(),
            Some(id) => vec![contract.pair(id)?.clone()],
        };
        let mut player = Player::new(inside.host(), &contract, pack.kind().token_call);
        let mut wrong = 0;
        for pair in &chosen {
            let differences = match player.play(pair) {
                Ok(differences) => differences,
                Err(error) => vec![format!("it cannot be played: {error:#}")],
            };
            if differences.is_empty() {
                continue;
            }
            wrong += 1;
            let (file, Pair { line, id, title, .. }) = (super::pairs_of(&self.pack), pair);
            output::line(&table::plain(&format!("{}:{line}: {id} | {title}", file.display())));
            for line in differences.iter().flat_map(|difference| difference.lines()) {
                output::line(&format!("    {}", table::plain(line)));
            }
        }
        let count = chosen.len();
        if wrong > 0 {
            output::line(&format!("\n{wrong} of {count} pairs differ."));
            return Err(DoesNotHold.into());
        }
        if count == 0 {
            bail!("{} has no pairs", super::pairs_of(&self.pack).display());
        }
        output::line(&format!("{count} of {count} pairs hold, byte for byte."));
        Ok(())
    }
}
