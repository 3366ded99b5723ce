//! `pack check`.

use crate::cli::contract;
use crate::output;
use crate::table::plain;
use clap::Args;
use dialect::SettingsMap;
use grant::GrantType;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// A folder, a file, or the name of a shipped pack.
    pack: PathBuf,
}

impl Check {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let pack = super::find(&self.pack)?;
        let dialect = pack.kind().build(&SettingsMap::new())?;
        if super::file(&self.pack).is_some() && super::pairs_of(&self.pack).exists() {
            contract::find(&self.pack)?;
        }
        output::line(&format!("{} is right: {}.\n", plain(pack.name()), plain(pack.vendor())));
        for route in dialect.routes() {
            output::line(&format!("{:20} {:9} {}", route.endpoint.as_str(), route.methods.join(","), route.path));
        }
        let grants: Vec<_> = dialect.capabilities().grants.iter().copied().map(GrantType::as_str).collect();
        output::line(&format!("{:20} {}", "grants", grants.join(", ")));
        output::line(&format!("{:20} {}", "scopes", dialect.policy().scopes.joined()));
        for warning in pack.warnings() {
            output::line(&format!("\nwarning: {warning}"));
        }
        let about = pack.about();
        if !about.unmarked.is_empty() {
            output::line(
                "\nWithout a mark, so that nobody knows whether it is documented (D, Dc), seen (W) or inferred (I):",
            );
            output::line(&format!("  {}", plain(&about.unmarked.join(", "))));
        }
        for (table, kinds) in [("errors", about.silent), ("resource_errors", about.silent_at_resources)] {
            if !kinds.is_empty() {
                output::line(&format!(
                    "\nWithout words of their own in [{table}], so that its default or the base speaks:"
                ));
                output::line(&format!("  {}", kinds.join(", ")));
            }
        }
        Ok(())
    }
}
