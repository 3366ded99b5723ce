//! The recipes do what they say: their calls, and the same by the test libraries.

mod page;
mod shell;

use crate::libraries::{command, pytest, succeed};
use crate::sandbox;
use anyhow::{Context, Result, ensure};
use page::{Page, pages};
use std::fmt::Write as _;
use std::fs;
use testkit::tree;

/// The forms of which a page has all or none.
const FORMS: [&str; 4] = ["Command line", "Python", "Node", "Rust"];

#[test]
fn every_call_of_the_recipes_answers_as_it_is_shown() -> Result<()> {
    sandbox::require_curl()?;
    let gateway = sandbox::start()?;
    let folder = tempfile::tempdir()?;
    let (mut compared, mut failed) = (0, Vec::new());
    for page in pages()? {
        match shell::run(&page, &gateway, folder.path()) {
            Ok(count) => compared += count,
            Err(error) => failed.push(format!("docs/recipes/{}.md: {error:#}", page.name)),
        }
        gateway.admin().reset()?;
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(compared > 20, "{compared} answers are shown");
    Ok(())
}

#[test]
fn a_recipe_is_a_short_page_that_is_listed_and_has_all_forms() -> Result<()> {
    let list = fs::read_to_string(tree::root().join("docs/recipes/README.md"))?;
    let pages = pages()?;
    assert!(pages.len() > 15, "{} recipes", pages.len());
    for Page { name, text } in &pages {
        ensure!(list.contains(&format!("]({name}.md)")), "docs/recipes/README.md does not list {name}");
        ensure!(text.lines().count() <= 80, "{name} is longer than a page");
        let rows: Vec<_> = FORMS.iter().filter(|form| text.contains(&format!("\n| {form} | "))).collect();
        ensure!(rows.is_empty() || rows.len() == FORMS.len(), "{name} has the forms {rows:?} alone");
    }
    Ok(())
}

/// Each form of that row, with the name of its page as a name in code.
fn forms(row: &str) -> Result<Vec<(String, String)>> {
    let forms = pages()?.into_iter().filter_map(|page| Some((page.name.replace('-', "_"), page.form(row)?)));
    let forms: Vec<_> = forms.collect();
    assert!(forms.len() > 10, "{} forms in {row}", forms.len());
    Ok(forms)
}

/// What each test does first, so that there is something to be read: Bits' client gets a token.
const FIRST_IN_PYTHON: &str = r#"
import base64, pytest, urllib.request

@pytest.fixture(autouse=True)
def first(world):
    basic = base64.b64encode(b"bits-demo:bits-demo-secret").decode()
    ask = urllib.request.Request(world.mount("bits").token_url, b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"})
    urllib.request.urlopen(ask).close()
"#;
const FIRST_IN_NODE: &str = r#"
async function first(world) {
  const headers = { Authorization: `Basic ${btoa("bits-demo:bits-demo-secret")}` };
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  await fetch(await world.mount("bits").tokenUrl(), { method: "POST", headers, body });
}
"#;

#[test]
fn every_recipe_runs_in_python() -> Result<()> {
    let mut text = FIRST_IN_PYTHON.to_owned();
    for (name, code) in forms("Python")? {
        write!(text, "\ndef test_{name}(world):\n    {}\n", code.replace('\n', "\n    "))?;
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("test_recipes.py"), text)?;
    succeed(pytest()?.arg(folder.path()))
}

#[test]
fn every_recipe_runs_in_node() -> Result<()> {
    let library = tree::root().join("libraries/node/index.mjs");
    let mut text = format!(
        "import assert from 'node:assert/strict';\nimport test from 'node:test';\nimport {{ inWorld }} from {:?};\n{FIRST_IN_NODE}",
        format!("file://{}", library.display())
    );
    for (name, code) in forms("Node")? {
        writeln!(text, "test({name:?}, inWorld(async (world) => {{\n  await first(world);\n  {code}\n}}));")?;
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("recipes.test.mjs");
    fs::write(&file, text)?;
    succeed(command("node", "node")?.arg("--test").arg(file))
}

/// Commands find the gateway by the environment, as the manual says. Bits' client has got a token before each.
#[test]
fn every_recipe_runs_on_the_command_line() -> Result<()> {
    sandbox::require_curl()?;
    let gateway = sandbox::start()?;
    let folder = tempfile::tempdir()?;
    for (name, code) in forms("Command line")? {
        let first = format!(
            "curl -sfo /dev/null {}/bits/v1/oauth2/token -u bits-demo:bits-demo-secret -d grant_type=client_credentials",
            sandbox::public_url(&gateway)
        );
        let mut shell = shell::shell(&format!("{first}\n{code}\n"), &gateway, folder.path())?;
        let admin = sandbox::admin_url(&gateway);
        sandbox::run(&gateway, shell.env("IDP_GATEWAY_ADMIN_URL", admin)).with_context(|| format!("{name}: {code}"))?;
        gateway.admin().reset()?;
    }
    Ok(())
}

/// Code in Rust is compiled and run where it stands: in the library's test of the recipe's name.
#[test]
fn every_recipe_runs_in_rust() -> Result<()> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>().replace(",)", ")").replace(",}", "}");
    let tests = fs::read_to_string(tree::root().join("libraries/rust/tests/recipes.rs"))?;
    for (name, code) in forms("Rust")? {
        let own = tests.split("#[test]\n").find(|test| test.starts_with(&format!("fn {name}()")));
        let own = own.with_context(|| format!("libraries/rust/tests/recipes.rs has no test {name}"))?;
        ensure!(squeezed(own).contains(&squeezed(&code)), "its test {name} does not run\n{code}");
    }
    Ok(())
}
