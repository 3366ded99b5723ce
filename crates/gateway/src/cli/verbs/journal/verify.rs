//! Whether so many requests came.

use super::filter::Filter;
use super::line::line;
use crate::cli::client::{Failure, Sent};
use crate::cli::exit::DoesNotHold;
use crate::cli::reach::{Reach, Told};
use crate::cli::span;
use crate::output;
use admin_api::{Difference, Near, Problem, Verified, VerifySpec, operations};
use clap::{ArgGroup, Args};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("count").required(true))]
pub(in crate::cli) struct Verify {
    #[command(flatten)]
    filter: Filter,
    /// So many, and no more.
    #[arg(long, value_name = "N", group = "count")]
    exactly: Option<u64>,
    /// So many, or more.
    #[arg(long, value_name = "N", group = "count")]
    at_least: Option<u64>,
    /// No more than so many.
    #[arg(long, value_name = "N", group = "count")]
    at_most: Option<u64>,
    /// How long to wait for requests that are still to come, a minute at most.
    #[arg(long, value_name = "SPAN", value_parser = span::millis, default_value = "0")]
    within: u64,
}

impl Verify {
    pub(super) fn run(self, reach: &Reach) -> anyhow::Result<()> {
        let Self { filter, exactly, at_least, at_most, within } = self;
        let spec = VerifySpec { filter: filter.into(), exactly, at_least, at_most, within_ms: within };
        let sent = Sent { patience: Some(Duration::from_millis(within)), ..Sent::json(&spec)? };
        match reach.client()?.call(&operations::VERIFY_JOURNAL, &[], sent) {
            Err(Failure::Problem(problem)) if problem.status == 422 => {
                if reach.json {
                    output::line(&serde_json::to_string(&problem)?);
                } else {
                    output::error(&told(&problem));
                }
                Err(DoesNotHold.into())
            }
            answer => reach.show(answer.map_err(Failure::into_error)?, |verified: Verified| {
                let numbers: Vec<_> = verified.numbers.iter().map(|number| format!(" #{number}")).collect();
                Told::note(format!("It holds: {} such requests{}", verified.count, numbers.concat()))
            }),
        }
    }
}

/// What is nearest to what was wanted, and what of it differs.
fn told(problem: &Problem) -> String {
    let mut lines = vec![format!("It does not hold: {}.", problem.detail)];
    lines.push(if problem.nearest.is_empty() { "No request came at all." } else { "The nearest:" }.to_owned());
    for Near { entry, differs } in &problem.nearest {
        lines.push(line(entry, false));
        let difference = |Difference { key, wanted, found }: &Difference| format!("{key} is {found}, not {wanted}");
        let differs: Vec<_> = differs.iter().map(difference).collect();
        let differs =
            if differs.is_empty() { "is one of those that were counted".to_owned() } else { differs.join("; ") };
        lines.push(format!("       {}", crate::table::plain(&differs)));
    }
    lines.join("\n")
}
