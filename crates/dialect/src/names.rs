//! Names that a dialect states once and that stand on the way of every request.

use parking_lot::Mutex;
use std::collections::BTreeSet;

static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The name as one that lasts as long as the process, the same text always the same place: what a dialect made of data
/// states its paths, claims, headers and settings by, at no cost to a request. Its memory is never given back, so it
/// takes what a configuration says, and never what a request says.
pub fn intern(name: &str) -> &'static str {
    let mut names = NAMES.lock();
    if let Some(known) = names.get(name) {
        return known;
    }
    let name: &'static str = Box::leak(name.into());
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n55_a_name_is_kept_once() {
        let (first, again) = (intern(&format!("claim-{}", 1)), intern("claim-1"));
        assert!(std::ptr::eq(first, again) && first == "claim-1");
        assert_eq!(intern("claim-2"), "claim-2");
    }
}
