//! The packs that are shipped are right, and say what they are.

use dialect::SettingsMap;
use pack::{Pack, shipped};

#[test]
fn each_shipped_pack_is_right_and_says_what_it_is_known_by() {
    assert!(shipped::ALL.len() >= 16);
    for (name, text) in shipped::ALL {
        let pack = Pack::read(name, &format!("{name}/pack.toml"), text).unwrap_or_else(|errors| panic!("{errors}"));
        let about = pack.about();
        assert!(!about.version.is_empty() && !about.sources.is_empty(), "{name} says neither when nor by whom");
        assert!(shipped::contract(name).is_some(), "{name} has no contract: crates/pack/src/contracts.rs");
        assert!(
            about.marks.iter().any(|(part, ..)| part == "token.answer"),
            "{name} does not say how its answer is known"
        );
        pack.kind().build(&SettingsMap::new()).unwrap();
    }
}

#[test]
fn a_vendor_of_the_common_kind_is_under_forty_lines() {
    for name in ["box", "paypal", "toast"] {
        let text = shipped::find(name).unwrap();
        let own = text.split("[[demo.").next().unwrap();
        let lines = own.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines < 40, "{name} has {lines} lines");
    }
}

#[test]
fn each_setting_of_a_pack_is_one_of_a_mount() {
    let text = "[settings.quirk]\nhelp = \"A quirk.\"\nvalues = [\"old\", \"new\"]\nwhen.new.token.path = \"/new\"";
    let kind = Pack::read("acme", "acme.toml", text).unwrap().kind();
    let path = |given: serde_json::Value| {
        let serde_json::Value::Object(given) = given else { panic!("settings are an object") };
        kind.build(&given).map(|dialect| dialect.routes()[0].path)
    };
    assert_eq!(path(serde_json::json!({})), Ok("/token"));
    assert_eq!(path(serde_json::json!({"quirk": "new"})), Ok("/new"));
    let error = path(serde_json::json!({"quirk": "odd"})).unwrap_err();
    assert_eq!(error.to_string(), "setting `quirk`: must be \"old\" or \"new\"");
}
