//! `journal`: what became of the requests.

mod filter;
mod follow;
mod line;
mod verify;

use super::Verb;
use crate::cli::client::{Failure, Sent};
use crate::cli::reach::{Reach, Told};
use crate::output;
use crate::table::plain;
use admin_api::{JournalEntry, JournalFilter, Misuse, operations};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use filter::Filter;
pub(in crate::cli) use follow::{Follow, Tail};
use line::line;
use std::time::Duration;
use verify::Verify;

/// How long an export may take.
const PATIENCE: Duration = Duration::from_mins(1);

const LIST: &str =
    "Examples:\n  idp-gateway journal list --mount bits --status 401\n  idp-gateway journal list --limit 5 --json";
const SHOW: &str =
    "Examples:\n  idp-gateway journal show 1\n  idp-gateway journal show 5f0c1a52-7c0e-4b57-9a0e-3f7f4f1f2a10";
const FOLLOW: &str =
    "Examples:\n  idp-gateway journal follow --mount bits\n  idp-gateway journal follow --since 0 --json";
const VERIFY: &str = "\
Status 1 says that it does not hold, with the requests that are nearest and what differs.

Examples:
  idp-gateway journal verify --endpoint token --client bits-demo --exactly 1
  idp-gateway journal verify --mount bits --status 401 --at-most 0
  idp-gateway journal verify --endpoint userinfo --at-least 2 --within 5s";
const MISUSE: &str = "Examples:\n  idp-gateway journal misuse --client bits-demo";
const EXPORT: &str = "\
No secret is in it. Headers and bodies are there where the mount's setting journal_bodies is on.

Examples:
  idp-gateway journal export --format har --client bits-demo > bits.har
  idp-gateway journal export --format curl --mount bits --limit 3";
const CLEAR: &str = "Examples:\n  idp-gateway journal clear";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// List the last requests, one to a line, the newest at the end.
    #[command(after_help = LIST)]
    List(List),
    /// Show all that is known of one request: its checks, why it was refused, what to change.
    #[command(after_help = SHOW)]
    Show {
        /// Its number or its id.
        request: String,
    },
    /// Show requests as they come.
    #[command(after_help = FOLLOW)]
    Follow(Follow),
    /// Say whether so many requests came.
    #[command(after_help = VERIFY)]
    Verify(Box<Verify>),
    /// Say what clients do that they should not, and where that is written.
    #[command(after_help = MISUSE)]
    Misuse(Filter),
    /// Write the last requests in a form for other tools.
    #[command(after_help = EXPORT)]
    Export(Export),
    /// Forget all requests.
    #[command(after_help = CLEAR)]
    Clear,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    filter: Filter,
    /// How many at most, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    filter: Filter,
    /// How many at most, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// HTTP Archive, commands of a shell, an object to a line, or an array.
    #[arg(long, value_enum)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Har,
    Curl,
    Jsonl,
    Json,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Har => "har",
            Self::Curl => "curl",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
        }
    }
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        match self {
            Self::List(List { filter, limit }) => {
                let answer = read(reach, &filter.into(), limit, None)?;
                reach.show(answer.of(), |entries: Vec<JournalEntry>| {
                    let coloured = output::is_coloured();
                    let lines: Vec<_> = entries.iter().rev().map(|entry| line(entry, coloured)).collect();
                    if lines.is_empty() {
                        Told::note("There are no such requests.")
                    } else {
                        Told::out(lines.join("\n"))
                    }
                })
            }
            Self::Show { request } => show(reach, &request),
            Self::Follow(follow) => follow.run(reach, 0),
            Self::Verify(verify) => verify.run(reach),
            Self::Misuse(filter) => {
                let sent = Sent { query: filter::query(&filter.into()), ..Sent::nothing() };
                reach.tell(&operations::FIND_MISUSE, &[], sent, |all: Vec<Misuse>| misuse(&all))
            }
            Self::Export(Export { filter, limit, format }) => {
                output::line(read(reach, &filter.into(), limit, Some(format))?.text.trim_end());
                Ok(())
            }
            Self::Clear => {
                reach.tell(&operations::CLEAR_JOURNAL, &[], Sent::nothing(), |()| Told::note("Forgot all requests."))
            }
        }
    }
}

type Read = crate::cli::client::Answered<admin_api::JournalText>;

fn read(reach: &Reach, filter: &JournalFilter, limit: u16, format: Option<Format>) -> anyhow::Result<Read> {
    let mut query = filter::query(filter);
    query.push(("limit", limit.to_string()));
    query.extend(format.map(|format| ("format", format.as_str().to_owned())));
    let sent = Sent { query, patience: Some(PATIENCE), ..Sent::nothing() };
    reach.client()?.call(&operations::READ_JOURNAL, &[], sent).map_err(Failure::into_error)
}

fn show(reach: &Reach, request: &str) -> anyhow::Result<()> {
    let number: Option<u64> = request.trim_start_matches('#').parse().ok();
    let filter = match number {
        Some(number) => JournalFilter { since: Some(number.saturating_sub(1)), ..JournalFilter::default() },
        None => JournalFilter { id: Some(request.to_owned()), ..JournalFilter::default() },
    };
    let entries = follow::newest(&reach.client()?, &filter, 1000)?;
    let entry = entries.iter().find(|entry| number.is_none_or(|number| entry.number == number));
    ensure!(
        entry.is_some() || entries.len() < 1000,
        "#{request} is not among the thousand newest requests; name it by its id"
    );
    let entry =
        entry.with_context(|| format!("the journal has no request {request}; it has made room, or never came"))?;
    if reach.json {
        output::line(&serde_json::to_string(entry)?);
        return Ok(());
    }
    let mut text = line(entry, output::is_coloured());
    let phases = entry.phases.iter().map(|phase| format!("{}: {} ({})", phase.phase, phase.decision, phase.says));
    let facts = [
        ("id", Some(entry.id.clone())),
        ("request", Some(format!("{} {}", entry.method, entry.path))),
        ("took", Some(format!("{} µs", entry.duration_us))),
        ("clock", Some(entry.clock.clone())),
        ("authenticated by", entry.auth.clone()),
        ("PKCE", entry.pkce.clone()),
        ("scopes asked", entry.scope_asked.clone()),
        ("scopes granted", entry.scope.clone()),
        ("issued", entry.issued.as_ref().and_then(|ids| serde_json::to_string(ids).ok())),
        ("presented", entry.presented.as_ref().and_then(|ids| serde_json::to_string(ids).ok())),
        ("why", entry.cause.clone()),
        ("hint", entry.hint.clone()),
        ("request and answer", entry.traffic.as_ref().and_then(|traffic| serde_json::to_string(traffic).ok())),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?)));
    for fact in facts.chain(phases) {
        text.push_str("\n       ");
        text.push_str(&plain(&fact));
    }
    output::line(&text);
    Ok(())
}

fn misuse(all: &[Misuse]) -> Told {
    if all.is_empty() {
        return Told::note("No misuse was seen.");
    }
    let say = |one: &Misuse| {
        let whose: Vec<_> = [&one.mount, &one.client_id].into_iter().flatten().map(String::as_str).collect();
        let numbers: Vec<_> = one.numbers.iter().map(|number| format!("#{number}")).collect();
        let head = plain(&format!("{} ×{} {}", one.rule, one.count, whose.join(" ")));
        format!("{head}\n  {}\n  {}\n  {}", plain(&one.says), plain(&one.reference), numbers.join(" "))
    };
    Told::out(all.iter().map(say).collect::<Vec<_>>().join("\n"))
}
