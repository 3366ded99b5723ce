//! The contracts of the packs that are shipped: what the vendors answer to what, and what that starts from.

use dialect::ContractText;

macro_rules! contract {
    ($name:literal) => {
        (
            $name,
            ContractText {
                pairs: include_str!(concat!("../../../examples/packs/", $name, "/pairs.http")),
                fixtures: include_str!(concat!("../../../examples/packs/", $name, "/fixtures.json")),
            },
        )
    };
}

/// Name and contract of each, in the order of their names.
pub(crate) const ALL: &[(&str, ContractText)] = &[
    contract!("box"),
    contract!("docusign"),
    contract!("entra"),
    contract!("github"),
    contract!("google"),
    contract!("hubspot"),
    contract!("intuit"),
    contract!("netsuite"),
    contract!("paypal"),
    contract!("salesforce"),
    contract!("shopify"),
    contract!("slack"),
    contract!("spotify"),
    contract!("tiktok"),
    contract!("toast"),
    contract!("xero"),
    contract!("zoho"),
    contract!("zoom"),
];
