//! `pat`: personal access tokens.

use super::api::{Api, explain};
use super::reach::Reach;
use crate::output;
use crate::table::titled;
use admin_api::{PatRequest, PatView, operations};
use clap::{Args, Subcommand};
use configuration::when;
use serde_json::json;

const DAY: i64 = 86_400;

#[derive(Debug, Args)]
pub(super) struct Pat {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token. It alone is written to standard output, as in TOKEN=$(idp-gateway pat create …).
    #[command(after_help = "\
Examples:
  idp-gateway pat create --mount brighthr-sandbox --user alice --name ci \\
      --days 30")]
    Create(Create),
    /// List a user's tokens, newest first, without their text.
    #[command(after_help = "Examples:\n  idp-gateway pat list --mount brighthr-sandbox --user alice")]
    List(Owner),
    /// Revoke a token. It is dead when this returns.
    #[command(after_help = "Examples:\n  idp-gateway pat revoke --mount brighthr-sandbox --user alice 5f0c1a52")]
    Revoke(Revoke),
}

/// Whose tokens, and how to speak of them.
#[derive(Debug, Args)]
struct Owner {
    /// The mount's name.
    #[arg(long)]
    mount: String,
    /// The user: a sub or a username.
    #[arg(long)]
    user: String,
    #[command(flatten)]
    reach: Reach,
    /// The gateway was started with this flag.
    #[arg(long)]
    dev_tls: bool,
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    owner: Owner,
    /// What the user calls it.
    #[arg(long)]
    name: String,
    /// Scopes, separated by spaces; without it, all that one may have.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// How many days it lives; without it, as long as one may.
    #[arg(long, conflicts_with = "ttl", value_parser = clap::value_parser!(i64).range(1..=36_600))]
    days: Option<i64>,
    /// How many seconds it lives.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(1..))]
    ttl: Option<i64>,
}

#[derive(Debug, Args)]
struct Revoke {
    #[command(flatten)]
    owner: Owner,
    /// The token's id, which `pat list` shows.
    id: String,
}

impl Pat {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        match &self.action {
            Action::Create(create) => create.run(),
            Action::List(owner) => owner.list(),
            Action::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Owner {
    fn api(&self, makes: bool) -> anyhow::Result<Api> {
        Api::open(&self.reach, self.dev_tls, &self.mount, makes)
    }

    fn names(&self) -> [&str; 2] {
        [&self.mount, &self.user]
    }

    fn list(&self) -> anyhow::Result<()> {
        let pats = self.api(false)?.call(&operations::LIST_PATS, &self.names(), &());
        let pats = pats.map_err(explain(OTHER_USER, TOO_MANY))?;
        if self.reach.json {
            output::line(&serde_json::to_string(&pats)?);
        } else if pats.is_empty() {
            output::error(&format!("User {} has no personal access tokens.", self.user));
        } else {
            output::line(&table(&pats));
        }
        Ok(())
    }
}

impl Create {
    fn run(&self) -> anyhow::Result<()> {
        let owner = &self.owner;
        let request = PatRequest {
            name: self.name.clone(),
            scope: self.scope.clone(),
            ttl: self.ttl.or(self.days.map(|days| days * DAY)),
        };
        let made = owner.api(true)?.call(&operations::MAKE_PAT, &owner.names(), &request);
        let made = made.map_err(explain(OTHER_USER, TOO_MANY))?;
        if owner.reach.json {
            output::line(&serde_json::to_string(&made)?);
            return Ok(());
        }
        output::line(made.token.expose());
        output::error(&format!(
            "Made `{}` ({}) for user {} of {}, until {}, with the scopes {}.\nIt is shown this once. To end it: \
             idp-gateway pat revoke --mount {} --user {} {}",
            made.name,
            made.id,
            owner.user,
            owner.mount,
            when::minute(made.expires_at),
            made.scope,
            owner.mount,
            owner.user,
            made.id
        ));
        Ok(())
    }
}

impl Revoke {
    fn run(&self) -> anyhow::Result<()> {
        let owner = &self.owner;
        let [mount, user] = owner.names();
        let done = owner.api(false)?.call(&operations::REVOKE_PAT, &[mount, user, &self.id], &());
        let remedy = "`idp-gateway pat list` shows what there is";
        done.map_err(explain(remedy, TOO_MANY))?;
        if owner.reach.json {
            output::line(&json!({ "revoked": self.id }).to_string());
        } else {
            output::error(&format!("Revoked {} of user {} of {}.", self.id, owner.user, owner.mount));
        }
        Ok(())
    }
}

const OTHER_USER: &str = "give --user the sub or username of an enabled user";
const TOO_MANY: &str = "`idp-gateway pat list` shows them, `idp-gateway pat revoke` ends one";

/// The tokens in columns, under a heading.
fn table(pats: &[PatView]) -> String {
    let heading = ["ID", "NAME", "MADE", "LAST USED", "ENDS", "SCOPES"];
    let row = |pat: &PatView| {
        let ends = when::minute(pat.expires_at);
        [
            pat.id.clone(),
            pat.name.clone(),
            when::minute(pat.created_at),
            pat.last_used.map_or_else(|| "never".to_owned(), when::minute),
            if pat.expired { format!("{ends} (over)") } else { ends },
            pat.scope.clone(),
        ]
    };
    titled(heading, pats.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use admin_api::Problem;

    #[test]
    fn a_table_has_a_line_for_each_token_in_columns() {
        let view = |id: &str, name: &str, last_used, expired| PatView {
            id: id.into(),
            name: name.into(),
            scope: "a b".into(),
            created_at: 0,
            expires_at: 60,
            last_used,
            expired,
        };
        let text = table(&[view("1", "ci für alle", Some(120), false), view("22", "ci", None, true)]);
        let expected = "\
ID  NAME         MADE                  LAST USED             ENDS                         SCOPES
1   ci für alle  1970-01-01 00:00 UTC  1970-01-01 00:02 UTC  1970-01-01 00:01 UTC         a b
22  ci           1970-01-01 00:00 UTC  never                 1970-01-01 00:01 UTC (over)  a b";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_problem_is_told_with_a_remedy_of_the_command_line() {
        let told =
            |status| explain("not found", TOO_MANY)(Problem::new(status, "t", "detail", "remedy").into()).to_string();
        assert_eq!([told(404), told(400)], ["detail; not found", "detail; remedy"]);
        assert!(told(409).contains("pat revoke"));
        assert_eq!(explain("not found", TOO_MANY)(anyhow::anyhow!("broken")).to_string(), "broken");
    }
}
