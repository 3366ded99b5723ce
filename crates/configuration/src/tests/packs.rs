//! Mounts of packs: shipped ones, and those beside the file.

use super::errors;
use crate::{Environment, Flags, Loader, Source};
use pack::shipped;
use std::fs;

const TOAST: &str = "[[mount]]\nname = \"t\"\ndialect = \"pack\"\npack = \"toast\"\n";

#[test]
fn every_shipped_pack_is_in_the_sandbox_that_asks_for_it() {
    let names: Vec<_> = shipped::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let environment = Environment::default();
    let loader = Loader::new(&environment, Flags::default());
    let mounts: Vec<_> = names.iter().filter_map(|name| shipped::mount(name)).collect();
    let config = loader.load(Source::SandboxWith(&mounts)).unwrap();
    assert_eq!(config.warnings, Vec::<String>::new());
    for name in &names {
        let mount = config.mounts.iter().find(|mount| mount.name == *name).unwrap();
        assert_eq!(mount.kind.id, format!("pack:{name}"));
        assert!(!mount.clients.is_empty(), "{name} has no client to try");
    }
}

#[test]
fn a_pack_stands_in_a_folder_or_a_file_and_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let load = |pack: &str| {
        fs::write(&file, TOAST.replace("toast", pack)).unwrap();
        let environment = Environment::default();
        let loader = Loader::new(&environment, Flags::default());
        let config = loader.load(Source::File(&file));
        (config, loader.files.into_stamps())
    };
    fs::create_dir(folder.path().join("acme")).unwrap();
    let pack = folder.path().join("acme/pack.toml");
    fs::write(&pack, "vendor = \"Acme\"\n[token]\npath = \"/acme/token\"\n").unwrap();
    for named in ["acme", "acme/pack.toml", "./acme"] {
        let (config, stamps) = load(named);
        let mount = &config.unwrap().mounts[0];
        assert_eq!((mount.kind.vendor, mount.dialect.routes()[0].path), ("Acme", "/acme/token"));
        assert!(stamps.keys().any(|path| path.ends_with("acme/pack.toml")), "{named}: {stamps:?}");
    }
    fs::write(&pack, "vendor = \"Acme\"\n[token]\npath = \"acme\"\n").unwrap();
    let told = load("acme").0.unwrap_err().to_string();
    assert!(told.contains("acme/pack.toml:3:8: token.path: `acme` is no path"), "{told}");
    let told = load("emca").0.unwrap_err().to_string();
    assert!(told.contains("no shipped pack is called so: there are box, "), "{told}");
}

#[test]
fn a_mount_says_which_pack_and_only_a_mount_of_one_does() {
    assert!(
        errors("[[mount]]\nname = \"t\"\ndialect = \"pack\"\n")
            .contains("says which: a folder, a file, or a shipped one")
    );
    let other = "[[mount]]\nname = \"t\"\ndialect = \"bits-basic-form\"\npack = \"toast\"\n";
    assert!(errors(other).contains("goes with `dialect = \"pack\"`"));
}

#[test]
fn a_mounts_name_hides_no_path_of_a_pack() {
    let entry = |name: &str, dialect: &str| format!("[[mount]]\nname = \"{name}\"\n{dialect}\n");
    let (toast, bits) = ("dialect = \"pack\"\npack = \"toast\"", "dialect = \"bits-basic-form\"");
    let told = errors(&(entry("t", toast) + &entry("authentication", bits)));
    assert!(told.contains("`authentication` begins `/authentication/v1/") && told.contains("rename it"), "{told}");
}
