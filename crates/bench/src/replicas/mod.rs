//! The load test of replicas behind nginx: a steady load of all dialects' token requests while one replica is killed
//! and comes back, and while another is asked to end.
//!
//! The load is an open loop: requests go out at their times, whatever became of those before, and latency counts from
//! that time. So a server that stands still is seen by every request that was due meanwhile.

mod check;
mod open_loop;
mod site;
mod tally;
mod traffic;
mod wire;

pub use tally::{MARKERS, Outcome};

use anyhow::Context as _;
use open_loop::Schedule;
use parking_lot::Mutex;
use site::{Killed, Site};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally::Tally;
use traffic::Traffic;

/// Token requests a second.
pub const RATE: u32 = 300;

/// How long the phases are. Each begins where the one before ends.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// Not counted: connections are made, signatures and scripts become known.
    pub warm_up: Duration,
    /// Nothing happens.
    pub quiet: Duration,
    /// At a third a replica is killed, at two thirds it is started again.
    pub kill: Duration,
    /// At a third another replica is asked to end.
    pub drain: Duration,
}

/// A phase, by its place in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    WarmUp,
    Quiet,
    Kill,
    Drain,
}

impl Phase {
    const ALL: [Self; 4] = [Self::WarmUp, Self::Quiet, Self::Kill, Self::Drain];
}

impl Lengths {
    /// The run whose figures count.
    pub const FULL: Self = Self::of(30, 60, 15);
    /// A run for a glance.
    pub const QUICK: Self = Self::of(5, 10, 6);
    /// A run to see that it works.
    pub const SMOKE: Self = Self::of(3, 6, 4);

    const fn of(quiet: u64, kill: u64, drain: u64) -> Self {
        Self {
            warm_up: Duration::from_secs(3),
            quiet: Duration::from_secs(quiet),
            kill: Duration::from_secs(kill),
            drain: Duration::from_secs(drain),
        }
    }

    fn of_phase(&self, phase: Phase) -> Duration {
        match phase {
            Phase::WarmUp => self.warm_up,
            Phase::Quiet => self.quiet,
            Phase::Kill => self.kill,
            Phase::Drain => self.drain,
        }
    }

    fn all(&self) -> Duration {
        Phase::ALL.iter().map(|phase| self.of_phase(*phase)).sum()
    }

    /// When a phase begins, from the start of the run.
    fn begin(&self, phase: Phase) -> Duration {
        Phase::ALL.iter().take_while(|other| **other != phase).map(|phase| self.of_phase(*phase)).sum()
    }

    /// The phase of that moment of the run.
    fn phase_at(&self, elapsed: Duration) -> Phase {
        let begun = |phase: &&Phase| self.begin(**phase) <= elapsed;
        Phase::ALL.iter().rev().find(begun).copied().unwrap_or(Phase::WarmUp)
    }
}

/// Runs it with replicas of this gateway and so many requests a second. An error is a failure of the test itself; what
/// the replicas did wrong is in the outcome.
pub fn run(gateway: &Path, lengths: Lengths, rate: u32) -> anyhow::Result<Outcome> {
    let mut site = Site::start(gateway)?;
    let requests = lengths.all().as_secs() * u64::from(rate);
    let traffic = Traffic::prepare(&site, usize::try_from(requests)?)?;
    let (nginx, issuer_base) = (site.address, site.url());
    // A moment for the generator's thread to be there.
    let start = Instant::now() + Duration::from_millis(200);
    let schedule = Schedule { start, rate, length: lengths.all() };
    let killed: Arc<Mutex<Option<Killed>>> = Arc::default();
    let tally = std::thread::scope(|scope| -> anyhow::Result<Tally> {
        let generator = scope.spawn({
            let killed = Arc::clone(&killed);
            move || {
                let tally = Tally::new(lengths, start, killed)?;
                traffic::generate(traffic, nginx, &issuer_base, schedule, tally)
            }
        });
        let third = |phase, thirds| start + lengths.begin(phase) + lengths.of_phase(phase) * thirds / 3;
        wait_for(third(Phase::Kill, 1));
        site.kill(0, &killed)?;
        wait_for(third(Phase::Kill, 2));
        site.restart(0)?;
        wait_for(third(Phase::Drain, 1));
        site.terminate(1)?;
        generator.join().map_err(|_| anyhow::anyhow!("the load generator panicked"))?
    })
    .with_context(|| format!("nginx said:\n{}", site.nginx_said()))?;
    tally.outcome(&site.names())
}

fn wait_for(time: Instant) {
    std::thread::sleep(time.saturating_duration_since(Instant::now()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_follow_one_another() {
        let lengths = Lengths::of(30, 60, 15);
        assert_eq!(lengths.all(), Duration::from_secs(108));
        let at = |seconds| lengths.phase_at(Duration::from_secs(seconds));
        assert_eq!([at(0), at(2), at(3), at(32)], [Phase::WarmUp, Phase::WarmUp, Phase::Quiet, Phase::Quiet]);
        assert_eq!([at(33), at(92), at(93), at(1000)], [Phase::Kill, Phase::Kill, Phase::Drain, Phase::Drain]);
    }
}
