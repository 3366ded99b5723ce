//! The store as a whole, by the command line: what the manual says of backups and upgrades is run, line by line.

use anyhow::{Context, Result, ensure};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use testkit::fixture;
use testkit::gateway::{self, Gateway};
use testkit::{Redis, tree};

const VERSION: &str = "0.1.0";

/// What a command wrote to both of its outputs; an error where its exit status is another than is due.
fn run(folder: &Path, admin: &str, line: &str, is_good: bool) -> Result<String> {
    let words = line.split('#').next().unwrap_or_default().split_whitespace().skip(1);
    let mut command = Command::new(gateway::binary()?);
    command.args(words).current_dir(folder).env("IDP_GATEWAY__ADMIN__LISTEN", admin);
    let output = command.output()?;
    let said = String::from_utf8([output.stdout, output.stderr].concat())?;
    ensure!(output.status.success() == is_good, "{line}: {} {said}", output.status);
    Ok(said)
}

/// The commands of the manual's section, block by block.
fn manual() -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(tree::root().join("docs/operations.md"))?;
    let section = text.split("\n## Upgrades and backups\n").nth(1).context("no section")?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let block = |block: &str| block.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).map(block).collect())
}

/// A folder with what a gateway left behind, and a configuration of it.
fn folder() -> Result<(tempfile::TempDir, String)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("store.redb");
    fs::copy(fixture::folder(VERSION).join("embedded.redb"), &file)?;
    fs::set_permissions(&file, Permissions::from_mode(0o600))?;
    let config = format!("{}[store]\npath = \"{}\"\n", fixture::read(VERSION, "mounts.toml")?, file.display());
    fs::write(folder.path().join("gateway.toml"), &config)?;
    Ok((folder, config))
}

/// Everything in a store does what it did.
fn hold(config: &str) -> Result<()> {
    fixture::manifest(VERSION, "embedded.json")?.hold(&Gateway::start(config)?)
}

#[test]
fn s11_the_manuals_commands_carry_everything() -> Result<()> {
    let blocks = manual()?;
    ensure!(blocks.len() == 4, "{blocks:?}");
    let (folder, config) = folder()?;
    let (redis, folder) = (Redis::start()?, folder.path());
    let url = redis.url();
    let run_all = |admin: &str, block: &[String]| {
        block.iter().try_for_each(|line| {
            let line = line.replace("redis://127.0.0.1:6379", &url);
            run(folder, admin, &line, true).map(drop)
        })
    };
    let mut gateway = Gateway::start(&config)?;
    run_all(&gateway.admin_address().to_string(), &blocks[0])?;
    let backup = folder.join("idp-gateway.backup");
    ensure!(fs::metadata(&backup)?.permissions().mode() & 0o777 == 0o600, "others can read it");
    let admin = gateway.admin_address().to_string();
    for line in [
        "idp-gateway store restore idp-gateway.backup --config gateway.toml --force",
        "idp-gateway store check store.redb",
    ] {
        let said = run(folder, &admin, line, false)?;
        ensure!(said.contains("is in use: stop its gateway first"), "{line}: {said}");
    }
    gateway.terminate()?;
    for block in &blocks[1..] {
        run_all("127.0.0.1:1", block)?;
    }
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    hold(&config).context("what was restored")?;
    hold(&format!("{mounts}[store]\npath = {:?}\n", folder.join("copy.redb"))).context("to Redis and back")?;
    hold(&format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{url}\"\nreplica = \"one\"\ntimeout_ms = 5000\n"))
        .context("in Redis")
}

#[test]
fn s11_nothing_is_replaced_by_accident() -> Result<()> {
    let (folder, config) = folder()?;
    let (redis, folder) = (Redis::start()?, folder.path());
    let (nowhere, url) = ("127.0.0.1:1", redis.url());
    run(folder, nowhere, "idp-gateway store backup --config gateway.toml --to whole", true)?;
    let before = fs::read(folder.join("store.redb"))?.len();
    let said = run(folder, nowhere, "idp-gateway store restore whole --config gateway.toml", false)?;
    ensure!(said.contains("is not empty") && said.contains("--force"), "{said}");

    let whole = fs::read(folder.join("whole"))?;
    fs::write(folder.join("half"), &whole[..whole.len() / 2])?;
    for line in ["idp-gateway store restore half --config gateway.toml --force", "idp-gateway store check half"] {
        let said = run(folder, nowhere, line, false)?;
        ensure!(said.contains("is damaged") && said.contains("use another one"), "{line}: {said}");
    }
    ensure!(fs::read(folder.join("store.redb"))?.len() == before, "it is as it was");
    ensure!(!folder.join("store.redb.part").exists(), "nothing is left");

    run(folder, nowhere, &format!("idp-gateway store copy store.redb {url}"), true)?;
    let said = run(folder, nowhere, &format!("idp-gateway store copy store.redb {url}"), false)?;
    ensure!(said.contains("is not empty"), "{said}");
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    let shared = format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{url}\"\nreplica = \"one\"\ntimeout_ms = 5000\n");
    let mut gateway = Gateway::start(&shared)?;
    let said = run(folder, nowhere, &format!("idp-gateway store copy store.redb {url} --force"), false)?;
    ensure!(said.contains("is in use by one"), "{said}");
    gateway.terminate()?;
    run(folder, nowhere, &format!("idp-gateway store copy store.redb {url} --force"), true)?;
    hold(&config).context("the source is as it was")
}

#[test]
fn s11_a_redis_of_a_newer_format_is_not_served() -> Result<()> {
    let redis = Redis::start()?;
    redis.command(&["SET", "idp-gateway:{shared}format", "3"])?;
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    let shared = format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"one\"\n", redis.url());
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("gateway.toml"), shared)?;
    let said = run(folder.path(), "127.0.0.1:0", "idp-gateway --config gateway.toml", false)?;
    ensure!(said.contains("format 3") && said.contains("formats up to 2") && said.contains("restore"), "{said}");
    let said = run(folder.path(), "127.0.0.1:0", "idp-gateway store upgrade --config gateway.toml", false)?;
    ensure!(said.contains("format 3"), "{said}");
    Ok(())
}
