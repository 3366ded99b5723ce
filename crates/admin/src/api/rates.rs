//! How many requests came in, step by step, and how long they took: read off the journal.

use super::Call;
use super::problem::Problem;
use admin_api::{Fullness, MountRates, Rates};
use configuration::when;
use grant::{Millis, RateLimit, Seconds};
use issuer::Phase;
use issuer::clock::real_millis;
use std::collections::HashMap;
use std::sync::Arc;
use surface::world::World;

/// How long a step is, in seconds.
const STEP: u32 = 10;
/// How many there are: a quarter of an hour.
const STEPS: usize = 90;

#[derive(Clone, Default)]
struct Step {
    refused: u32,
    /// How long each request took, in microseconds.
    took: Vec<u64>,
}

pub(super) async fn read(call: &Call, (): ()) -> Result<Rates, Problem> {
    call.gather().await?;
    let length = i64::from(STEP) * 1000;
    // Whole steps, so that a step means the same requests each time it is asked for.
    let until = (real_millis().div_euclid(length) + 1) * length;
    let begin = until - length * i64::try_from(STEPS).unwrap_or(i64::MAX);
    let mut mounts: HashMap<Arc<str>, Vec<Step>> = HashMap::new();
    let (mut oldest, mut oldest_number) = (until, u64::MAX);
    for entry in call.world.journal.newest_first().filter(|entry| entry.at >= begin) {
        (oldest, oldest_number) = (oldest.min(entry.at), oldest_number.min(entry.number));
        let Some(mount) = &entry.mount else { continue };
        let steps = mounts.entry(Arc::clone(mount)).or_insert_with(|| vec![Step::default(); STEPS]);
        let at = usize::try_from((entry.at - begin).div_euclid(length)).unwrap_or_default();
        if let Some(step) = steps.get_mut(at) {
            step.refused += u32::from(entry.error.is_some());
            step.took.push(u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX));
        }
    }
    // What made room is missing in the step of the oldest entry, unless an older one is kept or none ever was.
    let journal = &call.world.journal;
    let is_whole = oldest_number <= 1 || journal.last() == 0 || journal.newest_first().any(|entry| entry.at < begin);
    let first = usize::try_from((oldest - begin).div_euclid(length)).unwrap_or_default() + 1;
    let mut fullest = fullest(&call.world);
    let all = call.world.mounts.all().iter();
    Ok(Rates {
        until: when::millisecond(until),
        step_seconds: STEP,
        whole_from: if is_whole { 0 } else { first.min(STEPS) },
        mounts: all
            .map(|mount| {
                let name = mount.name();
                let steps = mounts.remove(name).unwrap_or_else(|| vec![Step::default(); STEPS]);
                of_mount(name, steps, fullest.remove(name))
            })
            .collect(),
    })
}

/// What is known of a client's limit: its count, its window, and how much of it is used.
type Used = Option<(u32, Seconds, u32)>;

/// The client of each mount that has used the largest part of its limit, by the grants that the journal has.
fn fullest(world: &World) -> HashMap<Arc<str>, Fullness> {
    let now = world.issuer.clock.now().millis;
    let mut all: HashMap<(Arc<str>, Arc<str>), Used> = HashMap::new();
    for entry in world.journal.newest_first() {
        let was_counted = entry.phases.iter().any(|decision| decision == (Phase::RateLimit, true));
        let (true, Some(mount), Some(client)) = (was_counted, &entry.mount, &entry.client_id) else { continue };
        let used = all.entry((Arc::clone(mount), Arc::clone(client))).or_insert_with(|| limit(world, mount, client));
        if let Some((_, window, used)) = used
            && entry.clock > now - Millis::from(*window).0
        {
            *used += 1;
        }
    }
    let mut fullest = HashMap::<Arc<str>, Fullness>::new();
    for ((mount, client), used) in all {
        let Some((of, window, used)) = used.filter(|(.., used)| *used > 0) else { continue };
        let found = Fullness {
            client_id: client.to_string(),
            used,
            of,
            window_seconds: window.0.try_into().unwrap_or(u32::MAX),
        };
        let part = |one: &Fullness| f64::from(one.used) / f64::from(one.of.max(1));
        let before = fullest.entry(mount).or_insert_with(|| found.clone());
        if part(&found) > part(before) {
            *before = found;
        }
    }
    fullest
}

fn limit(world: &World, mount: &str, client: &str) -> Used {
    let mount = world.mounts.get(mount)?;
    let own = mount.core.directory.client(client)?.rate_limit;
    match own.unwrap_or(mount.dialect().policy().rate_limit) {
        RateLimit::Unlimited => None,
        RateLimit::Rolling { count, window } => Some((count, window, 0)),
    }
}

fn of_mount(name: &str, mut steps: Vec<Step>, fullest: Option<Fullness>) -> MountRates {
    for step in &mut steps {
        step.took.sort_unstable();
    }
    let part = |permille: usize| steps.iter().map(move |step| quantile(&step.took, permille)).collect();
    MountRates {
        mount: name.to_owned(),
        requests: steps.iter().map(|step| u32::try_from(step.took.len()).unwrap_or(u32::MAX)).collect(),
        refused: steps.iter().map(|step| step.refused).collect(),
        p50_us: part(500),
        p99_us: part(990),
        fullest,
    }
}

/// The least of the sorted values that so many of 1000 are not above.
fn quantile(sorted: &[u64], permille: usize) -> Option<u64> {
    let rank = (sorted.len() * permille).div_ceil(1000);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        assert_eq!(quantile(&[], 500), None);
        assert_eq!(quantile(&[7], 990), Some(7));
        let hundred: Vec<_> = (1..=100).collect();
        assert_eq!((quantile(&hundred, 500), quantile(&hundred, 990)), (Some(50), Some(99)));
    }
}
