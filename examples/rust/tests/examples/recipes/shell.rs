//! The blocks of shell of a page, run in order by one shell against one sandbox.

use super::page::{Page, is_like};
use crate::sandbox;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;
use testkit::gateway::{Gateway, binary};

/// What is written between the answers of two blocks.
const MARK: &str = "\u{1e}";

/// A refusal by the admin API is an error, unless the page goes on after it (`|| …`); the vendors' are as they come.
const CURL: &str = r#"curl() {
  case "$*" in
    *"$ADMIN"*) command curl --fail-with-body --show-error "$@" ;;
    *) command curl "$@" ;;
  esac
}
"#;

/// A shell in that folder, in which `idp-gateway` is the gateway under test.
#[expect(clippy::disallowed_methods, reason = "a test's own PATH")]
pub(super) fn shell(script: &str, gateway: &Gateway, folder: &Path) -> Result<Command> {
    let own = binary()?.parent().context("the gateway's binary is in no folder")?.to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others)))?;
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(folder);
    shell.env("PATH", path).env("XDG_STATE_HOME", folder).env("ADMIN", sandbox::admin_url(gateway));
    Ok(shell)
}

/// Runs a page; how many of its blocks showed what the page says.
pub(super) fn run(page: &Page, gateway: &Gateway, folder: &Path) -> Result<usize> {
    let blocks = page.blocks();
    let (public, admin) = (sandbox::public_url(gateway), sandbox::admin_url(gateway));
    let here = |text: &str| {
        let text = text.replace("http://localhost:8080", &public).replace("http://localhost:8081", &admin);
        text.replace("localhost:8080", public.trim_start_matches("http://"))
    };
    let script: Vec<_> = blocks.iter().filter(|block| block.language == "sh").map(|block| here(&block.text)).collect();
    let script = format!("{CURL}{}", script.join(&format!("printf '{MARK}'\n")));
    let printed = sandbox::run(gateway, &mut shell(&script, gateway, folder)?)?;
    let mut answers = printed.split(MARK);
    let mut compared = 0;
    for (at, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "sh") {
        let answer = answers.next().context("a block that printed nothing")?;
        if let Some(shown) = blocks.get(at + 1).filter(|next| next.language == "text") {
            let wanted = here(shown.text.trim_end());
            ensure!(
                is_like(&wanted, answer.trim_end()),
                "{}\nshould print\n{wanted}\nand prints\n{answer}",
                block.text
            );
            compared += 1;
        }
    }
    Ok(compared)
}
