//! `state` and `reset`: what a gateway has over its configuration.

use super::Verb;
use crate::cli::client::{Failure, Sent};
use crate::cli::reach::{Reach, Told};
use admin_api::{ChangeView, operations};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a large state may take.
const PATIENCE: Duration = Duration::from_mins(1);

const SAVE: &str = "Examples:\n  idp-gateway state save base.json\n  idp-gateway state save base.json --with-tokens";
const LOAD: &str = "Examples:\n  idp-gateway state load base.json";
const CHANGES: &str = "Examples:\n  idp-gateway state changes";
const RESET: &str = "Examples:\n  idp-gateway reset";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Save clients, users, settings, clock and scenarios as they are now. Hashes of secrets are in it.
    #[command(after_help = SAVE)]
    Save {
        /// The file, which its owner alone can read; `-` is standard output.
        file: PathBuf,
        /// With private keys and all that was issued, to be loaded into the same gateway and namespace.
        #[arg(long)]
        with_tokens: bool,
    },
    /// Put back what was saved, exactly: all of it, or nothing.
    #[command(after_help = LOAD)]
    Load {
        /// The file; `-` is standard input.
        file: PathBuf,
    },
    /// List what was changed over what the configuration says, and whether that hides something of it.
    #[command(after_help = CHANGES)]
    Changes,
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        match self {
            Self::Save { file, with_tokens } => {
                let query = if with_tokens { vec![("with", "tokens".to_owned())] } else { Vec::new() };
                let sent = Sent { query, patience: Some(PATIENCE), ..Sent::nothing() };
                let state = reach.client()?.call(&operations::GET_STATE, &[], sent).map_err(Failure::into_error)?;
                write(&file, &state.text).with_context(|| format!("{} cannot be written", file.display()))?;
                reach.done(&format!("Saved the state to {}.", file.display()));
                Ok(())
            }
            Self::Load { file } => {
                let body = read(&file)?;
                let sent = Sent { body: Some(("application/json", body)), patience: Some(PATIENCE), ..Sent::nothing() };
                let told = || Told::note(format!("Loaded the state of {}.", file.display()));
                reach.tell(&operations::PUT_STATE, &[], sent, |()| told())
            }
            Self::Changes => reach.list(&operations::LIST_CHANGES, &[], changes),
        }
    }
}

fn changes(all: &[ChangeView]) -> Told {
    let row = |one: &ChangeView| {
        let [mount, id] = [&one.mount, &one.id].map(|name| name.clone().unwrap_or_default());
        let what = if one.members.is_empty() { one.form.clone() } else { one.members.join(" ") };
        let known = match (one.in_force, one.hides) {
            (false, _) => "not in force: it does not fit the file",
            (true, true) => "hides what the file says",
            (true, false) => "in force",
        };
        [mount, one.kind.clone(), id, what, known.to_owned()]
    };
    let heading = ["MOUNT", "KIND", "OF", "WHAT", ""];
    Told::table(heading, all.iter().map(row).collect(), "Nothing was changed: all is as the configuration says.")
}

/// What a file has; `-` is standard input.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        return Ok(io::read_to_string(io::stdin())?.into_bytes());
    }
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// Writes a file that its owner alone can read; `-` is standard output.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if file == Path::new("-") {
        return io::stdout().lock().write_all(text.as_bytes());
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let _ = std::fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(text.as_bytes())?;
    std::fs::rename(&beside, file)
}

/// Put everything back to the configuration: what was changed, issued, counted and written down. Keys stay.
#[derive(Debug, Args)]
#[command(after_help = RESET)]
pub(in crate::cli) struct Reset {
    #[command(flatten)]
    reach: Reach,
}

impl Reset {
    pub(in crate::cli) fn run(&self) -> anyhow::Result<()> {
        let told = |()| Told::note("Everything is as the configuration says.");
        self.reach.tell(&operations::RESET, &[], Sent::nothing(), told)
    }
}
