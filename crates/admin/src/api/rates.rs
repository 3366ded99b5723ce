//! How many requests came in, step by step, and how long they took: read off the journal.

use super::Call;
use super::problem::Problem;
use admin_api::{MountRates, Rates};
use configuration::when;
use issuer::clock::real_millis;
use std::collections::HashMap;
use std::sync::Arc;

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

pub(super) fn read(call: &Call, (): ()) -> Result<Rates, Problem> {
    let length = i64::from(STEP) * 1000;
    // Whole steps, so that a step means the same requests each time it is asked for.
    let until = (real_millis().div_euclid(length) + 1) * length;
    let begin = until - length * i64::try_from(STEPS).unwrap_or(i64::MAX);
    let mut mounts: HashMap<Arc<str>, Vec<Step>> = HashMap::new();
    let (mut oldest, mut oldest_number) = (until, u64::MAX);
    for entry in call.world.journal.newest_first().take_while(|entry| entry.at >= begin) {
        (oldest, oldest_number) = (entry.at, entry.number);
        let Some(mount) = &entry.mount else { continue };
        let steps = mounts.entry(Arc::clone(mount)).or_insert_with(|| vec![Step::default(); STEPS]);
        let at = usize::try_from((entry.at - begin).div_euclid(length)).unwrap_or_default();
        if let Some(step) = steps.get_mut(at) {
            step.refused += u32::from(entry.error.is_some());
            step.took.push(u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX));
        }
    }
    // What made room is missing in the step of the oldest entry, unless an older one is kept or none ever was.
    let is_whole = oldest_number <= 1 || call.world.journal.newest_first().any(|entry| entry.at < begin);
    let first = usize::try_from((oldest - begin).div_euclid(length)).unwrap_or_default() + 1;
    let all = call.world.mounts.all().iter();
    Ok(Rates {
        until: when::millisecond(until),
        step_seconds: STEP,
        whole_from: if is_whole { 0 } else { first.min(STEPS) },
        mounts: all
            .map(|mount| {
                of_mount(mount.name(), mounts.remove(mount.name()).unwrap_or_else(|| vec![Step::default(); STEPS]))
            })
            .collect(),
    })
}

fn of_mount(name: &str, mut steps: Vec<Step>) -> MountRates {
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
