//! `namespace`: gateways of their own beside each other.

use super::Verb;
use crate::cli::client::Sent;
use crate::cli::reach::{Reach, Told};
use crate::cli::span;
use admin_api::{NamespaceSpec, NamespaceTtl, NamespaceView, operations};
use clap::{Args, Subcommand};
use configuration::when;

const CREATE: &str = "\
The name alone is written to standard output. Commands with IDP_GATEWAY_NAMESPACE or --namespace are about it.

Examples:
  idp-gateway namespace create --ttl 600
  idp-gateway namespace create job-17 --ttl 10m";
const LIST: &str = "Examples:\n  idp-gateway namespace list";
const SHOW: &str = "Examples:\n  idp-gateway namespace show job-17";
const EXTEND: &str = "Examples:\n  idp-gateway namespace extend job-17 --ttl 1h";
const DELETE: &str = "Examples:\n  idp-gateway namespace delete job-17";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Make a namespace, which begins as the configuration says and ends by itself.
    #[command(after_help = CREATE)]
    Create {
        /// Its name: a DNS label of 32 characters at most. Left out: one is drawn.
        name: Option<String>,
        /// After what time it ends. Left out: an hour.
        #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
        ttl: Option<u32>,
    },
    /// List the namespaces there are.
    #[command(after_help = LIST)]
    List,
    /// Show where a namespace is reached, and when it ends.
    #[command(after_help = SHOW)]
    Show(Named),
    /// Have a namespace end later or earlier: its time counts anew from now.
    #[command(after_help = EXTEND)]
    Extend {
        #[command(flatten)]
        named: Named,
        /// After what time it ends.
        #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
        ttl: u32,
    },
    /// End a namespace now, with all that it has.
    #[command(after_help = DELETE)]
    Delete(Named),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Named {
    /// The namespace's name.
    name: String,
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        // A call about namespaces is made outside any.
        let reach = &reach.outside();
        match self {
            Self::Create { name, ttl } => {
                let sent = Sent::json(&NamespaceSpec { name, ttl })?;
                reach.tell(&operations::MAKE_NAMESPACE, &[], sent, |made| Told {
                    note: Some(format!("{}, until {}", made.base, when::second(made.expires_at))),
                    out: Some(made.name),
                })
            }
            Self::List => reach.list(&operations::LIST_NAMESPACES, &[], |all: &[NamespaceView]| {
                let row = |one: &NamespaceView| [one.name.clone(), when::second(one.expires_at), one.base.clone()];
                Told::table(["NAME", "ENDS", "BASE"], all.iter().map(row).collect(), "There are no namespaces.")
            }),
            Self::Show(Named { name }) => {
                reach.tell(&operations::GET_NAMESPACE, &[&name], Sent::nothing(), |one| show(&one))
            }
            Self::Extend { named: Named { name }, ttl } => {
                let sent = Sent::json(&NamespaceTtl { ttl })?;
                reach.tell(&operations::EXTEND_NAMESPACE, &[&name], sent, |one: NamespaceView| {
                    Told::note(format!("{} ends at {}.", one.name, when::second(one.expires_at)))
                })
            }
            Self::Delete(Named { name }) => {
                reach.tell(&operations::DELETE_NAMESPACE, &[&name], Sent::nothing(), |()| {
                    Told::note(format!("Ended {name}."))
                })
            }
        }
    }
}

fn show(one: &NamespaceView) -> Told {
    let row = |(name, mount): (&String, &admin_api::NamespaceMount)| {
        [name.clone(), mount.url.clone(), mount.host.clone().unwrap_or_default(), mount.issuer.clone()]
    };
    let table = Told::table(["MOUNT", "URL", "HOST", "ISSUER"], one.mounts.iter().map(row).collect(), "");
    Told { note: Some(format!("{}, until {}", one.base, when::second(one.expires_at))), ..table }
}
