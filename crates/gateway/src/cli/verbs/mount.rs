//! `mount`: what is served, and its settings.

use super::Verb;
use crate::cli::client::Sent;
use crate::cli::members::{self, Member};
use crate::cli::reach::{Reach, Told};
use crate::table::titled;
use admin_api::{MountView, PackDoc, PackView, SettingView, operations};
use clap::Subcommand;

const LIST: &str = "Examples:\n  idp-gateway mount list";
const SHOW: &str = "Examples:\n  idp-gateway mount show bits";
const PACK: &str = "\
What a pack says without a gateway is `idp-gateway pack doc`.

Examples:
  idp-gateway mount pack
  idp-gateway mount pack toast";
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
    /// Show where a mount's pack departs from its base, what it answers and how that is known; without a mount, the packs there are.
    #[command(after_help = PACK)]
    Pack {
        /// The mount's name.
        mount: Option<String>,
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
            Self::Pack { mount: None } => reach.tell(&operations::LIST_PACKS, &[], Sent::nothing(), |all| packs(&all)),
            Self::Pack { mount: Some(mount) } => {
                reach.tell(&operations::GET_PACK, &[&mount], Sent::nothing(), |doc| Told::out(pack(&doc)))
            }
            Self::Set { mount, settings: changed } => {
                let sent = Sent::json(&members::object(&changed)?)?;
                reach.tell(&operations::CHANGE_SETTINGS, &[&mount], sent, |all: Vec<SettingView>| {
                    Told::out(settings(&all))
                })
            }
        }
    }
}

fn packs(all: &[PackView]) -> Told {
    let row = |one: &PackView| {
        let from = one.file.clone().unwrap_or_else(|| "shipped".to_owned());
        [one.name.clone(), one.vendor.clone(), one.base.clone(), one.mounts.join(" "), from]
    };
    let none = "No mount serves a pack: idp-gateway sandbox --mount toast serves one.";
    Told::table(["PACK", "VENDOR", "OVER", "MOUNTS", "FROM"], all.iter().map(row).collect(), none)
}

fn pack(doc: &PackDoc) -> String {
    let told = |value: &serde_json::Value| match value.as_str() {
        Some("") => "\"\"".to_owned(),
        Some(text) => short(text),
        None => short(&value.to_string()),
    };
    let departures = doc.departures.iter().map(|one| {
        let base = one.base.as_ref().map_or_else(String::new, told);
        [one.key.clone(), told(&one.value), base]
    });
    let parts = doc.parts.iter().map(|one| [one.key.clone(), one.mark.clone(), one.source.clone()]);
    let refusals = doc.refusals.iter().map(|one| {
        let words = if one.has_own_words { "its own" } else { "the default's" };
        let body = one.answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        [format!("{}.{}", one.table, one.key), one.status.to_string(), words.to_owned(), short(body)]
    });
    let pairs = doc.pairs.iter().map(|one| {
        let proven = one.proven.as_ref().map_or_else(String::new, |line| format!("{} {}", line.outcome, line.date));
        [one.id.clone(), one.title.clone(), one.mark.clone(), proven]
    });
    let base = format!("IN {}", doc.pack.base);
    let mut tables = vec![
        titled(["KEY", "HERE", &base], departures.collect()),
        titled(["PART", "MARK", "SOURCE"], parts.collect()),
        titled(["REFUSAL", "STATUS", "WORDS", "BODY"], refusals.collect()),
        titled(["PAIR", "WHAT", "MARK", "AT THE VENDOR"], pairs.collect()),
    ];
    tables.extend(doc.problems.iter().cloned());
    tables.join("\n\n")
}

/// A text in one line, as long as a table can bear.
fn short(text: &str) -> String {
    const MOST: usize = 72;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST - 1).chain(['…']).collect() }
}

fn settings(all: &[SettingView]) -> String {
    let row = |one: &SettingView| {
        let value = one.value.as_str().map_or_else(|| one.value.to_string(), str::to_owned);
        [one.name.clone(), value, one.from.clone(), one.allowed.clone()]
    };
    titled(["SETTING", "VALUE", "FROM", "MAY BE"], all.iter().map(row).collect())
}
