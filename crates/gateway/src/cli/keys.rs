//! `keys`: what a mount signs with.

use super::api::{Api, explain};
use super::reach::Reach;
use crate::output;
use crate::table::titled;
use admin_api::{KeyView, Operation, RotateRequest, operations};
use clap::{Args, Subcommand};
use configuration::when;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List a mount's signing keys in the order in which they begin to sign.
    #[command(after_help = "Examples:\n  idp-gateway keys list --mount bits")]
    List(Of),
    /// Make a new signing key. What the one before it signed stays good until it has ended.
    #[command(after_help = "Examples:\n  idp-gateway keys rotate --mount bits --lead-seconds 0")]
    Rotate(Rotate),
    /// Forget a key that does not sign, and so refuse every token that it signed: for one that others know.
    #[command(after_help = "Examples:\n  idp-gateway keys forget --mount bits 20260131T120000Z")]
    Forget(Forget),
}

/// Whose keys, and how to speak of them.
#[derive(Debug, Args)]
struct Of {
    /// The mount's name.
    #[arg(long)]
    mount: String,
    #[command(flatten)]
    reach: Reach,
    /// The gateway was started with this flag.
    #[arg(long)]
    dev_tls: bool,
}

#[derive(Debug, Args)]
struct Rotate {
    #[command(flatten)]
    of: Of,
    /// For how many seconds the new key is published before it signs; 0 for at once. Without it, 300.
    #[arg(long, value_name = "SECONDS")]
    lead_seconds: Option<u32>,
}

#[derive(Debug, Args)]
struct Forget {
    #[command(flatten)]
    of: Of,
    /// The key's identifier, which `keys list` shows.
    kid: String,
}

impl Keys {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        match &self.action {
            Action::List(of) => of.show(&of.call(&operations::LIST_KEYS, &[], &())?),
            Action::Rotate(Rotate { of, lead_seconds }) => {
                let request = RotateRequest { lead_seconds: *lead_seconds };
                of.show(&of.call(&operations::ROTATE_KEY, &[], &request)?)
            }
            Action::Forget(Forget { of, kid }) => {
                of.call(&operations::FORGET_KEY, &[kid], &())?;
                if of.reach.json {
                    output::line(&json!({ "forgotten": kid }).to_string());
                } else {
                    output::error(&format!("Forgot {kid} of {}: what it signed is refused from now on.", of.mount));
                }
                Ok(())
            }
        }
    }
}

impl Of {
    fn call<B: Serialize, A: DeserializeOwned>(
        &self,
        operation: &Operation<B, A>,
        id: &[&str],
        body: &B,
    ) -> anyhow::Result<A> {
        let (names, makes) = ([&[&*self.mount], id].concat(), operation.about.method == "POST");
        Api::open(&self.reach, self.dev_tls, &self.mount, makes)?
            .call(operation, &names, body)
            .map_err(explain(NO_KEY, KEY_SIGNS))
    }

    fn show(&self, keys: &[KeyView]) -> anyhow::Result<()> {
        let text = if self.reach.json { serde_json::to_string(keys)? } else { table(keys) };
        output::line(&text);
        Ok(())
    }
}

const NO_KEY: &str = "`idp-gateway keys list` shows what there is";
const KEY_SIGNS: &str = "`idp-gateway keys rotate --lead-seconds 0` has another key sign, `keys forget` ends one";

/// The keys in columns, under a heading.
fn table(keys: &[KeyView]) -> String {
    let heading = ["KID", "ALG", "STATUS", "MADE", "SIGNS FROM", "RETIRES"];
    let row = |key: &KeyView| {
        [
            key.kid.clone(),
            key.alg.clone(),
            key.status.clone(),
            when::minute(key.created_at),
            key.signs_from.map_or_else(|| "not told yet".to_owned(), when::minute),
            key.retires_at.map_or_else(|| "no".to_owned(), when::minute),
        ]
    };
    titled(heading, keys.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_line_for_each_key() {
        let view = |kid: &str, status: &str, signs_from, retires_at| KeyView {
            kid: kid.into(),
            alg: "RS256".into(),
            status: status.into(),
            created_at: 0,
            signs_from,
            retires_at,
        };
        let text = table(&[view("A", "signing", Some(0), Some(3600)), view("B2", "upcoming", None, None)]);
        let expected = "\
KID  ALG    STATUS    MADE                  SIGNS FROM            RETIRES
A    RS256  signing   1970-01-01 00:00 UTC  1970-01-01 00:00 UTC  1970-01-01 01:00 UTC
B2   RS256  upcoming  1970-01-01 00:00 UTC  not told yet          no";
        assert_eq!(text, expected);
    }
}
