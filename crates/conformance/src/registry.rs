//! The dialects under test.

use dialect::DialectKind;

/// A dialect with what the harness needs to find its fixtures.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// The dialect.
    pub kind: DialectKind,
    /// The mounts that the fixtures' hosts get, in the order of the hosts.
    pub mounts: &'static [&'static str],
    /// Settings that the pairs take for granted.
    pub settings: &'static [(&'static str, bool)],
}

/// Every dialect.
pub const VENDORS: [Vendor; 4] = [
    Vendor { kind: bizzassure_json::KIND, mounts: &["bizzassure"], settings: &[] },
    Vendor { kind: bits_basic_form::KIND, mounts: &["bits"], settings: &[] },
    Vendor {
        kind: brighthr_connect::KIND,
        mounts: &["brighthr-sandbox", "brighthr"],
        settings: &[("auto_approve", true)],
    },
    Vendor { kind: screeningeagle_id::KIND, mounts: &["screeningeagle"], settings: &[] },
];
