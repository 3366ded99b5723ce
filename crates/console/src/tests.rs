use super::*;
use sha2::{Digest, Sha256};

/// The scripts and styles of others: file, package and version, licence, SHA-256 of the registry's file.
const VENDORED: &[(&str, &str, &str, &str)] = &[
    (
        "vendor/htm-preact.js",
        "npm htm@3.1.1, preact/standalone.module.js, with preact 10",
        "Apache-2.0, MIT",
        "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7",
    ),
    (
        "vendor/uplot.js",
        "npm uplot@1.6.32, dist/uPlot.esm.js",
        "MIT",
        "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba",
    ),
    (
        "vendor/uplot.css",
        "npm uplot@1.6.32, dist/uPlot.min.css",
        "MIT",
        "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    ),
];

fn text(asset: &Asset) -> &'static str {
    std::str::from_utf8(asset.plain).unwrap_or_default()
}

fn own() -> impl Iterator<Item = &'static Asset> {
    ALL.iter().filter(|asset| !asset.name.starts_with("vendor/"))
}

#[test]
fn what_is_of_others_is_the_registrys_file() {
    let there: Vec<_> = ALL.iter().map(|asset| asset.name).filter(|name| name.starts_with("vendor/")).collect();
    let mut known: Vec<_> = VENDORED.iter().map(|(name, ..)| *name).collect();
    known.sort_unstable();
    assert_eq!(there, known);
    for (name, package, licence, digest) in VENDORED {
        let asset = ALL.iter().find(|asset| asset.name == *name).unwrap();
        let bytes: [u8; 32] = Sha256::digest(asset.plain).into();
        let found = bytes.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(found, *digest, "{name} of {package} ({licence})");
    }
}

#[test]
fn each_page_is_the_one_file_and_nothing_else_is() {
    for page in ["/", "/overview", "/try/bits/token", "/scenarios", "/clock"] {
        assert_eq!(find(page).unwrap().media(), "text/html; charset=utf-8", "{page}");
    }
    for nothing in ["", "/v1/mounts", "/metrics", "/openapi.json", "/console/", "/console/none.js", "/overviews"] {
        assert!(find(nothing).is_none(), "{nothing}");
    }
    assert_eq!(find("/console/app.js").unwrap().media(), "text/javascript; charset=utf-8");
}

#[test]
fn no_file_makes_markup_or_code_of_a_text() {
    let forbidden = ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "srcdoc"];
    for asset in own() {
        for word in forbidden {
            assert!(!text(asset).contains(word), "{} has {word}", asset.name);
        }
    }
    let page = text(find("/").unwrap());
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("onload="), "{page}");
    assert!(!page.contains("<script>") && page.contains("<script type=\"module\" src=\"/console/app.js\">"));
}

#[test]
fn no_file_asks_anybody_else() {
    for asset in own() {
        for line in text(asset).lines() {
            let is_name = line.contains("http://www.w3.org/") || line.contains("http://localhost");
            let elsewhere = line.contains("https://") || line.contains("http://");
            let is_text = line.contains("placeholder") || line.contains("//localhost") || line.contains("RFC");
            assert!(!elsewhere || is_name || is_text, "{}: {line}", asset.name);
        }
    }
}

/// What the browser fetches before it shows the first page: what the page names, to the last import.
fn first_page() -> Vec<&'static Asset> {
    let (mut wanted, mut found) = (vec!["/"], Vec::<&Asset>::new());
    while let Some(path) = wanted.pop() {
        let asset = find(path).unwrap_or_else(|| panic!("there is no {path}"));
        if found.iter().any(|known| known.name == asset.name) {
            continue;
        }
        found.push(asset);
        let named = text(asset).split('"').filter(|part| part.starts_with("/console/"));
        let is_lazy = |path: &&str| text(asset).contains(&format!("import(\"{path}\")"));
        wanted.extend(named.filter(|path| !is_lazy(path)));
    }
    found
}

#[test]
fn the_first_page_is_small() {
    let sum: usize = first_page().iter().map(|asset| asset.gzip.len() + 400).sum();
    assert!(sum < 150_000, "{sum} bytes, heads included");
    assert!(first_page().len() > 5, "{:?}", first_page().iter().map(|asset| asset.name).collect::<Vec<_>>());
}

#[test]
fn a_file_is_short() {
    for asset in own() {
        let lines = text(asset).lines().count();
        assert!(lines <= 400, "{} has {lines} lines", asset.name);
    }
}
