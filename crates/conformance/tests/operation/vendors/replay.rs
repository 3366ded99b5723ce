//! `pack test`.

use super::{PACK, pack, run, text};
use anyhow::{Result, ensure};
use std::fs;

#[test]
fn a_packs_pairs_hold_byte_for_byte_or_are_shown_with_what_came() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let right = run(folder.path(), None, &["pack", "test", "acme"])?;
    assert_eq!((text(&right.stdout).trim(), text(&right.stderr).as_str()), ("4 of 4 pairs hold, byte for byte.", ""));
    assert!(right.status.success());

    pack(folder.path(), &PACK.replace("Unknown client", "No such client"))?;
    let wrong = run(folder.path(), None, &["pack", "test", "acme"])?;
    let shown = text(&wrong.stdout);
    assert_eq!(wrong.status.code(), Some(1));
    for part in
        ["acme/pairs.http:14: AC-2 | a wrong secret", "differs at byte", "No such client", "1 of 4 pairs differ."]
    {
        ensure!(shown.contains(part), "no `{part}` in {shown}");
    }
    ensure!(!shown.contains("AC-1"), "{shown}");
    let one = run(folder.path(), None, &["pack", "test", "acme", "--pair", "AC-1"])?;
    ensure!(one.status.success() && text(&one.stdout).starts_with("1 of 1"), "{}", text(&one.stdout));
    Ok(())
}

#[test]
fn a_pack_without_pairs_or_with_broken_ones_is_told_what_to_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let pairs = folder.path().join("acme/pairs.http");
    fs::write(&pairs, "### A | a\nGET / HTTP/1.1\n\n\n<<<\nHTTP/1.1 200 OK\n\n\n### END\n")?;
    let told = |arguments: &[&str]| -> Result<String> { Ok(text(&run(folder.path(), None, arguments)?.stderr)) };
    let broken = told(&["pack", "test", "acme"])?;
    ensure!(broken.contains("line 1: pair `A | a`") && broken.contains("no `# mark:`"), "{broken}");
    fs::remove_file(&pairs)?;
    let none = told(&["pack", "test", "acme"])?;
    ensure!(none.contains("has no pairs.http"), "{none}");
    Ok(())
}
