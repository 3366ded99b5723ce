//! What became of the requests, phase by phase.

use super::check::Kind;
use super::site::Killed;
use super::{Lengths, Phase};
use anyhow::ensure;
use hdrhistogram::Histogram;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What stands around the figures in a page.
pub const MARKERS: [&str; 2] = ["<!-- load: begin -->", "<!-- load: end -->"];

/// The most that the p99 with a replica killed may be, in quiet p99s.
const TARGET: f64 = 3.0;
/// How long after the kill an error may still be its doing: nginx sees at once that a kept connection has ended.
const WAKE: Duration = Duration::from_secs(1);
/// Wrong answers that are told in full.
const TOLD: usize = 5;

/// Whether a request got what it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A right answer.
    Right,
    /// An answer that is wrong, or none though nobody was killed.
    Wrong(String),
    /// An error on a connection to the killed replica.
    Lost,
    /// `invalid_grant` for a refresh token whose answer was lost before: it was spent, and its family is closed.
    RefusedAfterLoss,
}

/// A request that is over.
#[derive(Debug)]
pub(crate) struct Event {
    /// When it was due.
    pub(crate) due: Instant,
    /// How late it was sent: the load generator's own fault.
    pub(crate) late: Duration,
    /// From when it was due to the whole answer.
    pub(crate) latency: Duration,
    pub(crate) kind: Kind,
    pub(crate) verdict: Verdict,
    /// The replicas that were asked, in order.
    pub(crate) asked: Vec<SocketAddr>,
}

/// Counts of one phase.
struct Counts {
    latency: Histogram<u64>,
    late: Histogram<u64>,
    right: u64,
    wrong: u64,
    lost: u64,
    refused_after_loss: u64,
    answered_by: HashMap<SocketAddr, u64>,
    kinds: HashMap<Kind, u64>,
}

impl Counts {
    fn new() -> anyhow::Result<Self> {
        // Microseconds, to a minute, three digits.
        let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3);
        Ok(Self {
            latency: histogram()?,
            late: histogram()?,
            right: 0,
            wrong: 0,
            lost: 0,
            refused_after_loss: 0,
            answered_by: HashMap::new(),
            kinds: HashMap::new(),
        })
    }

    fn requests(&self) -> u64 {
        self.right + self.wrong + self.lost + self.refused_after_loss
    }

    fn millis(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1e3
    }
}

/// Takes events as they come.
pub(crate) struct Tally {
    lengths: Lengths,
    start: Instant,
    killed: Arc<Mutex<Option<Killed>>>,
    phases: Vec<Counts>,
    told: Vec<String>,
}

impl Tally {
    pub(crate) fn new(lengths: Lengths, start: Instant, killed: Arc<Mutex<Option<Killed>>>) -> anyhow::Result<Self> {
        let phases = Phase::ALL.iter().map(|_| Counts::new()).collect::<anyhow::Result<_>>()?;
        Ok(Self { lengths, start, killed, phases, told: Vec::new() })
    }

    /// Whether an error of a request sent then, for which these were asked, is one on a connection to the killed
    /// replica.
    pub(crate) fn is_on_the_killed(&self, sent_at: Instant, asked: &[SocketAddr]) -> bool {
        self.killed.lock().is_some_and(|killed| asked.last() == Some(&killed.address) && sent_at < killed.at + WAKE)
    }

    pub(crate) fn note(&mut self, event: Event) {
        let counts = &mut self.phases[self.lengths.phase_at(event.due.saturating_duration_since(self.start)) as usize];
        let micros = |length: Duration| u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        counts.latency.saturating_record(micros(event.latency));
        counts.late.saturating_record(micros(event.late));
        *counts.kinds.entry(event.kind).or_default() += 1;
        if let (Verdict::Right, Some(replica)) = (&event.verdict, event.asked.last()) {
            *counts.answered_by.entry(*replica).or_default() += 1;
        }
        match event.verdict {
            Verdict::Right => counts.right += 1,
            Verdict::Lost => counts.lost += 1,
            Verdict::RefusedAfterLoss => counts.refused_after_loss += 1,
            Verdict::Wrong(why) => {
                counts.wrong += 1;
                if self.told.len() < TOLD {
                    self.told.push(why);
                }
            }
        }
    }

    /// What came of the run over these replicas, of which the first was killed. An error where the run has not shown
    /// what it is for: a replica that was not asked.
    pub(crate) fn outcome(self, replicas: &[SocketAddr]) -> anyhow::Result<Outcome> {
        let by = |phase: Phase, replica: &SocketAddr| self.phases[phase as usize].answered_by.get(replica).copied();
        for replica in replicas {
            ensure!(by(Phase::Quiet, replica).is_some(), "nginx has not asked {replica} while all was quiet");
        }
        ensure!(self.killed.lock().is_some(), "no replica was killed");
        ensure!(by(Phase::Drain, &replicas[0]).is_some(), "the replica that was started again was not asked any more");
        Ok(Outcome { phases: self.phases, told: self.told })
    }
}

/// What came of a run.
pub struct Outcome {
    phases: Vec<Counts>,
    told: Vec<String>,
}

impl Outcome {
    fn of(&self, phase: Phase) -> &Counts {
        &self.phases[phase as usize]
    }

    /// Answers that are wrong; errors that are not on a connection to the killed replica among them.
    pub fn wrong(&self) -> u64 {
        self.phases.iter().map(|counts| counts.wrong).sum()
    }

