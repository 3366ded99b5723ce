//! Whether so many requests came: answered as soon as that is settled.

use super::Call;
use super::gathered::keep_gathering;
use super::problem::Problem;
use crate::journal::{filter, view};
use actix_web::http::StatusCode;
use admin_api::{JournalFilter, Near, Verified, VerifySpec};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use surface::journal::Entry;
use surface::world::World;
use tokio::time::{Instant, timeout_at};

/// The longest wait, in milliseconds.
const LONGEST: u64 = 60_000;
/// The most requests that may be wanted.
const MOST: u64 = 1_000_000;
/// How many numbers are told.
const NUMBERS: usize = 100;
/// How many entries are shown where it does not hold.
const NEAREST: usize = 3;
/// How far back they are looked for.
const BACK: usize = 10_000;

/// How many there must be.
#[derive(Clone, Copy)]
enum Wanted {
    Exactly(u64),
    AtLeast(u64),
    AtMost(u64),
}

impl Wanted {
    fn of(spec: &VerifySpec) -> Result<Self, Problem> {
        if [spec.exactly, spec.at_least, spec.at_most].into_iter().flatten().any(|count| count > MOST) {
            return Err(Problem::bad_request("that many requests no journal has", format!("write 0 to {MOST}")));
        }
        match (spec.exactly, spec.at_least, spec.at_most) {
            (Some(count), None, None) => Ok(Self::Exactly(count)),
            (None, Some(count), None) => Ok(Self::AtLeast(count)),
            (None, None, Some(count)) => Ok(Self::AtMost(count)),
            _ => Err(Problem::bad_request(
                "it is not clear how many requests are wanted",
                "give one of `exactly`, `at_least` and `at_most`",
            )),
        }
    }

    /// Whether it is settled, and how.
    const fn settled(self, count: u64) -> Option<bool> {
        match self {
            Self::Exactly(wanted) if count == wanted => Some(true),
            Self::AtLeast(wanted) if count >= wanted => Some(true),
            Self::Exactly(wanted) | Self::AtMost(wanted) if count > wanted => Some(false),
            _ => None,
        }
    }

    /// How it is where no more come.
    const fn in_the_end(self, count: u64) -> bool {
        match self {
            Self::Exactly(wanted) => count == wanted,
            Self::AtLeast(wanted) => count >= wanted,
            Self::AtMost(wanted) => count <= wanted,
        }
    }

    fn says(self) -> String {
        match self {
            Self::Exactly(count) => format!("exactly {count}"),
            Self::AtLeast(count) => format!("{count} or more"),
            Self::AtMost(count) => format!("{count} at most"),
        }
    }
}

/// What was counted.
#[derive(Default)]
struct Counted {
    count: u64,
    numbers: VecDeque<u64>,
}

impl Counted {
    fn add(&mut self, filter: &JournalFilter, entries: &[Arc<Entry>]) {
        for entry in entries.iter().filter(|entry| filter::admits(filter, entry)) {
            self.count += 1;
            self.numbers.push_back(entry.number);
            if self.numbers.len() > NUMBERS {
                self.numbers.pop_front();
            }
        }
    }
}

/// Refuses a filter that can match nothing.
pub(super) fn check(call: &Call, filter: &mut JournalFilter) -> Result<(), Problem> {
    let checked = filter::check(&call.world, filter).and_then(|()| filter::settle(&call.world, filter));
    checked.map_err(|(detail, remedy)| Problem::bad_request(detail, remedy))
}

/// An assertion that waits for what is to come. A few connections are left to those who do something.
struct Waiting;

static WAITING: AtomicUsize = AtomicUsize::new(0);
const MOST_WAITING: usize = 64;

impl Waiting {
    fn take() -> Result<Self, Problem> {
        let waiting = Self;
        if WAITING.fetch_add(1, Ordering::Relaxed) < MOST_WAITING {
            return Ok(waiting);
        }
        let detail = format!("{MOST_WAITING} assertions wait already");
        Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail, "ask again, or with a shorter `within_ms`"))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) async fn verify(call: &Call, mut spec: VerifySpec) -> Result<Verified, Problem> {
    let wanted = Wanted::of(&spec)?;
    if spec.within_ms > LONGEST {
        let remedy = format!("write 0 to {LONGEST}");
        return Err(Problem::bad_request("`within_ms` is too long", remedy));
    }
    check(call, &mut spec.filter)?;
    let _waiting = (spec.within_ms > 0).then(Waiting::take).transpose()?;
    let end = Instant::now() + Duration::from_millis(spec.within_ms);
    call.gather().await?;
    let (world, filter) = (&*call.world, &spec.filter);
    let since = filter.since.unwrap_or_default();
    let there: Vec<_> = world.journal.oldest_first(since).collect();
    let mut counted = Counted::default();
    counted.add(filter, &there);
    let mut last = there.last().map_or(since, |entry| entry.number);
    drop(there);
    let mut follower = world.journal.follow(last).ok_or_else(|| Problem::internal("the journal is gone"))?;
    let mut gathering = std::pin::pin!(keep_gathering(&call.app, world));
    let holds = loop {
        if let Some(holds) = wanted.settled(counted.count) {
            break holds;
        }
        let next = async {
            tokio::select! {
                entries = follower.next() => Some(entries),
                () = call.app.stopping() => None,
                never = &mut gathering => match never {},
            }
        };
        if let Ok(Some(entries)) = timeout_at(end, next).await {
            last = entries.last().map_or(last, |entry| entry.number);
            counted.add(filter, &entries);
            continue;
        }
        if spec.within_ms > 0 {
            call.gather().await?;
            counted.add(filter, &world.journal.oldest_first(last).collect::<Vec<_>>());
        }
        break wanted.in_the_end(counted.count);
    };
    if holds {
        return Ok(Verified { count: counted.count, numbers: counted.numbers.into() });
    }
    if world.is_over() {
        return Err(Problem::not_found("the namespace has ended meanwhile", "make another, or give it a longer `ttl`"));
    }
    Err(refusal(world, filter, wanted, counted.count))
}

fn refusal(world: &World, filter: &JournalFilter, wanted: Wanted, count: u64) -> Problem {
    let detail = format!("there are {count} such requests, and {} are wanted", wanted.says());
    let remedy = "`nearest` has the entries that are most like what is wanted, and what differs";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail, remedy).beside(nearest(world, filter))
}

/// The entries in which least differs, newest first among equals.
fn nearest(world: &World, filter: &JournalFilter) -> Vec<Near> {
    let differing = |entry: Arc<Entry>| (filter::differences(filter, &entry), entry);
    let mut all: Vec<_> = world.journal.newest_first().take(BACK).map(differing).collect();
    all.sort_by_key(|(differs, _)| differs.len());
    let near = |(differs, entry): (_, Arc<Entry>)| Near { entry: view::view(world, &entry), differs };
    all.into_iter().take(NEAREST).map(near).collect()
}
