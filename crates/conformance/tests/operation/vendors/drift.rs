//! `drift`: a vendor that answers otherwise than the pack says.

use super::{PACK, pack, run, run_with, serving, text};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const CLIENT: (&str, &str) = ("acme-app", "acme-app-secret");

/// A difference as the report tells it: pair, kind and place.
type Told = (&'static str, &'static str, &'static str);

/// What the vendor does otherwise, and what the report is to say of it: pair, kind and place.
const PLANTED: [(&str, &str, &[Told]); 10] = [
    ("status = 401", "status = 403", &[("AC-2", "status", "")]),
    ("Cache-Control = \"no-store\"", "Cache-Control = \"no-cache\"", &[("AC-1", "header", "Cache-Control")]),
    (r#"{"ok":true,"data""#, r#"{"trace":"{{uuid.trace}}","ok":true,"data""#, &[("AC-1", "order", "")]),
    (r#""scope":null"#, r#""scope":true"#, &[("AC-1", "type", "data.scope")]),
    (r#""expiresIn":{{expires_in}}"#, r#""expiresIn":"{{expires_in}}""#, &[("AC-1", "type", "data.expiresIn")]),
    ("Unknown client or", "Unknown application or", &[("AC-2", "value", "message")]),
    ("access_ttl = 86400", "access_ttl = 3600", &[("AC-1", "value", "data.seconds")]),
    (r#","link":null"#, "", &[("AC-2", "missing", "link"), ("AC-3", "missing", "link")]),
    (r#""kind":"Bearer""#, r#""kind":"Bearer","more":1"#, &[("AC-1", "extra", "data.more")]),
    (
        "[errors]\nstatus = 400",
        "[errors]\ncontent_type = \"application/problem+json\"\nstatus = 400",
        &[("AC-2", "media type", "Content-Type"), ("AC-3", "media type", "Content-Type")],
    ),
];

fn changed() -> String {
    let mut text = PACK.replace(r#","trace":"{{uuid.trace}}"}'''"#, "}'''");
    for (from, to, _) in PLANTED {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

#[test]
fn what_the_vendor_does_otherwise_is_found_and_nothing_else() -> Result<()> {
    let (ours, theirs) = (tempfile::tempdir()?, tempfile::tempdir()?);
    pack(ours.path(), PACK)?;
    pack(theirs.path(), &changed())?;
    let (gateway, vendor) =
        (serving(ours.path(), ("another", "another-long-secret"))?, serving(theirs.path(), CLIENT)?);
    let against = format!("http://{}/acme", vendor.public());
    let arguments = ["drift", "--mount", "acme", "--pack", "acme", "--against", &against, "--rate", "100", "--keep"];
    let report = run(ours.path(), Some(&gateway), &[&arguments[..], &["--json", "--junit", "drift.xml"]].concat())?;
    let told: Value = serde_json::from_slice(&report.stdout).with_context(|| text(&report.stderr))?;
    let mut found = BTreeSet::new();
    for pair in told["pairs"].as_array().context("no pairs")? {
        for one in pair["differences"].as_array().context("no differences")? {
            let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            found.insert((part(&pair["id"]), part(&one["kind"]), part(&one["at"])));
        }
    }
    let own = |(pair, kind, at): &(&str, &str, &str)| ((*pair).to_owned(), (*kind).to_owned(), (*at).to_owned());
    let expected: BTreeSet<_> = PLANTED.iter().flat_map(|(_, _, found)| found.iter().map(own)).collect();
    assert_eq!(found, expected, "{told:#}");
    assert_eq!(
        (report.status.code(), told["not_tried"].as_u64(), told["drift"].as_bool()),
        (Some(1), Some(1), Some(true))
    );

    // What is inferred is told, and fails nothing.
    let of_three = told["pairs"][2]["differences"].as_array().context("no differences")?;
    ensure!(of_three.iter().all(|one| one["documented"] == false), "{told:#}");
    let junit = fs::read_to_string(ours.path().join("drift.xml"))?;
    for part in [
        "tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\"",
        "<skipped message=\"it moves the clock",
        "<system-out>media type Content-Type: the mount has application/json",
    ] {
        ensure!(junit.contains(part), "no {part} in {junit}");
    }
    let table = text(&run(ours.path(), Some(&gateway), &arguments)?.stdout);
    ensure!(table.contains("0 the same, 3 differ, 1 not tried."), "{table}");
    let doc = text(&run(ours.path(), None, &["pack", "doc", "acme"])?.stdout);
    ensure!(doc.contains("| AC-1 | a login | W | differs ") && doc.contains(&against), "{doc}");
    let served = text(&run(ours.path(), Some(&gateway), &["mount", "pack", "acme"])?.stdout);
    ensure!(served.contains("AC-1  a login") && served.contains("differs 20"), "{served}");
    Ok(())
}

#[test]
fn a_vendor_that_does_the_same_is_told_so_with_credentials_of_its_own() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), PACK)?;
    let real = ("Real+app/1", "Real&secret=\"of 1");
    let (gateway, vendor) = (serving(folder.path(), CLIENT)?, serving(folder.path(), real)?);
    let against = format!("http://{}/acme", vendor.public());
    let arguments = [
        "drift",
        "--mount",
        "acme",
        "--pack",
        "acme",
        "--against",
        &against,
        "--rate",
        "100",
        "--credentials",
        "env:ACME",
    ];
    let variables = [("ACME_CLIENT_ID", real.0), ("ACME_CLIENT_SECRET", real.1)];
    let same = run_with(folder.path(), Some(&gateway), &[&arguments[..], &["--keep"]].concat(), &variables)?;
    let table = text(&same.stdout);
    ensure!(
        same.status.success() && table.contains("3 the same, 0 differ, 1 not tried."),
        "{table}{}",
        text(&same.stderr)
    );
    let doc = text(&run(folder.path(), None, &["pack", "doc", "acme"])?.stdout);
    ensure!(doc.contains("| AC-1 | a login | W | proven "), "{doc}");
    let kept = fs::read_to_string(folder.path().join("acme/proven.toml"))?;
    ensure!(![real.0, real.1].iter().any(|real| kept.contains(real) || table.contains(real)), "a credential is shown");
    // The gateway is as it was: neither namespaces nor clients are left.
    let left = gateway.admin().call("GET", "/v1/namespaces", None)?;
    assert_eq!(left["total"], 0, "{left}");

    drop(vendor);
    let gone = run_with(folder.path(), Some(&gateway), &arguments, &variables)?;
    ensure!(gone.status.code() == Some(3) && text(&gone.stderr).contains("does not answer"), "{}", text(&gone.stderr));
    let nothing = run(folder.path(), Some(&gateway), &[&arguments[..7], &["--pair", "AC-4"]].concat())?;
    ensure!(nothing.status.code() == Some(1) && text(&nothing.stderr).contains("nothing was tried"), "{nothing:?}");

    let none = run(folder.path(), Some(&gateway), &arguments)?;
    ensure!(none.status.code() == Some(2) && text(&none.stderr).contains("ACME_CLIENT_ID"), "{}", text(&none.stderr));
    Ok(())
}
