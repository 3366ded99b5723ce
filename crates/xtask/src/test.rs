//! `cargo xtask test`.

use crate::cargo::{Workspace, exit_code, run};
use crate::{npm, python, tools};
use std::process::ExitCode;

/// Where the tests find the gateway's binary.
const BINARY: &str = "IDP_GATEWAY_BIN";

/// Targets that need cargo alone; of some of them a part is left out.
const QUICK: &[&str] =
    &["--lib", "--bins", "--test=laws", "--test=http", "--test=users", "--test=admin", "--test=pages", "--test=store"];

/// What the quick tests leave out: a part of the tests' names, and what those tests need or take.
const LEFT_OUT: &[(&str, &str)] = &[
    ("redis", "redis-server: stores over Redis, replicas, balancers"),
    ("browser::", "Chromium and Node: pages in a real browser"),
    ("forward_auth::", "nginx: forward auth"),
    ("with_libraries::", "Python and Node: client libraries and vendors' own clients"),
    ("kill::", "half a minute: a writer killed again and again"),
    ("dist::check", "Python and npm: a release's packages, installed"),
    ("is_found", "a minute: bugs that the model of the stores must find"),
];

/// Builds the gateway and all tests in one build, and runs them; nothing is printed after their closing lines.
pub(crate) fn run_tests(arguments: &[String]) -> anyhow::Result<ExitCode> {
    tools::ensure(tools::TESTS)?;
    let workspace = Workspace::find()?;
    npm::ensure(&workspace.root)?;
    for environment in [&python::LINTERS, &python::CLIENTS] {
        python::ensure(&workspace, environment)?;
    }
    cargo_test(&workspace, arguments)
}

/// Runs the tests that need nothing but cargo and take no time, and says what was left out.
pub(crate) fn run_quick() -> anyhow::Result<ExitCode> {
    let skips = LEFT_OUT.iter().map(|(part, _)| format!("--skip={part}"));
    let arguments: Vec<_> = QUICK.iter().map(ToString::to_string).chain(["--".to_owned()]).chain(skips).collect();
    let code = cargo_test(&Workspace::find()?, &arguments)?;
    println!("left out, and run by `cargo xtask test`:");
    for (_, what) in LEFT_OUT {
        println!("  {what}");
    }
    println!("  all of them: operation (TLS, reload, telemetry), replicas, deploy, examples, the load test");
    Ok(code)
}

/// The gateway under test is that of the same build as the tests: a second one of its own would double the build. What
/// features it may have beyond those of a user's build, a test of this crate says.
fn cargo_test(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let binary = workspace.build(&["--workspace", "--tests", "--bin", "idp-gateway"], "idp-gateway")?;
    let mut test = workspace.cargo(&["test"]);
    if !names(arguments, &["-p", "--package"]) {
        test.arg("--workspace");
    }
    if !names(arguments, &["--test", "--lib", "--bin", "--doc", "--example"]) {
        // Unlike a plain `cargo test`, no documentation is built for its examples: there are none that run.
        test.arg("--tests");
    }
    Ok(exit_code(run(test.args(arguments).env(BINARY, binary))?))
}

/// Whether the arguments, without those for the test binaries, choose packages or targets in one of these ways.
fn names(arguments: &[String], ways: &[&str]) -> bool {
    let mut own = arguments.iter().take_while(|argument| *argument != "--");
    own.any(|argument| ways.iter().any(|way| argument.starts_with(way)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn packages_and_targets_are_named_before_the_test_binary_s_own_arguments() {
        let names = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
            (names(&arguments, &["-p", "--package"]), names(&arguments, &["--test", "--lib"]))
        };
        assert_eq!(names(&["-p", "store"]), (true, false));
        assert_eq!(names(&["-pstore", "--test=users"]), (true, true));
        assert_eq!(names(&["--package=store", "t07"]), (true, false));
        assert_eq!(names(&["t07", "--", "-p", "--test-threads=1"]), (false, false));
        assert_eq!(names(&[]), (false, false));
    }

    /// Features that the rest of the workspace adds to what the gateway asks for by name. Each adds a function or serves
    /// another platform, and changes none that the gateway calls; another one is looked at before it is put here.
    const ADDED: &[(&str, &str)] = &[
        ("getrandom", "std"),
        ("getrandom", "wasm_js"),
        ("josekit", "vendored"),
        ("subtle", "const-generics"),
        ("zeroize", "derive"),
        ("zeroize", "zeroize_derive"),
    ];

    /// The features of the packages, each with its version, that these arguments of `cargo tree` choose.
    fn features(arguments: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let tree = ["tree", "--prefix=none", "--format={p} {f}"];
        let output = Workspace::find().unwrap().cargo(&[&tree, arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            // A name, a version, where it is if that is a folder, the features.
            let mut words = line.split(' ').filter(|word| !word.starts_with('('));
            let Some((name, version)) = words.next().zip(words.next()) else { continue };
            let features = words.flat_map(|word| word.split(',')).filter(|feature| !feature.is_empty());
            found.entry(format!("{name} {version}")).or_default().extend(features.map(str::to_owned));
        }
        found
    }

    #[test]
    fn the_gateway_under_test_has_the_features_of_a_user_s() {
        let (users, ours) = (features(&["-p=idp-gateway", "-e=normal"]), features(&["--workspace"]));
        let named = features(&["--workspace", "--depth=1", "-e=normal"]);
        let mut added = Vec::new();
        for (package, own) in users.iter().filter(|(package, _)| named.contains_key(*package)) {
            let name = package.split(' ').next().unwrap_or_default();
            added.extend(ours[package].difference(own).map(|feature| (name, feature.as_str())));
        }
        added.retain(|feature| !ADDED.contains(feature));
        assert!(named.len() > 50 && added.is_empty(), "of {} packages: {added:?}", named.len());
    }
}
