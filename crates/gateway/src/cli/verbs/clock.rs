//! `clock`: the time by which all is minted and checked.

use super::Verb;
use crate::cli::client::{Failure, Sent};
use crate::cli::reach::{Reach, Told};
use crate::cli::span;
use admin_api::{ClockAdvance, ClockChange, ClockView, operations};
use clap::Subcommand;
use configuration::when;

const SHOW: &str = "Examples:\n  idp-gateway clock show";
const FREEZE: &str = "Examples:\n  idp-gateway clock freeze\n  idp-gateway clock freeze 2026-01-31T12:00:00Z";
const SET: &str = "Examples:\n  idp-gateway clock set +1h\n  idp-gateway clock set -30m";
const ADVANCE: &str = "Examples:\n  idp-gateway clock advance 1h30m\n  idp-gateway clock advance 3600";
const RESET: &str = "Examples:\n  idp-gateway clock reset";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Action {
    /// Show the present, and how it derives from real time.
    #[command(after_help = SHOW)]
    Show,
    /// Have the clock stand still.
    #[command(after_help = FREEZE)]
    Freeze {
        /// At which moment, in RFC 3339 or in seconds since the epoch. Left out: the present.
        #[arg(value_name = "MOMENT", value_parser = span::moment)]
        at: Option<i64>,
    },
    /// Have the clock run ahead of real time, or behind it.
    #[command(after_help = SET)]
    Set {
        /// How far: `+1h` is ahead, `-30m` behind, 0 is real time.
        #[arg(value_name = "OFFSET", value_parser = span::offset, allow_hyphen_values = true)]
        offset: i64,
    },
    /// Let time pass. A frozen clock stands still at the later moment.
    #[command(after_help = ADVANCE)]
    Advance {
        /// How much.
        #[arg(value_name = "SPAN", value_parser = span::seconds)]
        span: u32,
    },
    /// Put the clock back to real time.
    #[command(after_help = RESET)]
    Reset,
}

impl Verb for Action {
    fn run(self, reach: &Reach) -> anyhow::Result<()> {
        match self {
            Self::Show => reach.tell(&operations::GET_CLOCK, &[], Sent::nothing(), |clock| told(&clock)),
            Self::Freeze { at } => {
                let at = match at {
                    Some(at) => at,
                    None => present(reach)?,
                };
                reach.tell(&operations::SET_CLOCK, &[], Sent::json(&ClockChange::Freeze(at))?, |clock| told(&clock))
            }
            Self::Set { offset } => {
                let change = ClockChange::Offset(offset);
                reach.tell(&operations::SET_CLOCK, &[], Sent::json(&change)?, |clock| told(&clock))
            }
            Self::Advance { span } => {
                let advance = ClockAdvance { seconds: span.into() };
                reach.tell(&operations::ADVANCE_CLOCK, &[], Sent::json(&advance)?, |clock| told(&clock))
            }
            Self::Reset => reach
                .tell(&operations::DELETE_CLOCK, &[], Sent::nothing(), |()| Told::note("The clock runs in real time.")),
        }
    }
}

/// The present by the gateway's clock.
fn present(reach: &Reach) -> anyhow::Result<i64> {
    let clock = reach.client()?.call(&operations::GET_CLOCK, &[], Sent::nothing()).map_err(Failure::into_error)?;
    Ok(clock.read()?.now)
}

fn told(clock: &ClockView) -> Told {
    let how = match clock.state {
        ClockChange::Freeze(_) => "stands still".to_owned(),
        ClockChange::Offset(0) => "real time".to_owned(),
        ClockChange::Offset(ahead @ 1..) => format!("{ahead} s ahead of real time"),
        ClockChange::Offset(behind) => format!("{} s behind real time", behind.unsigned_abs()),
    };
    Told::out(format!("{} ({}), {how}", when::second(clock.now), clock.now))
}
