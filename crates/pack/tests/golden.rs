//! Three vendors whose dialects are code, as packs: the same pairs hold, byte for byte.

use pack::Pack;
use testkit::dialects::Stage;

fn holds(name: &str, dialect: &str, pairs: usize) {
    let folder = env!("CARGO_MANIFEST_DIR");
    let file = format!("{folder}/tests/golden/{name}.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let pack = Pack::read(name, &file, &text).unwrap_or_else(|errors| panic!("{errors}"));
    Stage::new(pack.kind(), &format!("{folder}/../{dialect}")).play_all(pairs);
}

#[test]
fn bizzassure_is_the_pack_that_says_so() {
    holds("bizzassure", "bizzassure-json", 17);
}

#[test]
fn bits_is_the_pack_that_says_so() {
    holds("bits", "bits-basic-form", 21);
}

#[test]
fn screening_eagle_is_the_pack_that_says_so() {
    holds("screeningeagle", "screeningeagle-id", 21);
}
