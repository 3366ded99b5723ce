//! The journal as it grows, by server-sent events (WHATWG HTML section 9.2).

use super::filter::{self, Filter};
use super::line::line;
use crate::cli::client::{Client, Failure, Sent};
use crate::cli::exit::Unreached;
use crate::cli::reach::Reach;
use crate::output;
use admin_api::{JournalEntry, JournalFilter, operations};
use clap::Args;
use std::io::{BufRead, BufReader};

/// Show requests as they come, one to a line, with why each was refused and what to change.
#[derive(Debug, Args)]
#[command(after_help = "\
It ends with the gateway, or at Ctrl-C.

Examples:
  idp-gateway tail
  idp-gateway tail --client bits-demo --lines 50
  idp-gateway tail --status 401 --json")]
pub(in crate::cli) struct Tail {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    follow: Follow,
}

impl Tail {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        const EARLIER: usize = 10;
        self.follow.run(&self.reach, EARLIER)
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Follow {
    #[command(flatten)]
    filter: Filter,
    /// How many of the requests that came before are shown first.
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    lines: Option<u16>,
}

impl Follow {
    pub(super) fn run(self, reach: &Reach, earlier: usize) -> anyhow::Result<()> {
        let lines = self.lines.map_or(earlier, usize::from);
        let mut filter = JournalFilter::from(self.filter);
        let client = reach.client()?;
        let coloured = output::is_coloured();
        let show = |entry: &str| -> anyhow::Result<bool> {
            let text = if reach.json { entry.to_owned() } else { line(&serde_json::from_str(entry)?, coloured) };
            Ok(output::try_line(&text).is_ok())
        };
        if filter.since.is_none() {
            // What comes between the two calls is after the number of the first.
            let last = newest(&client, &JournalFilter::default(), 1)?.first().map_or(0, |entry| entry.number);
            let before = if lines > 0 { newest(&client, &filter, lines)? } else { Vec::new() };
            for entry in before.iter().rev() {
                if !show(&serde_json::to_string(entry)?)? {
                    return Ok(());
                }
            }
            filter.since = Some(before.first().map_or(last, |entry| entry.number.max(last)));
        }
        let (query, header) = (filter::query(&filter), Some(("Accept", "text/event-stream".to_owned())));
        let sent = Sent { query, header, ..Sent::default() };
        let stream = client.stream(&operations::READ_JOURNAL, &[], sent).map_err(Failure::into_error)?;
        for text in BufReader::new(stream).lines() {
            let text = text.map_err(|error| Unreached(format!("{client} broke off: {error}")))?;
            if let Some(entry) = text.strip_prefix("data: ")
                && !show(entry)?
            {
                return Ok(());
            }
        }
        Err(Unreached(format!("{client} has ended, or its namespace has")).into())
    }
}

/// The newest entries, newest first.
pub(super) fn newest(client: &Client, filter: &JournalFilter, limit: usize) -> anyhow::Result<Vec<JournalEntry>> {
    let mut query = filter::query(filter);
    query.push(("limit", limit.to_string()));
    let sent = Sent { query, ..Sent::nothing() };
    let answer = client.call(&operations::READ_JOURNAL, &[], sent).map_err(Failure::into_error)?;
    answer.of::<Vec<JournalEntry>>().read()
}
