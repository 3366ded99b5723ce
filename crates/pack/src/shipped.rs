//! The packs that are shipped: built in, and read as any other.

use crate::contracts;
use dialect::ContractText;

/// Name and text of each, in the order of their names.
pub const ALL: &[(&str, &str)] = &[
    ("box", include_str!("../../../examples/packs/box/pack.toml")),
    ("docusign", include_str!("../../../examples/packs/docusign/pack.toml")),
    ("entra", include_str!("../../../examples/packs/entra/pack.toml")),
    ("github", include_str!("../../../examples/packs/github/pack.toml")),
    ("google", include_str!("../../../examples/packs/google/pack.toml")),
    ("hubspot", include_str!("../../../examples/packs/hubspot/pack.toml")),
    ("intuit", include_str!("../../../examples/packs/intuit/pack.toml")),
    ("netsuite", include_str!("../../../examples/packs/netsuite/pack.toml")),
    ("paypal", include_str!("../../../examples/packs/paypal/pack.toml")),
    ("salesforce", include_str!("../../../examples/packs/salesforce/pack.toml")),
    ("shopify", include_str!("../../../examples/packs/shopify/pack.toml")),
    ("slack", include_str!("../../../examples/packs/slack/pack.toml")),
    ("spotify", include_str!("../../../examples/packs/spotify/pack.toml")),
    ("tiktok", include_str!("../../../examples/packs/tiktok/pack.toml")),
    ("toast", include_str!("../../../examples/packs/toast/pack.toml")),
    ("xero", include_str!("../../../examples/packs/xero/pack.toml")),
    ("zoho", include_str!("../../../examples/packs/zoho/pack.toml")),
    ("zoom", include_str!("../../../examples/packs/zoom/pack.toml")),
];

/// The mount of the sandbox that serves the pack of that name, in TOML, with the pack's own clients and users.
pub fn mount(name: &str) -> Option<String> {
    mount_of(name, name, find(name)?)
}

/// The mount of the sandbox that serves the pack of that text, which stands in the folder or file `pack`; none where the text is
/// no TOML.
pub fn mount_of(name: &str, pack: &str, text: &str) -> Option<String> {
    let file: toml::Table = toml::from_str(text).ok()?;
    let mut demo = file.get("demo").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let mut mount = toml::Table::new();
    for (key, value) in [("name", name), ("dialect", "pack"), ("pack", pack)] {
        mount.insert(key.to_owned(), value.into());
    }
    let hosts = demo.remove("hosts").unwrap_or_else(|| vec![format!("{name}.localhost")].into());
    mount.insert("hosts".to_owned(), hosts);
    let origins = toml::Table::from_iter([("allowed_origins".to_owned(), vec!["loopback"].into())]);
    mount.insert("settings".to_owned(), origins.into());
    mount.extend(demo);
    toml::to_string(&toml::Table::from_iter([("mount".to_owned(), vec![mount].into())])).ok()
}

/// The clients that a pack has for the sandbox: id and secret.
pub fn demo_clients(text: &str) -> Vec<(String, String)> {
    let file: toml::Table = toml::from_str(text).unwrap_or_default();
    let clients = file.get("demo").and_then(|demo| demo.get("client")).and_then(toml::Value::as_array);
    let text = |client: &toml::Value, key: &str| client.get(key)?.as_str().map(str::to_owned);
    let client = |client: &toml::Value| Some((text(client, "id")?, text(client, "secret")?));
    clients.into_iter().flatten().filter_map(client).collect()
}

/// The parameters that a pack demands of every client, each with the client's claim that it must be.
pub fn bound_parameters(text: &str) -> Vec<(String, String)> {
    let file: toml::Table = toml::from_str(text).unwrap_or_default();
    let parameters = file.get("token").and_then(|token| token.get("parameters")).and_then(toml::Value::as_table);
    let bound = |(name, rule): (&String, &toml::Value)| {
        let is_required = rule.get("required").and_then(toml::Value::as_bool) == Some(true);
        Some((name.clone(), rule.get("bound")?.as_str()?.to_owned())).filter(|_| is_required)
    };
    parameters.into_iter().flatten().filter_map(bound).collect()
}

/// The contract of the pack of that name.
pub fn contract(name: &str) -> Option<ContractText> {
    contracts::ALL.iter().find(|(known, _)| *known == name).map(|(_, contract)| *contract)
}

/// The text of the pack of that name.
pub fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
