//! The dialects this gateway speaks: the one list of them.

use dialect::{DialectKind, PageRoutes, SettingsMap};
use std::collections::BTreeSet;

/// Every dialect, in the order of the documentation.
pub const DIALECTS: &[DialectKind] = &[
    bizzassure_json::KIND,
    bits_basic_form::KIND,
    brighthr_connect::KIND,
    screeningeagle_id::KIND,
    openid_connect::KIND,
];

/// The dialect of that name.
pub fn find(id: &str) -> Option<DialectKind> {
    DIALECTS.iter().find(|&kind| kind.id == id).cloned()
}

/// The first segments of all vendors' paths, pages included: a mount of that name would hide them.
pub fn first_segments() -> BTreeSet<&'static str> {
    let dialects = DIALECTS.iter().filter_map(|kind| kind.build(&SettingsMap::new()).ok());
    let paths = dialects.flat_map(|dialect| {
        let pages = dialect.pages().into_iter().flat_map(|pages| {
            let PageRoutes { login, consent, account, logout, error, device } = *pages;
            [login, consent, account, logout, error].into_iter().chain(device)
        });
        dialect.routes().iter().map(|route| route.path).chain(pages).collect::<Vec<_>>()
    });
    paths.filter_map(|path| path.split('/').nth(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_is_found_by_its_name_and_builds_with_no_settings() {
        for kind in DIALECTS {
            assert_eq!(find(kind.id).map(|found| found.vendor), Some(kind.vendor), "two dialects share a name");
            assert!(kind.build(&SettingsMap::new()).is_ok(), "{}", kind.id);
        }
        assert!(find("no-such-dialect").is_none());
    }
}