    /// Requests in all.
    pub fn requests(&self) -> u64 {
        self.phases.iter().map(Counts::requests).sum()
    }

    /// The p99 while a replica is killed and comes back, in quiet p99s.
    pub fn ratio(&self) -> f64 {
        self.of(Phase::Kill).millis(0.99) / self.of(Phase::Quiet).millis(0.99)
    }

    /// What is not as it must be, a line each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.told.clone();
        if self.wrong() > 0 {
            faults.push(format!("{} wrong answers", self.wrong()));
        }
        if self.ratio() >= TARGET {
            faults.push(format!("the p99 with a replica killed is {:.2} quiet p99s, not below {TARGET}", self.ratio()));
        }
        faults
    }

    /// The figures as a table and what they come to.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| Phase | Requests | Right | Lost with the killed | Refused after a loss | Wrong | p50 | p99 | p99.9 | Longest |\n\
             |---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (phase, name) in [
            (Phase::Quiet, "quiet"),
            (Phase::Kill, "one killed, and started again"),
            (Phase::Drain, "another asked to end"),
        ] {
            let counts = self.of(phase);
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {} | {} | {} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} ms |",
                counts.requests(),
                counts.right,
                counts.lost,
                counts.refused_after_loss,
                counts.wrong,
                counts.millis(0.5),
                counts.millis(0.99),
                counts.millis(0.999),
                counts.millis(1.0)
            );
        }
        let late = self.phases.iter().map(|counts| counts.late.value_at_quantile(0.99)).max().unwrap_or_default();
        let mut kinds: Vec<_> = self.of(Phase::Quiet).kinds.iter().collect();
        kinds.sort();
        let kinds = kinds.iter().map(|(kind, count)| format!("{} {count}", kind.name())).collect::<Vec<_>>().join("; ");
        let _ = writeln!(
            text,
            "\nThe p99 with a replica killed is {:.2} quiet p99s (target: below {TARGET}). The load generator sent 99 % of \
             the requests within {:.1} ms of their time. While all was quiet: {kinds}.",
            self.ratio(),
            late as f64 / 1e3
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: Lengths = Lengths::of(10, 30, 9);

    fn replica(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    fn tally() -> Tally {
        Tally::new(LENGTHS, Instant::now(), Arc::default()).unwrap()
    }

    /// A request due so many seconds after the start.
    fn note(tally: &mut Tally, second: u64, millis: u64, verdict: Verdict, port: u16) {
        let due = tally.start + Duration::from_secs(second);
        let (late, latency) = (Duration::from_micros(10), Duration::from_millis(millis));
        tally.note(Event { due, late, latency, kind: Kind::Bits, verdict, asked: vec![replica(port)] });
    }

    /// One whose phases are all as they must be: quiet at 3, killed at 13, another asked to end at 43.
    fn good() -> Tally {
        let mut tally = tally();
        for (second, millis) in [(4, 10), (14, 20), (44, 10)] {
            for port in 1..=3 {
                note(&mut tally, second, millis, Verdict::Right, port);
            }
        }
        *tally.killed.lock() = Some(Killed { address: replica(1), at: tally.start + Duration::from_secs(23) });
        tally
    }

    #[test]
    fn phases_are_counted_apart_and_compared() {
        let mut tally = good();
        note(&mut tally, 23, 10, Verdict::Lost, 1);
        note(&mut tally, 24, 10, Verdict::RefusedAfterLoss, 2);
        let outcome = tally.outcome(&[1, 2, 3].map(replica)).unwrap();
        assert!((outcome.ratio() - 2.0).abs() < 0.01, "{}", outcome.ratio());
        assert!(outcome.faults().is_empty() && outcome.requests() == 11, "{:?}", outcome.faults());
        let text = outcome.markdown();
        assert!(text.contains("| one killed, and started again | 5 | 3 | 1 | 1 | 0 |"), "{text}");
    }

    #[test]
    fn a_wrong_answer_or_a_slow_kill_is_a_fault() {
        let mut tally = good();
        note(&mut tally, 24, 10, Verdict::Wrong("500".into()), 2);
        assert_eq!(tally.outcome(&[1, 2, 3].map(replica)).unwrap().faults(), ["500", "1 wrong answers"]);
        let mut tally = good();
        note(&mut tally, 24, 31, Verdict::Right, 2);
        let faults = tally.outcome(&[1, 2, 3].map(replica)).unwrap().faults();
        assert!(faults.len() == 1 && faults[0].contains("not below 3"), "{faults:?}");
    }

    #[test]
    fn a_run_that_shows_nothing_is_an_error() {
        assert!(good().outcome(&[1, 2, 3, 4].map(replica)).is_err(), "one was never asked");
        let tally = good();
        *tally.killed.lock() = None;
        assert!(tally.outcome(&[1, 2, 3].map(replica)).is_err(), "nobody was killed");
    }

    #[test]
    fn an_error_is_the_killed_ones_near_the_kill_alone() {
        let tally = good();
        let at = |seconds: f64| tally.start + Duration::from_secs_f64(seconds);
        assert!(tally.is_on_the_killed(at(22.9), &[replica(2), replica(1)]));
        assert!(tally.is_on_the_killed(at(23.5), &[replica(1)]));
        assert!(!tally.is_on_the_killed(at(24.1), &[replica(1)]), "it is not the kill any more");
        assert!(!tally.is_on_the_killed(at(23.0), &[replica(1), replica(2)]), "another's");
        assert!(!tally.is_on_the_killed(at(23.0), &[]));
    }
}
