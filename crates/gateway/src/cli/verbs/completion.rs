//! `completion`: scripts by which shells complete what is typed.

use clap::{Args, Command};
use clap_complete::Shell;

const COMPLETION: &str = "\
Examples:
  idp-gateway completion bash \\
      > ~/.local/share/bash-completion/completions/idp-gateway
  idp-gateway completion zsh > ~/.zfunc/_idp-gateway
  idp-gateway completion fish > ~/.config/fish/completions/idp-gateway.fish";

/// Write the script by which a shell completes commands, options and names that are known beforehand.
#[derive(Debug, Args)]
#[command(after_help = COMPLETION)]
pub(in crate::cli) struct Completion {
    /// The shell.
    shell: Shell,
}

impl Completion {
    pub(in crate::cli) fn run(&self, mut command: Command) {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "idp-gateway", &mut script);
        crate::output::line(String::from_utf8_lossy(&script).trim_end());
    }
}
