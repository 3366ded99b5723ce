//! Chance that can be repeated: which requests it picks follows from a seed.

use sha2::{Digest, Sha256};

/// Picks some of many requests, the same ones wherever and whenever it is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// How likely one is to be picked, 0 to 1.
    pub probability: f64,
    /// What the picks follow from.
    pub seed: u64,
}

impl Chance {
    /// Whether the request of that number is picked.
    pub fn acts(self, number: u64) -> bool {
        let digest = Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(number.to_be_bytes()).finalize();
        let drawn = digest.iter().take(4).fold(0_u32, |drawn, byte| drawn << 8 | u32::from(*byte));
        f64::from(drawn) < self.probability * (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_picked_as_is_likely_and_the_same_ones_again() {
        for (probability, least, most) in [(0.0, 0, 0), (0.3, 2_850, 3_150), (1.0, 10_000, 10_000)] {
            let picked = |seed| {
                let chance = Chance { probability, seed };
                (1..=10_000).filter(|number| chance.acts(*number)).collect::<Vec<_>>()
            };
            assert!((least..=most).contains(&picked(1).len()), "{probability}: {}", picked(1).len());
            assert_eq!(picked(7), picked(7));
            assert!(picked(1) != picked(2) || probability.fract() == 0.0);
        }
    }
}
