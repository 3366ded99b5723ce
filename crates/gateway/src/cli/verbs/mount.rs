//! `mount`: what is served, and its settings.

use super::Verb;
use crate::cli::client::Sent;
use crate::cli::members::{self, Member};
use crate::cli::reach::{Reach, Told};
use crate::table::titled;
use admin_api::{MountView, SettingView, operations};
use clap::Subcommand;

const LIST: &str = "Examples:\n  idp-gateway mount list";
const SHOW: &str = "Examples:\n  idp-gateway mount show bits";
const SET: &str = "\
null puts back what the configuration says.

Examples:
  idp-gateway mount set bits access_ttl=60 journal_bodies=true
  idp-gateway mount set bits access_ttl=null";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// List what is served.
    #[command(after_help = LIST)]
    List,
    /// Show a mount's endpoints and settings.
    #[command(after_help = SHOW)]
    Show {
        /// The mount's name.
        mount: String,
    },
    /// Change settings of a mount; the others stay.
    #[command(after_help = SET)]
    Set {
        /// The mount's name.
        mount: String,
        /// A setting. A value is JSON where it can be read as such, else a text.
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = members::setting)]
        settings: Vec<Member>,
    },
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        match self {
            Self::List => reach.tell(&operations::LIST_MOUNTS, &[], Sent::nothing(), |all: Vec<MountView>| {
                let row = |one: &MountView| {
                    let [clients, users] = [one.clients, one.users].map(|count| count.to_string());
                    [one.name.clone(), one.dialect.clone(), clients, users, one.issuer.clone(), one.hosts.join(" ")]
                };
                let heading = ["MOUNT", "DIALECT", "CLIENTS", "USERS", "ISSUER", "HOSTS"];
                Told::table(heading, all.iter().map(row).collect(), "Nothing is served.")
            }),
            Self::Show { mount } => reach.tell(&operations::GET_MOUNT, &[&mount], Sent::nothing(), |one: MountView| {
                let row =
                    |one: &admin_api::EndpointView| [one.endpoint.clone(), one.methods.join(" "), one.url.clone()];
                let endpoints = titled(["ENDPOINT", "METHODS", "URL"], one.endpoints.iter().map(row).collect());
                Told::out(format!("{endpoints}\n\n{}", settings(&one.settings)))
            }),
            Self::Set { mount, settings: changed } => {
                let sent = Sent::json(&members::object(&changed)?)?;
                reach.tell(&operations::CHANGE_SETTINGS, &[&mount], sent, |all: Vec<SettingView>| {
                    Told::out(settings(&all))
                })
            }
        }
    }
}

fn settings(all: &[SettingView]) -> String {
    let row = |one: &SettingView| {
        let value = one.value.as_str().map_or_else(|| one.value.to_string(), str::to_owned);
        [one.name.clone(), value, one.from.clone(), one.allowed.clone()]
    };
    titled(["SETTING", "VALUE", "FROM", "MAY BE"], all.iter().map(row).collect())
}
