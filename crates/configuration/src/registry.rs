//! The dialects this gateway speaks: the one list of them.

use dialect::DialectKind;

/// Every dialect, in the order of the documentation.
pub const DIALECTS: &[DialectKind] =
    &[bizzassure_json::KIND, bits_basic_form::KIND, brighthr_connect::KIND, screeningeagle_id::KIND];

/// The dialect of that name.
pub fn find(id: &str) -> Option<DialectKind> {
    DIALECTS.iter().cloned().find(|kind| kind.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialect::SettingsMap;

    #[test]
    fn each_dialect_is_found_by_its_name_and_builds_with_no_settings() {
        for kind in DIALECTS {
            assert_eq!(find(kind.id).map(|found| found.vendor), Some(kind.vendor), "two dialects share a name");
            assert!(kind.build(&SettingsMap::new()).is_ok(), "{}", kind.id);
        }
        assert!(find("no-such-dialect").is_none());
    }
}
